"""Which tracked setups a page lists, and how each row reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest

from coach.pages import addresses, quotes
from coach.pages.quotes import QuoteRow
from coach.pure import formats, words
from coach.pure import plan as plans
from coach.pure.plan import Plan
from coach.templatetags.formats import dash
from detectors import wire
from detectors.models import Direction, Origin, Status, TrackedSetup

ALL = "all"
ORDERS = {"newest": ("-tracked_at", "-id"), "oldest": ("tracked_at", "id"), "symbol": ("symbol", "-tracked_at", "-id")}
SOURCES = {"detected": (Origin.AUTO, Origin.E2E), "manual": (Origin.MANUAL,)}
ORIGINS = {Origin.AUTO: "detected", Origin.E2E: "detected in a test", Origin.MANUAL: "by you"}
PRICES = (("entry", "Entry", ""), ("stop", "Stop", "neg"), ("target", "Target", "pos"))


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; a value that means nothing counts as absent."""

    status: str = Status.ACTIVE.value
    symbol: str = ""
    direction: str = ""
    source: str = ""
    sort: str = "newest"

    @classmethod
    def of(cls, request: HttpRequest) -> Filters:
        """Read the query."""
        known = {"status": (*Status.values, ALL), "direction": Direction.values, "source": SOURCES, "sort": ORDERS}
        read = {name: request.GET[name] for name, values in known.items() if request.GET.get(name) in values}
        return cls(**read, symbol=request.GET.get("symbol", "").replace("\x00", "").upper()[:10])

    def but_status(self, own: QuerySet[TrackedSetup]) -> QuerySet[TrackedSetup]:
        """Return the setups that pass every filter but the status, so that each status can be counted."""
        if self.symbol:
            own = own.filter(symbol=self.symbol)
        if self.direction:
            own = own.filter(direction=self.direction)
        return own.filter(origin__in=SOURCES[self.source]) if self.source else own

    def apply(self, own: QuerySet[TrackedSetup]) -> QuerySet[TrackedSetup]:
        """Return the setups that pass, in the order asked for."""
        passing = self.but_status(own)
        if self.status != ALL:
            passing = passing.filter(status=self.status)
        return passing.order_by(*ORDERS[self.sort])

    def address(self, **changes: object) -> str:
        """Return the address of the same list with some filters changed."""
        wanted = asdict(replace(self, **changes))  # type: ignore[arg-type]
        defaults = asdict(Filters())
        return addresses.of("tracked", **{name: value for name, value in wanted.items() if value != defaults[name]})


def counts(own: QuerySet[TrackedSetup]) -> dict[str, int]:
    """Return how many setups have each status, and how many there are."""
    found = dict(own.order_by().values_list("status").annotate(Count("id")))
    return {**{status: found.get(status, 0) for status in Status.values}, ALL: sum(found.values())}


def read(setups: QuerySet[TrackedSetup]) -> list[dict[str, Any]]:
    """Return the rows of a list as the template prints them, with the prices of now."""
    found = wire.tracked(setups)
    prices = quotes.rows(row["symbol"] for row in found)
    return [_row(row, prices[row["symbol"]]) for row in found]


def _row(row: dict[str, Any], quote: QuoteRow) -> dict[str, Any]:
    plan = plans.read(row["opportunity_data"])
    return {
        **row,
        "plan": plan,
        "quote": quote,
        "levels": levels(plan, quote.price),
        "track": track(plan, quote.price),
        "origin": ORIGINS[row["origin"]],
        "chart": addresses.chart(row["symbol"], frame="15m", setup=row["id"]),
        "detection": addresses.detection(row["detected_setup_id"]) if row["detected_setup_id"] else None,
    }


def levels(plan: Plan, price: float | None) -> list[Mapping[str, Any]]:
    """Return entry, stop and target of a plan and how far each is from a price."""
    return [_level(plan, price, *each) for each in PRICES]


def _level(plan: Plan, price: float | None, name: str, label: str, token: str) -> Mapping[str, Any]:
    reason = f"the plan has no {name}"
    away = plan.distance(name, price)
    missing = reason if getattr(plan, name) is None else "no price has arrived yet"
    return {
        "name": name,
        "label": "Price at detection" if name == "entry" and plan.entry_is_detection else label,
        "price": getattr(plan, name),
        "token": token,
        "reason": reason,
        "far": f"{formats.change(away[0])} pts ({formats.change_percent(away[1])})" if away else dash(missing),
    }


def track(plan: Plan, price: float | None) -> dict[str, str] | None:
    """Return where price and entry stand on the line from stop to target, in percent; None without both ends."""
    if plan.stop is None or plan.target is None:
        return None
    now, entry = plan.progress(price), plan.entry_at
    where = "unknown" if now is None else f"{now:.0%} of the way from stop to target"
    return {
        "now": "" if now is None else f"{now * 100:.2f}",
        "entry": "" if entry is None else f"{entry * 100:.2f}",
        "label": where,
    }


def status_tabs(filters: Filters, found: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the status filters with their counts and addresses."""
    return [
        {
            "value": value,
            "label": "All" if value == ALL else words.status(value).text,
            "count": found[value],
            "current": value == filters.status,
            "address": filters.address(status=value),
        }
        for value in (*Status.values, ALL)
    ]
