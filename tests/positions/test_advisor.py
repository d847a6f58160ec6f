"""The advisor at work: what is stored, what is told, once; with the database."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from config.http.errors import NotFound
from positions import advisor, book
from positions.book import Act
from positions.errors import AdviceIsOver
from positions.models import Advice, AdviceState, Position
from positions.pure.advice_state import Answer
from positions.pure.facts import MarkSource, PositionFacts
from positions.thresholds import set_own
from realtime.models import Event
from tests.contract.frames import assert_frame
from tests.factories.accounts import PreferencesFactory, UserFactory
from tests.positions.conftest import TEN, Opener, contract, traded
from tests.positions.pure.made_up import chain, held, market, position

pytestmark = pytest.mark.django_db
CYCLE = timedelta(seconds=15)
START = TEN + timedelta(minutes=30)


def facts_of(row: Position, *legs, at: datetime, **more) -> PositionFacts:
    return position(*legs, id=row.pk, user_id=row.user_id, as_of=at, **more)


class Cycles:
    """Runs cycles of one long call, one every 15 seconds, at a gain each."""

    def __init__(self, row: Position, listed=None) -> None:
        self.row, self.now, self.listed = row, START, listed

    def facts(self, pct: float, **more) -> PositionFacts:
        leg = held("+2C5900", "30", 30 * (1 + pct / 100), quoted_at=self.now, days=30)
        return facts_of(self.row, leg, at=self.now, **more)

    def __call__(self, *gains: float, **more) -> advisor.Advised:
        done = advisor.Advised()
        for pct in gains:
            facts = [self.facts(pct, **more)]
            done = advisor.advise(facts, {"SPX": market(now=self.now)}, now=self.now, listed=self.listed)
            self.now += CYCLE
        return done


@pytest.fixture
def cycles(opens: Opener) -> Cycles:
    return Cycles(opens(("+2C5900", "30")))


def told() -> list[tuple[str, str]]:
    rows = Event.objects.filter(type="position_advice").order_by("id")
    return [(row.payload["advice"]["rule"], row.payload["advice"]["notice"]) for row in rows]


def test_what_is_found_twice_is_told_once(cycles: Cycles) -> None:
    assert (cycles(60).told, told()) == (0, [])
    row = Advice.objects.get()
    assert (row.state, row.urgency, row.notices) == (AdviceState.NEW, None, 0)

    assert cycles(60).told == 1
    assert cycles(60, 61, 60).told == 0
    row.refresh_from_db()
    assert (row.state, row.urgency, row.notices) == (AdviceState.ACTIVE, 2, 1)
    assert (row.rule, row.type, row.evidence) == (
        "profit",
        "take_profit",
        {"metric": "pnlPct", "value": 60.0, "threshold": 50.0},
    )
    assert told() == [("profit", "created")]


@pytest.mark.parametrize(
    ("source", "later", "told_of"),
    [
        (MarkSource.QUOTE, 0, True),
        (MarkSource.LAST, 0, False),
        (MarkSource.LAST, 9, False),
        (MarkSource.LAST, 10, True),
    ],
)
def test_a_quote_that_stands_is_another_mark_and_a_trade_that_stands_is_not(
    opens: Opener, source: MarkSource, later: int, told_of: bool
) -> None:
    row = opens(("+2C5900", "30"))
    for now, age in ((START, timedelta(0)), (START + CYCLE, CYCLE - timedelta(seconds=later))):
        leg = held("+2C5900", "30", 48, quoted_at=now - age, days=30, source=source)
        advisor.advise([facts_of(row, leg, at=now - age)], {"SPX": market(now=now)}, now=now)

    assert bool(told()) is told_of


def test_whether_it_may_interrupt_is_said_by_its_traders_settings(cycles: Cycles) -> None:
    PreferencesFactory.create(user_id=cycles.row.user_id, notify_position_advice=False)
    cycles(60, 60)

    event = Event.objects.get(type="position_advice")
    assert (event.user_id, event.payload["interrupt"]) == (cycles.row.user_id, False)


def test_the_event_is_one_of_the_contract(cycles: Cycles) -> None:
    cycles(60, 60)

    event = Event.objects.get(type="position_advice")
    assert (event.user_id, event.channel, event.symbol, event.subject) == (
        cycles.row.user_id,
        "positions",
        "SPX",
        cycles.row.pk,
    )
    assert event.created_at == START + CYCLE
    assert_frame({"type": event.type, "channel": f"positions:{event.user_id}", "data": event.payload, "id": event.pk})
    advice = event.payload["advice"]
    assert advice["positionId"] == str(cycles.row.pk)
    assert advice["suggestedAction"]["orders"][0]["contract"].startswith("SPXW")
    assert event.facts["position"]["unrealised"] == 3600.0


def test_the_facts_are_stored_as_they_were_when_it_was_told(cycles: Cycles) -> None:
    cycles(60, 61, 62)

    row = Advice.objects.get()
    assert row.facts["position"]["pnl_pct"] == 61.0
    assert row.facts["market"]["gamma_flip"] is None
    assert row.facts["thresholds"]["profit_pct"] == 50.0
    assert (row.pnl, row.first_told_at) == (Decimal(3660), START + CYCLE)
    assert json.dumps(row.facts, allow_nan=False)


def test_escalation_is_told_at_once(cycles: Cycles) -> None:
    cycles(60, 110, 110)

    assert told() == [("profit", "created"), ("profit", "escalated")]
    assert Advice.objects.get(rule="profit").notices == 2


def test_it_is_over_and_comes_again_as_another(cycles: Cycles) -> None:
    cycles(60, 60, 40, 40)

    row = Advice.objects.get()
    assert (row.state, row.why_ended, row.ended_at) == ("resolved", "retreated", START + 3 * CYCLE)
    over = Event.objects.get(type="position_advice_changed")
    assert (over.payload["previousState"], over.payload["state"]) == ("active", "resolved")
    assert_frame({"type": over.type, "channel": f"positions:{over.user_id}", "data": over.payload, "id": over.pk})
    cycles(60, 60)
    assert Advice.objects.count() == 2
    assert told() == [("profit", "created")] * 2


def test_what_was_found_once_leaves_nothing(cycles: Cycles) -> None:
    cycles(60, 20)

    assert not Advice.objects.exists()


def test_a_look_that_is_run_twice_changes_nothing(cycles: Cycles) -> None:
    cycles(60, 60)
    before = list(Advice.objects.values())
    cycles.now -= CYCLE

    cycles(60)
    assert list(Advice.objects.values()) == before
    assert told() == [("profit", "created")]


def test_stale_marks_say_nothing_and_end_nothing(cycles: Cycles) -> None:
    cycles(60, 60)

    cycles(10, 10, 10, 300, 300, stale=True)
    assert Advice.objects.get().state == AdviceState.ACTIVE
    assert told() == [("profit", "created")]


def test_advice_ends_with_its_position(cycles: Cycles) -> None:
    cycles(60, 60)
    book.trade(
        cycles.row.user_id, cycles.row.pk, [traded("-2C5900", "50", fees="3")], Act(at=cycles.now, now=cycles.now)
    )

    advisor.advise([], {}, now=cycles.now)
    row = Advice.objects.get()
    assert (row.state, row.why_ended, row.pnl_end) == ("resolved", "position_ended", Decimal(3997))


def test_a_position_that_is_gone_gets_no_advice(cycles: Cycles) -> None:
    book.remove(cycles.row.user_id, cycles.row.pk, now=START)

    cycles(60, 60)
    assert not Advice.objects.exists()


def test_its_time_runs_out_while_nobody_looks(cycles: Cycles) -> None:
    cycles(60, 60)

    advisor.advise([], {}, now=START + timedelta(days=8))
    assert Advice.objects.get().state == AdviceState.EXPIRED


def test_one_open_row_a_position_and_rule(cycles: Cycles) -> None:
    cycles(60)
    row = Advice.objects.get()
    row.pk = uuid4()

    with pytest.raises(IntegrityError, match="positions_advice_one_open"), transaction.atomic():
        row.save(force_insert=True)


def test_statements_do_not_grow_with_positions(opens: Opener) -> None:
    rows = [opens(("+2C5900", "30")) for _ in range(12)]

    def run(count: int, now: datetime) -> int:
        facts = [facts_of(row, held("+2C5900", "30", 48, quoted_at=now, days=30), at=now) for row in rows[:count]]
        with CaptureQueriesContext(
            connection,
        ) as seen:
            advisor.advise(facts, {"SPX": market(now=now)}, now=now)
        return len([each for each in seen if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))])

    found_one, told_one = run(1, START), run(1, START + CYCLE)
    Advice.objects.all().delete()
    later = START + timedelta(hours=1)
    assert (run(12, later), run(12, later + CYCLE)) == (found_one, told_one)
    # Thresholds, what is open, rows held, and the insert or the update; whom it may interrupt, and the events.
    assert (found_one, told_one) == (4, 6)


def test_a_trader_hears_by_his_own_thresholds(opens: Opener) -> None:
    other = UserFactory()
    mine, his = Cycles(opens(("+2C5900", "30"))), Cycles(opens(("+2C5900", "30"), of=other.pk))
    set_own(other.pk, {"profit_pct": 20})

    for cycles in (mine, his):
        cycles(25, 25)
    assert [(row.user_id, row.evidence["threshold"]) for row in Advice.objects.all()] == [(other.pk, 20.0)]


def test_what_is_suggested_is_listed(opens: Opener) -> None:
    listed, asked = chain(days=[30, 35]), []

    def reader(wanted):
        asked.append(wanted)
        return {"SPX": listed}

    cycles = Cycles(opens(("+2C5900", "30")), reader)
    cycles(40, 40)

    row = Advice.objects.get(rule="conversion")
    assert set(row.contracts) <= set(listed.contract.tolist())
    assert row.action["orders"][0]["contract"] == row.contracts[0]
    assert [set(each) for each in asked] == [{"SPX"}] * 2
    cycles(20, 20)
    assert len(asked) == 2
    assert Advice.objects.get(rule="conversion").state == AdviceState.RESOLVED


def test_without_a_list_what_was_suggested_still_stands(opens: Opener) -> None:
    cycles = Cycles(opens(("+2C5900", "30")), lambda _wanted: {"SPX": chain(days=[30])})
    cycles(40, 40)
    cycles.listed = lambda _wanted: {}

    cycles(40, 40, 40, 28, 28, 28)
    assert Advice.objects.get(rule="conversion").state == AdviceState.ACTIVE


def test_an_answer_is_taken_and_told(cycles: Cycles) -> None:
    cycles(110, 110)
    row = Advice.objects.get()

    done = advisor.acknowledge(row.user_id, row.pk, Answer.ACK, now=cycles.now)
    assert (done.state, done.answer, done.answered_at) == ("acknowledged", "ack", cycles.now)
    event = Event.objects.get(type="position_advice_changed")
    assert (event.payload["state"], event.payload["reason"]) == ("acknowledged", "ack")
    advisor.acknowledge(row.user_id, row.pk, Answer.ACK, now=cycles.now)
    assert Event.objects.filter(type="position_advice_changed").count() == 1
    cycles(*[110] * 5)
    row.refresh_from_db()
    assert (row.state, row.notices) == ("acknowledged", 1)


@pytest.mark.parametrize(("answer", "state"), [(Answer.SNOOZE, "snoozed"), (Answer.DISMISS, "acknowledged")])
def test_an_answer_survives_the_next_cycles(cycles: Cycles, answer: Answer, state: str) -> None:
    cycles(60, 60)
    row = Advice.objects.get()
    advisor.acknowledge(row.user_id, row.pk, answer, now=cycles.now)

    cycles(90, 90, 90)
    row.refresh_from_db()
    assert (row.state, row.dismissed, row.notices) == (state, answer is Answer.DISMISS, 1)
    assert row.snoozed_until == (START + 2 * CYCLE + timedelta(hours=1) if state == "snoozed" else None)
    cycles(110, 110)
    row.refresh_from_db()
    assert (row.state, row.notices) == ("active", 2)


def test_nobody_answers_for_another_or_what_was_never_told(cycles: Cycles) -> None:
    cycles(60)
    row = Advice.objects.get()
    with pytest.raises(NotFound):
        advisor.acknowledge(row.user_id, row.pk, Answer.ACK, now=cycles.now)

    cycles(60)
    with pytest.raises(NotFound):
        advisor.acknowledge(UserFactory().pk, row.pk, Answer.ACK, now=cycles.now)
    cycles(10, 10)
    with pytest.raises(AdviceIsOver):
        advisor.acknowledge(row.user_id, row.pk, Answer.ACK, now=cycles.now)


def at_once(act: Callable[[], object], workers: int = 2) -> None:
    """Run an act in several threads that begin together, each on a connection of its own."""
    gate = Barrier(workers)

    def run() -> None:
        try:
            gate.wait(timeout=10)
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(run) for _ in range(workers)]:
            done.result(timeout=30)


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_tell_nothing_twice(opens: Opener) -> None:
    rows = [opens(("+2C5900", "30")) for _ in range(5)]
    now = START
    for gain in (60, 60, 110, 110, 40, 40):
        legs = held("+2C5900", "30", 30 * (1 + gain / 100), quoted_at=now, days=30)
        facts = [facts_of(row, legs, at=now) for row in rows]

        at_once(lambda facts=facts, now=now: advisor.advise(facts, {"SPX": market(now=now)}, now=now), workers=4)
        now += CYCLE

    assert Advice.objects.filter(state="resolved").count() == len(rows) == Advice.objects.count()
    assert sorted(told()) == sorted([("profit", "created"), ("profit", "escalated")] * len(rows))
    assert Event.objects.filter(type="position_advice_changed").count() == len(rows)


@pytest.mark.django_db(transaction=True)
def test_a_position_may_be_removed_while_it_is_judged(opens: Opener) -> None:
    rows = [opens(("+2C5900", "30")) for _ in range(4)]
    facts = [facts_of(row, held("+2C5900", "30", 48, quoted_at=START, days=30), at=START) for row in rows]
    left = iter(rows[:2])

    def act() -> None:
        if row := next(left, None):
            book.remove(row.user_id, row.pk, now=START)
        else:
            advisor.advise(facts, {"SPX": market(now=START)}, now=START)

    at_once(act, workers=4)
    advisor.advise(facts, {"SPX": market(now=START)}, now=START)
    assert set(Advice.objects.values_list("position_id", flat=True)) == {row.pk for row in rows[2:]}


def test_contracts_of_the_fixture_are_those_of_the_book() -> None:
    leg = held("+2C5900", "30", 48)

    assert leg.contract == contract("+2C5900")
    assert replace(leg, mark=1.0).contract == leg.contract
