"""What a trader does to an open position, by forms in a dialog or on a page: close it, set stop and target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods
from rest_framework.exceptions import ValidationError

from coach.pages import addresses, positions_advice, positions_view
from coach.pages.leaps import number
from coach.pages.panel import show, show_part, signed_in
from coach.pages.positions import found
from coach.pure import formats, holdings
from config.http.errors import CoachError, InvalidInput
from config.http.handler import issues_of
from market import clock
from positions import book, stops, tracker
from positions.api.fields import PriceField
from positions.api.serializers import PositionClosing
from positions.book import Act
from positions.errors import PositionNotOpen, VersionConflict
from positions.models import Position
from positions.pure.facts import PositionFacts
from positions.pure.snapshot import unit_price
from positions.pure.stops import Wanted

WRONG_INPUT, CONFLICT = 422, 409
# What a limit is told in.
PRICE, PERCENT, UNDERLYING = "price", "percent", "underlying"
LIMITS: Final = ("stop", "target")


@require_http_methods(["GET", "POST"])
@signed_in
def close(request: HttpRequest, position_id: UUID) -> HttpResponse:
    """Ask at which price how much of a position was closed, or write it down."""
    row = found(request, position_id)
    facts = held(row)
    if facts is None:
        return gone(request, row)
    price = unit_price(facts)
    first = {
        "price": "" if price is None else plain(price),
        "quantity": str(min(_count(request.GET.get("quantity"), facts.units), facts.units)),
        "fees": "",
        "reason": "",
    }
    form = Form(request, row, facts, first)
    if request.method == "GET":
        return form.show("close", _closing(facts, form))
    told = form.said("price", "quantity", "fees")
    body = PositionClosing(data={**told, "reason": form.values["reason"], "version": form.version})
    if not body.is_valid():
        return form.refused("close", issues_of(body.errors), _closing(facts, form))
    asked, now = body.validated_data, clock.now()
    act = Act(at=now, now=now, reason=asked.get("reason", ""), version=asked.get("version"))
    fees = asked.get("fees", Decimal(0))
    try:
        after = book.close(
            request.user.pk,  # type: ignore[arg-type]  # signed in
            position_id,
            asked["price"],
            act,
            units=asked.get("quantity"),
            fees=fees,
        )
    except (InvalidInput, VersionConflict, PositionNotOpen) as problem:
        return form.failed("close", problem, _closing(facts, form))
    left = f", {after.quantity} still open" if after.quantity else ""
    return form.done(
        f"{positions_view.named(facts)} closed at {formats.money(asked['price'])}{left}.", ended=not after.quantity
    )


@require_http_methods(["GET", "POST"])
@signed_in
def limits(request: HttpRequest, position_id: UUID) -> HttpResponse:
    """Ask where the trader wants to be told to get out, or write it down."""
    row = found(request, position_id)
    facts = held(row)
    if facts is None:
        return gone(request, row)
    form = Form(request, row, facts, _limits_now(row, request.GET.get("level", "")))
    if request.method == "GET":
        return form.show("limits", _limiting(facts))
    wanted, issues = _told_limits(form.values)
    if issues:
        return form.refused("limits", issues, _limiting(facts))
    version = form.version if isinstance(form.version, float) else None
    try:
        after = stops.set_on(
            request.user.pk,  # type: ignore[arg-type]  # signed in
            position_id,
            wanted,
            now=clock.now(),
            spot=facts.spot,
            version=None if version is None else int(version),
        )
    except (InvalidInput, VersionConflict, PositionNotOpen) as problem:
        return form.failed("limits", problem, _limiting(facts))
    return form.done(f"{positions_view.named(facts)}: {_limit_words(after)}.")


class Form:
    """A form about a position: what stands in its fields, what is wrong with them, and how it is answered."""

    def __init__(self, request: HttpRequest, row: Position, facts: PositionFacts, first: Mapping[str, str]) -> None:
        self.request, self.row, self.facts = request, row, facts
        told = request.POST if request.method == "POST" else {}
        self.values = {name: told.get(name, value).strip() for name, value in first.items()}
        self.advice = told.get("advice", request.GET.get("advice", ""))

    @property
    def version(self) -> float | str:
        """The version of the position that the trader saw."""
        return number(self.request.POST.get("version", ""))

    def said(self, *names: str) -> dict[str, float | int | str]:
        """Return what the fields of these names say as numbers; what is left empty is left out."""
        return {name: number(self.values[name]) for name in names if self.values[name]}

    def show(self, name: str, more: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
        """Show it: the part alone for a dialog, else on a page of its own."""
        facts = {
            "row": self.row,
            "name": positions_view.named(self.facts),
            "facts": self.facts,
            "values": self.values,
            "advice": self.advice,
            "errors": {},
            "address": self.request.path,
            "fresh_version": self.row.version,
            **more,
        }
        if self.request.GET.get("part"):
            return show_part(self.request, f"positions/{name}", facts, status=status)
        facts["part"] = f"coach/parts/positions/{name}.html"
        return show(self.request, "positions", facts, template="positions/act", status=status)

    def refused(self, name: str, issues: list[str], more: Mapping[str, Any]) -> HttpResponse:
        """Show it again with what is wrong beside each field."""
        # The wire says stopPrice where the form says stop.
        parts = [(field.removesuffix("Price"), text or field) for field, _, text in map(_parted, issues)]
        errors = {name: text for name, text in parts if name in self.values}
        trouble = ". ".join(text for name, text in parts if name not in self.values)
        return self.show(name, {**more, "errors": errors, "trouble": trouble}, status=WRONG_INPUT)

    def failed(self, name: str, problem: CoachError, more: Mapping[str, Any]) -> HttpResponse:
        """Show it again with why it could not be done."""
        if isinstance(problem, InvalidInput):
            return self.refused(name, issues_in(problem), more)
        if isinstance(problem, PositionNotOpen):
            return gone(self.request, self.row)
        return self.show(name, {**more, "trouble": f"{problem}. Look again, then repeat it."}, status=CONFLICT)

    def done(self, told: str, *, ended: bool = False, opened: UUID | None = None) -> HttpResponse:
        """Say what was done, and note it at the advice that led here."""
        if self.advice:
            positions_advice.carried_out(self.request.user.pk, self.advice)  # type: ignore[arg-type]  # signed in
        if self.request.GET.get("part"):
            return show_part(self.request, "positions/done", {"told": told, "ended": ended, "opened": opened})
        messages.success(self.request, told)
        return HttpResponseRedirect(addresses.of("positions"))


def held(row: Position) -> PositionFacts | None:
    """Return a trader's open position valued from the market of now; None when it has ended."""
    return next(iter(tracker.live(user_id=row.user_id, ids=[row.pk], now=clock.now())), None)


def gone(request: HttpRequest, row: Position) -> HttpResponse:
    """Say that a position has ended."""
    told = f"This {row.symbol} position is {row.status} already; nothing of it is open."
    if request.GET.get("part"):
        return show_part(request, "positions/gone", {"told": told}, status=CONFLICT)
    messages.warning(request, told)
    return HttpResponseRedirect(addresses.of("positions"))


def issues_in(problem: InvalidInput) -> list[str]:
    """Return what is wrong with an input, as `field: words`."""
    return list(cast("Sequence[str]", problem.facts["issues"]))


def plain(amount: Decimal) -> str:
    """Return an amount for a field: two decimals, and more where it has them."""
    text = f"{amount:.4f}".rstrip("0")
    return text.ljust(text.index(".") + 3, "0")


def _parted(issue: str) -> tuple[str, str, str]:
    return issue.partition(": ")


def _count(text: str | None, fallback: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and int(text) > 0 else fallback


def _closing(facts: PositionFacts, form: Form) -> dict[str, Any]:
    side = 1 if facts.bought else -1
    multiplier = max((leg.multiplier for leg in facts.legs), default=1.0)
    unit = {"side": side, "multiplier": multiplier, "cost": float(facts.cost / facts.units)}
    price, quantity = (formats.number(form.values[name]) for name in ("price", "quantity"))
    result = None
    if price is not None and quantity is not None:
        result = holdings.closed_at(price, quantity, formats.number(form.values["fees"]) or 0.0, **unit)
    legs = [
        {"contract": leg.contract, "quantity": -leg.leg.ratio, "bid": leg.bid, "ask": leg.ask} for leg in facts.legs
    ]
    label = f"{'Shares' if not facts.options else 'Contracts' if len(facts.legs) == 1 else 'Units'}, of {facts.units}"
    return {"unit": unit, "result": result, "legs": legs, "quantity_label": label}


def _limits_now(row: Position, level: str) -> dict[str, str]:
    found_values = {}
    for name in LIMITS:
        price, on_underlying = getattr(row, f"{name}_price"), getattr(row, f"{name}_on_underlying")
        found_values[name] = "" if price is None else plain(price)
        found_values[f"{name}_in"] = UNDERLYING if on_underlying else PRICE
    if level and formats.number(level) is not None:
        found_values |= {"stop": level, "stop_in": UNDERLYING}
    return found_values


def _limiting(facts: PositionFacts) -> dict[str, Any]:
    return {
        "units_of": [
            (PRICE, "price of a share" if not facts.options else "price of the position, a share"),
            (PERCENT, "% of what it cost" if facts.bought else "% of what it brought"),
            (UNDERLYING, f"price of {facts.symbol}"),
        ],
        "entry": abs(facts.entry_price),
        "mark": unit_price(facts),
        "spot": formats.number(facts.spot),
    }


def _told_limits(values: Mapping[str, str]) -> tuple[dict[str, Wanted | None], list[str]]:
    """Return what the form says, and what is wrong with it; a percentage is lost of a stop, and won of a target."""
    wanted: dict[str, Wanted | None] = {}
    issues: list[str] = []
    for name in LIMITS:
        unit, text = values[f"{name}_in"], values[name]
        try:
            told = PriceField(above_zero=True).run_validation(number(text)) if text else None
        except ValidationError as refused:
            issues += issues_of({name: refused.detail})
            continue
        if told is None:
            wanted[name] = None
        elif unit == PERCENT:
            wanted[name] = Wanted(pct=-told if name == "stop" else told)
        else:
            wanted[name] = Wanted(price=told, on_underlying=unit == UNDERLYING)
    return wanted, issues


def _limit_words(row: Position) -> str:
    told = {name: getattr(row, f"{name}_price") for name in LIMITS}
    return ", ".join(
        f"no {name}" if price is None else f"{name} at {formats.money(price)}" for name, price in told.items()
    )
