"""How a long-dated option stands: where it is going, and how dangerous the time is that is left."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

# What time may take from an option in a day, of its value, and still be called little.
LITTLE_DECAY: Final = 0.0005
LONG_DAYS, SHORT_DAYS = 180, 90


class Trend(StrEnum):
    """Where an option is going for who holds it."""

    IMPROVING = "improving"
    STABLE = "stable"
    DETERIORATING = "deteriorating"


class TimeRisk(StrEnum):
    """How much of a danger the time that is left is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def trend(delta: float, entry_delta: float, theta: float, dte: int, *, most_theta: float) -> Trend:
    """Return where an option is going: three things that may be good, all of them or none decide.

    Parameters
    ----------
    delta, entry_delta : float
        Now, and when it was bought.
    theta : float
        A calendar day's. [USD]
    dte : int
        [calendar days]
    most_theta : float
        Decay up to this is little: `LITTLE_DECAY` of the value; the vectors of the specification hold for 10. [USD]
    """
    good = (abs(delta) > abs(entry_delta), abs(theta) <= most_theta, dte > SHORT_DAYS)
    if all(good):
        return Trend.IMPROVING
    return Trend.STABLE if any(good) else Trend.DETERIORATING


def time_risk(dte: int) -> TimeRisk:
    """Return how dangerous the time is that is left: low above 180 days, medium above 90, else high."""
    if dte > LONG_DAYS:
        return TimeRisk.LOW
    return TimeRisk.MEDIUM if dte > SHORT_DAYS else TimeRisk.HIGH
