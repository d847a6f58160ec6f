from __future__ import annotations

import pytest

from market.pure.timeframes import TIMEFRAMES


def test_the_timeframes_are_the_contracts() -> None:
    assert list(TIMEFRAMES) == ["1m", "5m", "15m", "1h", "4h", "1D", "1W", "1M"]


@pytest.mark.parametrize(("name", "a_session"), [("1m", 390), ("5m", 78), ("15m", 26), ("1h", 7), ("4h", 2)])
def test_the_part_hour_at_the_end_of_a_session_is_a_bar(name: str, a_session: int) -> None:
    assert TIMEFRAMES[name].bars_a_session == a_session


@pytest.mark.parametrize(
    ("name", "bars", "sessions"), [("1m", None, 1), ("1m", 390, 1), ("1m", 391, 2), ("5m", 500, 7), ("4h", 1, 1)]
)
def test_sessions_shown(name: str, bars: int | None, sessions: int) -> None:
    assert TIMEFRAMES[name].sessions_shown(bars) == sessions


@pytest.mark.parametrize("name", ["1m", "5m", "15m", "1h", "4h"])
def test_at_least_250_bars_stand_before_the_first_one_shown(name: str) -> None:
    timeframe = TIMEFRAMES[name]

    assert timeframe.sessions_before * timeframe.bars_a_session >= 250
