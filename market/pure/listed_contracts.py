"""Rows that name their contracts as exchanges do, put together into a chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import numpy as np

from market.pure.bars import Floats
from market.pure.chain import COLUMNS, FIGURES, NAN, Chain
from market.pure.contract_names import parsed

SHARES: Final = 100.0


def assemble(
    symbol: str,
    names: Sequence[str],
    figures: Mapping[str, Sequence[float] | Floats],
    *,
    spot: float,
    as_of: datetime,
    delayed: bool = False,
) -> Chain:
    """Return the chain of some contracts.

    Parameters
    ----------
    symbol : str
    names : sequence of str, length n
        As SPXW230609C04300000: root, date, side, strike in thousandths.
    figures : mapping of str to n floats
        By their names in `chain.FIGURES`; what is missing is NaN. An implied volatility of 0 says that there is none.
    spot : float
        NaN where the source does not say. [USD, or index points]
    as_of : datetime, aware
    delayed : bool

    Raises
    ------
    ValueError
        If no name is that of a contract.
    """
    parts = [parsed(name.strip()) for name in names]
    # Adjusted contracts are left out: nothing here says what those deliver.
    known = [part for part in parts if part and not part.is_adjusted]
    if not known:
        raise ValueError("no contract is named as SPXW230609C04300000 is")
    usual = np.array([part is not None and not part.is_adjusted for part in parts])
    told: dict[str, Any] = {
        each: np.asarray(figures[each], dtype=np.float64)[usual] if each in figures else np.full(len(known), NAN)
        for each in FIGURES
    }
    with np.errstate(invalid="ignore"):
        told["iv"] = np.where(told["iv"] > 0, told["iv"], NAN)
    return Chain(
        symbol=symbol,
        spot=spot,
        as_of=as_of,
        root=np.array([part.root for part in known]),
        expiry=np.array([part.expiry for part in known], dtype="datetime64[D]"),
        strike=np.array([part.strike for part in known], dtype=np.float64),
        is_call=np.array([part.is_call for part in known], dtype=np.bool_),
        shares_per_contract=np.full(len(known), SHARES),
        delayed=delayed,
        **told,
    )


def name(root: str, day: str, side: str, strike: float) -> str:
    """Return a contract's name; `day` is 20230609 or 2023-06-09, `side` C or P."""
    return f"{root}{day.replace('-', '')[2:]}{side}{round(1000 * strike):08d}"


def traded_today(last: Floats, volume: Floats) -> Floats:
    """Return the last prices of contracts that traded today; the others' are of an earlier day."""
    with np.errstate(invalid="ignore"):
        return np.where((volume > 0) & (last > 0), last, NAN)


def joined(chain: Chain, other: Chain) -> Chain:
    """Return a chain with those roots of another of the same moment that it does not have itself."""
    more = other.take(~np.isin(other.root, chain.root))
    columns: dict[str, Any] = {each: np.concatenate([getattr(chain, each), getattr(more, each)]) for each in COLUMNS}
    return replace(chain, spot=chain.spot if chain.spot > 0 else other.spot, **columns)
