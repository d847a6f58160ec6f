"""The minutes of a session, wherever they are: in Redis while it runs, in Postgres later, else at the vendor."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from datetime import date, datetime

from market import calendar, clock, kept_sessions, session_store
from market.errors import ProviderUnavailable, RateLimited, UnknownSymbol
from market.pure.bars import Bars
from market.pure.intake import Progress, completed, ended
from market.pure.market_time import settled_minute
from market.pure.sessions import Session
from market.vendors import vendor

logger = logging.getLogger(__name__)

MINUTE_S = 60


def read(symbols: Collection[str], day: date | None = None) -> dict[str, Bars]:
    """Return the completed minutes of a session, pre-market included; empty bars for a symbol that has none.

    Parameters
    ----------
    symbols : collection of str
        Normalised symbols.
    day : date or None
        New York date; None is today, or the session before when today is none. A closed day has no bars.

    Raises
    ------
    ProviderUnavailable, RateLimited
        If only the vendor could tell and it is away.
    """
    now = clock.now()
    today = clock.market_date(now)
    session = calendar.session_on_or_before(today) if day is None else calendar.session(day)
    if session is None or session.pre_at >= now:
        found: dict[str, Bars] = {}
    elif session.date == today:
        found = _running(session, symbols, now)
    else:
        found = _finished(session, symbols, now)
    return {symbol: found.get(symbol, Bars.empty()) for symbol in symbols}


def keep(now: datetime) -> int:
    """Write the running session from Redis to Postgres; return how many symbols. Safe to run twice."""
    session = calendar.session(clock.market_date(now))
    if session is None:
        return 0
    progress = session_store.progress(session.date)
    bars = session_store.read(session.date, session_store.served(session.date))
    complete = {symbol for symbol in bars if _is_complete(progress.get(symbol), session)}
    return kept_sessions.keep(session.date, bars, complete=complete)


def _running(session: Session, symbols: Collection[str], now: datetime) -> dict[str, Bars]:
    found = {symbol: ended(bars, now.timestamp()) for symbol, bars in session_store.read(session.date, symbols).items()}
    missing = [symbol for symbol in symbols if symbol not in found]
    if missing:
        # Not served by the feed, or not yet: lent for a minute, so that a busy page asks the vendor once.
        asked = _ask(session, missing, now)
        session_store.lend(session.date, asked)
        found |= asked
    return found


def _finished(session: Session, symbols: Collection[str], now: datetime) -> dict[str, Bars]:
    found = kept_sessions.load(session.date, symbols, complete=True)
    missing = [symbol for symbol in symbols if symbol not in found]
    if not missing:
        return found
    try:
        asked = _ask(session, missing, now)
    except (ProviderUnavailable, RateLimited):
        partly = kept_sessions.load(session.date, missing)
        if len(partly) < len(missing):
            raise
        logger.warning("market.session_bars.incomplete", extra={"session": str(session.date), "symbols": missing})
        return found | partly
    traded = {symbol: bars for symbol, bars in asked.items() if len(bars)}
    kept_sessions.keep(session.date, traded, complete=traded)
    return found | asked


def _ask(session: Session, symbols: Iterable[str], now: datetime) -> dict[str, Bars]:
    settled = settled_minute(now.timestamp())
    end = min(now, session.post_at)
    found = {}
    for symbol in symbols:
        try:
            found[symbol] = completed(vendor().minute_bars(symbol, session.pre_at, end, now=now), settled)
        except UnknownSymbol:
            found[symbol] = Bars.empty()
    return found


def _is_complete(at: Progress | None, session: Session) -> bool:
    # Only what is known to have no hole up to the last minute; whoever reads the rest later asks the vendor.
    return at is not None and at.covered is not None and at.covered >= session.close_ts - MINUTE_S
