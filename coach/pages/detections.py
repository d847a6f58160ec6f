"""What the detectors found in the running session for a trader, newest first, and why some of it was held back."""

from __future__ import annotations

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
from coach.pure import plan, words
from detectors import untold, wire
from detectors.models import DetectedSetup
from market import calendar, clock
from market.models import Following

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which detections: of one symbol or type, after an instant, only of the opening range the trader chose."""

    symbol: str = ""
    type: str = ""
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
    tracked: str | None
    held_back: str | None
    chart: str


def session_date() -> date:
    """Return the date of the running session, or of the last one on a closed day."""
    return calendar.session_on_or_before(clock.market_date()).date


def of_session(user: Any) -> QuerySet[DetectedSetup]:
    """Return what was found in the session for the symbols on the trader's lists."""
    followed = Following.objects.filter(user_id=user.pk).values("symbol")
    return DetectedSetup.objects.of_engine().filter(session_date=session_date(), symbol__in=followed)


def feed(user: Any, wanted: Wanted) -> list[Item]:
    """Return the wanted detections, newest first."""
    filters = {"symbol": wanted.symbol, "setup_type": wanted.type, "detected_at__gt": wanted.after}
    query = of_session(user).filter(**{name: value for name, value in filters.items() if value})
    if wanted.own_period is not None:
        query = query.filter(Q(variant=None) | Q(variant=wanted.own_period))
    rows = wire.detected(query.order_by("-detected_at", "-id")[: wanted.limit])
    reasons = untold.reasons(user, rows)
    return [_item(row, *reasons[row["id"]]) for row in rows]


@require_GET
@signed_in
def partial(request: HttpRequest) -> HttpResponse:
    """Answer with the lines of detections after an instant."""
    own = request.GET.get("scope") == "own"
    wanted = Wanted(
        symbol=asked(request, "symbol"),
        type=asked(request, "type"),
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
        tracked=addresses.tracked_row(setup_id) if setup_id else None,
        held_back=words.held_back(reason) if reason else None,
        chart=addresses.chart(row["symbol"], frame="5m", setup=setup_id),
    )


def _instant(text: str) -> datetime | None:
    try:
        found = parse_datetime(text.replace(" ", "+"))
        return found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None
