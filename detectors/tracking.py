"""Following tracked setups: what completed bars do to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from detectors import announcements, cursors
from detectors.cursors import Position
from detectors.statements import MOVE
from market.pure.bars import Bars
from market.pure.sessions import Session
from realtime.events import publish_all


def move(symbol: str, bars: Bars, session: Session, *, scanned: bool, now: datetime) -> int:
    """Hold a symbol's unread bars against every active setup of it, and tell those whose setup moved.

    Parameters
    ----------
    bars
        Completed bars of the regular session; those that were read before are passed over.
    scanned
        Whether the detections of these bars are stored, too.

    Returns
    -------
    How many setups moved.
    """
    if not len(bars):
        return 0
    last = int(bars.ts[-1])
    with transaction.atomic():
        position = cursors.lock(symbol, session)
        unread = bars.between(max(position.moved_ts + 1, session.open_ts), session.close_ts)
        rows = _moved(symbol, unread, now) if len(unread) else []
        scanned_ts = max(position.scanned_ts, last) if scanned else position.scanned_ts
        cursors.put(symbol, session, Position(scanned_ts, max(position.moved_ts, last)))
        publish_all([announcements.moved(row) for row in rows])
    return len(rows)


def _moved(symbol: str, bars: Bars, now: datetime) -> list[dict[str, Any]]:
    parameters = {
        "symbol": symbol,
        "now": now,
        "ts": bars.ts.tolist(),
        "high": bars.high.tolist(),
        "low": bars.low.tolist(),
        "close": bars.close.tolist(),
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVE, parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
