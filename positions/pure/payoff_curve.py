"""What a position wins and loses over a range of prices of its underlying: when its first option ends, and today."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log, sqrt
from typing import Final

import numpy as np

from market.pure.bars import Floats
from options_engine.pure import american, black_scholes, carry
from options_engine.pure.contracts import LEAST_S, YEAR_S
from options_engine.pure.rates import Curve as Rates
from positions.pure.facts import NAN
from positions.pure.structures import Kind
from positions.pure.valuation import Marked, OpenLeg, of_later

POINTS: Final = 81  # beside strikes and breakevens
# How far to each side of the spot: two standard deviations, as far as the strikes and breakevens and a quarter more.
DEVIATIONS, BEYOND = 2.0, 1.25
NARROWEST, WIDEST = 0.02, 0.6  # of the spot


@dataclass(frozen=True, slots=True, eq=False)
class PayoffCurve:
    """Profit by the price of the underlying.

    Attributes
    ----------
    prices : float64, shape (n,)
        Ascending; every strike and breakeven in the range is one of them. [USD, or index points]
    at_expiry : float64, shape (n,)
        When the first option ends, what lives on at our model's price; of shares alone, at that price. NaN where
        nobody knows. [USD]
    today : float64, shape (n,)
        Now, at the volatilities of now. NaN where one is not known. [USD]
    """

    prices: Floats
    at_expiry: Floats
    today: Floats


def of(each: Marked, breakevens: tuple[float, ...], *, now_ts: float, rates: Rates | None) -> PayoffCurve | None:
    """Return the curve of a position, None where nothing says which prices matter.

    Parameters
    ----------
    breakevens : tuple of float
        As `pure.limits` has them.
    rates : Rates or None
        The ones that the marks' volatilities were read with; the flat rate without them.
    """
    prices = _prices(each, breakevens, now_ts)
    if prices is None:
        return None
    cost = float(each.position.cost)
    today, at_expiry = np.full(len(prices), -cost), np.full(len(prices), -cost)
    for leg in each.position.legs:
        shares = leg.leg.ratio * float(leg.multiplier)
        today += shares * _today(each, leg, prices, now_ts, rates)
        at_expiry += shares * _at_end(each, leg, prices, now_ts)
    return PayoffCurve(prices, at_expiry, today)


def _prices(each: Marked, breakevens: tuple[float, ...], now_ts: float) -> Floats | None:
    strikes = [float(leg.leg.strike) for leg in each.position.legs if leg.leg.strike is not None]
    marked = sorted({*strikes, *breakevens})
    middle = each.spot if each.spot > 0 else 0.5 * (marked[0] + marked[-1]) if marked else NAN
    if not middle > 0:
        return None
    reach = max((abs(price - middle) for price in marked), default=0.0)
    half = max(BEYOND * reach, DEVIATIONS * middle * _deviation(each, now_ts), NARROWEST * middle)
    low, high = max(middle - min(half, WIDEST * middle), 0.01), middle + min(half, WIDEST * middle)
    inside = [price for price in (*marked, middle) if low < price < high]
    return np.unique(np.round(np.concatenate([np.linspace(low, high, POINTS), inside]), 4))


def _deviation(each: Marked, now_ts: float) -> float:
    """Return the largest standard deviation to expiry that its options imply; 0 where none does."""
    found = [
        each.mark(leg).sigma * sqrt(max(leg.expires_ts - now_ts, 0.0) / YEAR_S)
        for leg in each.position.legs
        if isfinite(leg.expires_ts)
    ]
    return max((width for width in found if isfinite(width)), default=0.0)


def _today(each: Marked, leg: OpenLeg, prices: Floats, now_ts: float, rates: Rates | None) -> Floats | float:
    """Return what one share is worth now at each price, by the model and the rates that its volatility is from."""
    if leg.leg.kind is Kind.STOCK:
        return prices
    mark, spot, ahead = each.mark(leg), each.spot, leg.expires_ts - now_ts
    if not (spot > 0 and mark.sigma > 0 and mark.forward > 0 and ahead > 0):
        return NAN
    years = max(ahead, LEAST_S) / YEAR_S
    rate = float(rates.to(365.0 * years)) if rates else carry.RATE
    dividend = rate - log(mark.forward / spot) / years
    strike, is_call = float(leg.leg.strike or NAN), leg.leg.kind is Kind.CALL
    if leg.european:
        return black_scholes.price(prices, strike, years, mark.sigma, is_call, rate=rate, dividend=dividend)
    return american.value(prices, strike, years, mark.sigma, is_call, rate=rate, dividend=dividend).price


def _at_end(each: Marked, leg: OpenLeg, prices: Floats, now_ts: float) -> Floats | float:
    """Return what one share is worth at each price on the day on which the first option ends."""
    if leg.leg.kind is Kind.STOCK:
        return prices
    options = [other for other in each.position.legs if other.leg.kind is not Kind.STOCK]
    if leg.leg.expiry == min(other.leg.expiry for other in options if other.leg.expiry):
        sign = 1.0 if leg.leg.kind is Kind.CALL else -1.0
        return np.maximum(sign * (prices - float(leg.leg.strike or NAN)), 0.0)
    later = of_later(each, leg, min(other.expires_ts for other in options), now_ts)
    return NAN if later is None else later.worth(leg.leg, prices)
