"""What moves prices: the market, its sectors and each company's own story, day by day for ever."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

import numpy as np
import numpy.typing as npt

from market.pure.bars import Floats
from simulation.pure import regimes
from simulation.pure.regimes import Regime
from simulation.pure.streams import generator
from simulation.pure.timeline import DAYS

SESSION_SHARE = 0.7  # of the daily variance; the rest comes overnight
_UP_DAYS = 0.5
USUAL_MEMORY = 0.99  # half-life of a departure from the anchor: 69 days
# Gaps are small on most nights and large on a few; the mixture has variance 1.
_LOUD_NIGHTS, _LOUD, _CALM = 0.12, 2.0, 0.75


@dataclass(frozen=True, slots=True)
class Driver:
    """One independent source of moves.

    Attributes
    ----------
    name : str
    sigma : float
        Standard deviation of its daily log move. [1]
    memory : float
        Share of its distance from the anchor that it keeps over a day. [1]
    """

    name: str
    sigma: float
    memory: float = USUAL_MEMORY


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """All days of one driver, each array of shape (DAYS,) by day number.

    Attributes
    ----------
    close : float64
        Log distance from the anchor at the end of the regular session. [1]
    move : float64
        Log move from open to close. [1]
    gap : float64
        Log move from the previous weekday's close to the open. [1]
    noise : float64
        Standard deviation of a full session's wandering. [1]
    swing : float64
        Height of the excursion, with its side. [1]
    swing_row : int64
        Row of `regimes.swings`.
    regime : int64
        Value of `Regime`.
    """

    close: Floats
    move: Floats
    gap: Floats
    noise: Floats
    swing: Floats
    swing_row: npt.NDArray[np.int64]
    regime: npt.NDArray[np.int64]

    @property
    def open(self) -> Floats:
        """Log distance from the anchor at the open. [1]"""
        return self.close - self.move


def _gaps(seed: int, driver: Driver) -> Floats:
    usual = generator(seed, driver.name, "gap").standard_normal(DAYS)
    loud = generator(seed, driver.name, "loud night").random(DAYS) < _LOUD_NIGHTS
    size: Floats = np.where(loud, _LOUD, _CALM) * usual
    return driver.sigma * sqrt(1.0 - SESSION_SHARE) * size


def _drawn_regimes(seed: int, driver: Driver) -> npt.NDArray[np.int64]:
    ladder = np.cumsum(regimes.column("share"))[:-1]
    drawn = generator(seed, driver.name, "regime").random(DAYS)
    return np.searchsorted(ladder, drawn, side="right").astype(np.int64)


def _swings(
    seed: int, driver: Driver, regime: npt.NDArray[np.int64], side: Floats
) -> tuple[Floats, npt.NDArray[np.int64]]:
    # A reversal first goes against the day's move; a range goes to and fro.
    pick = generator(seed, driver.name, "swing row").random(DAYS)
    extra = np.abs(generator(seed, driver.name, "swing").standard_normal(DAYS))
    row = np.full(DAYS, regimes.STILL, dtype=np.int64)
    height = np.zeros(DAYS)
    for kind, rows, least, more in (
        (Regime.REVERSAL, regimes.REVERSALS, 0.8, 0.4),
        (Regime.RANGE, regimes.WAVES, 0.3, 0.2),
    ):
        of_kind = regime == kind
        row[of_kind] = np.array(rows)[(pick[of_kind] * len(rows)).astype(np.int64)]
        height[of_kind] = -side[of_kind] * (least + more * extra[of_kind])
    return height, row


@lru_cache(maxsize=256)
def chain(seed: int, driver: Driver) -> Chain:
    """Return all days of a driver; a pure function of the seed and the driver's name and size.

    The level is an autoregression of order 1 around the anchor, so that prices stay plausible for years, before and
    after; the pull toward the anchor comes in the gap and is far smaller than the gap itself.
    """
    regime = _drawn_regimes(seed, driver)
    unit = driver.sigma * sqrt(SESSION_SHARE) / regimes.usual_move()
    noise = unit * regimes.column("noise")[regime]
    side = np.where(generator(seed, driver.name, "up").random(DAYS) < _UP_DAYS, 1.0, -1.0)
    free = generator(seed, driver.name, "move").standard_normal(DAYS)
    move = unit * (side * regimes.column("sure")[regime] + free * regimes.column("free")[regime])
    height, row = _swings(seed, driver, regime, np.sign(move))
    news = _gaps(seed, driver) + move
    close = np.empty(DAYS)
    level = 0.0
    for number, shock in enumerate(news.tolist()):
        close[number] = level = driver.memory * level + shock
    before = np.concatenate([[0.0], close[:-1]])
    return Chain(close, move, close - move - before, noise, noise * height, row, regime)
