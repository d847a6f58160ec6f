"""Holding completed bars against price alerts: a symbol's newest ones, and all that trade outside of the session."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction

from detectors import alerts, announcements, cursors
from detectors.pure import alert_rules
from detectors.pure.alert_rules import evidence
from detectors.rows import returned_by
from detectors.statements import TRIGGER
from market import calendar, clock, session_store
from market.pure.bars import Bars, Floats
from market.pure.sessions import Session
from realtime.events import NewEvent, publish_all

logger = logging.getLogger(__name__)

CATCH_UP = timedelta(minutes=10)  # after pre-market and after-hours, for bars that a worker missed


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one look outside of the regular session did: symbols with unread bars, alerts that fired, failures."""

    read: int = 0
    triggered: int = 0
    failed: tuple[str, ...] = ()


def trigger(symbol: str, bars: Bars, *, since: int) -> list[NewEvent]:
    """Trigger every active alert of a symbol that a bar fires; return the events, which the caller publishes last.

    Runs in the caller's transaction, under the lock of the symbol's cursor. One statement, whoever set the alerts.

    Parameters
    ----------
    bars
        Completed bars of one stretch of trading: before, during or after the regular session.
    since
        Bars whose left edge is earlier were read before; they only say what is usual. [Unix seconds]
    """
    seen = evidence(bars, since)
    if not len(seen):
        return []
    parameters = {
        "symbol": symbol,
        "ts": seen.ts.tolist(),
        "high": seen.high.tolist(),
        "low": seen.low.tolist(),
        "close": seen.close.tolist(),
        "previous": _nullable(seen.previous),
        "ratio": _nullable(seen.ratio),
        "approach_pct": alert_rules.APPROACH_PCT,
        "break_pct": alert_rules.BREAK_PCT,
        "multiple": alert_rules.MULTIPLE,
        "largest_multiple": alert_rules.LARGEST_MULTIPLE,
    }
    fired = returned_by(TRIGGER, parameters)
    if fired:
        logger.info("detectors.alerts.triggered", extra={"symbol": symbol, "alerts": len(fired)})
    return [announcements.alert_triggered(row) for row in fired]


def sweep(now: datetime) -> Sweep:
    """Hold bars of the pre-market and of after-hours against all alerts. Safe to run twice, and by two workers at once.

    In the regular session a scan does it; there this finds nothing to do.
    """
    session = calendar.session(clock.market_date(now))
    if session is None or not _is_reading(session, now):
        return Sweep()
    settled = clock.settle(now)
    # What the feed has stored and nothing else: for a symbol that does not trade at this hour, such as an index, asking
    # for its bars would be a call to the vendor in every round.
    stored = session_store.read(session.date, alerts.symbols())
    bars = {symbol: outside(found, session, settled) for symbol, found in stored.items()}
    read = cursors.extended(list(bars), session)
    unread = [symbol for symbol, found in bars.items() if len(found) and found.ts[-1] > read.get(symbol, 0)]
    triggered, failed = 0, []
    for symbol in sorted(unread):
        try:
            triggered += _judge(symbol, bars[symbol], session)
        except DatabaseError:
            logger.exception("detectors.alerts.not_judged", extra={"symbol": symbol})
            failed.append(symbol)
    return Sweep(read=len(unread), triggered=triggered, failed=tuple(failed))


def outside(bars: Bars, session: Session, settled: int) -> Bars:
    """Return the completed bars before and after the regular session; `settled` is the newest complete minute."""
    return bars.take((bars.ts <= settled) & ((bars.ts < session.open_ts) | (bars.ts >= session.close_ts)))


def _is_reading(session: Session, now: datetime) -> bool:
    stretches = ((session.pre_at, session.open_at), (session.close_at, session.post_at))
    return any(start <= now < end + CATCH_UP for start, end in stretches)


def _judge(symbol: str, bars: Bars, session: Session) -> int:
    with transaction.atomic():
        position = cursors.lock(symbol, session)
        since = position.extended_ts + 1
        before, after = bars.until(session.open_ts - 1), bars.between(session.close_ts, int(bars.ts[-1]) + 1)
        fired = [event for stretch in (before, after) for event in trigger(symbol, stretch, since=since)]
        cursors.put(symbol, session, replace(position, extended_ts=max(position.extended_ts, int(bars.ts[-1]))))
        publish_all(fired)
    return len(fired)


def _nullable(values: Floats) -> list[float | None]:
    # Postgres holds NaN for larger than any number.
    return [None if math.isnan(value) else value for value in values.tolist()]
