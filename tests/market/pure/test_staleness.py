from __future__ import annotations

import pytest

from market.pure.staleness import silent_s, stale_after_s


@pytest.mark.parametrize(("speed", "limit"), [(1, 120), (5, 120), (24, 120), (30, 150), (60, 300), (300, 1500)])
def test_patience_is_two_minutes_or_five_cycles(speed: float, limit: float) -> None:
    assert stale_after_s(speed) == limit


def test_silence_counts_from_the_end_of_the_newest_bar() -> None:
    assert silent_s(660, open_ts=600, now_s=900) == 180


def test_before_the_first_bar_of_the_day_silence_counts_from_the_open() -> None:
    assert silent_s(None, open_ts=600, now_s=650) == 50
    assert silent_s(60, open_ts=600, now_s=650) == 50
