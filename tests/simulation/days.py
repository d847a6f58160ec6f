"""Days of the exchange written out by hand, so that tests of the arithmetic need no calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from market.pure.bars import Bars
from simulation.pure.daily import TradingDay
from simulation.pure.listings import LISTINGS
from simulation.pure.session import Hours, Recording, recording

NEW_YORK = ZoneInfo("America/New_York")
SEED = 20260209
FULL_DAY = date(2026, 2, 10)
HALF_DAY = date(2025, 11, 28)


def stamp(day: date, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=NEW_YORK).timestamp())


def hours(day: date) -> Hours:
    close, late = (13, 17) if day == HALF_DAY else (16, 20)
    return Hours(day, stamp(day, 4), stamp(day, 9, 30), stamp(day, close), stamp(day, late))


def record(symbol: str, day: date = FULL_DAY, seed: int = SEED) -> Recording:
    return recording(seed, LISTINGS[symbol], hours(day))


def regular(symbol: str, day: date = FULL_DAY, seed: int = SEED) -> Bars:
    span = hours(day)
    return record(symbol, day, seed).bars.between(span.open_ts, span.close_ts)


def weekdays(first: date, count: int) -> list[date]:
    days = (first + timedelta(days=offset) for offset in range(2 * count))
    return [day for day in days if day.weekday() < 5][:count]


def trading_days(first: date, count: int) -> tuple[TradingDay, ...]:
    return tuple(TradingDay(day, 210 if day == HALF_DAY else 390, stamp(day)) for day in weekdays(first, count))
