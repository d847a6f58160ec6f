"""What may still change on the page of a detection: where its plan stands, and whether its reader tracks it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

from coach.pages import addresses, chart_data, tracked_view
from coach.pages.aftermath import Aftermath
from coach.pages.detection_chart import Story
from coach.pure import plan as plans
from coach.pure import words
from coach.pure.words import Word
from detectors import untold, wire
from detectors.models import TrackedSetup

BAR_S = 60


def read(request: HttpRequest, story: Story) -> dict[str, Any]:
    """Return the facts of the part."""
    found, after, bars = story.found, story.aftermath, story.bars
    own = _own(request, story)
    setup_id = own["id"] if own else None
    prices = plans.read({"entry": found.entry, "stopLoss": found.stop, "target": found.target})
    last = float(bars.close[-1]) if len(bars) else None
    goes_on = story.runs and after.end is None
    return {
        "found": found,
        "after": after,
        "outcome": _word(after),
        "exit_at": _at(after.end.exit_bar_ts) if after.end and after.end.exit_bar_ts else None,
        "risk": None if found.entry is None or found.stop is None else abs(found.entry - found.stop),
        "prices": prices,
        "last": last,
        "last_at": _at(int(bars.ts[-1]) + BAR_S) if len(bars) else None,
        "far": tracked_view.levels(prices, last),
        "track": tracked_view.track(prices, last),
        "own": own,
        "own_address": addresses.tracked_row(setup_id) if setup_id else None,
        "held_back": None if own else _held_back(request, story),
        "chart": addresses.chart(found.symbol, frame="5m", setup=setup_id),
        "followed": f"{addresses.detection(found.pk)}?part=followed",
        "resync_ms": chart_data.resync_ms() if goes_on else 0,
    }


def _word(after: Aftermath) -> Word:
    if not after.has_plan:
        return words.NO_PLAN
    if after.end is not None:
        return words.OUTCOMES[after.end.verdict]
    return words.STILL_OPEN if after.is_open else words.UNKNOWN


def _own(request: HttpRequest, story: Story) -> dict[str, Any] | None:
    own = TrackedSetup.objects.owned_by(request.user.pk).filter(detected_setup=story.found)
    rows = wire.tracked(own.newest_first()[:1])
    return rows[0] if rows else None


def _held_back(request: HttpRequest, story: Story) -> str | None:
    found = story.found
    _, reason = untold.reasons(request.user, [vars(found)])[found.pk]
    return words.held_back(reason) if reason else None


def _at(ts: int) -> datetime:
    return datetime.fromtimestamp(ts, UTC)
