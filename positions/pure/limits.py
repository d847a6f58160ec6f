"""What a position can win and lose from here to its end, where it breaks even, and how likely it wins."""

from __future__ import annotations

from collections.abc import Sequence
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
from options_engine.pure import payoff
from positions.pure.holding import UNIT
from positions.pure.structures import Kind, Leg

CENT: Final = Decimal("0.01")
ZERO: Final = Decimal(0)
_KEPT: Final = 20_000  # structures of this process: all that is held, a few times over
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
        False for legs of several dates: only a model knows what the later ones are worth then.
    """

    max_gain: Decimal | None
    max_loss: Decimal | None
    breakevens: tuple[Decimal, ...]
    winning: tuple[tuple[float, float], ...]
    known: bool


UNKNOWN: Final = Limits(None, None, (), (), known=False)


@lru_cache(maxsize=_KEPT)
def of(legs: Open, cost: Decimal) -> Limits:
    """Return the limits of open legs that cost so much together, exactly. [USD, below 0 where it was received]."""
    expiries: set[date] = {leg.expiry for leg, _ in legs if leg.expiry is not None}
    if len(expiries) > 1:
        return UNKNOWN
    # The cost is of all legs together: what one of them cost may not be known.
    whole = payoff.Structure(tuple(_priced_at_nothing(leg, multiplier) for leg, multiplier in legs))
    envelope = whole.envelope(cost=cost)
    return Limits(
        max_gain=_cents(envelope.max_gain),
        max_loss=_cents(envelope.max_loss),
        breakevens=tuple(each.quantize(UNIT, ROUND_HALF_UP) for each in envelope.breakevens),
        winning=tuple((float(low), inf if high is None else float(high)) for low, high in envelope.winning),
        known=True,
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
