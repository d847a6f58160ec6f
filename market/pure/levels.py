"""Support and resistance: pivots, the candidate levels of a day, and where each lies from the price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from market.pure.bars import Bars

CAMARILLA = {4: 1.1 / 2, 3: 1.1 / 4}
FIBONACCI = {1: 0.382, 2: 0.618, 3: 1.0}
RANGE_DAYS = 20

# Distance in ATR below which a level has this strength; beyond the last it is weak.
STRENGTHS = ((0.5, "critical"), (1.0, "strong"), (2.0, "moderate"))

DESCRIPTIONS = {
    "PDH": "Previous day high",
    "PDL": "Previous day low",
    "PDC": "Previous day close",
    "PWH": "Previous week high",
    "PWL": "Previous week low",
    "PMH": "Pre-market high",
    "PML": "Pre-market low",
    "VWAP": "Volume-weighted average price",
    "D20H": f"{RANGE_DAYS}-day high",
    "D20L": f"{RANGE_DAYS}-day low",
    **{f"R{n}": f"Pivot resistance {n}" for n in (1, 2, 3)},
    **{f"S{n}": f"Pivot support {n}" for n in (1, 2, 3)},
}


@dataclass(frozen=True, slots=True)
class Period:
    """Extremes and close of one completed period. [USD, or index points]."""

    high: float
    low: float
    close: float


@dataclass(frozen=True, slots=True)
class Pivots:
    """The three pivot families of one completed period, each by its lower-case name. [USD, or index points]."""

    standard: Mapping[str, float]
    camarilla: Mapping[str, float]
    fibonacci: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Level:
    """A level and how far it lies from the price.

    Attributes
    ----------
    name : str
        PDH, PWL, VWAP, R1, ...
    price : float
        [USD, or index points]
    distance : float
        price of the level - current price, negative below. [USD, or index points]
    distance_pct : float
        [percent of the current price]
    distance_atr : float
        [ATR(14)s] NaN without an ATR.
    strength : str or None
        critical, strong, moderate, weak; `dynamic` for VWAP; None without an ATR.
    """

    name: str
    price: float
    distance: float
    distance_pct: float
    distance_atr: float
    strength: str | None


@dataclass(frozen=True, slots=True)
class Ladder:
    """Levels on both sides of the price, nearest first."""

    resistance: tuple[Level, ...]
    support: tuple[Level, ...]


def period(bars: Bars) -> Period | None:
    """Return the extremes of some completed bars and their last close; None without bars."""
    if not len(bars):
        return None
    return Period(high=float(bars.high.max()), low=float(bars.low.min()), close=float(bars.close[-1]))


def pivots(of: Period) -> Pivots:
    """Return the pivots that a completed period sets for the next one.

    Notes
    -----
    Standard (floor) pivots: PP = (H + L + C) / 3, R1 = 2 PP - L, R2 = PP + (H - L), R3 = H + 2 (PP - L), mirrored
    below. Camarilla: C +- 1.1 (H - L) / 2 and / 4. Fibonacci: PP +- 0.382, 0.618 and 1.0 times (H - L).
    Source: Person, "A Complete Guide to Technical Trading Tactics" (2004), ch. 6; Camarilla as Stott published it.
    """
    high, low, close = of.high, of.low, of.close
    width, middle = high - low, (high + low + close) / 3
    standard = {
        "pp": middle,
        "r1": 2 * middle - low,
        "r2": middle + width,
        "r3": high + 2 * (middle - low),
        "s1": 2 * middle - high,
        "s2": middle - width,
        "s3": low - 2 * (high - middle),
    }
    camarilla: dict[str, float] = {}
    for n, share in CAMARILLA.items():
        camarilla |= {f"h{n}": close + share * width, f"l{n}": close - share * width}
    fibonacci: dict[str, float] = {}
    for n, share in FIBONACCI.items():
        fibonacci |= {f"r{n}": middle + share * width, f"s{n}": middle - share * width}
    return Pivots(standard=standard, camarilla=camarilla, fibonacci=fibonacci)


def candidates(
    *,
    day: Period,
    week: Period | None,
    premarket: Period | None,
    vwap: float,
    standard: Mapping[str, float],
    recent: Period | None = None,
) -> dict[str, float]:
    """Return the levels that can be had, by name; those that cannot are absent.

    Parameters
    ----------
    day, week : Period
        The previous completed session and calendar week.
    premarket : Period or None
        04:00 to 09:30 New York of the levels' date; None when nothing traded, as for an index.
    vwap : float
        Session VWAP, NaN when there is none. [price]
    standard : mapping
        Standard pivots; PP belongs to the pivot table, not to the ladder.
    recent : Period or None
        The last 20 completed sessions, for the daily view.
    """
    found = {"PDH": day.high, "PDL": day.low, "PDC": day.close}
    if week is not None:
        found |= {"PWH": week.high, "PWL": week.low}
    if premarket is not None:
        found |= {"PMH": premarket.high, "PML": premarket.low}
    if recent is not None:
        found |= {"D20H": recent.high, "D20L": recent.low}
    found["VWAP"] = vwap
    found |= {name.upper(): price for name, price in standard.items() if name != "pp"}
    return {name: price for name, price in found.items() if np.isfinite(price)}


def ladder(levels: Mapping[str, float], *, price: float, atr: float) -> Ladder:
    """Place levels around the price: above it is resistance, at or below it support, nearest first.

    Parameters
    ----------
    levels : mapping of name to price
        [USD, or index points]
    price : float
        Current price, positive. [USD, or index points]
    atr : float
        ATR(14) of the view, NaN when unknown: then `distance_atr` is NaN and `strength` None. [USD, or index points]

    Raises
    ------
    ValueError
        If the price is not positive.
    """
    if not price > 0:
        message = f"a current price of {price}: expected more than 0"
        raise ValueError(message)
    placed = sorted(
        (_place(name, at, price, atr) for name, at in levels.items()),
        key=lambda level: (abs(level.distance), level.name),
    )
    return Ladder(
        resistance=tuple(_where(placed, above=True)),
        support=tuple(_where(placed, above=False)),
    )


def strength(distance_atr: float) -> str | None:
    """Return how much a level at this distance [ATRs] matters now; None when the distance is NaN."""
    if np.isnan(distance_atr):
        return None
    return next((name for limit, name in STRENGTHS if abs(distance_atr) < limit), "weak")


def _place(name: str, at: float, price: float, atr: float) -> Level:
    distance = at - price
    in_atr = distance / atr if atr > 0 else float("nan")
    return Level(
        name=name,
        price=at,
        distance=distance,
        distance_pct=100 * distance / price,
        distance_atr=in_atr,
        strength="dynamic" if name == "VWAP" else strength(in_atr),
    )


def _where(placed: Iterable[Level], *, above: bool) -> Iterable[Level]:
    return (level for level in placed if (level.distance > 0) is above)
