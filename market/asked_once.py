"""What many want at once and one asks the vendor for: the others wait for his answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final, TypeVar

import redis

from config.work.lease import Lease
from market.vendors.protocol import CHAIN_S

logger = logging.getLogger(__name__)

# Who asks while another is asking waits for as long as the vendor may take, and a little; only then may he have died.
# The lease outlasts both. Wall time, as the vendor's.
SPARE_S: Final = 1.0
LOOK_S: Final = 0.05
WAIT_S: Final = CHAIN_S + SPARE_S
ASKING_S: Final = WAIT_S + SPARE_S
# To wait in vain and then to ask: what nobody needs longer than.
LONGEST_S: Final = WAIT_S + ASKING_S

Found = TypeVar("Found")


def asked_once(name: str, *, kept: Callable[[], Found | None], ask: Callable[[], Found]) -> Found:
    """Return what is kept, or else what one of all who want it asks for.

    Parameters
    ----------
    name : str
        Who wants the same says the same.
    kept : callable
        Returns what was kept, None when that does not do.
    ask : callable
        Asks, and keeps the answer for the others. What it raises reaches its caller alone; the next one asks again.
    """
    if (found := kept()) is not None:
        return found
    lease = Lease(name, seconds=ASKING_S)
    try:
        answered = _by_another(lease, kept)
        return ask() if answered is None else answered
    finally:
        _give_back(lease)


def _by_another(lease: Lease, kept: Callable[[], Found | None]) -> Found | None:
    """Wait while another process asks; return its answer, or None when it is for us to ask."""
    give_up = time.monotonic() + WAIT_S
    try:
        while not lease.acquire():
            time.sleep(LOOK_S)
            if (found := kept()) is not None:
                return found
            if time.monotonic() > give_up:
                return None
    except redis.RedisError:
        return None
    return kept()


def _give_back(lease: Lease) -> None:
    try:
        lease.release()
    except redis.RedisError:
        logger.warning("market.asked_once.lease_unreachable", extra={"lease": lease.name})
