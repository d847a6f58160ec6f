"""What came of advice: what its position had made an hour later, at the close and at its end; and how rules did."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Literal

from django.db import connection

from config.http.renderers import dumps
from positions.advisor import made_so_far
from positions.models import Advice
from positions.pure.advice import AdviceType
from positions.pure.facts import PositionFacts
from positions.pure.hit_rates import HitRate, Outcome, hit_rates

HOUR: Final = timedelta(hours=1)
# Later than this it is no number of that moment any more, and stays unknown.
LATE: Final = timedelta(minutes=30)

Horizon = Literal["hour", "close", "end"]
_COLUMN: Final = {"hour": "pnl_hour", "close": "pnl_close", "end": "pnl_end"}

RECORD = """
UPDATE positions_advice SET
    pnl_hour = CASE WHEN pnl_hour IS NULL AND %(now)s - first_told_at BETWEEN %(hour)s AND %(hour)s + %(late)s
        THEN told.pnl ELSE pnl_hour END,
    pnl_close = CASE WHEN pnl_close IS NULL AND %(now)s - session_close_at BETWEEN interval '0' AND %(late)s
        THEN told.pnl ELSE pnl_close END
FROM jsonb_to_recordset(%(rows)s::jsonb) AS told (position_id uuid, pnl numeric)
WHERE positions_advice.position_id = told.position_id AND (
    (pnl_hour IS NULL AND %(now)s - first_told_at BETWEEN %(hour)s AND %(hour)s + %(late)s)
    OR (pnl_close IS NULL AND %(now)s - session_close_at BETWEEN interval '0' AND %(late)s)
)
"""
ENDED = """
UPDATE positions_advice SET pnl_end = positions_position.realised - positions_position.fees
FROM positions_position
WHERE positions_advice.position_id = positions_position.id AND positions_position.status <> 'open'
    AND pnl_end IS NULL AND first_told_at IS NOT NULL
"""


def record(positions: Iterable[PositionFacts], *, now: datetime) -> int:
    """Note what positions have made by now for advice whose time has come; return how many rows. Safe to run twice.

    Of what is stale, or has no price, nothing is noted; two statements whatever there is.
    """
    made = [(facts.id, made_so_far(facts)) for facts in positions if not facts.stale]
    rows = [{"position_id": position, "pnl": str(pnl)} for position, pnl in made if pnl is not None]
    with connection.cursor() as cursor:
        cursor.execute(RECORD, {"rows": dumps(rows).decode(), "now": now, "hour": HOUR, "late": LATE})
        noted = cursor.rowcount
        cursor.execute(ENDED)
        return noted + cursor.rowcount


def report(first: datetime, before: datetime, *, horizon: Horizon = "close") -> list[HitRate]:
    """Return how rules did of which traders were told from an instant until before another, market time; all traders.

    Parameters
    ----------
    horizon
        What was made when told is held against what was made an hour later, at that session's close, or at the end.
    """
    rows = Advice.objects.filter(first_told_at__gte=first, first_told_at__lt=before, pnl__isnull=False)
    found = rows.order_by("first_told_at").values_list("rule", "type", "pnl", _COLUMN[horizon])
    return hit_rates(Outcome(rule, AdviceType(kind), told, later) for rule, kind, told, later in found)
