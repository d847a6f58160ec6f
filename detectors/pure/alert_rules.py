"""When a price alert fires: the rules of its five types, on completed bars."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

import numpy as np
import numpy.typing as npt

from market.pure.bars import Bars, Floats, Ints

AlertType = Literal["price_above", "price_below", "level_approach", "level_break", "volume_spike"]
Mask = npt.NDArray[np.bool_]

APPROACH_PCT = Decimal("0.5")  # nearer than this to its target, unless the alert says another tolerance
BREAK_PCT = Decimal("0.05")  # a close this far beyond the level has broken it
MULTIPLE = 2.0  # of the usual volume, where the target names none
LARGEST_MULTIPLE = 20.0  # a larger target was meant as something else
BASELINE_BARS = 20


class Reason(StrEnum):
    """What made an alert fire."""

    ALREADY_MET = "already_met"  # when it was created
    TRADED_ABOVE = "traded_above"
    TRADED_BELOW = "traded_below"
    CAME_NEAR = "came_near"
    BROKE_UP = "broke_up"
    BROKE_DOWN = "broke_down"
    VOLUME_SPIKE = "volume_spike"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one alert waits for.

    Attributes
    ----------
    target : float
        Above 0. A price [USD, or index points]; of `volume_spike` a multiple of the usual volume, where it is one.
    tolerance_pct : float or None
        How near is near, of `level_approach`. [percent of the target]
    armed_price : float
        The price when it was created or armed again; NaN when nobody knew it.
    """

    alert_type: AlertType
    target: float
    tolerance_pct: float | None = None
    armed_price: float = np.nan


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Completed bars as alerts look at them.

    Attributes
    ----------
    ts : int64, shape (n,)
        Left edges. [Unix seconds, UTC]
    high, low, close : float64, shape (n,)
    previous : float64, shape (n,)
        The close of the bar before; NaN at the first bar of the session.
    ratio : float64, shape (n,)
        Volume over the mean of the bars before; NaN where that cannot be said.
    """

    ts: Ints
    high: Floats
    low: Floats
    close: Floats
    previous: Floats
    ratio: Floats

    def __len__(self) -> int:
        return len(self.ts)


@dataclass(frozen=True, slots=True)
class Firing:
    """The bar that fired, as an index into the evidence; why; and the price of that bar that met the rule."""

    bar: int
    reason: Reason
    price: float


def evidence(bars: Bars, since: int) -> Evidence:
    """Return the bars whose left edge is at or after `since`, with what those before them say.

    Parameters
    ----------
    bars : Bars
        One stretch of trading: the regular session, or what lies before or after it. The volume of another stretch is
        no measure for this one's.
    since : int
        [Unix seconds, UTC]
    """
    start = int(np.searchsorted(bars.ts, since))
    return Evidence(
        ts=bars.ts[start:],
        high=bars.high[start:],
        low=bars.low[start:],
        close=bars.close[start:],
        previous=np.concatenate([[np.nan], bars.close])[start : len(bars)],
        ratio=volume_ratios(bars.volume)[start:],
    )


def volume_ratios(volume: Floats) -> Floats:
    """Return each bar's volume over the mean of the twenty before it that have one.

    Returns
    -------
    float64, shape of `volume`
        NaN where a bar has no volume, fewer than twenty before it have one, or all of these are 0.
    """
    ratios = np.full(len(volume), np.nan)
    known = np.flatnonzero(np.isfinite(volume))
    if len(known) <= BASELINE_BARS:
        return ratios
    traded = volume[known]
    usual = np.lib.stride_tricks.sliding_window_view(traded, BASELINE_BARS)[:-1].mean(axis=1)
    later = traded[BASELINE_BARS:]
    ratios[known[BASELINE_BARS:]] = np.divide(later, usual, out=np.full(len(later), np.nan), where=usual > 0)
    return ratios


def first_firing(rule: Rule, seen: Evidence) -> Firing | None:
    """Return the first bar that fires an alert, None when none does; `statements.TRIGGER` decides the same in SQL.

    Notes
    -----
    `price_above`, `price_below`: the high is above the target, the low below it. `level_approach`: some price of the
    bar is nearer than the tolerance. `level_break`: the close lies at least 0.05 % beyond the level, on the other side
    than the price when the alert was armed, or than the close before where that price is not known. An alert that
    waits has not seen its level broken since, so one that is crossed in small steps breaks, too, and a return from a
    poke does not. `volume_spike`: the volume is at least the multiple of the mean of the twenty bars before.
    """
    fires = _FIRES[rule.alert_type](rule, seen)
    reached = np.flatnonzero(fires)
    if not len(reached):
        return None
    bar = int(reached[0])
    return Firing(bar, _reason(rule, seen, bar), _price(rule, seen, bar))


def is_met(rule: Rule, price: float) -> bool:
    """Say whether a rule holds at a single price, as when the alert is created; what needs a crossing never does."""
    at, unknown = np.array([price]), np.array([np.nan])
    point = Evidence(np.zeros(1, dtype=np.int64), high=at, low=at, close=at, previous=unknown, ratio=unknown)
    return first_firing(rule, point) is not None


def multiple_of(target: float) -> float:
    """Return which multiple of the usual volume a target asks for: itself, or 2 where it cannot be meant."""
    return target if 1 < target <= LARGEST_MULTIPLE else MULTIPLE


def _beyond(target: float, percent: Decimal) -> float:
    # In decimals, as Postgres computes it: a price that stands exactly on the bound is not moved over it by rounding.
    return float(Decimal(repr(target)) * (1 + percent / 100))


def _above(rule: Rule, seen: Evidence) -> Mask:
    return seen.high > rule.target


def _below(rule: Rule, seen: Evidence) -> Mask:
    return seen.low < rule.target


def _near(rule: Rule, seen: Evidence) -> Mask:
    within = APPROACH_PCT if rule.tolerance_pct is None else Decimal(repr(rule.tolerance_pct))
    return (seen.low < _beyond(rule.target, within)) & (seen.high > _beyond(rule.target, -within))


def _broken(rule: Rule, seen: Evidence) -> Mask:
    knows_side = np.isfinite(rule.armed_price) and rule.armed_price != rule.target
    came_from = np.full(len(seen), rule.armed_price) if knows_side else seen.previous
    up = (came_from < rule.target) & (seen.close >= _beyond(rule.target, BREAK_PCT))
    down = (came_from > rule.target) & (seen.close <= _beyond(rule.target, -BREAK_PCT))
    return up | down


def _spiked(rule: Rule, seen: Evidence) -> Mask:
    return seen.ratio >= multiple_of(rule.target)


_FIRES: dict[AlertType, Callable[[Rule, Evidence], Mask]] = {
    "price_above": _above,
    "price_below": _below,
    "level_approach": _near,
    "level_break": _broken,
    "volume_spike": _spiked,
}


def _reason(rule: Rule, seen: Evidence, bar: int) -> Reason:
    match rule.alert_type:
        case "price_above":
            return Reason.TRADED_ABOVE
        case "price_below":
            return Reason.TRADED_BELOW
        case "level_approach":
            return Reason.CAME_NEAR
        case "level_break":
            return Reason.BROKE_UP if seen.close[bar] > rule.target else Reason.BROKE_DOWN
        case "volume_spike":
            return Reason.VOLUME_SPIKE


def _price(rule: Rule, seen: Evidence, bar: int) -> float:
    high, low = float(seen.high[bar]), float(seen.low[bar])
    match rule.alert_type:
        case "price_above":
            return high
        case "price_below":
            return low
        case "level_approach":
            return min(max(rule.target, low), high)
        case _:
            return float(seen.close[bar])
