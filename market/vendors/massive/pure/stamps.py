"""Massive's stamps as ours: milliseconds and nanoseconds as whole numbers, daily stamps as exchange dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from market.pure.sessions import in_utc, new_york_date
from market.pure.staleness import DELAY_S
from market.vendors.massive.pure.wire import Stamp

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A vendor's clock may be a little ahead of ours; what is further ahead than this has not happened yet.
SKEW_S = 60


def from_nanos(stamp: Stamp | None) -> datetime | None:
    """Return the instant of a stamp in nanoseconds, to the microsecond; None when there is none."""
    if not stamp or stamp < 0:
        return None
    # Whole numbers all the way: a float of nanoseconds since 1970 is off by up to 128 of them.
    return EPOCH + timedelta(microseconds=int(stamp) // 1_000)


def from_millis(stamp: Stamp | None) -> datetime | None:
    """Return the instant of a stamp in milliseconds; None when there is none."""
    return None if not stamp or stamp < 0 else EPOCH + timedelta(milliseconds=int(stamp))


def exchange_date(millis: Stamp) -> date:
    """Return the exchange date that the stamp of a daily bar means.

    Stocks and options are stamped at 00:00 New York, indexes at 00:00 Chicago, an hour later, the previous day's bar at
    16:00 New York: all of them lie within the New York date.
    """
    return new_york_date(EPOCH + timedelta(milliseconds=int(millis)))


def midnight_s(day: date) -> int:
    """Return 00:00 New York of a date, which is how our daily bars are stamped. [Unix seconds]."""
    return int(in_utc(day, time(0)).timestamp())


def known_s(now: datetime, *, delayed: bool) -> float:
    """Return up to which moment the vendor can know the market. [Unix seconds]."""
    return now.timestamp() - (DELAY_S if delayed else 0)


def told_at(made: datetime | None, now: datetime) -> datetime | None:
    """Return when something was made, never later than `now`; None when it lies too far ahead to have happened.

    Without a stamp it is taken to be as new as the answer.
    """
    if made is None:
        return now
    return min(made, now) if made <= now + timedelta(seconds=SKEW_S) else None
