"""Which quotes are to be believed, and why the others are not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from market.pure.bars import Floats
from options_engine.pure import arbitrage
from options_engine.pure.arbitrage import Market, violations
from options_engine.pure.contracts import Bools

Verdicts = npt.NDArray[np.int8]

MOST_TICKS: Final = 5.0  # asked for what nobody bids for
MOST_SPREAD, MOST_SHARE = 0.10, 0.25  # [USD], of the middle
SPREAD_FROM: Final = 1.0  # middles below are all wide
MOST_AGE_S: Final = 600.0
# A vendor's solver that found nothing says 0 or a clamp such as 5: neither is a volatility.
LEAST_IV, MOST_IV = 0.01, 5.0
_MOST_ROUNDS: Final = 40


class Verdict(IntEnum):
    """What is wrong with a quote; the first that applies, in this order."""

    GOOD = 0
    NO_QUOTE = 1  # no ask, or no bid said
    CROSSED = 2  # the bid is not below the ask
    NO_BID = 3  # nobody bids for what costs more than a few ticks
    WIDE = 4
    STALE = 5
    VERTICAL = arbitrage.VERTICAL  # a spread that is sold for more than it can pay, or bought for less than nothing
    BUTTERFLY = arbitrage.BUTTERFLY  # dearer than the options around it
    CALENDAR = arbitrage.CALENDAR  # dearer than the same option that lives longer
    IV_RANGE = 9


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Verdicts on quotes.

    Attributes
    ----------
    verdict : int8, shape (n,)
        A `Verdict`.
    """

    verdict: Verdicts

    @property
    def good(self) -> Bools:
        """Which quotes may be used, shape (n,)."""
        return np.asarray(self.verdict == Verdict.GOOD)

    def counts(self) -> dict[str, int]:
        """Return how many quotes have each verdict, by its name in lower case; those that no quote has are left out."""
        found, counts = np.unique(self.verdict, return_counts=True)
        return {Verdict(each).name.lower(): count for each, count in zip(found.tolist(), counts.tolist(), strict=True)}


def judge(market: Market, *, tick: float | Floats, age_s: float | Floats = 0.0) -> Judged:
    """Return what each quote is worth by itself and among the others.

    Parameters
    ----------
    market : Market
        Contracts of one underlying, shape (n,).
    tick : float or array
        The least step of a quote. [USD]
    age_s : float or array
        How long ago each quote was made; NaN or 0 where that is unknown, or the session is over. [s]

    Notes
    -----
    A quote that breaks no rule by itself is held against the others of its side: no vertical, butterfly or calendar
    spread may cost less than nothing even when bought at the asks and sold at the bids. Of the quotes in one that does
    the one that is most to blame goes first, and the rest are looked at again.
    """
    verdict = _alone(market, np.asarray(tick), np.asarray(age_s))
    for _ in range(_MOST_ROUNDS):
        good = np.flatnonzero(verdict == Verdict.GOOD)
        worst = violations(market.take(good))
        if not len(worst.contract):
            break
        verdict[good[worst.contract]] = worst.kind
    return Judged(verdict)


def judge_volatility(judged: Judged, sigma: Floats) -> Judged:
    """Return the verdicts with those of quotes whose implied volatility is outside of 1 % to 500 %.

    Parameters
    ----------
    sigma : float64, shape (n,)
        NaN, where a price implies none, is not judged here: the solver says why. [1/sqrt(year)]
    """
    with np.errstate(invalid="ignore"):
        outside = (sigma < LEAST_IV) | (sigma > MOST_IV)
    return Judged(np.where(judged.good & outside, Verdict.IV_RANGE, judged.verdict).astype(np.int8))


def _alone(market: Market, tick: Floats, age_s: Floats) -> Verdicts:
    bid, ask = market.bid, market.ask
    middle, spread = 0.5 * (bid + ask), ask - bid
    with np.errstate(invalid="ignore"):
        wide = (middle >= SPREAD_FROM) & (spread > np.maximum(MOST_SPREAD, MOST_SHARE * middle))
        rules = [
            np.isnan(bid) | np.isnan(ask) | (ask <= 0),
            bid >= ask,
            (bid <= 0) & (ask > MOST_TICKS * tick + 1e-9),
            wide,
            age_s > MOST_AGE_S,
        ]
    kinds = [Verdict.NO_QUOTE, Verdict.CROSSED, Verdict.NO_BID, Verdict.WIDE, Verdict.STALE]
    return np.select(rules, kinds, Verdict.GOOD).astype(np.int8)
