"""The exit advisor at work: what rules say of a cycle's positions, remembered, and told where it matters.

Rules and the step from look to look are pure; this reads what is open, writes what became of it and publishes, in one
transaction. Two workers that advise at once wait for each other row by row, and the second finds nothing left to tell.
See docs/exit-advisor.md.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from accounts import notices
from config.http.errors import NotFound
from positions import advice_announcements, advice_rows, thresholds
from positions.errors import AdviceIsOver
from positions.models import Advice, AdviceState, Status
from positions.pure import rules
from positions.pure.advice import Abstained, Finding, Judged
from positions.pure.advice_state import OPEN, Answer, Look, Notice, State, Stored, answered, step
from positions.pure.facts import MarketFacts, MarkSource, PositionFacts
from positions.pure.listed import Listed
from positions.pure.rules import Case
from realtime.events import NewEvent, publish, publish_all

logger = logging.getLogger(__name__)

SNOOZED_FOR: Final = timedelta(hours=1)
FACTS_VERSION: Final = 1
# Rules that name contracts which are not held.
_SUGGESTING: Final = ("conversion", "roll")

# Given the expiries that are wanted of each symbol, an empty set for those to roll to, returns what is listed.
ListedReader = Callable[[Mapping[str, frozenset[date]]], Mapping[str, Listed]]


@dataclass(frozen=True, slots=True)
class Advised:
    """What came of one cycle, in numbers: notices given, advice found, ended, and open."""

    told: int = 0
    found: int = 0
    ended: int = 0
    open: int = 0


@dataclass(slots=True)
class _Cycle:
    """What a cycle is going to write."""

    now: datetime
    changed: list[Advice] = field(default_factory=list)
    gone: list[UUID] = field(default_factory=list)
    notices: list[tuple[Advice, Notice]] = field(default_factory=list)
    endings: list[NewEvent] = field(default_factory=list)
    ended: int = 0


def advise(
    positions: Sequence[PositionFacts],
    markets: Mapping[str, MarketFacts],
    *,
    now: datetime,
    listed: ListedReader | None = None,
) -> Advised:
    """Apply every rule to some open positions, remember what they say and tell their traders. Safe to run twice.

    Parameters
    ----------
    positions : sequence of PositionFacts
        As the tracker has just valued them; one without a market is left alone.
    markets : mapping of symbol to MarketFacts
    now : datetime
        Market time.
    listed : callable, optional
        Reads listed contracts, asked only when a rule wants to suggest some; without it these rules say nothing.
    """
    limits = thresholds.of_traders({facts.user_id for facts in positions})
    cases = {
        facts.id: Case(facts=facts, market=markets[facts.symbol], thresholds=limits[facts.user_id])
        for facts in positions
        if facts.symbol in markets
    }
    judged = {position: rules.judge(case) for position, case in cases.items()}
    open_now = advice_rows.suggested(list(cases))
    if listed is not None:
        _suggest(cases, judged, open_now, listed)
    fresh = [
        _new(cases[position], said, now)
        for position, verdicts in judged.items()
        for rule, said in verdicts.items()
        if isinstance(said, Finding) and (position, rule) not in open_now
    ]
    with transaction.atomic():
        advice_rows.insert(fresh)
        cycle = _Cycle(now)
        rows = advice_rows.locked(list(cases), now)
        held = _held(cases, rows)
        for row in rows:
            _look(cycle, row, cases.get(row.position_id), judged.get(row.position_id, {}), held)
        advice_rows.update(cycle.changed)
        if cycle.gone:
            Advice.objects.filter(pk__in=cycle.gone).delete()
        publish_all([*_told(cycle), *cycle.endings])
    done = Advised(len(cycle.notices), len(fresh), cycle.ended, len(rows) - cycle.ended - len(cycle.gone))
    logger.info("positions.advised", extra={"positions": len(cases), "told": done.told, "open": done.open})
    return done


def acknowledge(
    user_id: UUID, advice_id: UUID, answer: Answer, *, now: datetime, until: datetime | None = None
) -> Advice:
    """Take a trader's answer to an advice and return the advice as it is then.

    Parameters
    ----------
    until
        When a snooze ends; an hour from now without it.

    Raises
    ------
    NotFound
        If he was never told such an advice.
    AdviceIsOver
        If it has ended meanwhile.
    ValueError
        If a snooze would end before now.
    """
    with transaction.atomic():
        told = Advice.objects.owned_by(user_id).exclude(state=AdviceState.NEW).select_related("position")
        row = told.filter(pk=advice_id).select_for_update(of=("self",)).first()
        if row is None:
            raise NotFound(thing="advice")
        before = row.remembered()
        if before.state not in OPEN:
            raise AdviceIsOver(state=row.state)
        after = answered(before, answer, now, until=until or now + SNOOZED_FOR)
        if after == before:
            return row
        row.remember(after, now)
        row.answer, row.answered_at = answer.value, now
        row.save(update_fields=["state", "snoozed_until", "dismissed", "answer", "answered_at"])
        publish(
            advice_announcements.changed(
                row, row.position.symbol, previous=before.state.value, reason=answer.value, at=now
            )
        )
    return row


def _suggest(
    cases: Mapping[UUID, Case],
    judged: Mapping[UUID, dict[str, Judged]],
    open_now: Mapping[tuple[UUID, str], Sequence[str]],
    listed: ListedReader,
) -> None:
    """Judge again, with what is listed, where a rule abstained for want of it."""
    by_name = {rule.name: rule for rule in rules.RULES}
    wanting = [
        (position, rule)
        for position, verdicts in judged.items()
        for rule in _SUGGESTING
        if verdicts[rule] == rules.UNLISTED
    ]
    if not wanting:
        return
    wanted: dict[str, frozenset[date]] = {}
    for position, rule in wanting:
        facts = cases[position].facts
        held = {facts.nearest_expiry} if rule == "conversion" and facts.nearest_expiry else set()
        wanted[facts.symbol] = wanted.get(facts.symbol, frozenset()) | held
    found = listed(wanted)
    for position, rule in wanting:
        case = cases[position]
        if table := found.get(case.facts.symbol):
            preferred = open_now.get((position, rule), ())
            judged[position][rule] = by_name[rule].judge(replace(case, listed=table.preferring(preferred)))


def _held(cases: Mapping[UUID, Case], rows: Iterable[Advice]) -> dict[UUID, dict[str, Judged]]:
    """Return what still holds, a tenth short of its thresholds, of what is open."""
    wanted: dict[UUID, list[str]] = {}
    for row in rows:
        if row.position_id in cases:
            wanted.setdefault(row.position_id, []).append(row.rule)
    return {position: rules.holds(cases[position], names) for position, names in wanted.items()}


def _look(
    cycle: _Cycle,
    row: Advice,
    case: Case | None,
    judged: Mapping[str, Judged],
    held: Mapping[UUID, Mapping[str, Judged]],
) -> None:
    """Take one open row through a look and note what is to be written of it."""
    before = row.remembered()
    if row.position.status != Status.OPEN:
        _end(cycle, row, before, "position_ended")
        return
    said = judged.get(row.rule, Abstained("nobody has looked"))
    softer = held.get(row.position_id, {}).get(row.rule, said)
    # What names contracts can be judged softer only with the list that it was judged with: its number decides then.
    if isinstance(softer, Abstained) and isinstance(said, Finding):
        softer = said
    marked_at = _marked_at(case.facts, cycle.now) if case else cycle.now
    made = step(before, Look(judged=said, held=softer, marked_at=marked_at, now=cycle.now))
    if made.stored is None:
        cycle.gone.append(row.pk)
        return
    if made.stored == before:
        return
    if isinstance(said, Finding):
        _take(row, said)
    row.remember(made.stored, cycle.now)
    if made.notice is not None and case is not None:
        _tell(cycle, row, case, made.notice)
    elif made.stored.state not in OPEN:
        _ended(cycle, row, before, made.why)
    cycle.changed.append(row)


def _end(cycle: _Cycle, row: Advice, before: Stored, why: str) -> None:
    if before.state is State.NEW:
        cycle.gone.append(row.pk)
        return
    row.remember(replace(before, state=State.RESOLVED, looked_at=cycle.now), cycle.now)
    row.pnl_end = row.position.realised - row.position.fees
    _ended(cycle, row, before, why)
    cycle.changed.append(row)


def _ended(cycle: _Cycle, row: Advice, before: Stored, why: str) -> None:
    row.why_ended = why
    cycle.ended += 1
    symbol = row.position.symbol
    cycle.endings.append(
        advice_announcements.changed(row, symbol, previous=before.state.value, reason=why, at=cycle.now)
    )


def _tell(cycle: _Cycle, row: Advice, case: Case, notice: Notice) -> None:
    row.notices += 1
    row.facts = _facts(case)
    if row.first_told_at is None:
        row.first_told_at = cycle.now
        row.session_close_at = case.market.close_at
        row.pnl = made_so_far(case.facts)
    cycle.notices.append((row, notice))


def _told(cycle: _Cycle) -> list[NewEvent]:
    may = notices.advice_interrupts({row.user_id for row, _ in cycle.notices}, now=cycle.now)
    return [
        advice_announcements.told(row, row.position.symbol, notice, interrupt=may[row.user_id], at=cycle.now)
        for row, notice in cycle.notices
    ]


def made_so_far(facts: PositionFacts) -> Decimal | None:
    """Return what a position has made, closed and open parts together, fees paid; None without a price. [USD]"""
    return None if facts.unrealised is None else facts.realised + facts.unrealised - facts.fees


def _new(case: Case, finding: Finding, now: datetime) -> Advice:
    marked_at = _marked_at(case.facts, now)
    stored = step(None, Look(judged=finding, marked_at=marked_at, now=now)).stored
    assert stored is not None  # noqa: S101 -- what is found is remembered
    row = Advice(
        user_id=case.facts.user_id, position_id=case.facts.id, rule=finding.rule, created_at=now, facts=_facts(case)
    )
    _take(row, finding)
    row.remember(stored, now)
    return row


def _take(row: Advice, finding: Finding) -> None:
    row.type, row.message, row.confidence = finding.type.value, finding.message, finding.confidence
    row.liquidity_warning = finding.liquidity_warning
    row.action = advice_rows.plain(finding.action)
    evidence = finding.evidence
    row.evidence = advice_rows.plain(
        {"metric": evidence.metric, "value": evidence.value, "threshold": evidence.threshold}
    )


def _facts(case: Case) -> dict[str, Any]:
    told: dict[str, Any] = advice_rows.plain(
        {"version": FACTS_VERSION, "position": case.facts, "market": case.market, "thresholds": case.thresholds}
    )
    return told


def _marked_at(facts: PositionFacts, now: datetime) -> datetime:
    """Return when a position was marked: now on quotes that stand, on a trade when the newest of its prices was made.

    A quote that is found twice has stood meanwhile; a trade is the same one until there is another.
    """
    if all(leg.source is not MarkSource.LAST for leg in facts.legs):
        return now
    return max((leg.quoted_at for leg in facts.legs if leg.quoted_at), default=facts.as_of)
