from __future__ import annotations

import numpy as np

from detectors.pure import tape
from tests.detectors.sessions import CLOSE_TS, NAN, QUIET, panel


def test_missing_minutes_are_pushed_out_and_every_bar_keeps_its_minute() -> None:
    read = tape.read(panel({"A": [QUIET, None, (1, 2, 1, 1.5, 7)], "B": [QUIET] * 3}), CLOSE_TS)

    assert read.count.tolist() == [2, 3]
    assert read.minute[0, :2].tolist() == [0, 2]
    assert read.close[0, :2].tolist() == [100, 1.5]
    assert np.isnan(read.close[0, 2])
    assert read.ts(0, 1) == read.panel.open_ts + 120


def test_a_session_without_holes_is_not_copied() -> None:
    whole = panel({"A": [QUIET] * 3, "B": [QUIET] * 2})

    read = tape.read(whole, CLOSE_TS)

    assert np.shares_memory(read.close, whole.close)
    assert read.count.tolist() == [3, 2]


def test_a_session_without_bars_is_an_empty_tape() -> None:
    read = tape.read(panel({"A": [None, None]}), CLOSE_TS)

    assert read.close.shape == (1, 0)


def test_the_mean_volume_of_a_stretch_leaves_out_bars_without_volume() -> None:
    sums = tape.VolumeSums.of(np.array([[1.0, NAN, 3.0, 8.0], [NAN, NAN, NAN, NAN]]))
    rows = np.array([0, 0, 0, 1])

    means = sums.mean(rows, np.array([0, 2, 1, 0]), np.array([3, 4, 2, 4]))

    assert means.tolist()[:2] == [2.0, 5.5]
    assert np.isnan(means[2:]).all()


def test_minutes_are_counted_by_the_clock() -> None:
    assert tape.minutes_present(panel({"A": [QUIET, None, QUIET, QUIET]}), 3).tolist() == [2]
