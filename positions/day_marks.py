"""The marks that outlive the day: of positions at its end, and of contracts at the moment they were traded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from market import calendar
from market.pure.sessions import new_york_date
from positions.models import Fill, FillKind, FillMark, Mark, PositionDay

# Of wall time, as the event log: a market that runs faster forgets no sooner.
KEPT_FOR: Final = timedelta(days=400)
# A mark this far from a trade still shows what it was traded at. [market time]
BESIDE: Final = timedelta(minutes=2)

# What the tracker has kept, as it is. A position that ended or is removed meanwhile needs no day.
CAPTURE: Final = """
INSERT INTO positions_day (position_id, market_date, marked_at, spot, legs, stale, created_at)
SELECT mark.position_id, %(day)s, mark.seen_at, mark.underlying, mark.legs, mark.stale, %(wall)s
FROM positions_mark AS mark
JOIN positions_position AS held ON held.id = mark.position_id AND held.status = 'open'
WHERE mark.seen_at >= %(since)s AND mark.seen_at <= %(now)s
ORDER BY mark.position_id
FOR KEY SHARE OF held
ON CONFLICT (position_id, market_date) DO NOTHING
"""
NOTE: Final = """
INSERT INTO positions_fill_mark (fill_id, spot, mark, marked_at)
SELECT fill.id, mark.underlying, mark.legs -> leg.contract, mark.seen_at
FROM positions_fill AS fill
JOIN positions_leg AS leg ON leg.id = fill.leg_id
JOIN positions_mark AS mark ON mark.position_id = leg.position_id
WHERE fill.kind = 'trade' AND fill.filled_at > %(since)s
    AND mark.seen_at BETWEEN fill.filled_at - %(beside)s AND fill.filled_at + %(beside)s
    AND NOT mark.stale AND jsonb_exists(mark.legs, leg.contract)
    AND NOT EXISTS (SELECT FROM positions_fill_mark AS noted WHERE noted.fill_id = fill.id)
ORDER BY fill.id
FOR KEY SHARE OF fill
ON CONFLICT (fill_id) DO NOTHING
"""


def capture(now: datetime) -> int:
    """Keep the marks of all open positions as those of this market date's end; return how many were new.

    Safe to run twice: the first marks after the close stand. On a day without a session, or before its close, nothing.
    """
    session = calendar.session(new_york_date(now))
    if session is None or now < session.close_at:
        return 0
    told = {"day": session.date, "since": session.open_at, "now": now, "wall": timezone.now()}
    with connection.cursor() as cursor:
        cursor.execute(CAPTURE, told)
        return cursor.rowcount


def note_trades(now: datetime) -> int:
    """Keep what contracts were worth that were traded just now, from the tracker's marks; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(NOTE, {"since": now - 2 * BESIDE, "beside": BESIDE})
        return cursor.rowcount


def note_endings(position_id: UUID, spots: Mapping[str, float], *, at: datetime) -> None:
    """Keep what the underlying cost when contracts ended and shares came for them, by the names of these."""
    ended = Fill.objects.filter(leg__position=position_id, filled_at=at, leg__contract__in=spots)
    rows = [
        FillMark(fill=fill, spot=spots[fill.leg.contract], mark={}, marked_at=at)
        for fill in ended.exclude(kind=FillKind.TRADE).select_related("leg")
    ]
    FillMark.objects.bulk_create(rows, ignore_conflicts=True)


def spot_beside(position_id: UUID, at: datetime) -> float | None:
    """Return what the tracker saw a position's underlying cost beside a moment; None when it did not look then."""
    seen = Mark.objects.filter(position=position_id, seen_at__range=(at - BESIDE, at + BESIDE), stale=False)
    return seen.values_list("underlying", flat=True).first()


def prune() -> int:
    """Delete the marks of days that are older than they are kept; return how many."""
    removed, _ = PositionDay.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    return removed
