"""European option values: Black-Scholes-Merton on the forward, whole chains at once."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr  # type: ignore[import-untyped]  # scipy ships no types

from options_engine.pure.inputs import finite, positive
from options_engine.pure.normalised_black import ROOT_TAU, log_ratio, time_value

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Num = float | Floats
Flag = bool | Bools

DAYS_A_YEAR = 365.0
POINT = 0.01  # a volatility point, and a percentage point of the rate
# Valued together: the two dozen arrays of that many contracts stay in the cache.
_TOGETHER = 16_384
# Below this sigma * sqrt(T) an option is its own forward intrinsic to the last digit.
_LEAST_ROOT = 1e-12
# Below this one the two legs are so much larger than their difference that it has lost a fourth of its digits.
_FINE_ROOT = 1e-3


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
class HigherGreeks:
    """How the Greeks of one share of each option move, every array of the inputs' broadcast shape.

    Attributes
    ----------
    vanna : float64
        Change of the delta per volatility point; of the vega a dollar of spot, too. [1/point]
    charm : float64
        Change of the delta per calendar day that passes. [1/day]
    vomma : float64
        Change of the vega, a point's, per volatility point. [USD/point^2]
    speed : float64
        Change of the gamma per dollar of spot. [1/USD^2]
    colour : float64
        Change of the gamma per calendar day that passes. [1/USD/day]
    """

    vanna: Floats
    charm: Floats
    vomma: Floats
    speed: Floats
    colour: Floats


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
    log_moneyness: Floats  # ln(forward / strike)
    root: Floats
    d1: Floats

    @property
    def density(self) -> Floats:
        return np.asarray(np.exp(-0.5 * self.d1 * self.d1) / ROOT_TAU)

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
    shape = np.broadcast_shapes(*(np.shape(each) for each in (spot, strike, t_years, sigma, is_call, rate, dividend)))
    if len(shape) == 1 and shape[0] > _TOGETHER:
        return _in_parts(shape[0], (spot, strike, t_years, sigma, rate, dividend), is_call)
    terms = _terms(spot, strike, t_years, sigma, is_call=is_call, rate=rate, dividend=dividend)
    s, k, years = terms.spot, terms.strike, terms.years
    sign = np.where(is_call, 1.0, -1.0)
    chance_of_share = ndtr(sign * terms.d1)
    chance_of_strike = ndtr(sign * (terms.d1 - terms.root))
    share_leg = s * terms.growth * chance_of_share
    strike_leg = k * terms.discount * chance_of_strike
    weight = terms.growth * terms.density
    per_sigma = s * weight * np.sqrt(years)
    decay = -0.5 * per_sigma * terms.sigma / years
    carry = sign * (dividend * share_leg - rate * strike_leg)
    in_the_money = sign * (s - k)
    return Valuation(
        price=terms.finished(_price(terms, sign, share_leg, strike_leg), np.maximum(in_the_money, 0.0)),
        delta=terms.finished(sign * terms.growth * chance_of_share, sign * (in_the_money > 0)),
        gamma=terms.finished(weight / (s * terms.root), 0.0),
        theta=terms.finished((decay + carry) / DAYS_A_YEAR, 0.0),
        vega=terms.finished(POINT * per_sigma, 0.0),
        rho=terms.finished(POINT * sign * years * strike_leg, 0.0),
    )


def _in_parts(count: int, numbers: tuple[Num, ...], is_call: Flag) -> Valuation:
    whole = Valuation(*(np.empty(count) for _ in fields(Valuation)))
    calls = np.broadcast_to(np.asarray(is_call), count)
    for start in range(0, count, _TOGETHER):
        some = slice(start, start + _TOGETHER)
        # What is one number for all stays one.
        spot, strike, t_years, sigma, rate, dividend = (
            each[some] if isinstance(each, np.ndarray) and each.shape == (count,) else each for each in numbers
        )
        part = value(spot, strike, t_years, sigma, calls[some], rate=rate, dividend=dividend)
        for field in fields(Valuation):
            getattr(whole, field.name)[some] = getattr(part, field.name)
    return whole


def higher_greeks(
    spot: Num, strike: Num, t_years: Num, sigma: Num, is_call: Flag, *, rate: Num, dividend: Num
) -> HigherGreeks:
    """Return how the Greeks of European options move; inputs, units and errors as in `value`.

    Returns
    -------
    HigherGreeks
        NaN where any input is NaN, 0 with no time left.

    Notes
    -----
    Only charm differs between a call and a put, by the dividends on the share.
    Source: Haug, "The Complete Guide to Option Pricing Formulas" (2007), sections 2.2 to 2.9.
    """
    terms = _terms(spot, strike, t_years, sigma, is_call=is_call, rate=rate, dividend=dividend)
    s, v, years, root, d1 = terms.spot, terms.sigma, terms.years, terms.root, terms.d1
    d2 = d1 - root
    sign = np.where(is_call, 1.0, -1.0)
    weight = terms.growth * terms.density
    gamma = weight / (s * root)
    # -2 T times what d1 gains as a year passes.
    drift = 2.0 * (np.asarray(rate) - dividend) * years / root - d2
    charm = sign * dividend * terms.growth * ndtr(sign * d1) - 0.5 * weight * drift / years
    colour = 0.5 * gamma * (2.0 * np.asarray(dividend) * years + 1.0 + d1 * drift) / years
    return HigherGreeks(
        vanna=terms.finished(-POINT * weight * d2 / v, 0.0),
        charm=terms.finished(charm / DAYS_A_YEAR, 0.0),
        vomma=terms.finished(POINT * POINT * s * weight * np.sqrt(years) * d1 * d2 / v, 0.0),
        speed=terms.finished(-gamma / s * (d1 / root + 1.0), 0.0),
        colour=terms.finished(colour / DAYS_A_YEAR, 0.0),
    )


def price(spot: Num, strike: Num, t_years: Num, sigma: Num, is_call: Flag, *, rate: Num, dividend: Num) -> Floats:
    """Return what `value` says of the price, without the Greeks. [USD]"""
    terms = _terms(spot, strike, t_years, sigma, is_call=is_call, rate=rate, dividend=dividend)
    sign = np.where(is_call, 1.0, -1.0)
    share_leg = terms.spot * terms.growth * ndtr(sign * terms.d1)
    strike_leg = terms.strike * terms.discount * ndtr(sign * (terms.d1 - terms.root))
    plain = _price(terms, sign, share_leg, strike_leg)
    return terms.finished(plain, np.maximum(sign * (terms.spot - terms.strike), 0.0))


def gamma(spot: Num, strike: Num, t_years: Num, sigma: Num, *, rate: Num, dividend: Num) -> Floats:
    """Return what `value` says of gamma, which calls and puts share. [1/USD]"""
    terms = _terms(spot, strike, t_years, sigma, is_call=True, rate=rate, dividend=dividend)
    return terms.finished(_gamma(terms), 0.0)


def _gamma(terms: _Terms) -> Floats:
    return np.asarray(terms.growth * terms.density / (terms.spot * terms.root))


def _terms(spot: Num, strike: Num, t_years: Num, sigma: Num, *, is_call: Flag, rate: Num, dividend: Num) -> _Terms:
    s, k, v = positive("spot", spot), positive("strike", strike), positive("sigma", sigma)
    t, r, q = finite("t_years", t_years), finite("rate", rate), finite("dividend", dividend)
    over = t <= 0
    years = np.where(over, 1.0, t)
    root = np.maximum(v * np.sqrt(years), _LEAST_ROOT)
    log_moneyness = (log_ratio(s, k) if (root < _FINE_ROOT).any() else np.log(s / k)) + (r - q) * years
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
        log_moneyness=log_moneyness,
        root=root,
        d1=log_moneyness / root + 0.5 * root,
    )


def _price(terms: _Terms, sign: Floats, share_leg: Floats, strike_leg: Floats) -> Floats:
    # What was rounded below 0 in the furthest wings is 0.
    plain = np.asarray(np.maximum(sign * (share_leg - strike_leg), 0.0))
    fine = np.broadcast_to(terms.root < _FINE_ROOT, plain.shape)
    if not fine.any():
        return plain
    names = (terms.strike, terms.discount, terms.log_moneyness, terms.root, sign)
    strike, discount, moneyness, root, side = (np.broadcast_to(each, plain.shape)[fine] for each in names)
    waiting = np.exp(0.5 * moneyness) * time_value(-np.abs(moneyness), root)
    plain[fine] = strike * discount * (waiting + np.maximum(side * np.expm1(moneyness), 0.0))
    return plain
