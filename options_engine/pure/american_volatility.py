"""The volatility that the price of an American option implies, early exercise and dividends taken into account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from market.pure.bars import Floats
from options_engine.pure import black_scholes, implied_volatility
from options_engine.pure.american import NO_CASH, CashDividends, Contracts, broadcast, priced
from options_engine.pure.black_scholes import Bools, Flag, Num
from options_engine.pure.implied_volatility import ImpliedVolatility, Reason, Reasons
from options_engine.pure.inputs import finite

_MOST_STEPS: Final = 12
# In shares of the spot: what a step ends at, and what is near enough after the last one, where the price is flat.
_CLOSE_ENOUGH: Final = 1e-9
_NEAR_ENOUGH: Final = 1e-5
_LEAST_SLOPE: Final = 1e-9
# Of the European reading: between these the American one is sought.
_LEAST_SHARE, _MOST_SHARE = 0.02, 4.0
_DEAR_ROOT: Final = 1.0  # sigma * sqrt(T) to start from where there is no European reading


def solve(
    price: Num,
    spot: Num,
    strike: Num,
    t_years: Num,
    is_call: Flag,
    *,
    rate: Num,
    dividend: Num = 0.0,
    cash: CashDividends = NO_CASH,
) -> ImpliedVolatility:
    """Return the volatilities at which American options cost these prices, to 1e-4.

    A European reading of the same price is too high, by a whole point where exercise is near.

    Returns
    -------
    ImpliedVolatility
        With the reasons of `implied_volatility.solve`; a price that is not above what exercise now is worth is
        BELOW_INTRINSIC.
    """
    contracts, shape = broadcast(spot, strike, t_years, is_call, rate, dividend, cash, price)
    paid = np.broadcast_to(finite("price", price), shape).ravel()
    forward = contracts.present * np.exp((contracts.rate - contracts.dividend) * contracts.t_years)
    found = implied_volatility.solve(
        paid,
        np.where(forward > 0, forward, np.nan),
        contracts.strike,
        contracts.t_years,
        contracts.is_call,
        discount=np.exp(-contracts.rate * contracts.t_years),
    )
    sigma, reason = _exercised_early(contracts, paid, found)
    return ImpliedVolatility(sigma=sigma.reshape(shape), reason=reason.reshape(shape))


def _exercised_early(contracts: Contracts, paid: Floats, european: ImpliedVolatility) -> tuple[Floats, Reasons]:
    """Return what the European reading becomes where exercise may be early."""
    sigma, reason = european.sigma.copy(), european.reason.copy()
    solved = reason == Reason.SOLVED
    idle = solved & (paid <= contracts.exercised)
    sigma[idle], reason[idle] = np.nan, Reason.BELOW_INTRINSIC
    # Before large dividends an American call may cost more than any European one.
    most = np.where(contracts.is_call, contracts.spot, contracts.strike)
    dear = (reason == Reason.ABOVE_BOUND) & (paid < most) & (paid > contracts.exercised)
    early = np.flatnonzero(((solved & ~idle) | dear) & ~contracts.waits)
    if len(early):
        first = np.where(dear, _DEAR_ROOT / np.sqrt(np.where(dear, contracts.t_years, 1.0)), sigma)
        sigma[early] = _search(contracts.take(early), paid[early], first[early])
        there = np.isfinite(sigma[early])
        reason[early] = np.where(there, Reason.SOLVED, np.where(dear[early], reason[early], Reason.BELOW_INTRINSIC))
    return sigma, reason


@dataclass(slots=True, eq=False)
class _Search:
    """Contracts whose volatility lies between two, and the last secant of each."""

    low: Floats
    high: Floats
    sigma: Floats
    slope: Floats
    excess: Floats

    def note(self, at: Floats, excess: Floats) -> None:
        """Take in what the price at a volatility is above what was paid."""
        moved = at - self.sigma  # nowhere at first, as the secant is the vega then
        secant = np.divide(excess - self.excess, moved, out=self.slope.copy(), where=moved != 0)
        self.slope = np.where(secant > 0, secant, self.slope)
        self.low = np.where(excess < 0, at, self.low)
        self.high = np.where(excess > 0, at, self.high)
        self.sigma, self.excess = at, excess

    def next(self) -> Floats:
        """Return where to look: along the secant, or in the middle where that leads out."""
        ahead = self.sigma - self.excess / self.slope
        inside = (ahead > self.low) & (ahead < self.high)
        return np.where(inside, ahead, np.sqrt(self.low * self.high))

    def take(self, where: Bools) -> Self:
        """Return some of the searches."""
        return type(self)(*(each[where] for each in (self.low, self.high, self.sigma, self.slope, self.excess)))


def _search(contracts: Contracts, paid: Floats, first: Floats) -> Floats:
    """Return the volatilities at which the contracts cost what was paid, NaN where none does.

    Secants from the European reading, by its vega at first, held between what is too low and what is too high.
    """
    found = np.full(len(first), np.nan)
    slope = np.maximum(contracts.european(first).vega / black_scholes.POINT, _LEAST_SLOPE * contracts.spot)
    looking, at = np.arange(len(first)), first
    search = _Search(_LEAST_SHARE * first, _MOST_SHARE * first, first, slope, np.zeros(len(first)))
    for _ in range(_MOST_STEPS):
        part = contracts.take(looking)
        search.note(at, priced(part, at)[0] - paid[looking])
        done = np.abs(search.excess) <= _CLOSE_ENOUGH * part.spot
        found[looking[done]] = at[done]
        looking, search = looking[~done], search.take(~done)
        if not len(looking):
            break
        at = search.next()
    # Flat prices: what is left after that many steps is as near as the grid can tell, or nowhere.
    near = np.abs(search.excess) <= _NEAR_ENOUGH * contracts.spot[looking]
    found[looking[near]] = search.sigma[near]
    return found
