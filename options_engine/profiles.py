"""Gamma profiles of the day: made from the chain every five minutes, kept, and read back in their order."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from market import calendar, demand
from market.asked_once import LONGEST_S
from market.errors import NoChains, ProviderUnavailable, RateLimited, UnknownSymbol
from market.pure.sessions import Session, new_york_date
from options_engine import readings
from options_engine.errors import NoSpot
from options_engine.models import GammaSnapshot
from options_engine.pure import book, gex
from options_engine.pure.gex import GammaProfile
from options_engine.readings import Read

logger = logging.getLogger(__name__)

# Whose dealers move the market: the two big indexes and the funds on them.
SYMBOLS = ("SPX", "NDX", "SPY", "QQQ")
MARK_S = 300
# A round reads one chain after the other.
ROUND_S = len(SYMBOLS) * LONGEST_S
# Columns of a row that are members of a profile under the same name.
_FACTS = ("spot", "expiry", "days_to_expiry", "flip")
_ARRAYS = ("strikes", "call_gex", "put_gex")
# What this process has read, by primary key: rows never change, and a day of four symbols takes Postgres 30 ms to tell.
_read: dict[int, GammaProfile] = {}
_READ_AT_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What came of each symbol in one round, each a tuple of symbols.

    Attributes
    ----------
    made
        With a profile; kept unless its mark had one.
    empty
        With a chain of which nothing can be said: no price, or no open contract with gamma.
    no_chains
        The vendor has no options of them.
    failed
        The vendor did not answer, so that only an older chain is known, or lost part of it on the way: half of a chain
        would move the flip anywhere.
    """

    made: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    no_chains: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def wanted() -> list[str]:
    """Return the symbols that somebody needs and that profiles are made of."""
    return sorted(demand.symbols().intersection(SYMBOLS))


def refresh(symbols: Iterable[str], now: datetime) -> Refreshed:
    """Read the chains of some symbols and keep their profiles. Safe to run twice: a mark has one profile.

    On a day without a session nothing is read. A symbol whose chain cannot be had is named in the result; the others
    are kept all the same.
    """
    made: dict[str, GammaProfile | None] = {}
    no_chains, failed = [], []
    open_today = calendar.is_trading_day(new_york_date(now))
    for symbol in sorted(set(symbols)) if open_today else ():
        try:
            # Read a minute ago will do; the usual five would leave every other mark without any.
            read = readings.nearest(symbol, now=now)
            if read.stale or read.reading.chain.partial:
                facts = {"symbol": symbol, "stale": read.stale, "read": len(read.reading)}
                logger.warning("options_engine.profiles.unfit_chain", extra=facts)
                failed.append(symbol)
                continue
            made[symbol] = _profile(read)
        except NoSpot:
            made[symbol] = None
        except (NoChains, UnknownSymbol):
            no_chains.append(symbol)
        except (ProviderUnavailable, RateLimited) as outage:
            logger.warning("options_engine.profiles.no_chain", extra={"symbol": symbol, "why": str(outage)})
            failed.append(symbol)
    found = {symbol: profile for symbol, profile in made.items() if profile}
    GammaSnapshot.objects.bulk_create(
        [_row(symbol, profile) for symbol, profile in found.items()], ignore_conflicts=True
    )
    return Refreshed(
        made=tuple(found),
        empty=tuple(symbol for symbol in made if symbol not in found),
        no_chains=tuple(no_chains),
        failed=tuple(failed),
    )


def of_session(symbols: Collection[str], session: Session) -> dict[str, tuple[GammaProfile, ...]]:
    """Return the profiles of a session, ascending by the moment they were read; no entry without any.

    One query while there is nothing new, and one more for all that is: each process reads a profile once.
    """
    rows = GammaSnapshot.objects.filter(session_date=session.date, symbol__in=list(symbols)).order_by("as_of")
    keys = list(rows.values_list("pk", "symbol"))
    unread = [pk for pk, _ in keys if pk not in _read]
    if len(_read) + len(unread) > _READ_AT_MOST:
        _read.clear()
        unread = [pk for pk, _ in keys]
    if unread:
        _read.update((row.pk, of_row(row)) for row in GammaSnapshot.objects.filter(pk__in=unread))
    found: dict[str, list[GammaProfile]] = {}
    for pk, symbol in keys:
        if pk in _read:  # else it was removed between the two queries
            found.setdefault(symbol, []).append(_read[pk])
    return {symbol: tuple(profiles) for symbol, profiles in found.items()}


def of_row(row: GammaSnapshot) -> GammaProfile:
    """Return the profile that a row keeps."""
    arrays = {name: np.array(getattr(row, name), dtype=np.float64) for name in _ARRAYS}
    for array in arrays.values():
        array.setflags(write=False)  # shared by every reader
    return GammaProfile(as_of_ts=int(row.as_of.timestamp()), **{name: getattr(row, name) for name in _FACTS}, **arrays)


def _profile(read: Read) -> GammaProfile | None:
    return gex.profile(
        book.of_reading(read.reading),
        spot=read.reading.spot,
        as_of_ts=int(read.reading.chain.as_of.timestamp()),
        market_date=read.market_date,
    )


def _row(symbol: str, made: GammaProfile) -> GammaSnapshot:
    as_of = datetime.fromtimestamp(made.as_of_ts, UTC)
    return GammaSnapshot(
        symbol=symbol,
        mark=datetime.fromtimestamp(made.as_of_ts - made.as_of_ts % MARK_S, UTC),
        as_of=as_of,
        session_date=new_york_date(as_of),
        **{name: getattr(made, name) for name in _FACTS},
        **{name: getattr(made, name).tolist() for name in _ARRAYS},
    )
