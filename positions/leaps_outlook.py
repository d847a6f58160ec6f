"""What becomes of a LEAPS: its projection, and what it costs to roll it. From what is known, never from a guess."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import numpy as np

from market.pure.contract_names import parsed
from market.pure.sessions import new_york_date
from market.symbols import INDEXES
from options_engine import rates, readings
from options_engine.pure import carry
from options_engine.pure.contracts import expires_ts, settles_at_open
from positions import leaps_market
from positions.errors import ProjectionUnknown, RollUnknown
from positions.leaps import wanted
from positions.leaps_market import Told, Wanted
from positions.models import Leaps
from positions.pure import leaps, leaps_trend, roll_calculator
from positions.pure.leaps import Market, Option, Point
from positions.pure.leaps_trend import TimeRisk, Trend
from positions.pure.roll_calculator import Quoted, Roll

DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """A LEAPS as time passes, and the market it is priced with."""

    option: Option
    market: Market
    points: Sequence[Point]


@dataclass(frozen=True, slots=True, eq=False)
class RollOffer:
    """A roll, and what the market said of both options."""

    roll: Roll
    current: Told
    new: Told


def project(row: Leaps, told: Told, now: datetime) -> Projection:
    """Return a row's projection from its values of now, as `leaps.refresh` left them.

    Raises
    ------
    ProjectionUnknown
        If nobody knows the price of the underlying or, of one that is alive, its volatility.
    """
    option = _option(wanted(row))
    over = option.expiry <= new_york_date(now)
    missing = _missing(row, needs_volatility=not over)
    if missing:
        raise ProjectionUnknown(missing=missing)
    term = [] if over else leaps_market.term(row.symbol, row.expiry_date, now)
    market = _market(row, told, now, term)
    return Projection(option, market, leaps.project(option, market))


def roll(row: Leaps, told: Told, new_strike: Decimal, new_expiry: date | None, now: datetime) -> RollOffer:
    """Return what it costs to roll a row, of which the market said this, to another strike and, if asked, expiry.

    Raises
    ------
    RollUnknown
        If nobody knows the price of the underlying or the volatility of the option.
    """
    missing = _missing(row, needs_volatility=True)
    if missing:
        raise RollUnknown(missing=missing)
    current = wanted(row)
    other = Wanted(row.symbol, current.is_call, float(new_strike), new_expiry or row.expiry_date)
    new = leaps_market.told({other}, now)[other]
    made = roll_calculator.calculate(
        _quoted(current, told),
        _quoted(other, new),
        _market(row, told, now, ()),
        quantity=row.quantity,
        entry_price=float(row.entry_price),
    )
    return RollOffer(made, told, new)


def trend(row: Leaps, now: datetime) -> Trend | None:
    """Return where a row is going; None where its Greeks now, its delta at entry or its value are not known."""
    known = (row.current_delta, row.entry_delta, row.current_theta, row.current_value)
    if any(each is None for each in known):
        return None
    delta, entry, theta, value = (float(each or 0) for each in known)
    return leaps_trend.trend(delta, entry, theta, days_left(row, now), most_theta=leaps_trend.LITTLE_DECAY * value)


def time_risk(row: Leaps, now: datetime) -> TimeRisk:
    """Return how dangerous the time is that a row has left."""
    return leaps_trend.time_risk(days_left(row, now))


def days_left(row: Leaps, now: datetime) -> int:
    """Return the calendar days in New York to a row's expiry, 0 once it has come."""
    return max((row.expiry_date - new_york_date(now)).days, 0)


def days_held(row: Leaps, now: datetime) -> int:
    """Return since how many days a row is held, the day of its entry and today counted; 0 before it."""
    return max((new_york_date(now) - row.entry_date).days + 1, 0)


def _missing(row: Leaps, *, needs_volatility: bool) -> str:
    lacks = []
    if not (row.current_underlying and row.current_underlying > 0):
        lacks.append(f"the price of {row.symbol}")
    if needs_volatility and not (row.current_iv and row.current_iv > 0):
        lacks.append("the implied volatility of the option")
    return " and ".join(lacks)


def _option(asked: Wanted) -> Option:
    return Option(asked.is_call, asked.strike, asked.expiry, european=asked.symbol in INDEXES)


def _quoted(asked: Wanted, told: Told) -> Quoted:
    return Quoted(_option(asked), bid=told.bid, ask=told.ask, sigma=told.sigma)


def _market(row: Leaps, told: Told, now: datetime, term: Sequence[tuple[float, float]]) -> Market:
    return Market(
        today=new_york_date(now),
        spot=float(row.current_underlying or 0),
        sigma=float(row.current_iv or 0),
        dividend=told.dividend if math.isfinite(told.dividend) else carry.dividend_yield(row.symbol),
        curve=rates.of(now).curve,
        part_of_day=_part_of_day(row, now),
        term=tuple(term),
    )


def _part_of_day(row: Leaps, now: datetime) -> float:
    """Return what is left of today until the time of day at which the option ends on its date; below 0 past it."""
    contract = parsed(row.contract)
    root = contract.root if contract else wanted(row).roots[0]
    ends = expires_ts(
        np.array([row.expiry_date], dtype="datetime64[D]"),
        settles_at_open(np.array([root])),
        readings.sessions([row.expiry_date]),
    )
    days = (float(ends[0]) - now.timestamp()) / DAY_S
    return days - (row.expiry_date - new_york_date(now)).days
