"""What today's options said at the open about the day: captured once a symbol, in the minutes after 09:31."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from market import calendar, demand
from market.errors import NoChains, ProviderUnavailable, RateLimited, UnknownSymbol
from market.pure.sessions import Session, new_york_date
from options_engine import chains, readings
from options_engine.errors import ExpiryNotListed, NoSpot
from options_engine.models import OpeningStraddle
from options_engine.pure import zero_dte

logger = logging.getLogger(__name__)

# The first minute's quotes are wide; later than the last one it is no opening straddle any more.
FIRST, LAST = timedelta(minutes=1), timedelta(minutes=6)
FRESH_S = 30.0


@dataclass(frozen=True, slots=True)
class Captured:
    """What came of each symbol in one round, each a tuple of symbols.

    Attributes
    ----------
    captured
        Written now.
    none
        Without options that expire today, or without a quote at the money that can be used.
    failed
        The vendor did not answer.
    """

    captured: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def of(symbol: str, day: date) -> OpeningStraddle | None:
    """Return what was captured on a date."""
    return OpeningStraddle.objects.filter(symbol=symbol, session_date=day).first()


def capture(now: datetime) -> Captured:
    """Capture the straddles of symbols that somebody needs and that have none yet. Safe to run twice."""
    session = calendar.session(new_york_date(now))
    if session is None or not session.open_at + FIRST <= now < session.open_at + LAST:
        return Captured()
    known = OpeningStraddle.objects.filter(session_date=session.date).values_list("symbol", flat=True)
    made, none, failed = [], [], []
    for symbol in sorted(demand.symbols() - set(known)):
        try:
            row = _straddle(symbol, session, now)
        except (NoChains, ExpiryNotListed, NoSpot, UnknownSymbol):
            row = None
        except (ProviderUnavailable, RateLimited) as outage:
            logger.warning("options_engine.straddles.no_chain", extra={"symbol": symbol, "why": str(outage)})
            failed.append(symbol)
            continue
        if row is None:
            none.append(symbol)
        else:
            made.append(row)
    OpeningStraddle.objects.bulk_create(made, ignore_conflicts=True)
    return Captured(tuple(row.symbol for row in made), tuple(none), tuple(failed))


def _straddle(symbol: str, session: Session, now: datetime) -> OpeningStraddle | None:
    read = readings.of_date(symbol, session.date, now=now, max_age_s=FRESH_S)
    as_of = read.reading.chain.as_of
    if read.stale or read.reading.chain.delayed or as_of < session.open_at + FIRST:
        return None
    today = read.reading.take(zero_dte.live_today(read.reading, np.datetime64(session.date)))
    if not len(today):
        return None
    strike = chains.nearest_strike(today)
    # Of good quotes alone: a last trade may be of before the open's move.
    good = today.take(np.isfinite(today.middle))
    price = zero_dte.straddle(good, strike)
    if not price > 0:
        return None
    return OpeningStraddle(
        symbol=symbol, session_date=session.date, strike=strike, price=price, spot=today.spot, as_of=as_of
    )
