"""Chains of the simulated market, for tests that want a whole one."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from market.pure.chain import Chain
from simulation.vendor import SimulatedVendor

SEED = 20260209


@lru_cache
def chain(symbol: str, now: datetime, expiries: int = 12) -> Chain:
    """Return the nearest dates as the simulated market tells them at a moment."""
    return SimulatedVendor(SEED).option_chain(symbol, expiries=expiries, now=now)
