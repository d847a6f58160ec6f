"""Option chains written out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np

from market.pure.chain import FIGURES, Chain

# Expiry, root, strike, call or put.
Listed = tuple[date, str, float, str]


def chain(symbol: str, contracts: Sequence[Listed], *, spot: float, as_of: datetime, **figures: object) -> Chain:
    """Return a chain of these contracts; a figure is one number for all or a sequence, NaN unless given."""
    count = len(contracts)
    expiry, root, strike, side = zip(*contracts, strict=True) if contracts else ((), (), (), ())

    def column(name: str, usual: float = np.nan) -> np.ndarray:
        return np.array(np.broadcast_to(np.asarray(figures.get(name, usual), dtype=np.float64), count))

    return Chain(
        symbol=symbol,
        spot=spot,
        as_of=as_of,
        root=np.array(root, dtype="U6"),
        expiry=np.array(expiry, dtype="datetime64[D]"),
        strike=np.array(strike, dtype=np.float64),
        is_call=np.array([each == "C" for each in side], dtype=np.bool_),
        **{name: column(name) for name in FIGURES},
        shares_per_contract=column("shares_per_contract", 100.0),
    )
