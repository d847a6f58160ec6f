"""Whole chains as options-desk programs save them: JSON with the contracts' quotes and where their Greeks are from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from market.pure.chain import FIGURES, NAN, Chain
from market.pure.listed_contracts import assemble, traded_today

_MEMBERS = {each: each for each in FIGURES} | {"open_interest": "openInterest"}


def stamp(found: Mapping[str, Any]) -> datetime:
    """Return when the chain was read.

    Raises
    ------
    ValueError
        If the file does not say in which time zone.
    """
    told = datetime.fromisoformat(found["updated"])
    if told.tzinfo is None:
        raise ValueError(f"updated={found['updated']!r}: expected an offset, as in 2026-08-22T09:54:39-04:00")
    return told


def chain(symbol: str, found: Mapping[str, Any], *, as_of: datetime) -> Chain:
    """Return the chain; null is NaN, also for a volume: a contract that did not trade has none."""
    rows = found["quotes"]
    figures = {
        ours: np.array([NAN if row[theirs] is None else row[theirs] for row in rows], dtype=np.float64)
        for ours, theirs in _MEMBERS.items()
    }
    figures["last"] = traded_today(figures["last"], figures["volume"])
    names = [str(row["symbol"]) for row in rows]
    # Its quotes come from delayed services.
    return assemble(symbol, names, figures, spot=float(found["underlyingPrice"]), as_of=as_of, delayed=True)
