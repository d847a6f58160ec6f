"""What the sources of report dates say, in one shape."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, TypeVar

import numpy as np

from market.errors import ProviderUnavailable, RateLimited
from market.pure.alpha_vantage import EarningsDate, EarningsResult
from market.pure.sessions import new_york_date
from market.vendors import vendor
from market.vendors.earnings import earnings_vendor
from market.vendors.reference import CorporateEvent, ReferenceVendor, Told
from options_engine.pure.report_dates import Candidate, Status, reports_of, surest
from options_engine.pure.report_timing import Timing

logger = logging.getLogger(__name__)
Row = TypeVar("Row")

# Internal searches look further than the calendar's 60 days.
AHEAD: Final = timedelta(days=100)
BEHIND: Final = timedelta(days=900)
TMX: Final = "tmx"

_TIMES: Final[dict[str | None, Timing | None]] = {"before": "BMO", "after": "AMC", None: None}
_ANNOUNCEMENTS: Final = ("earnings_announcement_date", "earnings_results_announcement")
_CALL: Final = "earnings_conference_call"
_STATUSES: Final[dict[str, Status]] = {
    "confirmed": "confirmed",
    "approved": "confirmed",
    "historical": "confirmed",
    "unconfirmed": "estimated",
    "pending_approval": "estimated",
    "postponed": "postponed",
    "canceled": "canceled",
}


@dataclass(frozen=True, slots=True)
class Report:
    """One report as one source tells it; None or empty is what it does not say. [USD a share]."""

    symbol: str
    candidate: Candidate
    name: str = ""
    fiscal_period: str = ""
    estimate: Decimal | None = None
    actual: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking one source: reports, or why there are none."""

    source: str
    reports: tuple[Report, ...] = ()
    trouble: str = ""
    whole: bool = True

    @property
    def good(self) -> bool:
        """Whether it answered."""
        return not self.trouble


def configured() -> list[str]:
    """Return the names of the sources that `coming` asks, the one that tells of all companies first."""
    source = earnings_vendor()
    return [*([_name(source)] if source else []), *([TMX] if isinstance(vendor(), ReferenceVendor) else [])]


def coming(symbols: Collection[str], now: datetime) -> list[Answer]:
    """Return what each source says of reports to come: the calendar of all companies, and announcements of some.

    Parameters
    ----------
    symbols : collection of str
        Whose announcements to ask for, in one question.
    """
    answers = []
    source = earnings_vendor()
    if source is not None:
        answers.append(_asked(_name(source), lambda: source.earnings_calendar(now=now), _of_calendar))
    own = vendor()
    if isinstance(own, ReferenceVendor) and symbols:
        today = new_york_date(now)
        answers.append(_asked(TMX, lambda: own.corporate_events(symbols, today, today + AHEAD, now=now), _of_events))
    return answers


def announced(symbols: Collection[str], now: datetime) -> list[Answer]:
    """Return what companies announced of reports to come, for symbols that the daily question left out."""
    own = vendor()
    if not (isinstance(own, ReferenceVendor) and symbols):
        return []
    today = new_york_date(now)
    return [_asked(TMX, lambda: own.corporate_events(symbols, today, today + AHEAD, now=now), _of_events)]


def past(symbol: str, now: datetime) -> list[Answer]:
    """Return what is known of past reports: results where somebody has them, else the dates of announcements."""
    answers = []
    source = earnings_vendor()
    if source is not None:
        answers.append(_asked(_name(source), lambda: source.earnings_history(symbol, now=now), _of_results))
    own = vendor()
    if not any(answer.reports for answer in answers) and isinstance(own, ReferenceVendor):
        yesterday = new_york_date(now) - timedelta(days=1)
        first = yesterday - BEHIND
        answers.append(_asked(TMX, lambda: own.corporate_events([symbol], first, yesterday, now=now), _of_events))
    return answers


def _name(source: object) -> str:
    return str(getattr(source, "name", "alpha_vantage"))


def _asked(name: str, ask: Callable[[], Told[Row]], read: Callable[[Told[Row]], Iterable[Report]]) -> Answer:
    try:
        told = ask()
    except (ProviderUnavailable, RateLimited) as trouble:
        logger.warning("earnings.source_away", extra={"source": name, "why": str(trouble)})
        return Answer(name, trouble=str(trouble)[:200], whole=False)
    return Answer(name, tuple(read(told)), whole=not told.partial)


def _of_calendar(told: Told[EarningsDate]) -> Iterable[Report]:
    for row in told.rows:
        yield Report(
            symbol=row.symbol,
            candidate=Candidate(told.source, row.reports_on, _TIMES[row.timing], "estimated", told.as_of.isoformat()),
            name=row.name,
            fiscal_period=row.fiscal_end.isoformat(),
            estimate=_amount(row.estimate),
            currency=row.currency,
        )


def _of_results(told: Told[EarningsResult]) -> Iterable[Report]:
    for row in told.rows:
        yield Report(
            symbol=row.symbol,
            candidate=Candidate(told.source, row.reported_on, _TIMES[row.timing], "confirmed", told.as_of.isoformat()),
            fiscal_period=row.fiscal_end.isoformat(),
            estimate=_amount(row.estimate),
            actual=_amount(row.eps),
        )


def _of_events(told: Told[CorporateEvent]) -> Iterable[Report]:
    by_symbol: defaultdict[str, list[CorporateEvent]] = defaultdict(list)
    for row in told.rows:
        if row.kind in (*_ANNOUNCEMENTS, _CALL) and row.status in _STATUSES:
            by_symbol[row.symbol].append(row)
    for symbol, rows in by_symbol.items():
        for group in reports_of(_of_event(row, told.as_of) for row in rows):
            yield Report(symbol=symbol, candidate=_with_time(surest(group), group))


def _of_event(row: CorporateEvent, as_of: datetime) -> Candidate:
    return Candidate(
        TMX,
        row.date,
        _TIMES[row.timing],
        _STATUSES[row.status],
        as_of.isoformat(),
        stands_alone=row.kind != _CALL,
    )


def _with_time(chosen: Candidate, group: Iterable[Candidate]) -> Candidate:
    lent = next((each.time for each in group if each.date == chosen.date and each.time), None)
    return Candidate(chosen.source, chosen.date, chosen.time or lent, chosen.status, chosen.told_at)


def _amount(value: float) -> Decimal | None:
    return Decimal(str(round(value, 4))) if np.isfinite(value) else None
