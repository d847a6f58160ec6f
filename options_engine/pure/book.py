"""The open contracts of one underlying, in the numbers that exposures are made of."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, Self

import numpy as np

from market.pure.bars import Floats
from options_engine.pure.contracts import Bools, Days
from options_engine.pure.reading import Reading

# What a contract is weighed with.
Weight = Literal["open_interest", "volume"]


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """Open contracts as parallel arrays of shape (n,).

    Attributes
    ----------
    expiry : datetime64[D]
        New York date.
    strike : float64
        [USD, or index points]
    is_call : bool
    open_interest : float64
        Contracts, or what else they are weighed with; NaN where unknown.
    t_years : float64
        Time to expiry, ACT/365, 0 when it is over. [years]
    sigma : float64
        Implied volatility; NaN where there is none to trust. [1/sqrt(year)]
    gamma : float64
        Of one share at the spot the chain was read at; NaN where unknown. [1/USD]
    multiplier : float64
        Shares of one contract.
    rate, dividend : float64
        Continuously compounded. [1/year]
    """

    expiry: Days
    strike: Floats
    is_call: Bools
    open_interest: Floats
    t_years: Floats
    sigma: Floats
    gamma: Floats
    multiplier: Floats
    rate: Floats
    dividend: Floats

    def __len__(self) -> int:
        return len(self.strike)

    @property
    def is_live(self) -> Bools:
        """Which contracts have not expired, shape (n,)."""
        return np.asarray(self.t_years > 0)

    def take(self, where: Bools) -> Self:
        """Return the book of the contracts that `where` selects."""
        return type(self)(*(getattr(self, field.name)[where] for field in fields(self)))


def of_reading(reading: Reading, *, weight: Weight = "open_interest") -> Book:
    """Return the book of a chain as it was read: its volatilities, its forwards as yields, its Greeks.

    Gamma is the vendor's only where nothing implied a volatility, expired contracts have none.

    Parameters
    ----------
    reading : Reading, length n
    weight : str
        Which column of the chain counts contracts: those that are open, or with `volume` those that traded today.
    """
    chain, ours = reading.chain, reading.greeks.gamma
    return Book(
        expiry=chain.expiry,
        strike=chain.strike,
        is_call=chain.is_call,
        open_interest=getattr(chain, weight),
        t_years=reading.t_years,
        sigma=reading.sigma,
        gamma=np.where(reading.t_years > 0, np.where(np.isfinite(ours), ours, chain.gamma), 0.0),
        multiplier=chain.shares_per_contract,
        rate=reading.rate,
        dividend=reading.dividend,
    )
