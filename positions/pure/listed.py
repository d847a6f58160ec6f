"""Contracts of one underlying that are listed now, with their quotes: what may be suggested instead of what is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, Self

import numpy as np

from market.pure.bars import Floats, Ints
from market.pure.contract_names import names
from options_engine.pure.contracts import Bools, Days, Texts
from options_engine.pure.reading import Reading

STANDARD: Final = 100.0  # shares a contract
_ARRAYS: Final = (
    *("contract", "root", "expiry", "strike", "is_call", "bid", "ask"),
    *("delta", "theta", "vega", "sigma", "model", "t_years", "forward"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """A table of listed contracts, every array of shape (n,); what nobody knows is NaN.

    Attributes
    ----------
    contract, root : str
        The name at the Options Clearing Corporation, and what it begins with.
    expiry : datetime64[D]
    strike : float64
        [USD, or index points]
    is_call : bool
    bid, ask : float64
        Of quotes that may be believed. [USD a share]
    delta, theta, vega, sigma : float64
        Of one share; theta a calendar day, vega a point.
    model : float64
        Our price at that volatility. [USD a share]
    t_years, forward : float64
    preferred : frozenset of str
        What was suggested before: kept while it is nearly as good, so that an advice does not change its mind with
        every tick.
    """

    contract: Texts
    root: Texts
    expiry: Days
    strike: Floats
    is_call: Bools
    bid: Floats
    ask: Floats
    delta: Floats
    theta: Floats
    vega: Floats
    sigma: Floats
    model: Floats
    t_years: Floats
    forward: Floats
    preferred: frozenset[str] = field(default=frozenset())

    def __len__(self) -> int:
        return len(self.contract)

    @property
    def quoted(self) -> Bools:
        """Which can be both bought and sold now."""
        return np.asarray((self.bid > 0) & (self.ask >= self.bid))

    def take(self, where: Bools | Ints) -> Self:
        """Return the part that `where` selects."""
        return replace(self, **{name: getattr(self, name)[where] for name in _ARRAYS})

    def preferring(self, contracts: Sequence[str]) -> Self:
        """Return it with what was suggested before."""
        return replace(self, preferred=frozenset(contracts))

    def place(self, *, root: str, expiry: date, is_call: bool, strike: float) -> int | None:
        """Return where a contract stands, None where it is not listed."""
        here = (self.root == root) & (self.expiry == np.datetime64(expiry)) & (self.is_call == is_call)
        (found,) = np.nonzero(here & np.isclose(self.strike, strike, rtol=0, atol=1e-6))
        return int(found[0]) if len(found) else None


def of_reading(reading: Reading) -> Listed:
    """Return the usual contracts of a chain that have not expired; quotes that are not believed count as none."""
    live = reading.take((reading.t_years > 0) & (reading.chain.shares_per_contract == STANDARD))
    chain, believed = live.chain, np.isfinite(live.middle)
    return Listed(
        contract=np.array(names(chain.root, chain.expiry, chain.is_call, chain.strike), dtype=np.str_),
        root=chain.root,
        expiry=chain.expiry,
        strike=chain.strike,
        is_call=chain.is_call,
        bid=np.where(believed, chain.bid, np.nan),
        ask=np.where(believed, chain.ask, np.nan),
        delta=live.greeks.delta,
        theta=live.greeks.theta,
        vega=live.greeks.vega,
        sigma=live.sigma,
        model=live.greeks.price,
        t_years=live.t_years,
        forward=live.forward,
    )


def joined(parts: Sequence[Listed]) -> Listed | None:
    """Return several tables as one; None without any."""
    if not parts:
        return None
    columns: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS}
    return replace(parts[0], **columns)
