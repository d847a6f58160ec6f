"""Option chains and their expiry dates, asked of the vendor once for all processes and kept for five market minutes."""

from __future__ import annotations

import logging
import math
import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import orjson
import redis

from config.redis import client, key
from market import clock
from market.asked_once import asked_once
from market.errors import ProviderUnavailable, RateLimited
from market.pure.chain import Chain
from market.pure.sessions import new_york_date
from market.vendors import vendor
from market.vendors.protocol import ListedExpiry

logger = logging.getLogger(__name__)

KEPT_S = 300  # market seconds
# What the vendor told last, for those who would rather have it than nothing while it is away.
OLDEST_S = 900
LISTED_S = 3_600
EXPIRIES = 6
SKEW = timedelta(seconds=5)
_ASKED = struct.Struct("<dI")  # market time [Unix s] and how many dates were asked for, before the packed chain


@dataclass(frozen=True, slots=True)
class _Kept:
    chain: Chain
    asked_at: datetime
    expiries: int

    def is_good(self, now: datetime, max_age_s: float, expiries: int) -> bool:
        """Say whether it has what is asked for; one that is further ahead than two readings of a clock was set back."""
        young = now < self.asked_at + timedelta(seconds=max_age_s) or self.asked_at >= now
        return young and self.asked_at - SKEW <= now and self.expiries >= expiries


def chain(
    symbol: str, *, now: datetime, expiries: int = EXPIRIES, max_age_s: float = KEPT_S, or_older: bool = False
) -> Chain:
    """Return the contracts of a symbol's nearest expiry dates; `partial` when the vendor lost some of them on the way.

    Parameters
    ----------
    symbol : str
        Normalised.
    now : datetime
        Market time.
    expiries : int
        How many dates.
    max_age_s : float
        A chain that was asked for longer ago is asked for again; 0 takes only what is asked for from now on.
        [market seconds], at most 300
    or_older : bool
        While the vendor is away return what it told last, a quarter of an hour ago at most; `as_of` says when.

    Raises
    ------
    NoChains
        If the vendor has no options of the symbol.
    UnknownSymbol, ProviderUnavailable, RateLimited
        As every call of a vendor.
    """
    return _chain(symbol, None, now=now, expiries=expiries, max_age_s=max_age_s, or_older=or_older).nearest(expiries)


def of_date(symbol: str, expiry: date, *, now: datetime, max_age_s: float = KEPT_S, or_older: bool = False) -> Chain:
    """Return the contracts of one expiry date, or of the next one where nothing expires on it; else as `chain`."""
    kept = _kept(_name(symbol, None))
    if kept and kept.is_good(now, min(max_age_s, KEPT_S), 1) and expiry in kept.chain.expiries:
        return kept.chain.take(kept.chain.expiry == expiry)
    return _chain(symbol, expiry, now=now, expiries=1, max_age_s=max_age_s, or_older=or_older)


def expiries(symbol: str, *, now: datetime) -> list[ListedExpiry]:
    """Return every date and root on which options of a symbol expire from today on, at most an hour old.

    Raises
    ------
    UnknownSymbol, ProviderUnavailable, RateLimited
        As every call of a vendor.
    """
    full = key("expiries", vendor().name, symbol)

    def kept() -> list[ListedExpiry] | None:
        return _listed(full, now)

    def ask() -> list[ListedExpiry]:
        found = vendor().option_expiries(symbol, now=now)
        packed = orjson.dumps([now.isoformat(), [[each.day.isoformat(), each.root] for each in found]])
        _write(full, packed, LISTED_S)
        return found

    # Listed for the day, so at midnight yesterday's are among those that are kept.
    return [each for each in asked_once(full, kept=kept, ask=ask) if each.day >= new_york_date(now)]


def _chain(symbol: str, first: date | None, *, now: datetime, expiries: int, max_age_s: float, or_older: bool) -> Chain:
    full, max_age_s = _name(symbol, first), min(max_age_s, KEPT_S)

    def kept() -> Chain | None:
        found = _kept(full)
        return found.chain if found and found.is_good(now, max_age_s, expiries) else None

    def ask() -> Chain:
        found = vendor().option_chain(symbol, expiries=expiries, now=now, first=first)
        if found.partial:
            # Half a chain would be taken for the whole for five minutes; the next one who asks asks anew.
            logger.warning("market.option_chains.partial", extra={"symbol": symbol, "contracts": len(found)})
        else:
            _write(full, _ASKED.pack(now.timestamp(), expiries) + found.pack(), OLDEST_S)
        return found

    try:
        return asked_once(full, kept=kept, ask=ask)
    except (ProviderUnavailable, RateLimited) as outage:
        last = _kept(full) if or_older else None
        if last is None or not last.is_good(now, OLDEST_S, expiries):
            raise
        logger.warning("market.option_chains.older", extra={"symbol": symbol, "why": str(outage)})
        return last.chain


def _name(symbol: str, first: date | None) -> str:
    return key("chain", vendor().name, symbol, *([first.isoformat()] if first else []))


def _kept(full: str) -> _Kept | None:
    packed = _read(full)
    if not packed:
        return None
    try:
        asked_s, expiries = _ASKED.unpack_from(packed)
        return _Kept(Chain.unpack(packed[_ASKED.size :]), datetime.fromtimestamp(asked_s, UTC), expiries)
    except (ValueError, struct.error):
        logger.warning("market.option_chains.unreadable", extra={"key": full})
        return None


def _listed(full: str, now: datetime) -> list[ListedExpiry] | None:
    packed = _read(full)
    if not packed:
        return None
    asked_at, rows = orjson.loads(packed)
    asked = datetime.fromisoformat(asked_at)
    if not asked - SKEW <= now < asked + timedelta(seconds=LISTED_S):
        return None
    return [ListedExpiry(date.fromisoformat(day), root) for day, root in rows]


def _read(full: str) -> bytes | None:
    try:
        found: bytes | None = client().get(full)
    except redis.RedisError:
        logger.warning("market.option_chains.unread", extra={"key": full})
        return None
    return found


def _write(full: str, packed: bytes, market_s: float) -> None:
    try:
        client().set(full, packed, ex=max(1, math.ceil(market_s / max(clock.speed(), 1.0))))
    except redis.RedisError:
        logger.warning("market.option_chains.unwritten", extra={"key": full})
