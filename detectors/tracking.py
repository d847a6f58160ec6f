"""Following tracked setups and alerts through the regular session: what completed bars do to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from detectors import announcements, cursors, triggering
from detectors.rows import returned_by
from detectors.statements import MOVE
from market.pure.bars import Bars
from market.pure.sessions import Session
from realtime.events import publish_all


def move(symbol: str, bars: Bars, session: Session, *, scanned: bool, now: datetime) -> int:
    """Hold a symbol's unread bars against every active setup and alert of it, and tell those whose own moved.

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
    regular = bars.between(session.open_ts, session.close_ts)
    with transaction.atomic():
        position = cursors.lock(symbol, session)
        unread = regular.between(position.moved_ts + 1, session.close_ts)
        rows = _moved(symbol, unread, now) if len(unread) else []
        fired = triggering.trigger(symbol, regular, since=position.moved_ts + 1)
        read = {"moved_ts": max(position.moved_ts, last)}
        if scanned:
            read["scanned_ts"] = max(position.scanned_ts, last)
        cursors.put(symbol, session, replace(position, **read))
        publish_all([*(announcements.moved(row) for row in rows), *fired])
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
    return returned_by(MOVE, parameters)
