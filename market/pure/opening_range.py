"""The opening range: how far price went in the first minutes after the open."""

from __future__ import annotations

from dataclasses import dataclass

from market.pure.bars import Bars

MINUTE_S = 60
LENGTHS = (5, 15, 30)
# With fewer of the minutes than this the extremes are guesses.
COVERAGE = 0.8


@dataclass(frozen=True, slots=True)
class OpeningRange:
    """Extremes of the first `minutes` minutes by the clock, [from_ts, to_ts). [price; Unix seconds].

    `complete` once all of them have passed; until then the range may still widen.
    """

    minutes: int
    high: float
    low: float
    from_ts: int
    to_ts: int
    complete: bool


def opening_range(regular: Bars, *, open_ts: int, settled_ts: int, minutes: int) -> OpeningRange | None:
    """Return the opening range as far as it is known.

    Parameters
    ----------
    regular : Bars
        Completed minutes of the session.
    open_ts : int
        Left edge of the first regular minute. [Unix seconds]
    settled_ts : int
        Left edge of the newest minute that is complete. [Unix seconds]
    minutes : int
        How many minutes by the clock, not how many bars: a missing minute does not shift the range.

    Returns
    -------
    OpeningRange or None
        None when fewer than 80 % of the minutes that have passed have a bar.
    """
    to_ts = open_ts + minutes * MINUTE_S
    bars = regular.between(open_ts, to_ts)
    passed = min((settled_ts - open_ts) // MINUTE_S + 1, minutes)
    if passed < 1 or len(bars) < COVERAGE * passed:
        return None
    return OpeningRange(
        minutes=minutes,
        high=float(bars.high.max()),
        low=float(bars.low.min()),
        from_ts=open_ts,
        to_ts=to_ts,
        complete=passed == minutes,
    )
