"""The exchange's calendar in the terms of the made-up market: hours, trading days and what has begun."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import groupby

from market import calendar
from market.errors import ProviderUnavailable
from market.pure.panel import MINUTE_S
from market.pure.sessions import NEW_YORK, Session
from simulation.pure import timeline
from simulation.pure.daily import TradingDay
from simulation.pure.session import Hours

NAME = "simulated"


def hours(session: Session) -> Hours:
    """Return when the parts of a session begin and end."""
    edges = (session.pre_at, session.open_at, session.close_at, session.post_at)
    return Hours(session.date, *(int(edge.timestamp()) for edge in edges))


def begun(now: datetime) -> Session:
    """Return the newest session whose pre-market had begun at `now`.

    Raises
    ------
    ProviderUnavailable
        Where the made-up market has not both this session and the one before.
    """
    session = calendar.begun(now)
    if not timeline.FIRST_DAY < session.date <= timeline.LAST_DAY:
        raise ProviderUnavailable(provider=NAME)
    return session


def between(first: date, last: date) -> list[Session]:
    """Return the sessions from `first` to `last`, both included, that the made-up market has."""
    return calendar.sessions(max(first, timeline.FIRST_DAY), min(last, timeline.LAST_DAY))


def ahead(session: Session, *, days: int) -> list[Hours]:
    """Return the session before this one, this one, and those of the calendar days after it."""
    later = between(session.date, session.date + timedelta(days=days))
    return [hours(calendar.previous_session(session.date)), *map(hours, later)]


def quarters(first: date, last: date) -> list[tuple[TradingDay, ...]]:
    """Return the trading days of every calendar quarter that [first, last] touches, whole quarters at a time."""
    start = date(first.year, _first_month(first), 1)
    after = (date(last.year, _first_month(last), 1) + timedelta(days=95)).replace(day=1)
    days = between(start, after - timedelta(days=1))
    return [
        tuple(map(_trading_day, group)) for _, group in groupby(days, key=lambda s: (s.date.year, _first_month(s.date)))
    ]


def _first_month(day: date) -> int:
    return day.month - (day.month - 1) % 3


def _trading_day(session: Session) -> TradingDay:
    minutes = int((session.close_at - session.open_at).total_seconds()) // MINUTE_S
    return TradingDay(session.date, minutes, stamp(session.date))


def stamp(day: date) -> int:
    """Return 00:00 New York of a date, by which its daily bar is known. [Unix seconds]"""
    return int(datetime(day.year, day.month, day.day, tzinfo=NEW_YORK).timestamp())
