"""The open contracts of one underlying, in the numbers that exposures are made of."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from market.pure.bars import Floats, Ints
from market.pure.chain import Chain
from options_engine.pure import black_scholes
from options_engine.pure.contracts import Bools, Days, years_left

# A vendor's solver that found nothing says 0 or a clamp such as 5: neither is a volatility.
LEAST_IV, MOST_IV = 0.01, 5.0


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
        Contracts; NaN where unknown.
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


def of_chain(chain: Chain, expires: Ints, *, rate: float, dividend: float) -> Book:
    """Return the book of a chain as of the moment it was read.

    Gamma is ours where the vendor has an implied volatility, so that it agrees with what re-pricing says at other
    spots, and the vendor's elsewhere. A chain without a price of its underlying has the vendor's throughout.

    Parameters
    ----------
    chain : Chain, length n
    expires : int64, shape (n,)
        When each contract ends. [Unix seconds]
    rate, dividend : float
        Continuously compounded. [1/year]
    """
    t_years = years_left(expires, chain.as_of.timestamp())
    with np.errstate(invalid="ignore"):
        sigma = np.where((chain.iv >= LEAST_IV) & (chain.iv < MOST_IV), chain.iv, np.nan)
    spot = chain.spot if chain.spot > 0 else np.nan
    ours = black_scholes.gamma(spot, chain.strike, t_years, sigma, rate=rate, dividend=dividend)
    return Book(
        expiry=chain.expiry,
        strike=chain.strike,
        is_call=chain.is_call,
        open_interest=chain.open_interest,
        t_years=t_years,
        sigma=sigma,
        gamma=np.where(np.isfinite(ours), ours, np.where(t_years > 0, chain.gamma, 0.0)),
        multiplier=chain.shares_per_contract,
        rate=np.full(len(chain), rate),
        dividend=np.full(len(chain), dividend),
    )
