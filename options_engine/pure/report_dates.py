"""One report, several sources: which of their dates is believed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal, Self

from options_engine.pure.report_timing import Timing

Status = Literal["confirmed", "estimated", "postponed", "canceled"]

MANUAL: Final = "manual"
# Quarters are three months apart: dates nearer than this speak of one report.
ONE_REPORT: Final = timedelta(days=45)
# Of one source that says several things of one report, the surest stands.
_SUREST: Final[tuple[Status, ...]] = ("confirmed", "estimated", "postponed", "canceled")


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one source says of one report.

    Attributes
    ----------
    date : date
        New York date.
    time : str or None
        None where the source does not say.
    told_at : str
        When it first said so, ISO 8601 in market time.
    stands_alone : bool
        False for what only dates a report that is known already: a conference call.
    """

    source: str
    date: date
    time: Timing | None
    status: Status
    told_at: str
    stands_alone: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored under its source."""
        return {"date": self.date.isoformat(), "time": self.time, "status": self.status, "toldAt": self.told_at}

    @classmethod
    def of_json(cls, source: str, stored: Mapping[str, Any]) -> Self:
        """Return what `as_json` wrote."""
        return cls(source, date.fromisoformat(stored["date"]), stored["time"], stored["status"], stored["toldAt"])

    def says_as(self, other: Self) -> bool:
        """Say whether both say the same, whenever they said it."""
        return (self.date, self.time, self.status) == (other.date, other.time, other.status)


def believed(candidates: Iterable[Candidate]) -> Candidate:
    """Return the candidate that dates the report.

    What staff pinned comes first, then what the company's own announcements say, then the newest estimate; of equals
    the first. Where it knows no time of day, another one that names the same date lends its own.

    Raises
    ------
    ValueError
        If there is none.
    """
    told = list(candidates)
    best = max(told, key=lambda each: (each.source == MANUAL, each.status != "estimated", each.told_at))
    if best.time is None:
        lent = next((each.time for each in told if each.date == best.date and each.time), None)
        best = Candidate(best.source, best.date, lent, best.status, best.told_at)
    return best


def surest(candidates: Iterable[Candidate]) -> Candidate:
    """Return which of several records that one source has of one report stands: the surest, the earliest of equals."""
    return min(candidates, key=lambda each: (not each.stands_alone, _SUREST.index(each.status), each.date))


def reports_of(candidates: Iterable[Candidate]) -> list[list[Candidate]]:
    """Return the records of one source and symbol as reports, ascending: those of one quarter together.

    Records that do not stand alone join a report, and make none.
    """
    groups: list[list[Candidate]] = []
    for each in sorted(candidates, key=lambda found: (not found.stands_alone, found.date)):
        group = next((group for group in groups if is_one_report(group[0].date, each.date)), None)
        if group is not None:
            group.append(each)
        elif each.stands_alone:
            groups.append([each])
    return groups


def is_one_report(one: date, other: date) -> bool:
    """Say whether two dates are too near for two quarters."""
    return abs(one - other) < ONE_REPORT
