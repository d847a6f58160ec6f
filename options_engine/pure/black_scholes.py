"""European option values: Black-Scholes-Merton on the forward, whole chains at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr  # type: ignore[import-untyped]  # scipy ships no types

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Num = float | Floats
Flag = bool | Bools

DAYS_A_YEAR = 365.0
POINT = 0.01  # a volatility point, and a percentage point of the rate
_ROOT_TAU = np.sqrt(2.0 * np.pi)
# Below this sigma * sqrt(T) an option is its own forward intrinsic to the last digit.
_LEAST_ROOT = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Valuation:
    """Value and Greeks of one share of each option, every array of the inputs' broadcast shape.

    Attributes
    ----------
    price : float64
        [USD]
    delta : float64
        Change of the price per dollar of spot. [1]
    gamma : float64
        Change of the delta per dollar of spot. [1/USD]
    theta : float64
        Change of the price per calendar day that passes, negative for most. [USD/day]
    vega : float64
        Change of the price per volatility point, 0.20 to 0.21. [USD/point]
    rho : float64
        Change of the price per percentage point of the rate, spot held. [USD/point]
    """

    price: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats
    rho: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Terms:
    # What the formulas share. Options that have expired are valued with a year to go and overwritten at the end.
    shape: tuple[int, ...]
    over: Bools
    missing: Bools
    spot: Floats
    strike: Floats
    years: Floats
    sigma: Floats
    growth: Floats  # of one share that pays its dividends in shares
    discount: Floats
    root: Floats
    d1: Floats

    @property
    def density(self) -> Floats:
        return np.asarray(np.exp(-0.5 * self.d1 * self.d1) / _ROOT_TAU)

    def finished(self, values: Floats, expired: Num) -> Floats:
        """Return values of full shape: `expired` where there is no time left, NaN where an input is."""
        whole = np.where(self.over, expired, values) if self.over.any() else values
        whole = np.where(self.missing, np.nan, whole) if self.missing.any() else whole
        return np.asarray(whole if np.shape(whole) == self.shape else np.broadcast_to(whole, self.shape).copy())


def value(spot: Num, strike: Num, t_years: Num, sigma: Num, is_call: Flag, *, rate: Num, dividend: Num) -> Valuation:
    """Return price and first Greeks of European options.

    Parameters
    ----------
    spot, strike : float or array, all inputs broadcast together
        Underlying price and strike. [USD, or index points]
    t_years : float or array
        Time to expiry, ACT/365, to the second. [years]
    sigma : float or array
        Implied volatility, 0.20 for 20 %. [1/sqrt(year)]
    is_call : bool or array
        False for puts.
    rate, dividend : float or array
        Continuously compounded risk-free rate and dividend yield. With a forward F of the market in hand, the yield is
        rate - ln(F / spot) / t_years. [1/year]

    Returns
    -------
    Valuation
        NaN where any input is NaN. With no time left the price is the intrinsic value, delta is 1 for a call above its
        strike, -1 for a put below it and 0 otherwise, and the other Greeks are 0.

    Raises
    ------
    ValueError
        If a spot, strike or sigma is zero or negative, or any number is infinite.

    Notes
    -----
    Units of theta, vega and rho are those of option vendors: a calendar day, a volatility point, a point of the rate.
    Multiply by 100 for one contract.
    Source: Hull, "Options, Futures, and Other Derivatives", ch. "The Greek Letters".
    """
    terms = _terms(spot, strike, t_years, sigma, is_call=is_call, rate=rate, dividend=dividend)
    s, k, years = terms.spot, terms.strike, terms.years
    sign = np.where(is_call, 1.0, -1.0)
    chance_of_share = ndtr(sign * terms.d1)
    chance_of_strike = ndtr(sign * (terms.d1 - terms.root))
    share_leg = s * terms.growth * chance_of_share
    strike_leg = k * terms.discount * chance_of_strike
    per_sigma = s * terms.growth * terms.density * np.sqrt(years)
    decay = -0.5 * per_sigma * terms.sigma / years
    carry = sign * (dividend * share_leg - rate * strike_leg)
    in_the_money = sign * (s - k)
    return Valuation(
        price=terms.finished(sign * (share_leg - strike_leg), np.maximum(in_the_money, 0.0)),
        delta=terms.finished(sign * terms.growth * chance_of_share, sign * (in_the_money > 0)),
        gamma=terms.finished(_gamma(terms), 0.0),
        theta=terms.finished((decay + carry) / DAYS_A_YEAR, 0.0),
        vega=terms.finished(POINT * per_sigma, 0.0),
        rho=terms.finished(POINT * sign * years * strike_leg, 0.0),
    )


def price(spot: Num, strike: Num, t_years: Num, sigma: Num, is_call: Flag, *, rate: Num, dividend: Num) -> Floats:
    """Return what `value` says of the price, without the Greeks. [USD]"""
    terms = _terms(spot, strike, t_years, sigma, is_call=is_call, rate=rate, dividend=dividend)
    sign = np.where(is_call, 1.0, -1.0)
    share_leg = terms.spot * terms.growth * ndtr(sign * terms.d1)
    strike_leg = terms.strike * terms.discount * ndtr(sign * (terms.d1 - terms.root))
    return terms.finished(sign * (share_leg - strike_leg), np.maximum(sign * (terms.spot - terms.strike), 0.0))


def gamma(spot: Num, strike: Num, t_years: Num, sigma: Num, *, rate: Num, dividend: Num) -> Floats:
    """Return what `value` says of gamma, which calls and puts share. [1/USD]"""
    terms = _terms(spot, strike, t_years, sigma, is_call=True, rate=rate, dividend=dividend)
    return terms.finished(_gamma(terms), 0.0)


def _gamma(terms: _Terms) -> Floats:
    return np.asarray(terms.growth * terms.density / (terms.spot * terms.root))


def _terms(spot: Num, strike: Num, t_years: Num, sigma: Num, *, is_call: Flag, rate: Num, dividend: Num) -> _Terms:
    s, k, v = _positive("spot", spot), _positive("strike", strike), _positive("sigma", sigma)
    t, r, q = _finite("t_years", t_years), _finite("rate", rate), _finite("dividend", dividend)
    over = t <= 0
    years = np.where(over, 1.0, t)
    root = np.maximum(v * np.sqrt(years), _LEAST_ROOT)
    return _Terms(
        shape=np.broadcast_shapes(*(np.shape(each) for each in (s, k, v, t, r, q, is_call))),
        over=np.asarray(over),
        missing=np.asarray(np.isnan(s + k + v + t + r + q)),
        spot=s,
        strike=k,
        years=years,
        sigma=v,
        growth=np.exp(-q * years),
        discount=np.exp(-r * years),
        root=root,
        d1=(np.log(s / k) + (r - q) * years) / root + 0.5 * root,
    )


def _positive(name: str, numbers: Num) -> Floats:
    array = _finite(name, numbers)
    if (array <= 0).any():
        raise ValueError(f"{name}={float(array[array <= 0].flat[0]):g}: expected a number above 0, or NaN")
    return array


def _finite(name: str, numbers: Num) -> Floats:
    array = np.asarray(numbers, dtype=np.float64)
    if np.isinf(array).any():
        raise ValueError(f"{name} is infinite: expected a finite number, or NaN")
    return array
