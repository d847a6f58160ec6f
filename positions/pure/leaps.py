"""What a long-dated option will be worth as time passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from market.pure.bars import Floats
from options_engine.pure import american, black_scholes, carry
from options_engine.pure.black_scholes import DAYS_A_YEAR, POINT, Valuation
from options_engine.pure.rates import Curve

# Days from now at which an option is looked at; the first at or past its expiry is the last.
AHEAD: Final = (0, 7, 14, 30, 60, 90, 180, 270, 365)
# Scenarios of a point: the spot in parts of itself, the volatility in points.
SPOT_MOVES: Final = (-0.20, -0.10, 0.10, 0.20)
VOLATILITY_MOVES: Final = (-5.0, 5.0)


@dataclass(frozen=True, slots=True)
class Option:
    """One contract.

    Attributes
    ----------
    strike : float
        [USD, or index points]
    expiry : date
        In New York.
    european : bool
        Exercised at expiry only: those of cash indexes.
    """

    is_call: bool
    strike: float
    expiry: date
    european: bool

    @property
    def sign(self) -> float:
        """1 for a call, -1 for a put."""
        return 1.0 if self.is_call else -1.0


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """What an option is priced with.

    Attributes
    ----------
    today : date
        In New York.
    spot : float
        [USD, or index points]
    sigma : float
        The option's implied volatility, 0.20 for 20 %. [1/sqrt(year)]
    dividend : float
        Continuous dividend yield. [1/year]
    curve : Curve, optional
        Risk-free rates; the flat 4.5 % of `carry` without it.
    part_of_day : float
        What is left of today until the moment at which options expire; below 0 once it has passed. [days]
    term : sequence of (float, float)
        Volatility at the money by days to expiry, ascending; may be empty. [days, 1/sqrt(year)]
    """

    today: date
    spot: float
    sigma: float
    dividend: float
    curve: Curve | None = None
    part_of_day: float = 0.0
    term: Sequence[tuple[float, float]] = ()

    def rate(self, days: float | Floats) -> Floats:
        """Return the continuously compounded rate to each number of days. [1/year]"""
        return self.curve.to(days) if self.curve else np.full(np.shape(days), carry.RATE)

    def days_to(self, expiry: date) -> float:
        """Return the time to the expiry's end, 0 once it is over. [days]"""
        return max((expiry - self.today).days + self.part_of_day, 0.0)


@dataclass(frozen=True, slots=True)
class Point:
    """An option on one day, per share.

    Attributes
    ----------
    days_ahead, dte : int
        From today, and to the expiry. [calendar days]
    day : date
    delta, gamma, theta, vega : float
        Theta a calendar day, vega a volatility point. [1, 1/USD, USD/day, USD/point]
    value : float
        Spot and volatility as they are now. [USD]
    forward_sigma, forward_value : float
        Volatility that today's term structure implies from that day to the expiry, and the value at it; NaN where the
        term structure does not reach, or falls so steeply that it implies none.
    at_spot : tuple of float
        Value at each of `SPOT_MOVES`. [USD]
    at_volatility : tuple of float
        Value at each of `VOLATILITY_MOVES`, NaN where that leaves no volatility. [USD]
    expired : bool
        The row of the expiry: worth its intrinsic value.
    """

    days_ahead: int
    dte: int
    day: date
    delta: float
    gamma: float
    theta: float
    vega: float
    value: float
    forward_sigma: float
    forward_value: float
    at_spot: tuple[float, ...]
    at_volatility: tuple[float, ...]
    expired: bool


def project(option: Option, market: Market) -> list[Point]:
    """Return what an option is worth now and as days pass, with spot and volatility standing still, and beside it.

    Parameters
    ----------
    option : Option
    market : Market
        Its spot has to be known, and while the option is alive its volatility.

    Returns
    -------
    list of Point
        One for each day of `AHEAD`, ending with the first at or past the expiry.

    Raises
    ------
    ValueError
        If spot, strike or volatility is zero, negative or unknown.

    Notes
    -----
    Decided in the specification of positions, section 9: dividends and early exercise count, the rate is that of the
    time still left. The vectors it pins hold without dividends, at 4.5 % and for European exercise.
    """
    _known(spot=market.spot, strike=option.strike)
    left = (option.expiry - market.today).days
    if left <= 0:
        return [_last(option, market, 0)]
    _known(sigma=market.sigma)
    ahead = [days for days in AHEAD if days < left]
    final = len(ahead) < len(AHEAD)  # an expiry beyond the last day is not reached
    days = np.array([market.days_to(option.expiry) - each for each in ahead])
    forward = _forward_sigmas(market, option.expiry, np.array(ahead, dtype=np.float64))
    table = _priced(option, market, days, forward)
    points = [_point(option, market, each, row, table, forward) for row, each in enumerate(ahead)]
    return [*points, _last(option, market, AHEAD[len(ahead)])] if final else points


def value(
    option: Option, t_days: float | Floats, *, spot: float | Floats, sigma: float | Floats, market: Market
) -> Valuation:
    """Return value and Greeks of one share of an option, spot and volatility replaced by these.

    Price and delta of a share's option count early exercise; its other Greeks are those of European exercise, as
    everywhere in the engine (docs/options_engine.md).
    """
    days = np.asarray(t_days, dtype=np.float64)
    years, rate = days / DAYS_A_YEAR, market.rate(days)
    found = black_scholes.value(spot, option.strike, years, sigma, option.is_call, rate=rate, dividend=market.dividend)
    if option.european:
        return found
    early = american.value(spot, option.strike, years, sigma, option.is_call, rate=rate, dividend=market.dividend)
    return Valuation(early.price, early.delta, found.gamma, found.theta, found.vega, found.rho)


def _known(**numbers: float) -> None:
    for name, number in numbers.items():
        if not number > 0:
            raise ValueError(f"{name}={number:g}: expected a number above 0")


def _priced(option: Option, market: Market, days: Floats, forward: Floats) -> Valuation:
    """Return the table of points, shape (points, 2 + scenarios): as it is, at the forward volatility, each scenario."""
    spots = market.spot * np.array([1.0, 1.0, *(1.0 + move for move in SPOT_MOVES), *(1.0 for _ in VOLATILITY_MOVES)])
    plain = [np.full(len(days), market.sigma)] * (1 + len(SPOT_MOVES))
    moved = [np.full(len(days), _above_nothing(market.sigma + POINT * move)) for move in VOLATILITY_MOVES]
    sigmas = np.stack([plain[0], forward, *plain[1:], *moved], axis=1)
    return value(option, days[:, None], spot=spots[None, :], sigma=sigmas, market=market)


def _above_nothing(sigma: float) -> float:
    return sigma if sigma > 0 else np.nan


def _point(option: Option, market: Market, ahead: int, row: int, table: Valuation, forward: Floats) -> Point:
    prices = table.price[row].tolist()
    return Point(
        days_ahead=ahead,
        dte=(option.expiry - market.today).days - ahead,
        day=market.today + timedelta(days=ahead),
        delta=float(table.delta[row, 0]),
        gamma=float(table.gamma[row, 0]),
        theta=float(table.theta[row, 0]),
        vega=float(table.vega[row, 0]),
        value=prices[0],
        forward_sigma=float(forward[row]),
        forward_value=prices[1],
        at_spot=tuple(prices[2 : 2 + len(SPOT_MOVES)]),
        at_volatility=tuple(prices[2 + len(SPOT_MOVES) :]),
        expired=False,
    )


def _last(option: Option, market: Market, ahead: int) -> Point:
    """Return the row of the expiry, whatever day of `AHEAD` comes at or after it."""

    def worth(spot: float) -> float:
        return max(option.sign * (spot - option.strike), 0.0)

    return Point(
        days_ahead=ahead,
        dte=0,
        day=option.expiry,
        delta=option.sign if worth(market.spot) > 0 else 0.0,
        gamma=0.0,
        theta=0.0,
        vega=0.0,
        value=worth(market.spot),
        forward_sigma=np.nan,
        forward_value=worth(market.spot),
        at_spot=tuple(worth(market.spot * (1.0 + move)) for move in SPOT_MOVES),
        at_volatility=tuple(worth(market.spot) for _ in VOLATILITY_MOVES),
        expired=True,
    )


def _forward_sigmas(market: Market, expiry: date, ahead: Floats) -> Floats:
    """Return the option's volatility from each day on, so that the variances of the term structure add up.

    The option keeps its ratio to the volatility at the money. NaN without a term structure, and where it holds less
    variance to the expiry than to the day. Shape of `ahead`.
    """
    known = [(days, sigma) for days, sigma in market.term if days > 0 and sigma > 0]
    left = market.days_to(expiry)
    if not known or left <= 0:
        return np.full(len(ahead), np.nan)
    days, sigma = np.array(known).T

    def variance(until: Floats) -> Floats:
        # Total variance is linear between expiries, and at their volatility outside of them.
        inside = np.interp(until, days, sigma * sigma * days)
        outer = np.where(until < days[0], sigma[0] ** 2 * until, sigma[-1] ** 2 * until)
        return np.asarray(np.where((until < days[0]) | (until > days[-1]), outer, inside))

    whole = variance(np.array([left]))[0]
    rest = (whole - variance(ahead)) / (left - ahead)
    with np.errstate(invalid="ignore"):
        return np.asarray(market.sigma * np.sqrt(np.where(rest > 0, rest, np.nan) / (whole / left)))
