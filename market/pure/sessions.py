"""One trading session: its instants, from its New York date and closing time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from market.pure.phase import Phase

NEW_YORK = ZoneInfo("America/New_York")

PRE_OPEN, OPEN, CLOSE, POST_CLOSE, EARLY_POST_CLOSE = time(4), time(9, 30), time(16), time(20), time(17)
# Listed index options trade on for a quarter of an hour after the stocks.
OPTIONS_TAIL = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Session:
    """A trading day. Every instant is aware UTC; phases are half-open: [pre_at, open_at), [open_at, close_at), ...

    Attributes
    ----------
    date : date
        The New York date.
    pre_at, open_at, close_at, post_at : datetime
        Start of pre-market, start and end of regular trading, end of after-hours.
    options_close_at : datetime
        End of trading in listed index options.
    early : bool
        Regular trading ends before 16:00.
    """

    date: date
    pre_at: datetime
    open_at: datetime
    close_at: datetime
    post_at: datetime
    options_close_at: datetime
    early: bool

    @property
    def open_ts(self) -> int:
        """Left edge of the first regular minute. [Unix seconds]."""
        return int(self.open_at.timestamp())

    @property
    def close_ts(self) -> int:
        """Right edge of the last regular minute. [Unix seconds]."""
        return int(self.close_at.timestamp())

    def phase(self, at: datetime) -> Phase:
        """Return the phase of an instant; CLOSED before and after this day's trading."""
        if not self.pre_at <= at < self.post_at:
            return Phase.CLOSED
        if at < self.open_at:
            return Phase.PRE
        return Phase.OPEN if at < self.close_at else Phase.AFTER


@lru_cache(maxsize=8192)
def make_session(day: date, close: time = CLOSE, post_close: time | None = None) -> Session:
    """Return the session of a New York date that closes at a New York time.

    After-hours end at 20:00, on early-close days at 17:00, unless `post_close` says otherwise.
    """
    early = close < CLOSE
    close_at = in_utc(day, close)
    return Session(
        date=day,
        pre_at=in_utc(day, PRE_OPEN),
        open_at=in_utc(day, OPEN),
        close_at=close_at,
        post_at=in_utc(day, post_close or (EARLY_POST_CLOSE if early else POST_CLOSE)),
        options_close_at=close_at + OPTIONS_TAIL,
        early=early,
    )


def in_utc(day: date, clock_time: time) -> datetime:
    """Return a New York wall-clock time of a date as a UTC instant."""
    return datetime.combine(day, clock_time, tzinfo=NEW_YORK).astimezone(UTC)


def new_york_date(at: datetime) -> date:
    """Return the New York date of an instant: what a trader calls today.

    Raises
    ------
    ValueError
        If the instant has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at}: an instant needs a time zone")
    return at.astimezone(NEW_YORK).date()
