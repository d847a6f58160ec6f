"""Option chains, asked of the vendor once for all processes and kept for five market minutes."""

from __future__ import annotations

import logging
import math
import struct
import time
from datetime import UTC, datetime, timedelta

import redis

from config.redis import client, key
from config.work.lease import Lease
from market import clock
from market.pure.chain import Chain
from market.vendors import vendor
from market.vendors.protocol import CHAIN_S

logger = logging.getLogger(__name__)

KEPT_S = 300  # market seconds
EXPIRIES = 6
# Who asks while another is asking waits for as long as the vendor may take, and a little; only then may he have died.
# The lease outlasts both. Wall time, as the vendor's.
SPARE_S, LOOK_S = 1.0, 0.05
WAIT_S = CHAIN_S + SPARE_S
ASKING_S = WAIT_S + SPARE_S
# To wait in vain and then to ask: what nobody needs longer than.
LONGEST_S = WAIT_S + ASKING_S
SKEW = timedelta(seconds=5)
_ASKED_AT = struct.Struct("<d")  # market time [Unix s], before the packed chain


def chain(symbol: str, *, now: datetime, expiries: int = EXPIRIES, max_age_s: float = KEPT_S) -> Chain:
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
        A chain that was asked for longer ago is asked for again; 0 asks in any case. [market seconds], at most 300

    Raises
    ------
    NoChains
        If the vendor has no options of the symbol.
    UnknownSymbol, ProviderUnavailable, RateLimited
        As every call of a vendor.
    """
    full = key("chain", vendor().name, symbol, str(expiries))
    if kept := _kept(full, now, max_age_s):
        return kept
    lease = Lease(full, seconds=ASKING_S)
    try:
        found = _asked_by_another(lease, full, now, max_age_s)
        if found is None:
            found = vendor().option_chain(symbol, expiries=expiries, now=now)
            if found.partial:
                # Half a chain would be taken for the whole for five minutes; the next one who asks asks anew.
                logger.warning("market.option_chains.partial", extra={"symbol": symbol, "contracts": len(found)})
            else:
                _keep(full, found, now)
        return found
    finally:
        _give_back(lease)


def _asked_by_another(lease: Lease, full: str, now: datetime, max_age_s: float) -> Chain | None:
    """Wait while another process asks; return its answer, or None when it is for us to ask."""
    give_up = time.monotonic() + WAIT_S
    try:
        while not lease.acquire():
            time.sleep(LOOK_S)
            if kept := _kept(full, now, max_age_s):
                return kept
            if time.monotonic() > give_up:
                return None
    except redis.RedisError:
        return None
    return _kept(full, now, max_age_s)


def _kept(full: str, now: datetime, max_age_s: float) -> Chain | None:
    try:
        packed = client().get(full)
    except redis.RedisError:
        logger.warning("market.option_chains.unread", extra={"key": full})
        return None
    if not packed:
        return None
    asked_at = datetime.fromtimestamp(_ASKED_AT.unpack_from(packed)[0], UTC)
    # Further ahead than two processes' readings of one clock can be: the clock was set back.
    if not asked_at - SKEW <= now < asked_at + timedelta(seconds=min(max_age_s, KEPT_S)):
        return None
    try:
        return Chain.unpack(packed[_ASKED_AT.size :])
    except ValueError:
        logger.warning("market.option_chains.unreadable", extra={"key": full})
        return None


def _keep(full: str, found: Chain, now: datetime) -> None:
    packed = _ASKED_AT.pack(now.timestamp()) + found.pack()
    try:
        client().set(full, packed, ex=max(1, math.ceil(KEPT_S / max(clock.speed(), 1.0))))
    except redis.RedisError:
        logger.warning("market.option_chains.unwritten", extra={"key": full})


def _give_back(lease: Lease) -> None:
    try:
        lease.release()
    except redis.RedisError:
        logger.warning("market.option_chains.lease_unreachable", extra={"lease": lease.name})
