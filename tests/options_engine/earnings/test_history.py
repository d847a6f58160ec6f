from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np
import pytest

from market import calendar
from market.clock import Standing
from market.pure.bars import Bars
from market.pure.sessions import in_utc
from options_engine.earnings import history, jobs
from options_engine.models import EarningsEvent, EarningsReaction
from tests.options_engine import earnings_market
from tests.options_engine.earnings_market import MOVES, REPORT, SHARE, TONIGHT, EarningsVendor

pytestmark = pytest.mark.django_db


def told(
    vendor: EarningsVendor, timing: str | None, *, on_the_day: bool, moves: tuple[float, ...] = MOVES
) -> list[dict]:
    vendor.results[SHARE] = earnings_market.past_reports(timing)
    vendor.daily[SHARE] = earnings_market.daily(vendor.results[SHARE], on_the_day=on_the_day, moves=moves)
    return history.past(SHARE, TONIGHT).wire()


@pytest.mark.parametrize(("timing", "on_the_day"), [("after", False), ("before", True)])
def test_eight_quarters_are_measured_on_the_day_that_reacted(
    vendor: EarningsVendor, timing: str, on_the_day: bool
) -> None:
    signed = tuple(move * (-1) ** at for at, move in enumerate(MOVES))

    rows = told(vendor, timing, on_the_day=on_the_day, moves=signed)

    assert [row["actualMove"] for row in rows] == [pytest.approx(abs(move), abs=0.01) for move in signed]
    assert [row["direction"] for row in rows] == ["up" if move > 0 else "down" for move in signed]
    assert [row["gapMove"] for row in rows] == [row["signedMove"] for row in rows]
    assert {row["timingInferred"] for row in rows} == {False}


@pytest.mark.parametrize("on_the_day", [True, False])
def test_where_nobody_knows_the_time_of_day_the_reaction_is_found_and_said_to_be_inferred(
    vendor: EarningsVendor, on_the_day: bool
) -> None:
    rows = told(vendor, None, on_the_day=on_the_day)

    assert [row["actualMove"] for row in rows] == list(MOVES)
    assert {(row["timingInferred"], row["timeKnown"]) for row in rows} == {(True, False)}


def test_a_bar_that_is_missing_dates_no_reaction_to_another_day(vendor: EarningsVendor) -> None:
    newest = vendor.results[SHARE][-1].reported_on
    reacts = calendar.next_session(newest).date
    stamps = {int(in_utc(day, time(0)).timestamp()) for day in (reacts,)}
    whole = vendor.daily[SHARE]
    vendor.daily[SHARE] = whole.take(~np.isin(whole.ts, list(stamps)))

    rows = history.past(SHARE, TONIGHT).wire()

    assert [row["actualMove"] for row in rows] == list(MOVES[1:])


def bars(closes: dict[date, float]) -> Bars:
    rows = [[in_utc(day, time(0)).timestamp(), at, at, at, at, 1e6, np.nan] for day, at in closes.items()]
    return Bars.from_rows(np.array(rows))


@pytest.mark.parametrize(
    ("report", "timing", "closes", "move"),
    [
        # Wednesday's evening before Thanksgiving is known on Friday, a half day.
        (
            date(2025, 11, 26),
            "AMC",
            {date(2025, 11, 26): 100.0, date(2025, 11, 28): 93.0, date(2025, 12, 1): 120.0},
            -7.0,
        ),
        # The half day's own evening moves Monday.
        (
            date(2025, 11, 28),
            "AMC",
            {date(2025, 11, 26): 90.0, date(2025, 11, 28): 100.0, date(2025, 12, 1): 104.0},
            4.0,
        ),
        # Between Friday's evening and Monday the clocks go back, and the stamps of midnight with them.
        (
            date(2025, 10, 31),
            "AMC",
            {date(2025, 10, 30): 80.0, date(2025, 10, 31): 100.0, date(2025, 11, 3): 106.5},
            6.5,
        ),
        (
            date(2025, 11, 3),
            "BMO",
            {date(2025, 10, 30): 80.0, date(2025, 10, 31): 100.0, date(2025, 11, 3): 106.5},
            6.5,
        ),
        # A report that is dated on a holiday moves the day after it.
        (date(2025, 9, 1), "BMO", {date(2025, 8, 28): 80.0, date(2025, 8, 29): 100.0, date(2025, 9, 2): 98.0}, -2.0),
    ],
)
def test_half_days_holidays_and_the_change_of_clocks(
    vendor: EarningsVendor, report: date, timing: str, closes: dict[date, float], move: float
) -> None:
    vendor.daily[SHARE] = bars(closes)
    event = EarningsEvent(symbol=SHARE, date=report, time=timing, source="x", first_seen=TONIGHT, updated_at=TONIGHT)

    (row,) = history.measure(SHARE, [event], TONIGHT)

    assert row.close_move == pytest.approx(move)


def test_options_of_the_afternoon_say_nothing_of_a_report_that_may_be_known(
    vendor: EarningsVendor, hand: Standing
) -> None:
    hand.at = before = TONIGHT - timedelta(minutes=10)
    vendor.chains[SHARE] = earnings_market.options(as_of=before)
    for timing, known in (("AMC", False), ("BMO", True), ("DURING", True), (None, True)):
        event = EarningsEvent(symbol=SHARE, date=REPORT, time=timing)
        assert jobs._is_known(event, before) is known
        assert jobs._is_known(event, calendar.previous_session(REPORT).close_at - timedelta(minutes=10)) is False


def test_a_reaction_is_told_once_its_session_is_over(vendor: EarningsVendor, hand: Standing) -> None:
    event = EarningsEvent(symbol=SHARE, date=REPORT, time="BMO", source="x", first_seen=TONIGHT, updated_at=TONIGHT)
    whole = earnings_market.daily(vendor.results[SHARE])

    def measured(at: datetime) -> list[EarningsReaction]:
        hand.at = at
        vendor.daily[SHARE] = whole
        return history.measure(SHARE, [event], at)

    session = calendar.session(REPORT)
    assert session is not None
    assert measured(session.close_at + timedelta(minutes=5)) == []
    hand.at = calendar.next_session(REPORT).open_at
    assert [row.close_move for row in measured(hand.at)] == [0.0]
