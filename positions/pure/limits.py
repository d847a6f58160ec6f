"""What a position can win and lose from here to its end, where it breaks even, and how likely it wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import chain
from math import inf
from typing import Final

import numpy as np
from scipy.special import ndtr  # type: ignore[import-untyped]  # scipy ships no types

from market.pure.bars import Floats
from options_engine.pure import black_scholes, payoff
from options_engine.pure.carry import RATE
from positions.pure.holding import UNIT
from positions.pure.structures import Kind, Leg

CENT: Final = Decimal("0.01")
ZERO: Final = Decimal(0)
_KEPT: Final = 20_000  # structures of this process: all that is held, a few times over
# Prices of the underlying, of its spot: half a percent apart where breakevens lie, further away the shape is simple.
_GRID: Final = np.unique(
    np.concatenate([np.linspace(0.05, 0.7, 14), np.linspace(0.7, 1.3, 121), np.linspace(1.3, 2.5, 13)])
)
# Of each leg: what it is of and how many are open, and how many shares one stands for.
Open = tuple[tuple[Leg, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """What open legs can make and lose, measured from what they cost.

    Attributes
    ----------
    max_gain, max_loss : Decimal or None
        To the cent, at least 0; None without a limit, or when not `known`. [USD]
    breakevens : tuple of Decimal
        Ascending, four places. [USD, or index points]
    winning : tuple of (low, high)
        The stretches of prices at expiry that win; the last `high` may be infinite.
    known : bool
        False for legs of several dates as long as nobody knows what the later ones will be worth.
    by_model : bool
        They are valued by our model, at the first of the dates.
    """

    max_gain: Decimal | None
    max_loss: Decimal | None
    breakevens: tuple[Decimal, ...]
    winning: tuple[tuple[float, float], ...]
    known: bool
    by_model: bool = False


UNKNOWN: Final = Limits(None, None, (), (), known=False)


@lru_cache(maxsize=_KEPT)
def of(legs: Open, cost: Decimal) -> Limits:
    """Return the limits of open legs that cost so much together, exactly. [USD, below 0 where it was received]."""
    expiries: set[date] = {leg.expiry for leg, _ in legs if leg.expiry is not None}
    if len(expiries) > 1:
        return UNKNOWN
    # The cost is of all legs together: what one of them cost may not be known.
    whole = payoff.Structure(tuple(_priced_at_nothing(leg, multiplier) for leg, multiplier in legs))
    return _limits(whole.envelope(cost=cost))


@dataclass(frozen=True, slots=True)
class Later:
    """An option that lives on when the first of a position's expires.

    Attributes
    ----------
    sigma : float
        Held as it is today. [1/sqrt(year)]
    growth : float
        Of its forward. [1/year]
    years : float
        From the first expiry to its own.
    european : bool
    """

    sigma: float
    growth: float
    years: float
    european: bool

    def worth(self, leg: payoff.Leg | Leg, spots: Floats) -> Floats:
        """Return what one share of it is worth on the day of the first expiry; exercise is worth no more. [USD]."""
        strike, is_call = float(leg.strike or 0), leg.kind == payoff.LegKind.CALL
        worth: Floats = black_scholes.price(
            spots, strike, self.years, self.sigma, is_call, rate=RATE, dividend=RATE - self.growth
        )
        return worth if self.european else np.maximum(worth, (1 if is_call else -1) * (spots - strike))


def at_first_expiry(legs: Open, cost: Decimal, later: Mapping[Leg, Later], *, spot: float) -> Limits:
    """Return the limits of legs of several dates on the first of them, to the precision of a grid.

    Parameters
    ----------
    later : mapping of Leg to Later
        Of every leg that lives on.
    spot : float
        The grid reaches from a twentieth to two and a half times it. [USD, or index points]
    """
    known = {(leg.kind.value, leg.strike, leg.expiry): each for leg, each in later.items()}
    whole = payoff.Structure(tuple(_priced_at_nothing(leg, multiplier) for leg, multiplier in legs))
    strikes = [float(leg.strike) for leg in later if leg.strike is not None]
    spots = np.concatenate([spot * _GRID, strikes])
    envelope = payoff.envelope_by_model(
        whole, spots, lambda leg, grid: known[leg.kind.value, leg.strike, leg.expiry].worth(leg, grid), cost=cost
    )
    return _limits(envelope)


def _limits(envelope: payoff.Envelope) -> Limits:
    return Limits(
        max_gain=_cents(envelope.max_gain),
        max_loss=_cents(envelope.max_loss),
        breakevens=tuple(each.quantize(UNIT, ROUND_HALF_UP) for each in envelope.breakevens),
        winning=tuple((float(low), inf if high is None else float(high)) for low, high in envelope.winning),
        known=True,
        by_model=envelope.model_based,
    )


@dataclass(frozen=True, slots=True)
class Volatilities:
    """What the options of a position imply, by strike."""

    strikes: tuple[float, ...]
    sigmas: tuple[float, ...]

    def near(self, price: float) -> float:
        """Return that of the strike nearest to a price, NaN where none is known."""
        known = [(abs(k - min(price, 1e9)), v) for k, v in zip(self.strikes, self.sigmas, strict=True) if v > 0]
        return min(known)[1] if known else np.nan


def chances(
    winning: Sequence[Sequence[tuple[float, float]]], forward: Floats, sigmas: Sequence[Volatilities], t_years: Floats
) -> Floats:
    """Return how likely each position wins at its expiry, by the volatilities that its own options imply.

    Parameters
    ----------
    winning : sequence of n sequences of (low, high)
        The stretches of prices that win.
    forward, t_years : float64, shape (n,)
        [USD, or index points], [years]
    sigmas : sequence of n `Volatilities`
        At an edge counts that of the nearest strike. [1/sqrt(year)]

    Returns
    -------
    float64, shape (n,)
        From 0 to 1; NaN where forward, volatility or time is not known or over.

    Notes
    -----
    Lognormal: P(S < K) = N(-d2). Source: Hull, "Options, Futures, and Other Derivatives", ch. "The
    Black-Scholes-Merton Model".
    """
    which = np.repeat(np.arange(len(winning)), [2 * len(each) for each in winning])
    edges = np.array([edge for each in winning for edge in chain.from_iterable(each)], dtype=np.float64)
    sign = np.tile([-1.0, 1.0], len(edges) // 2)  # below the upper edge, less below the lower one
    sigma = np.array([sigmas[at].near(edge) for at, edge in zip(which.tolist(), edges.tolist(), strict=True)])
    years = t_years[which]
    with np.errstate(divide="ignore", invalid="ignore"):
        root = sigma * np.sqrt(years)
        below = ndtr((np.log(edges / forward[which]) + 0.5 * root * root) / root)
    found = np.zeros(len(winning))
    np.add.at(found, which, sign * np.where(years > 0, below, np.nan))
    return np.where((t_years > 0) & np.isfinite(forward), np.clip(found, 0.0, 1.0), np.nan)


def _priced_at_nothing(leg: Leg, multiplier: Decimal) -> payoff.Leg:
    return payoff.Leg(
        kind=payoff.LegKind(Kind(leg.kind).value),
        quantity=Decimal(leg.ratio),
        price=ZERO,
        multiplier=multiplier,
        strike=leg.strike,
        expiry=leg.expiry,
    )


def _cents(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(CENT, ROUND_HALF_UP)
