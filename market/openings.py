"""What a symbol brings into a session: the levels its completed sessions set, and how its gaps fared."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np

from config.redis import client, key
from market import calendar, history, references
from market.errors import ProviderUnavailable, RateLimited, UnknownSymbol
from market.pure import gaps
from market.pure.gaps import GapHistory

logger = logging.getLogger(__name__)

# The levels that stand all session and come from sessions before it.
LABELS = ("PDH", "PDL", "PDC", "PWH", "PWL", "PP", "R1", "R2", "S1", "S2")


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """What completed sessions say about the next one.

    Attributes
    ----------
    levels : dict of label to price
        Those of `LABELS` that can be had. [USD, or index points]
    gaps : GapHistory
        Of the last 250 sessions.
    """

    levels: dict[str, float]
    gaps: GapHistory

    def pack(self) -> bytes:
        """Return the numbers as little-endian float64: the levels, NaN for a missing one, then gaps and their fate."""
        levels = [self.levels.get(label, np.nan) for label in LABELS]
        return np.concatenate([levels, self.gaps.pct, self.gaps.filled]).astype("<f8").tobytes()

    @classmethod
    def unpack(cls, packed: bytes) -> Opening:
        """Return what `pack` wrote."""
        numbers = np.frombuffer(packed, dtype="<f8").astype(np.float64)
        levels, fates = numbers[: len(LABELS)], numbers[len(LABELS) :].reshape(2, -1)
        known = {label: price for label, price in zip(LABELS, levels.tolist(), strict=True) if price == price}  # noqa: PLR0124 -- only NaN differs from itself
        return cls(levels=known, gaps=GapHistory(pct=fates[0], filled=fates[1].astype(np.bool_)))


def of(symbols: Collection[str], before: date) -> dict[str, Opening]:
    """Return the opening of each symbol for the session of a New York date, in one round trip.

    A symbol is missing where nobody can tell: the vendor does not know it, is away, or has no bar yet of the last
    session; levels of an older one would be wrong.
    """
    if not symbols:
        return {}
    name = key("opening", before.isoformat())
    packed = client().hmget(name, list(symbols))
    known = {symbol: Opening.unpack(each) for symbol, each in zip(symbols, packed, strict=True) if each}
    fresh = {symbol: found for symbol in symbols if symbol not in known and (found := _read(symbol, before))}
    if fresh and history.is_past(before):
        pipe = client().pipeline()
        pipe.hset(name, mapping={symbol: opening.pack() for symbol, opening in fresh.items()})
        pipe.expire(name, history.kept_s())
        pipe.execute()
    return known | fresh


def _read(symbol: str, before: date) -> Opening | None:
    try:
        found = references.reference(symbol, before)
    except (UnknownSymbol, ProviderUnavailable, RateLimited) as trouble:
        logger.info("market.openings.missing", extra={"symbol": symbol, "why": str(trouble)})
        return None
    if found.session_date != calendar.previous_session(before).date:
        return None
    levels = {"PDH": found.day.high, "PDL": found.day.low, "PDC": found.day.close}
    if found.week is not None:
        levels |= {"PWH": found.week.high, "PWL": found.week.low}
    levels |= {name.upper(): found.pivots.standard[name] for name in ("pp", "r1", "r2", "s1", "s2")}
    return Opening(levels=levels, gaps=gaps.history(history.daily(symbol, before, n=history.USUAL)))
