"""The prints inside the minutes: twelve a minute, one every five seconds, from which every bar is made."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from market.pure.bars import Floats, Ints
from simulation.pure import regimes
from simulation.pure.drivers import SESSION_SHARE, chain
from simulation.pure.listings import Listing
from simulation.pure.paths import EARLY_SIZE, FULL_SESSION, LATE_SIZE, Part, path
from simulation.pure.streams import generator
from simulation.pure.volumes import volume

PRINTS = 12
PRINT_S = 5
_TICKS_PER_USD = 100
# Against the minute's own size: the step from one bar's close to the next one's open, and how widely the prints
# between open and close wander (bid-ask bounce included), so that a bar's range is twice its body on average.
_STEP, _WANDER = 0.07, 1.35
_TRACKING = 3e-5  # log distance between a fund and its index
_PART_SIZE = {Part.EARLY: EARLY_SIZE, Part.REGULAR: 1.0, Part.LATE: LATE_SIZE}


def tape(seed: int, listing: Listing, part: Part, days: Ints, minutes: int) -> tuple[npt.NDArray[np.float64], Floats]:
    """Return every print of a listing on some days, and the volume of each minute.

    Parameters
    ----------
    seed, listing, part
        What to make.
    days : int64, shape (d,)
        Day numbers of `timeline`.
    minutes : int
        Length of the part on these days.

    Returns
    -------
    prints : float64, shape (d, minutes, 12)
        In whole cents: the first at the start of its minute, the last 55 s later. [USD, or index points]
    volume : float64, shape (d, minutes)
        NaN for an index. [shares]
    """
    ends, start = _levels(seed, listing, part, days, minutes)
    size = _minute_sizes(seed, listing, part, days, minutes)
    prints = np.rint(np.exp(_between(seed, listing, part, days, start, ends, size)) * _TICKS_PER_USD) / _TICKS_PER_USD
    if not listing.has_volume:
        return prints, np.full(ends.shape, np.nan)
    usual = listing.sigma * np.sqrt(SESSION_SHARE / FULL_SESSION) * _PART_SIZE[part]
    if part is Part.REGULAR:
        usual = usual * regimes.restlessness(minutes)
    moves = np.diff(ends, axis=1, prepend=start[:, None]) / usual
    activity = _activity(seed, listing, days)
    return prints, volume(seed, listing.symbol, part, days, usual=listing.shares, activity=activity, moves=moves)


def _levels(seed: int, listing: Listing, part: Part, days: Ints, minutes: int) -> tuple[Floats, Floats]:
    # Log price at the end of each minute, and before the first.
    ends = np.full((len(days), minutes), np.log(listing.price))
    start = np.full(len(days), np.log(listing.price))
    for driver, load in listing.exposures:
        way = path(seed, driver, part, days, minutes)
        ends += load * way
        whole = chain(seed, driver)
        first = {Part.EARLY: way[:, 0], Part.REGULAR: whole.open[days], Part.LATE: whole.close[days]}[part]
        start += load * first
    if listing.follows != listing.symbol and listing.has_volume:
        for row, day in enumerate(days.tolist()):
            ends[row] += _TRACKING * generator(seed, listing.symbol, f"tracking {part.value}", day).standard_normal(
                minutes
            )
    return ends, start


def _minute_sizes(seed: int, listing: Listing, part: Part, days: Ints, minutes: int) -> Floats:
    # The day's own wandering of all drivers together, spread over the minutes.
    square = sum((load * chain(seed, driver).noise[days]) ** 2 for driver, load in listing.exposures)
    of_minute = np.sqrt(square / FULL_SESSION)[:, None]
    if part is Part.REGULAR:
        return np.asarray(of_minute * regimes.restlessness(minutes))
    return np.asarray(np.broadcast_to(_PART_SIZE[part] * of_minute, (len(days), minutes)))


def _between(
    seed: int, listing: Listing, part: Part, days: Ints, start: Floats, ends: Floats, size: Floats
) -> npt.NDArray[np.float64]:
    # A Brownian bridge from a step beside the last close to this close. A fund draws the numbers of its index, so
    # that both make their highs in the same second.
    drawn = np.empty((*ends.shape, PRINTS))
    for row, day in enumerate(days.tolist()):
        generator(seed, listing.follows, f"prints {part.value}", day).standard_normal(out=drawn[row])
    drawn *= size[:, :, None]
    before = np.concatenate([start[:, None], ends[:, :-1]], axis=1)
    opens = before + _STEP * drawn[:, :, 0]
    opens[:, 0] = start
    drawn[:, :, 0] = 0.0
    wander = np.cumsum(drawn, axis=2)
    along = np.arange(PRINTS) / (PRINTS - 1)
    wander -= wander[:, :, -1:] * along
    wander *= _WANDER / np.sqrt(PRINTS)
    wander += opens[:, :, None] + (ends - opens)[:, :, None] * along
    return wander


def _activity(seed: int, listing: Listing, days: Ints) -> Floats:
    # Each driver's regime counts by its share of the listing's variance.
    busy = np.log(regimes.column("activity"))
    total = np.zeros(len(days))
    for driver, load in listing.exposures:
        total += (load * driver.sigma) ** 2 * busy[chain(seed, driver).regime[days]]
    return np.asarray(np.exp(total / listing.sigma**2))
