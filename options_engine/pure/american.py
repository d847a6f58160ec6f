"""American options on a share that pays a yield, cash dividends or both: price and delta."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from market.pure.bars import Floats, Ints
from options_engine.pure import black_scholes
from options_engine.pure.black_scholes import Bools, Flag, Num
from options_engine.pure.exercise_grid import Problem, price_and_delta
from options_engine.pure.inputs import finite, positive

_COLUMNS: Final = ("spot", "strike", "t_years", "is_call", "rate", "dividend")


@dataclass(frozen=True, slots=True, eq=False)
class CashDividends:
    """What one share of an underlying will pay, shape (d,).

    Attributes
    ----------
    ex_years : float64
        Time to each ex-date, ascending; those that are over, 0 or less, do not count. [years]
    amount : float64
        At least 0. The share drops by it on the ex-date, with certainty. [USD]
    """

    ex_years: Floats
    amount: Floats

    def __post_init__(self) -> None:
        finite("ex_years", self.ex_years)
        finite("amount", self.amount)
        if len(self.ex_years) != len(self.amount):
            raise ValueError(f"{len(self.ex_years)} ex-dates, {len(self.amount)} amounts")
        if np.isnan(self.ex_years).any() or np.isnan(self.amount).any():
            raise ValueError("a dividend without a date or an amount: leave it out")
        if (np.diff(self.ex_years) <= 0).any() or (self.amount < 0).any():
            raise ValueError("expected ascending ex-dates and amounts of at least 0")


NO_CASH: Final = CashDividends(np.empty(0), np.empty(0))


@dataclass(frozen=True, slots=True, eq=False)
class AmericanValue:
    """Value of one share of each option, every array of the inputs' broadcast shape.

    Attributes
    ----------
    price : float64
        [USD]
    delta : float64
        Change of the price per dollar of spot. [1]
    """

    price: Floats
    delta: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Contracts:
    """Contracts on one underlying, every array of shape (n,)."""

    spot: Floats
    strike: Floats
    t_years: Floats
    is_call: Bools
    rate: Floats
    dividend: Floats
    cash: CashDividends

    @property
    def paid(self) -> tuple[Floats, Floats]:
        """Ex-dates and amounts that are still to come."""
        ahead = (self.cash.ex_years > 0) & (self.cash.amount > 0)
        return self.cash.ex_years[ahead], self.cash.amount[ahead]

    @property
    def payments(self) -> Floats:
        """How many dividends are paid before each contract ends."""
        return np.asarray(np.searchsorted(self.paid[0], self.t_years, side="left"))

    @property
    def waits(self) -> Bools:
        """Which are never worth exercising early: calls on what pays nothing, puts where money earns nothing."""
        call = (self.dividend <= 0) & (self.rate >= 0)
        put = (self.rate <= 0) & (self.dividend >= 0)
        return np.asarray((self.payments == 0) & np.where(self.is_call, call, put))

    @property
    def exercised(self) -> Floats:
        """What exercise is worth now."""
        return np.asarray(np.maximum(np.where(self.is_call, 1.0, -1.0) * (self.spot - self.strike), 0.0))

    @property
    def present(self) -> Floats:
        """The spot less what the dividends of each contract's life are worth today."""
        ex_years, amount = self.paid
        due = np.where(ex_years < self.t_years[:, None], amount * np.exp(-self.rate[:, None] * ex_years), 0.0)
        return np.asarray(self.spot - due.sum(axis=1))

    def take(self, where: Ints | Bools) -> Self:
        """Return some of the contracts."""
        return replace(self, **{name: getattr(self, name)[where] for name in _COLUMNS})

    def european(self, sigma: Floats) -> black_scholes.Valuation:
        """What they would be worth without early exercise, the dividends taken off the spot."""
        return black_scholes.value(
            self.present, self.strike, self.t_years, sigma, self.is_call, rate=self.rate, dividend=self.dividend
        )


def value(
    spot: Num,
    strike: Num,
    t_years: Num,
    sigma: Num,
    is_call: Flag,
    *,
    rate: Num,
    dividend: Num = 0.0,
    cash: CashDividends = NO_CASH,
) -> AmericanValue:
    """Return price and delta of American options on one underlying.

    Parameters
    ----------
    spot, strike, t_years, sigma, is_call, rate : float or array
        As in `black_scholes.value`.
    dividend : float or array
        Continuously compounded yield, on top of the cash. [1/year]
    cash : CashDividends
        Between ex-dates the share moves with `sigma`; on one it drops by the amount.

    Returns
    -------
    AmericanValue
        Prices within 1e-3 of a dollar, or 1e-4 of those above ten, 3e-3 with cash dividends; deltas within 2e-3, a few
        more beside the spot where exercise begins. Exactly the European value where early exercise is worthless. NaN
        where an input is NaN; with no time left as in `black_scholes.value`.

    Raises
    ------
    ValueError
        If a spot, strike or sigma is zero or negative, or any number is infinite.

    Notes
    -----
    The method and its sources are in `exercise_grid`; the dividend model is the one that QuantLib calls Spot.
    """
    contracts, shape = broadcast(spot, strike, t_years, is_call, rate, dividend, cash, sigma)
    sigmas = np.broadcast_to(positive("sigma", sigma), shape).ravel()
    price, delta = priced(contracts, sigmas)
    return AmericanValue(price=price.reshape(shape), delta=delta.reshape(shape))


def broadcast(
    spot: Num, strike: Num, t_years: Num, is_call: Flag, rate: Num, dividend: Num, cash: CashDividends, also: Num
) -> tuple[Contracts, tuple[int, ...]]:
    """Return contracts of what was passed, checked and flat, and the shape that they have with `also`."""
    numbers = (positive("spot", spot), positive("strike", strike), finite("t_years", t_years))
    carry = (finite("rate", rate), finite("dividend", dividend))
    shape = np.broadcast_shapes(*(np.shape(each) for each in (*numbers, is_call, *carry, also)))
    s, k, t, r, q = (np.broadcast_to(each, shape).ravel() for each in (*numbers, *carry))
    calls = np.broadcast_to(np.asarray(is_call, dtype=np.bool_), shape).ravel()
    return Contracts(s, k, t, calls, r, q, cash), shape


def priced(contracts: Contracts, sigma: Floats) -> tuple[Floats, Floats]:
    """Return price and delta of contracts, shape (n,) each."""
    spared = contracts.waits | (contracts.t_years <= 0)
    missing = np.isnan(contracts.spot + contracts.strike + contracts.t_years + sigma)
    missing |= np.isnan(contracts.rate + contracts.dividend)
    price, delta = np.full(len(sigma), np.nan), np.full(len(sigma), np.nan)
    simple = np.flatnonzero(spared & ~missing)
    plain = contracts.take(simple).european(sigma[simple])
    price[simple], delta[simple] = plain.price, plain.delta
    payments = contracts.payments
    for count in np.unique(payments[~spared & ~missing]).tolist():
        some = np.flatnonzero(~spared & ~missing & (payments == count))
        price[some], delta[some] = _early(contracts.take(some), sigma[some], count)
    return price, delta


def _early(contracts: Contracts, sigma: Floats, count: int) -> tuple[Floats, Floats]:
    """Return price and delta of contracts that all see the same `count` dividends and may be exercised early."""
    sign = np.where(contracts.is_call, 1.0, -1.0)
    ex_years, amount = (each[:count] for each in contracts.paid)
    price, delta = price_and_delta(
        Problem(
            spot=contracts.spot,
            strike=contracts.strike,
            t_years=contracts.t_years,
            sigma=sigma,
            rate=contracts.rate,
            dividend=contracts.dividend,
            sign=sign,
            ex_years=ex_years,
            amount=amount,
        )
    )
    if not count:
        price = np.maximum(price, contracts.european(sigma).price)
    now = (price <= contracts.exercised) & (contracts.exercised > 0)
    return np.maximum(price, contracts.exercised), np.where(now, sign, sign * np.clip(sign * delta, 0.0, 1.0))
