"""The volatility that a price implies, for whole chains at once, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from market.pure.bars import Floats
from options_engine.pure.black_scholes import Bools, Flag, Num
from options_engine.pure.inputs import finite, positive
from options_engine.pure.normalised_black import ROOT_TAU, log_ratio, mills_difference

Reasons = npt.NDArray[np.int8]

# Solved together: the dozen arrays of that many contracts stay in the cache of a core.
_TOGETHER: Final = 4096
# A step of this share of the root leaves an error of its fourth power.
_DONE: Final = 1e-3
_MOST_STEPS: Final = 12
_LEAST, _MOST = 0.4, 2.5  # how far a step may change the root
_LOG_ROOT_TAU: Final = float(np.log(ROOT_TAU))
# Time values below this share of the forward are the rounding of a parity that was subtracted.
_ROUNDING: Final = 4.0 * np.finfo(np.float64).eps
# So close to its bound, where sigma * sqrt(T) is 12, a price says nothing about volatility.
_BOUND: Final = 1.0 - 1e-9
_LEAST_X: Final = 1e-250  # stands for 0 under a logarithm
# Of the first guess.
_FAR: Final = 0.7
_NEARS_BOUND: Final = 0.15
_WINITZKI: Final = 0.147
_ROOT_QUARTER_PI: Final = float(np.sqrt(0.25 * np.pi))


class Reason(IntEnum):
    """Why a contract has an implied volatility, or why not. The first that applies, in this order."""

    SOLVED = 0
    EXPIRED = 1
    BAD_QUOTE = 2  # refused by what judges quotes
    NO_QUOTE = 3  # no price
    BELOW_INTRINSIC = 4  # not above what exercise is worth on the forward
    ABOVE_BOUND = 5  # not below what no volatility reaches


@dataclass(frozen=True, slots=True, eq=False)
class ImpliedVolatility:
    """What prices imply.

    Attributes
    ----------
    sigma : float64
        0.20 for 20 %; NaN where there is none. [1/sqrt(year)]
    reason : int8
        A `Reason`: why there is none, or SOLVED.
    """

    sigma: Floats
    reason: Reasons

    def counts(self) -> dict[str, int]:
        """Return how many contracts have each reason, by its name in lower case."""
        return {each.name.lower(): int(np.count_nonzero(self.reason == each)) for each in Reason}


def solve(
    price: Num, forward: Num, strike: Num, t_years: Num, is_call: Flag, *, discount: Num, refused: Flag = False
) -> ImpliedVolatility:
    """Return the volatilities at which European options cost these prices.

    Parameters
    ----------
    price : float or array, all inputs broadcast together
        Of one share; NaN where nobody quotes. [USD]
    forward, strike : float or array
        Forward of the contract's expiry, and strike. [USD, or index points]
    t_years : float or array
        Time to expiry, ACT/365, to the second. [years]
    is_call : bool or array
        False for puts. A contract in the money is solved as its twin out of the money, through parity.
    discount : float or array
        Of a dollar at expiry, above 0. [1]
    refused : bool or array
        Contracts whose quote is not to be believed.

    Returns
    -------
    ImpliedVolatility
        Arrays of the broadcast shape. A contract without a forward, strike, time or discount counts as NO_QUOTE.

    Raises
    ------
    ValueError
        If a forward, strike or discount is zero or negative, or any number is infinite.

    Notes
    -----
    Householder's method of fourth order on the logarithm of the price in normalised coordinates, all contracts in
    lockstep. Two steps from the first guess reach the last digit for sigma * sqrt(T) up to 2; the few beyond take more.
    Source: Jaeckel, "Let's be rational" (2015), equations 4.1 to 4.9; the first guess is ours.
    """
    paid, t = finite("price", price), finite("t_years", t_years)
    f, k, d = positive("forward", forward), positive("strike", strike), positive("discount", discount)
    shape = np.broadcast_shapes(*(np.shape(each) for each in (paid, f, k, t, is_call, d, refused)))
    paid, f, k, t, d = (np.broadcast_to(each, shape).ravel() for each in (paid, f, k, t, d))
    calls, bad = (np.broadcast_to(np.asarray(each, dtype=np.bool_), shape).ravel() for each in (is_call, refused))
    sigma, reason = np.empty(len(t)), np.empty(len(t), dtype=np.int8)
    for start in range(0, len(sigma), _TOGETHER):
        some = slice(start, start + _TOGETHER)
        sigma[some], reason[some] = _solve(paid[some], f[some], k[some], t[some], d[some], calls[some], bad[some])
    return ImpliedVolatility(sigma=sigma.reshape(shape), reason=reason.reshape(shape))


def _solve(
    paid: Floats, f: Floats, k: Floats, t: Floats, d: Floats, calls: Bools, bad: Bools
) -> tuple[Floats, Reasons]:
    waiting, rounding = _time_value(paid, f, k, d, calls)
    reason = _reasons(waiting, rounding, np.minimum(f, k), t, bad)
    there = reason == Reason.SOLVED
    if not there.all():
        sigma = np.full(len(t), np.nan)
        sigma[there] = _sigma(waiting[there], f[there], k[there], t[there])
        return sigma, reason
    return _sigma(waiting, f, k, t), reason


def _sigma(waiting: Floats, f: Floats, k: Floats, t: Floats) -> Floats:
    return _roots(-np.abs(log_ratio(f, k)), waiting / np.sqrt(f * k)) / np.sqrt(t)


def _time_value(paid: Floats, f: Floats, k: Floats, d: Floats, calls: Bools) -> tuple[Floats, Floats]:
    """Return the undiscounted price of the side out of the money, and how much of it may be rounding."""
    intrinsic = np.maximum(np.where(calls, f - k, k - f), 0.0)
    at_expiry = paid / d
    return at_expiry - intrinsic, np.where(intrinsic > 0, _ROUNDING * np.maximum(at_expiry, f), 0.0)


def _reasons(waiting: Floats, rounding: Floats, bound: Floats, t: Floats, bad: Bools) -> Reasons:
    """Say why not: the value of waiting must lie between its rounding and the lower of forward and strike."""
    reason = np.zeros(len(t), dtype=np.int8)
    # The last to be written is the first that applies.
    reason[waiting >= bound * _BOUND] = Reason.ABOVE_BOUND
    reason[waiting <= rounding] = Reason.BELOW_INTRINSIC
    reason[np.isnan(waiting) | np.isnan(t)] = Reason.NO_QUOTE
    reason[bad] = Reason.BAD_QUOTE
    reason[t <= 0] = Reason.EXPIRED
    return reason


def _roots(x: Floats, b: Floats) -> Floats:
    """Return s with b(x, s) = b, for x <= 0 and 0 < b < exp(x / 2)."""
    log_b = np.log(b)
    s = _guess(x, b, log_b)
    moving = np.arange(len(s))
    for step in range(_MOST_STEPS):
        at = s[moving]
        s[moving] = moved = np.clip(at + _step(x[moving], at, log_b[moving]), _LEAST * at, _MOST * at)
        if step:  # after the first step hardly any would be done
            moving = moving[np.abs(moved - at) > _DONE * at]
        if not len(moving):
            break
    return s


def _step(x: Floats, s: Floats, log_b: Floats) -> Floats:
    """Return what Householder's method of fourth order adds to s, from ln b and its three derivatives."""
    middle, half = x / s, 0.5 * s
    square = middle * middle
    ratio = mills_difference(middle, half)  # b over its slope
    slope = 1.0 / ratio
    newton = -ratio * (np.log(ratio) - 0.5 * (square + half * half) - _LOG_ROOT_TAU - log_b)
    # The slope of b is phi(m) exp(-h^2 / 2), so that its own relative slopes are polynomials.
    second = square / s - 0.5 * half
    third = second * second - 3.0 * square / (s * s) - 0.25
    bend = second - slope
    twist = third + slope * (2.0 * slope - 3.0 * second)
    return newton * (1.0 + 0.5 * bend * newton) / (1.0 + newton * (bend + twist * newton / 6.0))


def _guess(x: Floats, b: Floats, log_b: Floats) -> Floats:
    """Return s to within a twentieth where s <= 2, to within a fifth beyond.

    To first order in h, b / |x| = phi(m) (1 - |m| Y) / |m| =: exp(-r) / sqrt(2 pi) depends on m alone, and 1 - |m| Y is
    close to 1 / (1 + 1.2533 |m| + m^2). Where b nears its bound, s grows without one, as it does at the money, where it
    is sqrt(8) erfinv(b).
    """
    away = np.maximum(-x, _LEAST_X)
    r = np.log(away) - log_b - _LOG_ROOT_TAU
    m = _first_m(r)
    flat = 1.0 + 1.2533 * m + m * m
    excess = 0.5 * m * m + np.log(m * flat) - r
    m = np.maximum(m - excess / (m + 1.0 / m + (1.2533 + 2.0 * m) / flat), 0.2 * m)
    s = away / m
    share = b * np.exp(-0.5 * x)
    full = share > _NEARS_BOUND
    if full.any():
        s[full] *= _stretch(share[full])
    return s


def _first_m(r: Floats) -> Floats:
    """Return m to within a fifth: of m^2 / 2 + ln(m (1 + 1.25 m + m^2)) = r where m is large, of m (1 + m) else."""
    near = np.exp(np.minimum(r, 1.0))
    rough = np.sqrt(2.0 * np.maximum(r, 1.0)) - 0.75
    far = np.sqrt(np.maximum(2.0 * (r - np.log(rough * (1.0 + 1.2533 * rough + rough * rough))), 0.3))
    return np.where(r > _FAR, far, near / (1.0 + near))


def _stretch(share: Floats) -> Floats:
    """Return 2 / sqrt(pi) * erfinv(u) / u, by Winitzki's approximation of erfinv (2008)."""
    tail = np.log1p(-share * share)
    middle = 2.0 / (np.pi * _WINITZKI) + 0.5 * tail
    return np.asarray(np.sqrt(np.sqrt(middle * middle - tail / _WINITZKI) - middle) / (share * _ROOT_QUARTER_PI))
