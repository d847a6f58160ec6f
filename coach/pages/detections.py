"""What the detectors found in the running session for a trader, newest first, and why some of it was held back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET

from coach.pages import addresses
from coach.pages.context import preferences
from coach.pages.panel import show_part, signed_in
from coach.pure import figures, plan, words
from detectors import untold, wire
from detectors.models import DetectedSetup
from market import calendar, clock
from market.models import Following

MOST_SHOWN = 200
TRACKED, HELD_BACK = "tracked", "held_back"
# Of each detection of a session what decides whether it was tracked, without its documents.
_DECIDES = (
    *("id", "symbol", "setup_type", "confidence", "variant"),
    *("session_date", "detected_at", "suppressed_reason"),
)

# For each detection the trader's own setup of it, and else why there is none.
Fates = Mapping[UUID, tuple[UUID | None, str | None]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which detections: of one symbol or type, after an instant, only of the opening range the trader chose.

    `fate` is `tracked`, `held_back`, or one of the reasons for holding back.
    """

    symbol: str = ""
    type: str = ""
    fate: str = ""
    after: datetime | None = None
    own_period: int | None = None
    limit: int = MOST_SHOWN


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the feed."""

    id: UUID
    symbol: str
    setup_type: str
    direction: str
    confidence: float | None
    description: str
    detected_at: datetime
    plan: plan.Plan | None
    outcome: words.Word | None
    company: str
    tracked: str | None
    held_back: str | None
    chart: str
    address: str


def session_date() -> date:
    """Return the date of the running session, or of the last one on a closed day."""
    return calendar.session_on_or_before(clock.market_date()).date


def of_session(user: Any) -> QuerySet[DetectedSetup]:
    """Return what was found in the session for the symbols on the trader's lists."""
    followed = Following.objects.filter(user_id=user.pk).values("symbol")
    return DetectedSetup.objects.of_engine().filter(session_date=session_date(), symbol__in=followed)


def feed(user: Any, wanted: Wanted) -> list[Item]:
    """Return the wanted detections, newest first."""
    # Only a fate has to be known of more of them than are shown.
    return lines(fates(user, wanted, limit=None if wanted.fate else wanted.limit), wanted)


def fates(user: Any, wanted: Wanted, *, limit: int | None = None) -> Fates:
    """Return what became of the wanted detections for the trader, newest first, whatever fate is wanted."""
    filters = {"symbol": wanted.symbol, "setup_type": wanted.type, "detected_at__gt": wanted.after}
    query = of_session(user).filter(**{name: value for name, value in filters.items() if value})
    if wanted.own_period is not None:
        query = query.filter(Q(variant=None) | Q(variant=wanted.own_period))
    return untold.reasons(user, query.order_by("-detected_at", "-id").values(*_DECIDES)[:limit])


def lines(found: Fates, wanted: Wanted) -> list[Item]:
    """Return the lines of those detections that met the wanted fate."""
    kept = [pk for pk, fate in found.items() if wanted.fate in ("", *_names(*fate))][: wanted.limit]
    rows = wire.detected(DetectedSetup.objects.filter(pk__in=kept).order_by("-detected_at", "-id"))
    return [_item(row, *found[row["id"]]) for row in rows]


def fate_counts(found: Fates) -> dict[str, int]:
    """Return how many of the detections were tracked, how many held back, and how many for each reason."""
    return dict(Counter(name for fate in found.values() for name in _names(*fate)))


def _names(setup_id: UUID | None, reason: str | None) -> tuple[str, ...]:
    return (TRACKED,) if setup_id else (HELD_BACK, reason or "")


@require_GET
@signed_in
def partial(request: HttpRequest) -> HttpResponse:
    """Answer with the lines of detections after an instant."""
    own = request.GET.get("scope") == "own"
    wanted = Wanted(
        symbol=asked(request, "symbol"),
        type=asked(request, "type"),
        fate=asked(request, "fate"),
        after=_instant(request.GET.get("after", "")),
        own_period=preferences(request).orb_period if own else None,
    )
    detail = request.GET.get("detail") == "true"
    return show_part(request, "detections", {"detections": feed(request.user, wanted), "detail": detail})


def asked(request: HttpRequest, name: str) -> str:
    """Return a text of the query without NUL, which Postgres refuses to compare with."""
    return request.GET.get(name, "").replace("\x00", "")


def _item(row: dict[str, Any], setup_id: UUID | None, reason: str | None) -> Item:
    suggestion = row["trade_suggestion"]
    return Item(
        id=row["id"],
        symbol=row["symbol"],
        setup_type=row["setup_type"],
        direction=row["direction"],
        confidence=row["confidence"],
        description=row["description"],
        detected_at=row["detected_at"],
        plan=plan.read({"suggestedTrade": suggestion}) if suggestion else None,
        outcome=words.OUTCOMES.get(row["outcome"] or ""),
        company=words.company(*figures.company(row["signal_data"])),
        tracked=addresses.tracked_row(setup_id) if setup_id else None,
        held_back=words.held_back(reason) if reason else None,
        chart=addresses.chart(row["symbol"], frame="5m", setup=setup_id),
        address=addresses.detection(row["id"]),
    )


def _instant(text: str) -> datetime | None:
    try:
        found = parse_datetime(text.replace(" ", "+"))
        return found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None
