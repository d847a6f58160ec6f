from __future__ import annotations

from datetime import date, time

import numpy as np
import pytest

from market.pure.bars import Bars
from market.pure.session_folds import Folded, fold_sessions
from market.pure.sessions import Session, make_session
from tests.market.pure.series import NAN

FRIDAY, MONDAY = make_session(date(2026, 3, 6)), make_session(date(2026, 3, 9))  # clocks changed between them
HALF = make_session(date(2026, 11, 27), time(13))


def every_minute(session: Session, *, volume: float = 10.0) -> Bars:
    """Return a bar for each minute from 04:00 to the end of after-hours; prices tell the minute of the day."""
    ts = np.arange(int(session.pre_at.timestamp()), int(session.post_at.timestamp()), 60)
    price = 100 + np.arange(len(ts)) / 100
    rows = [ts, price, price + 1, price - 1, price, np.full(len(ts), volume), np.full(len(ts), NAN)]
    return Bars.from_rows(np.column_stack(rows))


def both() -> Bars:
    return every_minute(FRIDAY).extended(every_minute(MONDAY))


@pytest.mark.parametrize(("step_s", "a_session"), [(60, 390), (300, 78), (900, 26), (3600, 7), (14400, 2)])
def test_a_session_has_its_bars_from_the_open_to_the_close(step_s: int, a_session: int) -> None:
    folded = fold_sessions(both(), [FRIDAY, MONDAY], step_s=step_s, extended=False)

    first = [FRIDAY.open_ts + step_s * i for i in range(a_session)]
    second = [MONDAY.open_ts + step_s * i for i in range(a_session)]
    assert folded.bars.ts.tolist() == first + second


def test_a_half_day_ends_at_its_own_close() -> None:
    folded = fold_sessions(every_minute(HALF), [HALF], step_s=3600, extended=False)

    assert len(folded.bars) == 4
    assert folded.bars.volume.tolist() == [600, 600, 600, 300]


def test_extended_hours_come_in_when_asked_for() -> None:
    folded = fold_sessions(every_minute(FRIDAY), [FRIDAY], step_s=300, extended=True)

    assert len(folded.bars) == 16 * 12
    assert np.isnan(folded.vwap[:66]).all()
    assert np.isfinite(folded.vwap[66 : 66 + 78]).all()
    assert np.isnan(folded.vwap[66 + 78 :]).all()


@pytest.mark.parametrize("extended", [False, True])
def test_the_vwap_at_a_bars_end_does_not_depend_on_its_length(extended: bool) -> None:
    minute = fold_sessions(both(), [FRIDAY, MONDAY], step_s=60, extended=extended)
    hour = fold_sessions(both(), [FRIDAY, MONDAY], step_s=3600, extended=extended)

    at_the_end = np.searchsorted(minute.bars.ts, hour.bars.ts + 3600) - 1
    np.testing.assert_array_equal(hour.vwap, minute.vwap[at_the_end])
    np.testing.assert_array_equal(hour.sigma, minute.sigma[at_the_end])


def test_the_vwap_starts_anew_each_session() -> None:
    folded = fold_sessions(both(), [FRIDAY, MONDAY], step_s=60, extended=False)

    np.testing.assert_allclose(folded.vwap[[0, 390]], folded.bars.close[[0, 390]])


def test_a_proxys_volume_weighs_a_symbol_that_has_none() -> None:
    index = every_minute(FRIDAY, volume=NAN)

    with_proxy = fold_sessions(index, [FRIDAY], step_s=300, extended=False, volume=np.full(len(index), 7.0))
    without = fold_sessions(index, [FRIDAY], step_s=300, extended=False)

    assert np.isfinite(with_proxy.vwap).all()
    assert np.isnan(without.vwap).all()
    assert np.isnan(with_proxy.bars.volume).all()


def test_minutes_of_other_days_are_left_out() -> None:
    folded = fold_sessions(both(), [MONDAY], step_s=3600, extended=False)

    assert folded.bars.ts[0] == MONDAY.open_ts
    assert len(folded.bars) == 7


def test_no_minutes_and_no_sessions_fold_to_nothing() -> None:
    assert len(fold_sessions(Bars.empty(), [FRIDAY], step_s=60, extended=False).bars) == 0
    assert len(fold_sessions(both(), [], step_s=60, extended=False).bars) == 0


def test_packing_keeps_bars_and_lines() -> None:
    folded = fold_sessions(both(), [FRIDAY, MONDAY], step_s=3600, extended=True)

    again = Folded.unpack(folded.pack())

    np.testing.assert_array_equal(again.bars.rows(), folded.bars.rows())
    np.testing.assert_array_equal(again.vwap, folded.vwap)
    np.testing.assert_array_equal(again.sigma, folded.sigma)


def test_one_behind_the_other_is_both() -> None:
    first = fold_sessions(both(), [FRIDAY], step_s=3600, extended=False)
    second = fold_sessions(both(), [MONDAY], step_s=3600, extended=False)
    whole = fold_sessions(both(), [FRIDAY, MONDAY], step_s=3600, extended=False)

    joined = first.followed_by(second)

    np.testing.assert_array_equal(joined.bars.rows(), whole.bars.rows())
    np.testing.assert_array_equal(joined.vwap, whole.vwap)
    assert first.followed_by(Folded.empty()) is first
    assert Folded.empty().followed_by(first) is first
