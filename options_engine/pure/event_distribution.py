"""Where a share may stand when an expiry ends: ordinary days and the jump of an event, as the options price them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist
from typing import Self

import numpy as np

from options_engine.pure import black_scholes
from options_engine.pure.event_variance import Split
from options_engine.pure.payoff import ZERO, Envelope, LegKind, Structure

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Terminal:
    """The price at expiry: lognormal around the forward.

    Attributes
    ----------
    forward : float
        Its mean. [USD]
    variance : float
        Of its logarithm; with 0 it ends at the forward. [1]

    Notes
    -----
    Ordinary days diffuse and the event is one normal jump of the log price, so that both together are normal again.
    These are the odds that options are priced with, not those of the past.
    """

    forward: float
    variance: float

    @classmethod
    def of_event(cls, forward: float, split: Split, t_years: float) -> Self:
        """Return the distribution of an expiry that lives through an event."""
        return cls(forward, split.base * t_years + split.event)

    def below(self, price: float) -> float:
        """Return how likely the share ends below a price. [1]."""
        if price <= 0:
            return 0.0
        if math.isinf(price):
            return 1.0
        if self.variance == 0:
            return float(self.forward < price)
        width = math.sqrt(self.variance)
        return _NORMAL.cdf(math.log(price / self.forward) / width + 0.5 * width)

    def density(self, price: float) -> float:
        """Return the probability density at a price above 0, where there is variance. [1/USD]."""
        width = math.sqrt(self.variance)
        return _NORMAL.pdf(math.log(price / self.forward) / width + 0.5 * width) / (price * width)

    def chance_of_profit(self, envelope: Envelope) -> float:
        """Return how likely something wins that is held until then. [1]."""
        return self.within(envelope.winning)

    def within(self, stretches: Iterable[tuple[Decimal, Decimal | None]]) -> float:
        """Return how likely the share ends in one of these stretches of prices, the last perhaps without end. [1]."""
        return sum(
            self.below(math.inf if high is None else float(high)) - self.below(float(low)) for low, high in stretches
        )

    def expected_profit(self, structure: Structure, *, cost: Decimal = ZERO) -> float:
        """Return what a structure of one expiry wins on average there, a cost paid. [USD]."""
        if self.variance == 0:
            return float(structure.profit_at(Decimal(self.forward), cost=cost))
        options = [leg for leg in structure.legs if leg.strike is not None]
        strikes = np.array([float(leg.strike) for leg in options if leg.strike is not None])
        calls = np.array([leg.kind == LegKind.CALL for leg in options], dtype=np.bool_)
        shares = np.array([float(leg.shares) for leg in options])
        # Undiscounted: a year at this total volatility, without interest, on the forward.
        worth = black_scholes.price(self.forward, strikes, 1.0, math.sqrt(self.variance), calls, rate=0.0, dividend=0.0)
        stock = sum(float(leg.shares) for leg in structure.legs if leg.strike is None) * self.forward
        return float(shares @ worth) + stock + float(structure.premium - cost)
