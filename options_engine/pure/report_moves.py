"""How reports moved a share: each move measured on its right day, and what many of them say together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import numpy as np

from market.pure.bars import Floats
from market.pure.chain import Days
from options_engine.pure.report_timing import AFTER, Timing

Assessment = Literal["overpriced", "underpriced", "fair"]
Bias = Literal["bullish", "bearish", "neutral"]

# Percent by which the implied move has to exceed, or miss, the average realised one.
OVERPRICED, UNDERPRICED = 20.0, -10.0
# The middle of the bootstrapped averages: outside of it an implied move is not the average's noise.
INTERVAL: Final = 0.70
RESAMPLES: Final = 10_000
SEED: Final = 20_240_611
FEW: Final = 4
BIASED_FROM, MOST_CHANCE, LEAST_T = 8, 0.10, 1.7


@dataclass(frozen=True, slots=True)
class Move:
    """What a share did on a report.

    Attributes
    ----------
    close : float
        From the last close before the news to the first one after it, signed. [percent]
    gap : float
        From that close to the next open, signed. [percent]
    inferred : bool
        Nobody knows the time of day, and the larger of the two possible reactions was taken.
    """

    close: float
    gap: float
    inferred: bool = False

    @property
    def size(self) -> float:
        """How far, either way. [percent]."""
        return abs(self.close)

    @property
    def direction(self) -> Literal["up", "down"]:
        """Where to; unchanged counts as up."""
        return "up" if self.close >= 0 else "down"


def realised(days: Days, opens: Floats, closes: Floats, report: date, timing: Timing | None) -> Move | None:
    """Return how a report moved a share, None where a session around it is missing.

    Parameters
    ----------
    days : datetime64[D], shape (n,)
        Sessions, ascending.
    opens, closes : float64, shape (n,)
        Adjusted for splits. [USD]
    report : date
        New York date.
    timing : str or None
        After the close, the next session reacts; before the open or during the session, the day's own. Where it is not
        known both are measured and the larger stands.
    """
    day = np.datetime64(report)
    # The session of the date, or the next one where there is none: a report on a Saturday moves Monday.
    own = int(np.searchsorted(days, day))
    after = int(np.searchsorted(days, day, side="right"))
    if timing is not None:
        return _move(opens, closes, after if timing == AFTER else own)
    both = [_move(opens, closes, at) for at in {own, after}]
    known = [move for move in both if move is not None]
    if len(known) < len(both):
        return None
    largest = max(known, key=lambda move: move.size)
    return Move(largest.close, largest.gap, inferred=True)


def _move(opens: Floats, closes: Floats, at: int) -> Move | None:
    if not 1 <= at < len(closes):
        return None
    before = closes[at - 1]
    return Move(close=float(100.0 * (closes[at] / before - 1.0)), gap=float(100.0 * (opens[at] / before - 1.0)))


@dataclass(frozen=True, slots=True)
class Summary:
    """What past moves say together; NaN where there are too few. [percent].

    Attributes
    ----------
    stdev
        Of the sample, from two moves on.
    low, high
        Edges of the middle 70 % of bootstrapped averages.
    """

    count: int
    mean: float
    median: float
    p75: float
    largest: float
    stdev: float
    low: float
    high: float


def summarise(sizes: Floats) -> Summary:
    """Return what the sizes of past moves say, each of equal weight. [percent].

    Notes
    -----
    The interval is that of the percentile bootstrap, from a fixed seed: equal moves give equal answers.
    Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13.
    """
    count = len(sizes)
    if not count:
        return Summary(0, *[math.nan] * 7)
    drawn = np.random.default_rng(SEED).integers(0, count, size=(RESAMPLES, count))
    tail = 50.0 * (1.0 - INTERVAL)
    low, high = np.percentile(sizes[drawn].mean(axis=1), (tail, 100.0 - tail))
    return Summary(
        count=count,
        mean=float(sizes.mean()),
        median=float(np.median(sizes)),
        p75=float(np.percentile(sizes, 75)),
        largest=float(sizes.max()),
        stdev=float(sizes.std(ddof=1)) if count > 1 else math.nan,
        low=float(low),
        high=float(high),
    )


def overpricing(expected: float, typical: float) -> float:
    """Return by how many percent an implied move exceeds the typical realised one; NaN where either is unknown."""
    return 100.0 * (expected - typical) / typical if typical > 0 else math.nan


def assess(expected: float, past: Summary) -> Assessment:
    """Say whether an implied move is dear, cheap or neither. [percent].

    Dear or cheap it is only outside of the interval of the average past move, and held against four moves or more.
    """
    premium = overpricing(expected, past.mean)
    if past.count < FEW or math.isnan(premium) or past.low <= expected <= past.high:
        return "fair"
    return "overpriced" if premium > OVERPRICED else "underpriced" if premium < UNDERPRICED else "fair"


def bias(signed: Floats) -> Bias:
    """Say whether past reports moved a share one way more often, or further, than chance does.

    Parameters
    ----------
    signed : float64
        Past moves. [percent]

    Notes
    -----
    From eight moves on: a two-sided binomial test of the ups at 10 %, or an average 1.7 of its standard errors from 0.
    Six ups of eight are noise: p = 0.29.
    """
    count = len(signed)
    if count < BIASED_FROM:
        return "neutral"
    ups = int((signed >= 0).sum())
    if _chance(ups, count) <= MOST_CHANCE:
        return "bullish" if 2 * ups > count else "bearish"
    error = signed.std(ddof=1) / math.sqrt(count)
    if error > 0 and abs(signed.mean()) / error >= LEAST_T:
        return "bullish" if signed.mean() > 0 else "bearish"
    return "neutral"


def _chance(ups: int, count: int) -> float:
    """Return how likely a fair coin is to be at least this one-sided."""
    rarer = max(ups, count - ups)
    tail = sum(math.comb(count, each) for each in range(rarer, count + 1)) / 2.0**count
    return min(1.0, 2.0 * tail)
