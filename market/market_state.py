"""Where the equity session stands, and how it is told to people and on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from market.pure.phase import Phase
from market.pure.sessions import NEW_YORK, Session, new_york_date
from market.vendors import vendor

STATUS = {Phase.PRE: "pre-market", Phase.OPEN: "open", Phase.AFTER: "after-hours", Phase.CLOSED: "closed"}
A_WEEK = 7


@dataclass(frozen=True, slots=True)
class MarketState:
    """The state of the market at an instant.

    Attributes
    ----------
    at : datetime
        The instant.
    phase : Phase
        The same as `status`, for our own code.
    status, session : str
        The contract's two words for it.
    day : Session or None
        The trading session of this New York date, None on a closed day.
    holiday_name : str or None
        What the exchange is closed for.
    next_open_at : datetime or None
        The next regular open after `at`; None where the calendar ends.
    """

    at: datetime
    phase: Phase
    session: str
    day: Session | None
    holiday_name: str | None
    next_open_at: datetime | None

    @property
    def status(self) -> str:
        """The contract's word for the phase."""
        return STATUS[self.phase]

    @property
    def closes_at(self) -> datetime | None:
        """Today's regular close while it is still to come."""
        return self.day.close_at if self.day and self.phase in (Phase.PRE, Phase.OPEN) else None

    @property
    def is_early_close(self) -> bool:
        """Today's regular session ends before 16:00."""
        return bool(self.day and self.day.early)

    @property
    def message(self) -> str:
        """One sentence for the trader."""
        if self.day is None or self.phase is Phase.CLOSED:
            return self._closed_message()
        match self.phase:
            case Phase.PRE:
                return f"Pre-market trading; regular trading starts at {clock_time(self.day.open_at)}"
            case Phase.OPEN:
                early = f" until {clock_time(self.day.close_at)}: early close" if self.day.early else ""
                return f"Regular trading is under way{early}"
            case _:
                return f"After-hours trading until {clock_time(self.day.post_at)}"

    def _closed_message(self) -> str:
        match self.session:
            case "weekend":
                return "The market is closed for the weekend"
            case "holiday":
                return f"The market is closed for {self.holiday_name}" if self.holiday_name else "The market is closed"
            case _:
                return "The market is closed"

    def as_wire(self) -> dict[str, object]:
        """Return the contract's MarketStatus with our additive members; what does not apply is left out."""
        optional = {
            "nextOpen": self._next_open_text(),
            "timeUntilOpen": self._time_until_open(),
            "timeSinceOpen": duration(self.at - self.day.open_at) if self.day and self.phase is Phase.OPEN else None,
            "closingTime": clock_time(self.day.close_at) if self.day and self.phase is Phase.OPEN else None,
            "holidayName": self.holiday_name,
            "nextOpenAt": wire_instant(self.next_open_at),
            "closesAt": wire_instant(self.closes_at),
        }
        return {
            "status": self.status,
            "session": self.session,
            "message": self.message,
            **{name: value for name, value in optional.items() if value is not None},
            "asOf": wire_instant(self.at),
            "isEarlyClose": self.is_early_close,
            "simulated": vendor().simulated,
        }

    def _next_open_text(self) -> str | None:
        if self.phase is Phase.OPEN or self.next_open_at is None:
            return None
        days = (new_york_date(self.next_open_at) - new_york_date(self.at)).days
        return clock_time(self.next_open_at, "%A %H:%M" if days < A_WEEK else "%A %B %-d %H:%M")

    def _time_until_open(self) -> str | None:
        before_todays_open = self.day is not None and self.at < self.day.open_at
        return duration(self.day.open_at - self.at) if self.day and before_todays_open else None


def clock_time(at: datetime, form: str = "%H:%M") -> str:
    """Return an instant as a New York clock reading, such as `16:00 ET`."""
    return at.astimezone(NEW_YORK).strftime(f"{form} ET")


def duration(span: timedelta) -> str:
    """Return a span as `1h 5m`, whole minutes only."""
    minutes = int(span.total_seconds()) // 60
    return f"{minutes // 60}h {minutes % 60}m"


def wire_instant(at: datetime | None) -> str | None:
    """Return an instant in ISO 8601 with `Z`, in whole milliseconds."""
    if at is None:
        return None
    return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds").replace("+00:00", "Z")
