"""Wall seconds at a market speed."""

from __future__ import annotations

import pytest

from ops.pure import pace


@pytest.mark.parametrize(
    ("cadence", "speed", "expected"),
    [(15, 1.0, 15.0), (15, 30.0, 1.0), (300, 30.0, 10.0), (60, 0.5, 120.0), (15, 0.0, 15.0), (1, 1.0, 1.0)],
)
def test_an_interval_shrinks_with_speed_but_not_below_a_tick(cadence: int, speed: float, expected: float) -> None:
    assert pace.interval_s(cadence, speed) == expected


@pytest.mark.parametrize("cadence", [1, 5, 15, 60, 300])
@pytest.mark.parametrize("speed", [0.0, 1.0, 7.0, 30.0, 1000.0])
def test_a_message_is_gone_before_the_next_one_is_sent(cadence: int, speed: float) -> None:
    assert 0 < pace.expires_s(cadence, speed) < pace.interval_s(cadence, speed)


@pytest.mark.parametrize(
    ("speed", "failures", "expected"),
    [
        (1.0, 0, 60.0),
        (1.0, 1, 120.0),
        (1.0, 3, 480.0),
        (1.0, 9, 960.0),
        (30.0, 0, 5.0),
        (30.0, 2, 20.0),
        (0.0, 0, 60.0),
    ],
)
def test_a_job_that_fails_is_tried_again_ever_later(speed: float, failures: int, expected: float) -> None:
    assert pace.resend_s(speed, failures=failures) == expected


@pytest.mark.parametrize(
    ("interval", "expected"), [(1.0, 60.0), (5.0, 60.0), (60.0, 180.0), (300.0, 900.0), (600.0, 1200.0)]
)
def test_silence_is_stale_after_three_cycles_within_a_minute_and_twenty(interval: float, expected: float) -> None:
    assert pace.stale_after_s(interval) == expected


@pytest.mark.parametrize("speed", [0.0, 0.1, 1.0, 20.0, 360.0])
def test_a_message_of_a_date_is_gone_before_it_is_sent_again(speed: float) -> None:
    assert 0 < pace.expires_before_resend_s(speed) < pace.resend_s(speed)
