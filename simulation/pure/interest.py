"""How many contracts are open at a strike and how many trade: crowds at round numbers, puts below, calls above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np

from market.pure.bars import Floats, Ints
from simulation.pure.contracts import Cycle, Expiry, strike_step
from simulation.pure.listings import LISTINGS, Listing
from simulation.pure.paths import Part
from simulation.pure.streams import generator
from simulation.pure.volumes import shares_of_day

# Contracts at the busiest strike of an ordinary expiry.
INDEX_CROWD: Final = {"SPX": 5000.0, "NDX": 250.0, "RUT": 600.0, "XSP": 500.0}
FUND_CROWD: Final = 9000.0  # of SPY; the others by the square root of their turnover
LEAST_CROWD: Final = 50.0
# Every so many steps a strike is rounder than its neighbours, and has so many times their crowd.
ROUNDNESS: Final = ((20, 4.0), (10, 2.2), (5, 1.5))
# Where the crowds stand and how widely, in usual moves to the expiry: calls above the price, puts below it.
CALLS_AT, PUTS_AT, WIDTH, FLOOR = 0.9, -1.0, 1.1, 0.04
LEAST_MOVE: Final = 0.006
CYCLES: Final[dict[Cycle, float]] = {"daily": 1.0, "weekly": 1.5, "monthly": 3.0}
GROWS_OVER_DAYS: Final = 15.0
TILT, NOISE = 0.35, 0.55
# Contracts that trade in a day against those open: many times over on the last day.
USUAL_TURNOVER, LAST_DAY_TURNOVER = 0.25, 2.5


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Contracts of one expiry, calls in row 0 and puts in row 1, each array of shape (2, k).

    Attributes
    ----------
    open_interest : float64
        Whole contracts open at the end of the session before.
    day_volume : float64
        Contracts that trade in the whole of a full session.
    """

    open_interest: Floats
    day_volume: Floats


def crowd(seed: int, listing: Listing, expiry: Expiry, numbers: Ints, *, day: date, close: float) -> Crowd:
    """Return the crowd of an expiry on a day: the same from its first minute to its last.

    Parameters
    ----------
    seed, listing, expiry
        Whose contracts.
    numbers : int64, shape (k,)
        Strikes in steps from 0. What is drawn for a contract stays its own from day to day.
    day : date
        The session.
    close : float
        Of the session before, around which the crowds stand. [USD, or index points]
    """
    away = max(0, (expiry.day - day).days)
    move = max(LEAST_MOVE, listing.sigma * np.sqrt(away + 1.0))
    along = np.log(strike_step(listing) * numbers / close) / move
    shape = np.stack([_bell(along - CALLS_AT), _bell(along - PUTS_AT)])
    noise = _noise(seed, listing, expiry, int(numbers[-1]))[:, numbers]
    size = crowd_of(listing) * CYCLES[expiry.cycle] / (1.0 + away / GROWS_OVER_DAYS)
    tilt = np.exp(TILT * _tilt(seed, listing, expiry) * np.array([[-1.0], [1.0]]))
    contracts = size * tilt * shape * _roundness(numbers) * np.exp(NOISE * noise[:2])
    turnover = USUAL_TURNOVER + LAST_DAY_TURNOVER * np.exp(-float(away)) * _bell(along)
    return Crowd(np.rint(contracts), contracts * turnover * np.exp(NOISE * noise[2:]))


@lru_cache(maxsize=256)
def crowd_of(listing: Listing) -> float:
    """Return how many contracts stand at the busiest strike of an ordinary expiry. [contracts]"""
    if listing.symbol in INDEX_CROWD:
        return INDEX_CROWD[listing.symbol]
    share = listing.price * listing.shares / (LISTINGS["SPY"].price * LISTINGS["SPY"].shares)
    return max(LEAST_CROWD, FUND_CROWD * float(np.sqrt(share)))


def traded_share(minutes_since_open: float, minutes: int) -> float:
    """Return how much of a full session's volume has traded, a U like the stock's. [1]

    Parameters
    ----------
    minutes_since_open : float
        Negative before the open.
    minutes : int
        Length of the session; a half day ends with less than 1.
    """
    done = np.concatenate([[0.0], np.cumsum(shares_of_day(Part.REGULAR, minutes))])
    return float(np.interp(minutes_since_open, np.arange(minutes + 1), done))


def _bell(distance: Floats) -> Floats:
    return np.asarray(np.exp(-0.5 * (distance / WIDTH) ** 2) + FLOOR)


def _roundness(numbers: Ints) -> Floats:
    times = np.ones(len(numbers))
    for every, more in reversed(ROUNDNESS):
        times[numbers % every == 0] = more
    return times


def _tilt(seed: int, listing: Listing, expiry: Expiry) -> float:
    # A fund's options lean as its index's do.
    return float(generator(seed, listing.follows, f"options lean {expiry.day}").standard_normal())


def _noise(seed: int, listing: Listing, expiry: Expiry, last: int) -> Floats:
    # Drawn strike after strike, so that a strike's numbers do not depend on how many are listed above it.
    source = generator(seed, listing.symbol, f"options {expiry.root} {expiry.day}")
    return np.ascontiguousarray(source.standard_normal((last + 1, 4)).T)
