"""Opening-range breakouts told in the plainest way, on purpose not by the detectors."""

from __future__ import annotations

from market.pure.bars import Bars, Floats

LOUD = 1.2


def breakouts(bars: Bars, volume: Floats, range_minutes: int) -> list[int]:
    """Return the minutes whose close leaves the opening range with volume above 1.2 x the mean of up to 20 before."""
    top = max(bars.high[:range_minutes])
    bottom = min(bars.low[:range_minutes])
    found = []
    for minute in range(range_minutes + 1, len(bars)):
        before = volume[max(range_minutes, minute - 20) : minute]
        was, now = bars.close[minute - 1], bars.close[minute]
        leaves = was <= top < now or was >= bottom > now
        if leaves and volume[minute] > LOUD * before.mean():
            found.append(minute)
    return found
