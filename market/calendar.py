"""Trading days, their sessions and the state of the market: the published calendar with our overrides on top."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime

from market import overrides, published
from market.errors import OutsideCalendar
from market.market_state import MarketState
from market.models import SessionOverride
from market.pure.phase import Phase
from market.pure.sessions import Session, make_session, new_york_date

__all__ = ["MarketState", "Phase", "Session", "horizon", "is_trading_day", "new_york_date", "session", "state"]

SATURDAY = 5


def horizon() -> date:
    """Return the last date the calendar knows."""
    return published.LAST


def session(day: date) -> Session | None:
    """Return the session of a New York date, None when the market is closed all day.

    Raises
    ------
    OutsideCalendar
        If the date lies before 1998 or behind the horizon.
    """
    if not published.FIRST <= day <= published.LAST:
        raise _outside(day)
    close = published.closes().get(day)
    if close is None:
        return None
    override = overrides.by_date().get(day)
    if override is None:
        return make_session(day, close)
    if override.kind == SessionOverride.Kind.CLOSED:
        return None
    return make_session(day, override.close_time, override.post_close_time)


def is_trading_day(day: date) -> bool:
    """Say whether the market trades on a New York date."""
    return session(day) is not None


def previous_session(day: date) -> Session:
    """Return the last session before a New York date."""
    if found := sessions_before(day, 1):
        return found[0]
    raise _outside(day)


def next_session(day: date) -> Session:
    """Return the first session after a New York date."""
    dates = published.session_dates()
    for index in range(bisect_right(dates, day), len(dates)):
        if found := session(dates[index]):
            return found
    raise _outside(day)


def session_on_or_before(day: date) -> Session:
    """Return the session of a New York date, or the last one before it when the market is closed that day."""
    return session(day) or previous_session(day)


def sessions(first: date, last: date) -> list[Session]:
    """Return the sessions of the New York dates from `first` to `last`, both included."""
    dates = published.session_dates()
    return [found for day in dates[bisect_left(dates, first) : bisect_right(dates, last)] if (found := session(day))]


def begun(at: datetime) -> Session:
    """Return the newest session whose pre-market had begun at an instant."""
    today = new_york_date(at)
    found = session(today)
    return found if found and at >= found.pre_at else previous_session(today)


def sessions_before(day: date, count: int) -> list[Session]:
    """Return the last `count` sessions before a New York date, ascending; fewer where the calendar begins."""
    dates = published.session_dates()
    found: list[Session] = []
    for index in range(bisect_left(dates, day) - 1, -1, -1):
        if len(found) == count:
            break
        if earlier := session(dates[index]):
            found.append(earlier)
    return found[::-1]


def next_open(at: datetime) -> datetime:
    """Return the first regular open after an instant."""
    today = session(new_york_date(at))
    return today.open_at if today and at < today.open_at else next_session(new_york_date(at)).open_at


def next_close(at: datetime) -> datetime:
    """Return the first regular close after an instant."""
    today = session(new_york_date(at))
    return today.close_at if today and at < today.close_at else next_session(new_york_date(at)).close_at


def minutes_since_open(at: datetime) -> float | None:
    """Return the minutes since today's regular open; negative before it, None on closed days. [minutes]."""
    today = session(new_york_date(at))
    return (at - today.open_at).total_seconds() / 60 if today else None


def state(at: datetime) -> MarketState:
    """Return where the equity session stands at an instant."""
    at = at.astimezone(UTC)
    day = new_york_date(at)
    today = session(day)
    phase = today.phase(at) if today else Phase.CLOSED
    holiday = None
    if today:
        word = {Phase.OPEN: "regular", Phase.CLOSED: "none"}.get(phase, "extended")
    elif day.weekday() >= SATURDAY:
        word = "weekend"
    else:
        word, holiday = "holiday", _closed_for(day)
    return MarketState(
        at=at, phase=phase, session=word, day=today, holiday_name=holiday, next_open_at=_next_open_if_known(at)
    )


def _outside(day: date) -> OutsideCalendar:
    return OutsideCalendar(day=day, first=published.FIRST, last=published.LAST)


def _closed_for(day: date) -> str | None:
    override = overrides.by_date().get(day)
    return override.reason if override else published.holiday_name(day)


def _next_open_if_known(at: datetime) -> datetime | None:
    try:
        return next_open(at)
    except OutsideCalendar:
        return None
