"""How many shares trade in each minute."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from market.pure.bars import Floats, Ints
from simulation.pure.paths import FULL_SESSION, Part
from simulation.pure.streams import generator

# Against a usual regular session; SPY's consolidated minutes say about so.
_PART_SHARE = {Part.EARLY: 0.02, Part.REGULAR: 1.0, Part.LATE: 0.06}
_PART_MINUTES = {Part.EARLY: 330, Part.REGULAR: FULL_SESSION, Part.LATE: 240}
_DAY_SPREAD = 0.20
_SPREAD, _PERSISTENCE = 0.45, 0.45
# Log volume rises by this for each usual minute move; a minute without a move trades less than the average.
_PULL, _AVERAGE_MOVE, _LARGEST_MOVE = 0.30, 0.75, 5.0
# A log-normal's mean lies above its median.
_MEAN_SHIFT = 0.5 * (_DAY_SPREAD**2 + _SPREAD**2) + 0.03
# Notional of the usual print outside regular hours: less than that in a minute and the minute may have no trade.
_QUIET_PRINT_USD = 900_000.0


@lru_cache(maxsize=64)
def shares_of_day(part: Part, minutes: int) -> Floats:
    """Return each minute's usual part of a usual full session's volume, a U with a crowd at the close.

    Shape (minutes,). A half day has less time and so less volume: the sum is `minutes` / 390 in regular hours.
    """
    t = (np.arange(minutes) + 0.5) / minutes
    if part is Part.EARLY:
        weight = 0.06 + np.exp((t - 1.0) / 0.17)
    elif part is Part.LATE:
        weight = 0.01 + np.exp(-t / 0.03) + 0.15 * np.exp(-t / 0.2)
    else:
        weight = 1.0 + 1.2 * np.exp(-t / 0.08) + 1.2 * np.exp((t - 1.0) / 0.06)
        weight[0] *= 2.0  # the auctions
        weight[-1] *= 5.0
    total = _PART_SHARE[part] * minutes / _PART_MINUTES[part]
    table: Floats = total * weight / weight.sum()
    table.setflags(write=False)
    return table


def volume(seed: int, symbol: str, part: Part, days: Ints, *, usual: float, activity: Floats, moves: Floats) -> Floats:
    """Return whole shares a minute, more when price moves.

    Parameters
    ----------
    seed, symbol, part, days
        Whose numbers to draw; `days` has shape (d,).
    usual : float
        Average volume of a full session. [shares]
    activity : float64, shape (d,)
        Factor of each day. [1]
    moves : float64, shape (d, m)
        Size of each minute's move in units of the usual one at that time of day; sign is ignored. [1]

    Returns
    -------
    float64, shape (d, m)
        At least 1. [shares]
    """
    days_noise, noise = _noise(seed, symbol, part, days, moves.shape[1])
    pull = _PULL * (np.minimum(np.abs(moves), _LARGEST_MOVE) - _AVERAGE_MOVE)
    level = usual * activity[:, None] * shares_of_day(part, moves.shape[1])
    return np.maximum(1.0, np.rint(level * np.exp(_DAY_SPREAD * days_noise[:, None] + noise + pull - _MEAN_SHIFT)))


def _noise(seed: int, symbol: str, part: Part, days: Ints, minutes: int) -> tuple[Floats, Floats]:
    of_day = np.empty(len(days))
    fresh = np.empty((len(days), minutes))
    for row, day in enumerate(days.tolist()):
        of_day[row] = generator(seed, symbol, "volume of day", day).standard_normal()
        generator(seed, symbol, f"volume {part.value}", day).standard_normal(out=fresh[row])
    # A busy minute is followed by a busy one: autoregression of order 1 along the minutes.
    by_minute = np.ascontiguousarray(fresh.T)
    by_minute[1:] *= np.sqrt(1.0 - _PERSISTENCE**2)
    for minute in range(1, minutes):
        by_minute[minute] += _PERSISTENCE * by_minute[minute - 1]
    return of_day, _SPREAD * by_minute.T


def traded(
    seed: int, symbol: str, part: Part, day: int, notional_usd: Floats
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell in which minutes anything trades: in regular hours in all, outside the less the smaller the usual turnover.

    Parameters
    ----------
    notional_usd : float64, shape (m,)
        Usual turnover of each minute. [USD]
    """
    if part is Part.REGULAR:
        return np.ones(notional_usd.shape, dtype=np.bool_)
    chance = 1.0 - np.exp(-notional_usd / _QUIET_PRINT_USD)
    return generator(seed, symbol, f"traded {part.value}", day).random(len(notional_usd)) < chance
