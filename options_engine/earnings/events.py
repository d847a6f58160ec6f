"""The calendar of reports: one row a company's quarter, kept from all sources and read by everybody."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Final

import redis
from django.db import connection, transaction

from config.redis import client, key
from market import following
from market.asked_once import asked_once
from market.pure.sessions import new_york_date
from market.symbols import GRAMMAR, INDEXES
from options_engine.earnings import sources
from options_engine.earnings.sources import AHEAD, Answer, Report
from options_engine.models import EarningsEvent, EarningsSource
from options_engine.pure.report_dates import MANUAL, Candidate, believed, is_one_report

logger = logging.getLogger(__name__)

# A source that was away is asked again after this much market time, by whoever wants the calendar.
RETRY: Final = timedelta(minutes=15)
# What has not happened, or not on this date.
NOT_DUE: Final = (EarningsEvent.Status.CANCELED, EarningsEvent.Status.POSTPONED)
_ASKED_FOR: Final = timedelta(hours=36)
_CONTENT: Final = (
    *("date", "time", "status", "source", "name", "fiscal_period"),
    *("eps_estimate", "eps_actual", "currency", "candidates"),
)


def refresh(now: datetime, symbols: Collection[str] = ()) -> dict[str, int]:
    """Ask every source of coming reports, keep what they say, and return how many reports each told.

    A source that is away is written down as such; what it said before stays.
    """
    wanted = {symbol for symbol in following.symbols() | set(symbols) if symbol not in INDEXES}
    counted = {}
    for answer in sources.coming(wanted, now):
        counted[answer.source] = keep(answer, now) if answer.good else 0
        EarningsSource.objects.update_or_create(
            name=answer.source,
            defaults={"tried_at": now, "trouble": answer.trouble}
            | ({"answered_at": now, "events": counted[answer.source]} if answer.good else {}),
        )
        if answer.source == sources.TMX and answer.good:
            _note_asked(wanted, now)
    return counted


def ensure(symbols: Collection[str], now: datetime) -> list[EarningsSource]:
    """Have the calendar of today at hand for some symbols; return how each source stands.

    One of all who want it asks, once a New York day; the job of the morning usually has. Announcements of symbols that
    nobody follows are asked for when somebody names them.
    """

    def kept() -> list[EarningsSource] | None:
        rows = states()
        return None if is_due(rows, now) else rows

    def ask() -> list[EarningsSource]:
        refresh(now, symbols)
        return states()

    found = asked_once("earnings:calendar", kept=kept, ask=ask)
    unasked = {symbol for symbol in symbols if symbol not in INDEXES} - _asked_today(now)
    if not unasked or any(row.name == sources.TMX and row.trouble and _just_tried(row, now) for row in found):
        return found
    for answer in sources.announced(unasked, now):
        _keep_announced(answer, unasked, now)
    return states()


def states() -> list[EarningsSource]:
    """Return how each source stands that is asked nowadays, by name."""
    return list(EarningsSource.objects.filter(name__in=sources.configured()).order_by("name"))


def is_due(rows: Iterable[EarningsSource], now: datetime) -> bool:
    """Say whether the calendar has to be asked for: who tells of all companies has not today.

    Who was away is asked again after a quarter of an hour. Announcements do not stand in for it: they are of some
    companies only, and each of those is asked for when named.
    """
    first = next(iter(sources.configured()), None)
    row = next((row for row in rows if row.name == first), None)
    if first is None or row is None:
        return True
    answered = row.answered_at
    if answered and not row.trouble and new_york_date(answered) == new_york_date(now) and answered <= now:
        return False
    return not _just_tried(row, now)


def _just_tried(row: EarningsSource, now: datetime) -> bool:
    return now - RETRY < row.tried_at <= now


def _keep_announced(answer: Answer, symbols: set[str], now: datetime) -> None:
    """Write down what announcements say of some symbols, or that nobody could be asked."""
    if not answer.good:
        stands = {"tried_at": now, "trouble": answer.trouble}
        EarningsSource.objects.update_or_create(name=answer.source, defaults=stands)
        return
    keep(answer, now, of=symbols)
    _note_asked(symbols, now)
    stands = {"tried_at": now, "answered_at": now, "trouble": ""}
    EarningsSource.objects.filter(name=answer.source).exclude(trouble="").update(**stands)


def coming(symbols: Collection[str], first: date, last: date) -> list[EarningsEvent]:
    """Return the reports of some symbols between two dates, both included, by date and symbol; none canceled."""
    found = EarningsEvent.objects.filter(symbol__in=symbols, date__gte=first, date__lte=last)
    return list(found.exclude(status=EarningsEvent.Status.CANCELED).order_by("date", "symbol"))


def next_report(symbol: str, today: date) -> EarningsEvent | None:
    """Return the next report of a symbol within 100 days that is neither canceled nor postponed."""
    due = EarningsEvent.objects.filter(symbol=symbol, date__gte=today, date__lte=today + AHEAD).exclude(
        status__in=NOT_DUE
    )
    return due.order_by("date").first()


def pin(event: EarningsEvent, now: datetime) -> None:
    """Give the date, time and status of a row the last word, as staff's; the row is not saved."""
    pinned = Candidate(MANUAL, event.date, event.time, event.status, now.isoformat())  # type: ignore[arg-type]
    event.candidates = {**event.candidates, MANUAL: pinned.as_json()}
    event.source, event.updated_at = MANUAL, now
    event.first_seen = event.first_seen or now


def keep(answer: Answer, now: datetime, of: Collection[str] | None = None) -> int:
    """Write down what a source says, one row a report; return how many reports it told.

    Safe to run twice, and at once: one writer at a time. A date that a whole answer names no longer is forgotten where
    nobody else has it. `of` are the symbols the answer is about, all that it names without it.
    """
    by_symbol: defaultdict[str, list[Report]] = defaultdict(list)
    for report in answer.reports:
        if GRAMMAR.fullmatch(report.symbol):
            by_symbol[report.symbol].append(report)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('options_engine.earnings'))")
        _write(answer, by_symbol, set(by_symbol) | set(of or ()), now)
    return sum(map(len, by_symbol.values()))


def _write(answer: Answer, by_symbol: dict[str, list[Report]], symbols: set[str], now: datetime) -> None:
    stored: defaultdict[str, list[EarningsEvent]] = defaultdict(list)
    for row in EarningsEvent.objects.filter(symbol__in=symbols):
        stored[row.symbol].append(row)
    made: list[EarningsEvent] = []
    changed: dict[int, EarningsEvent] = {}
    gone: list[int] = []
    for symbol in symbols:
        rows, told = stored[symbol], set()
        for report in by_symbol.get(symbol, ()):
            row = next((row for row in rows if is_one_report(row.date, report.candidate.date)), None)
            if row is None:
                row = EarningsEvent(symbol=symbol, date=report.candidate.date, first_seen=now, updated_at=now)
                made.append(row)
                rows.append(row)
            elif row.pk:
                changed[row.pk] = row
            told.add(id(row))
            _take(row, report, now)
        if answer.whole:
            gone += [row.pk for row in rows if id(row) not in told and _is_dropped(row, answer.source, now)]
    EarningsEvent.objects.filter(pk__in=gone).delete()
    EarningsEvent.objects.bulk_update(
        [row for row in changed.values() if row.updated_at == now], [*_CONTENT, "updated_at"], batch_size=1_000
    )
    EarningsEvent.objects.bulk_create(made, batch_size=1_000, ignore_conflicts=True)


def _take(row: EarningsEvent, report: Report, now: datetime) -> None:
    """Put what a source says of a report into its row."""
    before = [getattr(row, name) for name in _CONTENT]
    source = report.candidate.source
    known = {name: Candidate.of_json(name, each) for name, each in row.candidates.items()}
    # Saying the same again is no news: the newest estimate is the one that was made last.
    if source not in known or not known[source].says_as(report.candidate):
        known[source] = report.candidate
    best = believed(known.values())
    row.date, row.time, row.status, row.source = best.date, best.time, best.status, best.source
    row.candidates = {name: each.as_json() for name, each in known.items()}
    row.name = report.name[:200] or row.name
    row.fiscal_period = report.fiscal_period[:10] or row.fiscal_period
    row.currency = report.currency[:8] or row.currency
    row.eps_estimate = row.eps_estimate if report.estimate is None else report.estimate
    row.eps_actual = row.eps_actual if report.actual is None else report.actual
    if [getattr(row, name) for name in _CONTENT] != before:
        row.updated_at = now


def _is_dropped(row: EarningsEvent, source: str, now: datetime) -> bool:
    """Say whether a coming report was known from this source alone, which no longer names it."""
    return row.pk is not None and row.date >= new_york_date(now) and set(row.candidates) == {source}


def _asked_today(now: datetime) -> set[str]:
    try:
        return {str(each, "utf-8") for each in client().smembers(_asked_key(now))}
    except redis.RedisError:
        logger.warning("earnings.asked_unread")
        return set()


def _note_asked(symbols: Collection[str], now: datetime) -> None:
    if not symbols:
        return
    try:
        client().sadd(_asked_key(now), *symbols)
        client().expire(_asked_key(now), int(_ASKED_FOR.total_seconds()))
    except redis.RedisError:
        logger.warning("earnings.asked_unwritten")


def _asked_key(now: datetime) -> str:
    return key("earnings", "announced", new_york_date(now).isoformat())
