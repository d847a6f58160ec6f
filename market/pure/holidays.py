"""Where two calendars of one exchange differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from market.pure.sessions import Session

# Ours is the first; the others trade by the same days, and stand in where it is not named.
EXCHANGES: Final = ("NYSE", "NASDAQ")
SATURDAY: Final = 5


class Closure(Protocol):
    """A day on which an exchange is closed, or closes early."""

    @property
    def date(self) -> date:
        """New York date."""
        ...

    @property
    def exchange(self) -> str:
        """Whose day."""
        ...

    @property
    def name(self) -> str:
        """Why."""
        ...

    @property
    def closed(self) -> bool:
        """All day."""
        ...

    @property
    def close_at(self) -> datetime | None:
        """When, if it closes early."""
        ...


@dataclass(frozen=True, slots=True)
class Difference:
    """A day of which the two say different things, in words such as closed, regular or early close 18:00Z."""

    day: date
    ours: str
    theirs: str
    holiday: str


def differences(
    told: Iterable[Closure], sessions: Callable[[date, date], Sequence[Session]], *, today: date
) -> list[Difference]:
    """Return the weekdays from today to the last day told of which a vendor's list and our sessions differ, ascending.

    Parameters
    ----------
    told : iterable of Closure
        What the vendor lists, one row an exchange and day. A weekday it does not list is a regular one.
    sessions : callable
        Our sessions from one date to another, both included.
    today : date
        Earlier days are of no interest.
    """
    theirs = _by_day(told)
    ahead = [day for day in theirs if day >= today]
    if not ahead:
        return []
    last = max(ahead)
    ours = {session.date: session for session in sessions(today, last)}
    found = []
    for offset in range((last - today).days + 1):
        day = today + timedelta(days=offset)
        if day.weekday() >= SATURDAY:
            continue
        row = theirs.get(day)
        said, thought = _theirs(row), _ours(ours.get(day))
        if said != thought:
            found.append(Difference(day, thought, said, row.name if row else ""))
    return found


def _by_day(told: Iterable[Closure]) -> dict[date, Closure]:
    rows = [row for row in told if row.exchange in EXCHANGES]
    rows.sort(key=lambda row: EXCHANGES.index(row.exchange), reverse=True)
    return {row.date: row for row in rows}


def _theirs(row: Closure | None) -> str:
    if row is None:
        return "regular"
    return "closed" if row.closed or row.close_at is None else f"early close {row.close_at:%H:%M}Z"


def _ours(session: Session | None) -> str:
    if session is None:
        return "closed"
    return f"early close {session.close_at:%H:%M}Z" if session.early else "regular"
