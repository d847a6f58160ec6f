"""What options are settled on: the closes and first prints of past sessions, from whoever tells them."""

from __future__ import annotations

import logging
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Final

from market import history, kept_sessions, session_bars
from market.errors import ProviderUnavailable, RateLimited, UnknownSymbol
from market.pure.bars import Bars
from market.pure.sessions import Session, in_utc
from positions.pure.settlement import Print, PrintKind

logger = logging.getLogger(__name__)

DAY: Final = timedelta(days=1)
MINUTE_S: Final = 60
# A daily close and the session's own last minute that differ by more do not speak of the same shares: a split since.
CONTRADICTION: Final = 0.05
_AWAY = (ProviderUnavailable, RateLimited, UnknownSymbol)


def closing(symbol: str, session: Session, *, now: datetime) -> Print | None:
    """Return the closing price of a session: the vendor's daily bar, in the evening also the session's last minute.

    None while nobody tells it, and where the two contradict each other.
    """
    daily = _daily_close(symbol, session)
    last = _last_minute(kept_sessions.load(session.date, [symbol]).get(symbol, Bars.empty()), session)
    if daily is not None:
        if last is not None and abs(daily / last - 1) > CONTRADICTION:
            told = {"symbol": symbol, "session": str(session.date), "daily": daily, "minutes": last}
            logger.error("positions.settlement.contradiction", extra=told)
            return None
        return Print(_price(daily), PrintKind.CLOSE)
    if now < session.post_at:
        return None  # the vendor is late, no more
    last = _last_minute(_minutes(symbol, session), session) if last is None else last
    return None if last is None else Print(_price(last), PrintKind.LAST_MINUTE)


def opening(symbol: str, session: Session) -> Print | None:
    """Return the first print of a session, None while nobody tells it."""
    minutes = _minutes(symbol, session).between(session.open_ts, session.close_ts)
    # A later minute is no opening.
    told = len(minutes) > 0 and int(minutes.ts[0]) == session.open_ts
    return Print(_price(float(minutes.open[0])), PrintKind.FIRST) if told else None


def _daily_close(symbol: str, session: Session) -> float | None:
    try:
        bars = history.daily(symbol, session.date + DAY, n=1)
    except _AWAY as trouble:
        logger.warning("positions.settlement.no_daily_bar", extra={"symbol": symbol, "why": str(trouble)})
        return None
    midnight = int(in_utc(session.date, time(0)).timestamp())
    return float(bars.close[-1]) if len(bars) and int(bars.ts[-1]) == midnight else None


def _minutes(symbol: str, session: Session) -> Bars:
    try:
        return session_bars.read([symbol], session.date)[symbol]
    except _AWAY as trouble:
        logger.warning("positions.settlement.no_minutes", extra={"symbol": symbol, "why": str(trouble)})
        return Bars.empty()


def _last_minute(minutes: Bars, session: Session) -> float | None:
    regular = minutes.between(session.open_ts, session.close_ts)
    told = len(regular) > 0 and int(regular.ts[-1]) == session.close_ts - MINUTE_S
    return float(regular.close[-1]) if told else None


def _price(number: float) -> Decimal:
    return Decimal(f"{number:.4f}")
