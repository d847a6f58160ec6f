"""What becomes of an advice from look to look, and when its trader is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from positions.pure.advice import Abstained, AdviceType, Evidence, Finding, Judged, Urgency
from positions.pure.advice_state import (
    COOLDOWN,
    OPEN,
    Answer,
    Look,
    Notice,
    State,
    Step,
    Stored,
    answered,
    step,
)

START = datetime(2026, 2, 9, 15, tzinfo=UTC)
CYCLE = timedelta(seconds=15)
LOW, MEDIUM, HIGH = Urgency.LOW, Urgency.MEDIUM, Urgency.HIGH
UNKNOWN = Abstained("its marks are stale")


def found(value: float, *, medium: float = 50.0, high: float = 100.0, contracts=(), at=START) -> Finding | None:
    """The rule of profit, whose thresholds may be relaxed."""
    if value < medium:
        return None
    return Finding(
        rule="profit",
        type=AdviceType.TAKE_PROFIT,
        urgency=HIGH if value >= high else MEDIUM,
        message="",
        action={"action": "x"},
        evidence=Evidence("pnlPct", value, high if value >= high else medium),
        contracts=contracts,
        expires_at=at + timedelta(days=7),
    )


def look(value: float | Abstained, now: datetime, *, marked_at: datetime | None = None, contracts=()) -> Look:
    if isinstance(value, Abstained):
        return Look(judged=value, held=value, marked_at=marked_at or now, now=now)
    return Look(
        judged=found(value, contracts=contracts, at=now),
        held=found(value, medium=45.0, high=90.0, contracts=contracts, at=now),
        marked_at=marked_at or now,
        now=now,
    )


class Session:
    """Plays values, one a cycle, and remembers who was told of what when."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now
        self.stored: Stored | None = None
        self.told: list[tuple[int, Notice]] = []
        self.whys: list[str] = []

    def play(self, *values: float | Abstained, every: timedelta = CYCLE, contracts=()) -> Session:
        for value in values:
            self.take(step(self.stored, look(value, self.now, contracts=contracts)))
            self.now += every
        return self

    def take(self, made: Step) -> None:
        self.stored = made.stored if made.stored and made.stored.state in OPEN else None
        if made.why:
            self.whys.append(made.why)
        if made.notice:
            self.told.append((round((self.now - START).total_seconds()), made.notice))

    @property
    def notices(self) -> list[Notice]:
        return [notice for _, notice in self.told]


def test_found_once_nobody_hears_of_it():
    session = Session().play(60)

    assert (session.stored.state, session.stored.urgency, session.told) == (State.NEW, None, [])


def test_a_second_mark_confirms_it():
    session = Session().play(60, 60)

    assert session.told == [(15, Notice.CREATED)]
    assert (session.stored.state, session.stored.urgency) == (State.ACTIVE, MEDIUM)


@pytest.mark.parametrize(("seconds", "told"), [(9.9, False), (10.0, True), (10.1, True)])
def test_two_marks_are_ten_seconds_apart(seconds, told):
    first = step(None, look(60, START))
    later = look(60, START + CYCLE, marked_at=START + timedelta(seconds=seconds))

    assert bool(step(first.stored, later).notice) is told


def test_a_bad_print_is_never_told():
    session = Session().play(20, 300, 20, 20, 300, 20, 20)

    assert (session.told, session.stored) == ([], None)
    assert session.whys == ["found", "not_confirmed"] * 2


def test_a_bad_print_does_not_escalate():
    session = Session().play(60, 60, 60, 300, 60, 60)

    assert session.notices == [Notice.CREATED]
    assert session.stored.urgency == MEDIUM


def test_six_hours_about_the_threshold_are_told_twice_at_most():
    values = [49.0 + 2.0 * (cycle % 2) for cycle in range(6 * 240)]
    assert Session().play(*values).notices == [Notice.CREATED]

    slow = [50.0 + (1.0 if (cycle // 40) % 2 else -1.0) for cycle in range(6 * 240)]
    assert Session().play(*slow).notices == [Notice.CREATED]


def test_about_the_higher_threshold_it_escalates_once():
    values = [99.0 + 2.0 * (cycle % 2) for cycle in range(100)]

    session = Session().play(*values)
    assert session.notices == [Notice.CREATED, Notice.ESCALATED]
    assert session.stored.urgency == HIGH


def test_medium_to_high_within_thirty_seconds_is_told():
    session = Session().play(60, 110, 110)

    assert session.told == [(15, Notice.CREATED), (30, Notice.ESCALATED)]


def test_escalation_waits_for_no_cooldown():
    session = Session().play(60, 60, 110, 110)

    assert session.told == [(15, Notice.CREATED), (45, Notice.ESCALATED)]


def test_high_from_the_first_is_created_high():
    session = Session().play(110, 110)

    assert (session.notices, session.stored.urgency) == ([Notice.CREATED], HIGH)


def test_a_restart_tells_nothing_twice():
    before = Session().play(60, 60, 61)
    again = Session(before.now)
    again.stored = replace(before.stored)  # all there is, read back

    assert again.play(61, 62, 61, 60).told == []


def test_two_workers_at_once_count_as_one():
    session = Session().play(60, 60)
    at = session.now

    for apart in (0.0, 0.5, 4.9):
        session.now = at - CYCLE + timedelta(seconds=apart)
        before = session.stored
        session.play(20)
        assert session.stored == before


@pytest.mark.parametrize(("value", "told"), [(71.9, False), (72.0, True), (72.1, True)], ids=["below", "at", "above"])
def test_a_fifth_worse_is_told_once_two_looks_agree(value, told):
    session = Session().play(60, 60, *[60.0] * 8, value)
    assert session.notices == [Notice.CREATED]

    session.play(value)
    assert session.notices == [Notice.CREATED] + [Notice.WORSE] * told


def test_what_falls_is_worse_when_it_is_lower():
    def days(left: int, now: datetime) -> Look:
        one = replace(found(60.0), evidence=Evidence("daysToExpiry", left, 14, rises=False), expires_at=now + CYCLE * 9)
        return Look(judged=one, held=one, marked_at=now, now=now)

    session = Session()
    for left in (13, 13, *[13] * 8, 11, 11, 10, 10, 16, 16):
        session.take(step(session.stored, days(left, session.now)))
        session.now += CYCLE
    assert session.notices == [Notice.CREATED, Notice.WORSE]


def test_changes_are_told_every_two_minutes_at_most():
    session = Session().play(*[50 * 1.25 ** (cycle // 2) for cycle in range(6)], every=CYCLE)

    assert [at for at, notice in session.told if notice is Notice.WORSE] == []
    session = Session().play(50, 50, *[69 + cycle for cycle in range(30)])
    for (one, _), (other, notice) in pairwise(session.told):
        assert notice is Notice.ESCALATED or other - one >= 120


def test_another_suggestion_is_told_once_it_stands():
    session = Session().play(60, 60, contracts=("A",))
    session.play(*[60.0] * 8, contracts=("A",))
    session.play(60, contracts=("B",))
    session.play(60, contracts=("A",))
    assert session.notices == [Notice.CREATED]

    session.play(60, 60, contracts=("B",))
    assert session.notices == [Notice.CREATED, Notice.CHANGED]
    assert session.stored.contracts == ("B",)


@pytest.mark.parametrize(("minutes", "told"), [(29.75, 0), (30, 1), (59.75, 1), (60, 2)])
def test_high_is_reminded_of_each_half_hour(minutes, told):
    looks = int(minutes * 4)

    session = Session().play(110, 110, *[110.0] * looks)
    assert session.notices == [Notice.CREATED] + [Notice.REMINDER] * told


def test_medium_is_not_reminded_of():
    assert Session().play(*[60.0] * 500).notices == [Notice.CREATED]


def test_who_said_that_he_knows_is_not_reminded():
    session = Session().play(110, 110)
    session.stored = answered(session.stored, Answer.ACK, session.now)

    assert session.play(*[110.0] * 300).notices == [Notice.CREATED]
    assert session.stored.state is State.ACKNOWLEDGED
    session.play(140, 140)
    assert session.notices == [Notice.CREATED, Notice.WORSE]
    assert session.stored.state is State.ACTIVE


def test_escalation_is_heard_through_everything():
    for answer in Answer:
        session = Session().play(60, 60)
        session.stored = answered(session.stored, answer, session.now, until=session.now + timedelta(hours=2))

        session.play(110, 110)
        assert session.notices == [Notice.CREATED, Notice.ESCALATED], answer
        assert (session.stored.state, session.stored.dismissed) == (State.ACTIVE, False)


def test_what_was_dismissed_stays_silent():
    session = Session().play(110, 110)
    session.stored = answered(session.stored, Answer.DISMISS, session.now)

    assert session.play(*[110.0 + cycle for cycle in range(500)]).notices == [Notice.CREATED]


def test_a_snooze_ends_with_its_time():
    session = Session().play(60, 60)
    session.stored = answered(session.stored, Answer.SNOOZE, session.now, until=session.now + timedelta(minutes=10))

    assert session.play(*[60.0] * 40).notices == [Notice.CREATED]
    assert session.play(60).notices == [Notice.CREATED, Notice.AWOKEN]
    assert session.stored.state is State.ACTIVE


@pytest.mark.parametrize("until", [None, START])
def test_a_snooze_needs_an_end(until):
    session = Session().play(60, 60)

    with pytest.raises(ValueError, match="expected a time to come"):
        answered(session.stored, Answer.SNOOZE, START, until=until)


def test_it_is_over_after_two_looks_a_tenth_short():
    session = Session().play(60, 60, 44.9)
    assert session.stored.quiet == 1

    session.play(46, 44.9)
    assert session.stored.state is State.ACTIVE
    session.play(44.9)
    assert session.stored is None
    assert session.whys[-1] == "retreated"


def test_short_of_its_threshold_it_still_holds():
    assert Session().play(60, 60, *[45.0] * 50).stored.state is State.ACTIVE


def test_it_grows_less_urgent_in_silence():
    session = Session().play(110, 110, 89)
    assert session.stored.urgency == HIGH

    session.play(89)
    assert (session.stored.urgency, session.notices) == (MEDIUM, [Notice.CREATED])


def test_while_nobody_can_judge_nothing_changes():
    session = Session().play(60, 60)
    before = session.stored

    session.play(*[UNKNOWN] * 100)
    assert session.stored == before
    assert session.play(60).notices == [Notice.CREATED]


def test_its_time_runs_out_when_it_is_not_found_again():
    session = Session().play(60, 60)
    session.now = session.stored.expires_at

    session.play(UNKNOWN)
    assert (session.stored, session.whys[-1]) == (None, "out_of_time")


def test_nothing_is_remembered_of_what_never_was():
    assert step(None, look(20, START)) == Step(None)
    assert step(None, look(UNKNOWN, START)) == Step(None)


def test_a_clock_that_was_set_back_does_not_silence_it():
    session = Session().play(110, 110)
    session.now = START - timedelta(hours=3)

    session.play(*[110.0] * 130)
    assert session.notices[1] == Notice.REMINDER


VALUES = st.lists(
    st.one_of(st.floats(0, 200), st.sampled_from([44.9, 45.0, 49.0, 50.0, 51.0, 89.0, 99.0, 101.0]), st.just(UNKNOWN)),
    max_size=120,
)


@given(values=VALUES)
def test_whatever_happens(values):
    """Told only while found; but for more urgency never twice within two minutes; ended only by two silent looks."""
    session, silent = Session(), 0
    for value in values:
        before, told = session.stored, len(session.told)
        session.play(value)
        judged: Judged = look(value, session.now).judged
        if len(session.told) > told:
            assert isinstance(judged, Finding) or session.told[-1][1] in (Notice.REMINDER, Notice.AWOKEN)
        silent = silent + 1 if not isinstance(value, Abstained) and value < 45 else (silent if value is UNKNOWN else 0)
        if before is not None and before.state is not State.NEW and session.stored is None:
            assert silent >= 2
        if session.stored is not None:
            assert session.stored.urgency is None or session.stored.state is not State.NEW
    for (one, _), (other, notice) in pairwise(session.told):
        assert notice in (Notice.ESCALATED, Notice.CREATED) or other - one >= COOLDOWN.total_seconds()


@given(values=st.lists(st.floats(45, 200), min_size=2, max_size=120))
def test_what_holds_is_created_once(values):
    assert Session().play(50, *values).notices.count(Notice.CREATED) <= 1


@given(values=VALUES, cut=st.integers(0, 120))
def test_a_look_that_is_repeated_changes_nothing(values, cut):
    session = Session().play(*values[:cut])

    before, told = session.stored, list(session.told)
    session.now -= CYCLE
    session.play(*values[max(cut - 1, 0) : cut])
    assert (session.told, session.stored if before else None) == (told, before)
