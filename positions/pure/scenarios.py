"""What positions would win and lose together if spots and volatilities moved: today, in a day, and at expiry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from market.pure.bars import Floats
from options_engine.pure import black_scholes, carry
from positions.pure.facts import LegFacts, PositionFacts
from positions.pure.structures import Kind

SPOT_MOVES: Final = (-0.10, -0.05, -0.03, -0.01, 0.0, 0.01, 0.03, 0.05, 0.10)
VOLATILITY_MOVES: Final = (-0.10, 0.0, 0.10)
LEAST_VOLATILITY: Final = 0.01
MINUTES_A_DAY: Final = 1440.0
MINUTES_A_YEAR: Final = 365 * MINUTES_A_DAY


class Horizon(StrEnum):
    """When the move has happened."""

    NOW = "today"
    DAY = "+1d"
    EXPIRY = "expiry"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One move and what it makes.

    Attributes
    ----------
    spot_move : float
        Of every underlying, -0.05 for 5 % down.
    volatility_move : float
        Added to every implied volatility, 0.10 for ten points; at expiry it makes no difference.
    pnl : float
        Change of the value from what it is now. [USD]
    """

    spot_move: float
    volatility_move: float
    horizon: Horizon
    pnl: float


@dataclass(frozen=True, slots=True)
class Grid:
    """All scenarios of what could be priced, and how many positions could not."""

    scenarios: tuple[Scenario, ...]
    left_out: int


def of(held: Sequence[PositionFacts]) -> Grid:
    """Return what positions would make.

    A position counts if each of its legs has a mark and each option a volatility too.

    Notes
    -----
    What an option would cost is its mark, moved by as much as the model's price moves (Black-Scholes-Merton at its own
    volatility; options on shares never below exercise): so nothing is won where nothing moves. At expiry every option
    is worth its intrinsic value, each on its own date.
    """
    counted = [each for each in held if _is_priced(each)]
    options = [(each, leg) for each in counted for leg in each.options]
    stock = [each.spot * leg.leg.ratio * leg.multiplier for each in counted for leg in each.legs if not leg.is_option]
    shares = sum(stock) * np.array(SPOT_MOVES)
    return Grid(
        tuple(
            Scenario(spot, volatility, horizon, float(pnl))
            for horizon, volatility in product(Horizon, VOLATILITY_MOVES)
            for spot, pnl in zip(SPOT_MOVES, shares + _option_moves(options, horizon, volatility), strict=True)
        ),
        left_out=len(held) - len(counted),
    )


def _is_priced(facts: PositionFacts) -> bool:
    return isfinite(facts.spot) and all(
        isfinite(leg.mark) and (not leg.is_option or (leg.sigma > 0 and isfinite(leg.minutes_to_expiry)))
        for leg in facts.legs
    )


def _option_moves(options: Sequence[tuple[PositionFacts, LegFacts]], horizon: Horizon, volatility: float) -> Floats:
    """Return the change of value of all options together, one number a spot move. [USD]"""
    if not options:
        return np.zeros(len(SPOT_MOVES))
    spot = np.array([each.spot for each, _ in options])
    mark = np.array([leg.mark for _, leg in options])
    held = np.array([leg.leg.ratio * leg.multiplier for _, leg in options])
    moved = spot[:, None] * (1.0 + np.array(SPOT_MOVES))
    if horizon is Horizon.EXPIRY:
        return np.asarray(held @ (_intrinsic(options, moved) - mark[:, None]))
    minutes = np.array([leg.minutes_to_expiry for _, leg in options])
    sigma = np.array([leg.sigma for _, leg in options])
    before = _model(options, spot[:, None], minutes, sigma)
    left = minutes if horizon is Horizon.NOW else np.maximum(minutes - MINUTES_A_DAY, 0.0)
    later = _model(options, moved, left, np.maximum(sigma + volatility, np.minimum(sigma, LEAST_VOLATILITY)))
    return np.asarray(held @ (np.maximum(mark[:, None] + later - before, 0.0) - mark[:, None]))


def _model(options: Sequence[tuple[PositionFacts, LegFacts]], spot: Floats, minutes: Floats, sigma: Floats) -> Floats:
    """Return our price of a share of each option, shape (options, spots). [USD]"""
    strike, is_call = _strikes(options), _sides(options)
    dividend = np.array([carry.dividend_yield(each.symbol) for each, _ in options])
    price = black_scholes.value(
        spot,
        strike,
        minutes[:, None] / MINUTES_A_YEAR,
        sigma[:, None],
        is_call,
        rate=carry.RATE,
        dividend=dividend[:, None],
    ).price
    european = np.array([leg.european for _, leg in options])[:, None]
    return np.where(european, price, np.maximum(price, _intrinsic(options, spot)))


def _intrinsic(options: Sequence[tuple[PositionFacts, LegFacts]], spot: Floats) -> Floats:
    return np.maximum(np.where(_sides(options), 1.0, -1.0) * (spot - _strikes(options)), 0.0)


def _strikes(options: Sequence[tuple[PositionFacts, LegFacts]]) -> Floats:
    return np.array([float(leg.leg.strike or 0) for _, leg in options])[:, None]


def _sides(options: Sequence[tuple[PositionFacts, LegFacts]]) -> NDArray[np.bool_]:
    return np.array([leg.leg.kind is Kind.CALL for _, leg in options])[:, None]
