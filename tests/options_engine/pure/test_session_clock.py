from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.pure.sessions import NEW_YORK, make_session
from options_engine.pure import black_scholes
from options_engine.pure.session_clock import (
    REGULAR_MINUTES,
    days_left,
    fitted,
    marks,
    minutes_left,
    share_left,
    with_event,
    years_then,
)
from simulation.pure import regimes, variance_clock
from simulation.pure.session import Hours

DAY = make_session(date(2026, 2, 9))
HALF_DAY = make_session(date(2026, 11, 27), time(13))
OPEN, CLOSE = DAY.open_ts, DAY.close_ts
UNIFORM = np.full(REGULAR_MINUTES, 1 / REGULAR_MINUTES)


def restless(minutes: int = REGULAR_MINUTES) -> np.ndarray:
    square = regimes.restlessness(minutes) ** 2
    return square / square.sum()


def new_york(at_ts: float) -> str:
    return datetime.fromtimestamp(at_ts, UTC).astimezone(NEW_YORK).strftime("%H:%M")


@pytest.mark.parametrize(
    ("minute", "left"), [(-600, 1.0), (0, 1.0), (39, 0.9), (195, 0.5), (389.5, 0.5 / 390), (390, 0.0), (900, 0.0)]
)
def test_without_a_table_every_minute_is_alike(minute: float, left: float) -> None:
    assert float(share_left(OPEN + 60 * minute, OPEN, CLOSE)) == pytest.approx(left, rel=1e-12)
    assert float(share_left(OPEN + 60 * minute, OPEN, CLOSE, minutes=UNIFORM)) == pytest.approx(left, rel=1e-9)


def test_a_table_says_which_minutes_count() -> None:
    table = np.zeros(REGULAR_MINUTES)
    table[[0, 389]] = 0.25, 0.75

    instants = OPEN + 60 * np.array([0.0, 0.5, 1.0, 200.0, 389.0, 389.5, 390.0])
    assert share_left(instants, OPEN, CLOSE, minutes=table).tolist() == pytest.approx(
        [1.0, 0.875, 0.75, 0.75, 0.75, 0.375, 0.0]
    )


def test_what_settles_at_the_open_has_nothing_left_in_the_session() -> None:
    instants = OPEN + 60 * np.array([-30.0, 0.0, 100.0])

    assert share_left(instants, OPEN, CLOSE, end_ts=OPEN).tolist() == [0.0, 0.0, 0.0]
    assert share_left(instants, OPEN, CLOSE, end_ts=CLOSE).tolist() == share_left(instants, OPEN, CLOSE).tolist()


@given(early=st.floats(-100, 500), later=st.floats(0, 500), table=st.sampled_from([None, UNIFORM, restless()]))
def test_it_only_falls_and_stays_between_one_and_nothing(early: float, later: float, table) -> None:
    before, after = share_left(OPEN + 60 * np.array([early, early + later]), OPEN, CLOSE, minutes=table).tolist()

    assert 0 <= after <= before <= 1 + 1e-12


def straddle(years: np.ndarray, sigma: float) -> np.ndarray:
    return sum(
        black_scholes.price(6000.0, 6000.0, years, sigma, side, rate=0.0, dividend=0.0) for side in (True, False)
    )


@pytest.mark.parametrize("table", [None, restless()])
def test_a_straddle_at_the_money_falls_with_the_root_of_what_is_left(table) -> None:
    instants = OPEN + 60 * np.arange(0.0, 390.0)
    left = share_left(instants, OPEN, CLOSE, minutes=table)
    worth = straddle(years_then(390 / (365 * 1440), 1.0, left), 0.2)

    assert worth.tolist() == pytest.approx((worth[0] * np.sqrt(left)).tolist(), rel=2e-3)


@pytest.mark.parametrize("start", [0, 7, 95, 240, 371])
@pytest.mark.parametrize("table", [None, restless()])
def test_a_clock_of_decay_is_smooth_and_ends_at_the_intrinsic_value(start: int, table) -> None:
    now = OPEN + 60.0 * start
    shown = marks(now, OPEN, CLOSE)
    left = share_left(shown, OPEN, CLOSE, minutes=table)
    years = years_then((CLOSE - now) / (365 * 86_400), left[0], left)
    worth = black_scholes.price(6012.0, 6010.0, years, 0.22, True, rate=0.0, dividend=0.0)

    drops = -np.diff(worth)
    whole = drops[1:-1] if start % 15 else drops[:-1]  # from mark to mark; the last one may be any size
    assert (drops >= 0).all()
    # The last quarters of an hour weigh more where the table says so.
    assert (whole[1:] <= (1.6 if table is None else 2.0) * whole[:-1]).all()
    assert float(worth[-1]) == 2.0
    assert new_york(shown[-1]) == "16:00"


def test_a_half_day_ends_at_one() -> None:
    opens, closes = HALF_DAY.open_ts, HALF_DAY.close_ts

    assert minutes_left(opens - 3600, opens, closes) == 210
    assert [new_york(each) for each in marks(opens + 180 * 60 + 30, opens, closes)] == ["12:30", "12:45", "13:00"]
    assert float(share_left(opens + 105 * 60, opens, closes)) == 0.5
    assert float(share_left(closes, opens, closes, minutes=fitted(restless(), 210))) == 0.0


def test_marks_start_at_the_open_and_close_with_the_close() -> None:
    assert [new_york(each) for each in marks(OPEN - 3600, OPEN, CLOSE)[:3]] == ["09:30", "09:45", "10:00"]
    assert len(marks(OPEN - 3600, OPEN, CLOSE)) == 27
    assert marks(OPEN + 60 * 376, OPEN, CLOSE).tolist() == [OPEN + 60 * 376, CLOSE]
    assert marks(OPEN + 60 * 375, OPEN, CLOSE).tolist() == [OPEN + 60 * 375, CLOSE]
    assert marks(CLOSE + 5, OPEN, CLOSE).tolist() == [CLOSE]


@pytest.mark.parametrize(
    ("seconds", "left"), [(-1, 390), (0, 390), (1, 389), (60, 389), (61, 388), (23_400, 0), (30_000, 0)]
)
def test_minutes_left_are_whole(seconds: int, left: int) -> None:
    assert minutes_left(OPEN + seconds, OPEN, CLOSE) == left


def test_nothing_left_is_no_time_and_cannot_be_divided_by() -> None:
    assert years_then(0.001, np.array([0.5, 0.5, 0.0, 0.0]), np.array([0.25, 0.0, 0.0, 0.1])).tolist()[:3] == [
        0.0005,
        0.0,
        0.0,
    ]
    assert np.isnan(years_then(0.001, 0.0, 0.1))


def test_an_event_takes_its_share_from_the_other_minutes() -> None:
    table = with_event(UNIFORM, 270, 0.3)

    assert table[270] == 0.3
    assert table.sum() == pytest.approx(1.0, abs=1e-12)
    assert table[0] == pytest.approx(0.7 / 389)
    before, after = share_left(OPEN + 60 * np.array([270.0, 271.0]), OPEN, CLOSE, minutes=table).tolist()
    assert before - after == pytest.approx(0.3)


def test_a_fitted_table_keeps_its_shape() -> None:
    half = fitted(restless(), 210)

    assert half.sum() == pytest.approx(1.0, abs=1e-12)
    assert half[:105].sum() == pytest.approx(restless()[:195].sum(), abs=1e-12)
    assert fitted(UNIFORM, 210).tolist() == pytest.approx([1 / 210] * 210)


def test_several_days_are_the_simulated_markets_own_count() -> None:
    days = [make_session(date(2026, 11, 24) + timedelta(days=n)) for n in (0, 1)] + [
        HALF_DAY,
        make_session(date(2026, 11, 30)),
    ]
    hours = [Hours(each.date, 0, each.open_ts, each.close_ts, 0) for each in days]
    opens, closes = (np.array([getattr(each, name) for each in hours[1:]]) for name in ("open_ts", "close_ts"))
    for now in (days[0].close_ts + 3600, days[1].open_ts + 7000, HALF_DAY.close_ts - 60, days[3].close_ts + 1):
        expected = variance_clock.days_left(now, hours)
        found = days_left(now, days[0].close_ts, opens, closes, night_share=0.3, minutes=restless())

        # Its half days have a table of their own length, which differs from a fitted one by a minute's shape.
        assert np.abs(np.array(found) - np.array(expected)).max() <= 2e-3


def test_days_are_counted_by_hand() -> None:
    opens, closes = np.array([OPEN, HALF_DAY.open_ts]), np.array([CLOSE, HALF_DAY.close_ts])
    to_open, to_close = days_left(OPEN - 3600, OPEN - 7200, opens, closes, night_share=0.2)

    assert to_open.tolist() == pytest.approx([0.1, 0.1 + 0.8 + 0.2])
    assert to_close.tolist() == pytest.approx([0.9, 1.1 + 0.8 * 210 / 390])


@pytest.mark.parametrize(("table", "says"), [(UNIFORM[:-1], "389 minutes"), (2 * UNIFORM, "2 in all")])
def test_a_table_that_is_none_is_refused(table: np.ndarray, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        share_left(OPEN, OPEN, CLOSE, minutes=table)


def test_other_nonsense_is_refused() -> None:
    below = UNIFORM.copy()
    below[:2] += [0.1, -0.1]
    with pytest.raises(ValueError, match="none below 0"):
        share_left(OPEN, OPEN, CLOSE, minutes=below)
    with pytest.raises(ValueError, match="has no minute"):
        share_left(OPEN, OPEN, OPEN)
    with pytest.raises(ValueError, match="expected a share below 1"):
        with_event(UNIFORM, 390, 0.1)
    with pytest.raises(ValueError, match="expected a share below 1"):
        with_event(UNIFORM, 1, 1.0)
    with pytest.raises(ValueError, match="night_share=1"):
        days_left(OPEN, OPEN - 60, np.array([OPEN]), np.array([CLOSE]), night_share=1.0)
