"""Longer bars and their stamps as the vendor makes them: from midnight of the exchange, weeks from Sunday."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from market.pure.bars import Bars, Ints
from market.pure.resample import fold
from market.pure.sessions import NEW_YORK, new_york_date
from simulation.pure.listings import Listing

CHICAGO = ZoneInfo("America/Chicago")
SPAN_S = {"minute": 60, "hour": 3600}
DATED = ("day", "week", "month", "quarter", "year")
SUNDAY_FIRST = 7


def midnight(day: date, listing: Listing) -> int:
    """Return 00:00 of a date where the exchange is: New York for what trades, Chicago for an index. [Unix seconds]."""
    return int(datetime(day.year, day.month, day.day, tzinfo=NEW_YORK if listing.has_volume else CHICAGO).timestamp())


def intraday(minutes: Bars, multiplier: int, timespan: str, listing: Listing) -> Bars:
    """Return minutes as bars of some minutes or hours, counted from midnight of their date."""
    step = multiplier * SPAN_S[timespan]
    if step == SPAN_S["minute"] or not len(minutes):
        return minutes
    starts = {day: midnight(day, listing) for day in {_date(at) for at in minutes.ts.tolist()}}
    edges = [starts[_date(at)] + (at - starts[_date(at)]) // step * step for at in minutes.ts.tolist()]
    return fold(minutes, np.array(edges, dtype=np.int64))


def dated(days: Bars, multiplier: int, timespan: str, listing: Listing) -> Bars:
    """Return daily bars, stamped at 00:00 New York, as bars of periods, each stamped at the period's first midnight."""
    if not len(days):
        return days
    edges = [midnight(_start(_date(at), timespan), listing) for at in days.ts.tolist()]
    return fold(days, _every(np.array(edges, dtype=np.int64), multiplier))


def _every(edges: Ints, multiplier: int) -> Ints:
    # Several periods in one bar count from the first that is asked for.
    distinct, which = np.unique(edges, return_inverse=True)
    return distinct[which // multiplier * multiplier]


def _start(day: date, timespan: str) -> date:
    match timespan:
        case "week":
            return day - timedelta(days=day.isoweekday() % SUNDAY_FIRST)
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case "year":
            return day.replace(month=1, day=1)
        case _:
            return day


def _date(at: int) -> date:
    return new_york_date(datetime.fromtimestamp(at, NEW_YORK))
