"""The published calendar of the New York Stock Exchange, as the exchange_calendars package knows it."""

from __future__ import annotations

import warnings
from datetime import date, time
from functools import lru_cache

import exchange_calendars

from market.pure.sessions import NEW_YORK

# Fixed on both sides: the package's own bounds move with the day on which a process starts.
FIRST, LAST = date(1998, 1, 1), date(2035, 12, 31)

# The package names the rules, and some of its names are not what a trader would say.
_SAID = {
    "Dr. Martin Luther King Jr. Day": "Martin Luther King Jr. Day",
    "President's Day": "Presidents' Day",
    "Juneteenth National Independence Day": "Juneteenth",
    "July 4th": "Independence Day",
}
# Closures without a rule have no name there.
_ONCE = {
    **{date(2001, 9, day): "the attacks of September 11" for day in (11, 12, 13, 14)},
    date(2004, 6, 11): "the day of mourning for Ronald Reagan",
    date(2007, 1, 2): "the day of mourning for Gerald Ford",
    **{date(2012, 10, day): "Hurricane Sandy" for day in (29, 30)},
    date(2018, 12, 5): "the day of mourning for George H. W. Bush",
    date(2025, 1, 9): "the day of mourning for Jimmy Carter",
}


@lru_cache(maxsize=1)
def _exchange() -> exchange_calendars.ExchangeCalendar:
    with warnings.catch_warnings():
        # The package calls pandas in a way that pandas 4 will read differently; its release for that comes first.
        warnings.simplefilter("ignore", DeprecationWarning)
        return exchange_calendars.get_calendar("XNYS", start=str(FIRST), end=str(LAST))


@lru_cache(maxsize=1)
def closes() -> dict[date, time]:
    """Return the New York closing time of every session, ascending by date."""
    closing = _exchange().schedule["close"].dt.tz_convert(NEW_YORK)
    return dict(zip(closing.dt.date, closing.dt.time, strict=True))


@lru_cache(maxsize=1)
def session_dates() -> list[date]:
    """Return the dates of all sessions, ascending."""
    return list(closes())


@lru_cache(maxsize=1)
def _holiday_names() -> dict[date, str]:
    named = _exchange().regular_holidays.holidays(str(FIRST), str(LAST), return_name=True)
    return {stamp.date(): _SAID.get(name, name) for stamp, name in named.items()} | _ONCE


def holiday_name(day: date) -> str | None:
    """Return what the exchange is closed for on a weekday; None when it is not, or for no known reason."""
    return None if day in closes() else _holiday_names().get(day)
