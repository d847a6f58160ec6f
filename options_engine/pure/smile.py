"""The smile of one expiry: its volatilities by strike, at the money and at any delta."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.special import ndtr  # type: ignore[import-untyped]  # scipy ships no types

from market.pure.bars import Floats
from options_engine.pure.reading import Reading

Lean = Literal["put_heavy", "call_heavy", "balanced", "unknown"]
# How many volatility points one side has to cost more before we say so.
LEANS_FROM: Final = 2.0
NAN: Final = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Smile:
    """Volatilities of one expiry, one a strike.

    Attributes
    ----------
    forward : float
        [USD, or index points]
    t_years : float
        ACT/365. [years]
    strike : float64, shape (k,)
        Those whose volatility is known, ascending, each once. [USD, or index points]
    sigma : float64, shape (k,)
        [1/sqrt(year)]
    """

    forward: float
    t_years: float
    strike: Floats
    sigma: Floats

    def at_the_money(self) -> float:
        """Return the volatility at the forward, linear between the strikes around it; NaN where it is outside."""
        return float(np.interp(self.forward, self.strike, self.sigma, NAN, NAN)) if len(self.strike) else NAN

    def call_deltas(self) -> Floats:
        """Return the delta on the forward of each strike's call, falling from 1 to 0; a put's is 1 less. Shape (k,)."""
        root = self.sigma * np.sqrt(self.t_years)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(ndtr(np.log(self.forward / self.strike) / root + 0.5 * root))

    def at_call_delta(self, wanted: float) -> float:
        """Return the volatility at the delta of a call; of a put at 1 less. NaN where no strikes lie around it."""
        return at_delta(self.call_deltas(), self.sigma, wanted)


@dataclass(frozen=True, slots=True)
class Skew:
    """How much dearer puts are than calls that are as far away; volatilities as decimals, NaN where unknown.

    Attributes
    ----------
    at_the_money, put25, call25, put10, call10 : float
        [1/sqrt(year)]
    """

    at_the_money: float
    put25: float
    call25: float
    put10: float
    call10: float

    @property
    def skew25(self) -> float:
        """Put less call at 25 delta."""
        return self.put25 - self.call25

    @property
    def skew10(self) -> float:
        """Put less call at 10 delta."""
        return self.put10 - self.call10

    @property
    def normalised(self) -> float:
        """The 25-delta skew in volatilities at the money, which compares across symbols. [1]"""
        return self.skew25 / self.at_the_money

    @property
    def risk_reversal25(self) -> float:
        """Call less put at 25 delta, as traders quote it."""
        return self.call25 - self.put25

    @property
    def butterfly25(self) -> float:
        """How much dearer both wings are than the money."""
        return 0.5 * (self.put25 + self.call25) - self.at_the_money

    @property
    def lean(self) -> Lean:
        """Which side costs more: by the 25-delta skew, by the 10-delta one without it."""
        return lean(self.skew25, self.skew10)


def of_reading(reading: Reading) -> Smile:
    """Return the smile of a reading of one expiry; out of the money first where the two of a strike disagree."""
    known = np.isfinite(reading.sigma) & (reading.t_years > 0)
    if not known.any():
        return Smile(NAN, NAN, np.empty(0), np.empty(0))
    strike, sigma = reading.chain.strike[known], reading.sigma[known]
    forward = float(reading.forward[known][0])
    is_in = reading.chain.is_call[known] != (strike >= forward)
    order = np.lexsort((is_in, strike))
    strikes, first = np.unique(strike[order], return_index=True)
    return Smile(forward, float(reading.t_years[known][0]), strikes, sigma[order][first])


def skew(smile: Smile) -> Skew:
    """Return the skew of a smile at exact deltas on the forward, whether or not strikes lie on them.

    Between strikes the volatility is linear in delta.
    """
    return Skew(
        at_the_money=smile.at_the_money(),
        put25=smile.at_call_delta(0.75),
        call25=smile.at_call_delta(0.25),
        put10=smile.at_call_delta(0.90),
        call10=smile.at_call_delta(0.10),
    )


def at_delta(delta: Floats, sigma: Floats, wanted: float) -> float:
    """Return the volatility at a delta, linear between those around it; NaN where none are on one side.

    Parameters
    ----------
    delta, sigma : float64, shape (k,)
        In any order, all of one side.
    """
    known = np.isfinite(delta) & np.isfinite(sigma)
    order = np.argsort(delta[known], kind="stable")
    x, y = delta[known][order], sigma[known][order]
    return float(np.interp(wanted, x, y, NAN, NAN)) if len(x) else NAN


def lean(skew25: float, skew10: float) -> Lean:
    """Return which side costs more by two points of volatility or more, from skews as decimals."""
    told = 100.0 * (skew25 if np.isfinite(skew25) else skew10)
    if not np.isfinite(told):
        return "unknown"
    if told > LEANS_FROM:
        return "put_heavy"
    return "call_heavy" if told < -LEANS_FROM else "balanced"
