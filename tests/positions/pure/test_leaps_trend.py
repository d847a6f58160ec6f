"""Trend and time risk of long-dated options at, just below and just above each threshold."""

from __future__ import annotations

import pytest

from positions.pure import leaps_trend
from positions.pure.leaps_trend import TimeRisk, Trend


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((0.8, 0.5, -3, 200), Trend.IMPROVING),
        ((0.3, 0.5, -15, 30), Trend.DETERIORATING),
        ((0.6, 0.5, -12, 150), Trend.STABLE),
        ((0.8, 0.5, -3, 60), Trend.STABLE),
    ],
)
def test_the_trends_of_the_specification(facts: tuple[float, float, float, int], expected: Trend) -> None:
    """These hold where decay below ten dollars a day is little."""
    assert leaps_trend.trend(*facts, most_theta=10) == expected


@pytest.mark.parametrize(
    ("delta", "theta", "dte", "expected"),
    [
        (-0.51, -0.5, 91, Trend.IMPROVING),
        (-0.50, -0.5, 91, Trend.STABLE),
        (-0.51, -0.51, 91, Trend.STABLE),
        (-0.51, -0.5, 90, Trend.STABLE),
        (-0.50, -0.51, 90, Trend.DETERIORATING),
    ],
)
def test_a_trend_changes_at_its_thresholds(delta: float, theta: float, dte: int, expected: Trend) -> None:
    """An option worth a thousand may lose half a dollar a day; a put's delta counts without its sign."""
    assert leaps_trend.trend(delta, -0.5, theta, dte, most_theta=leaps_trend.LITTLE_DECAY * 1_000) == expected


@pytest.mark.parametrize(
    ("dte", "expected"),
    [(181, TimeRisk.LOW), (180, TimeRisk.MEDIUM), (91, TimeRisk.MEDIUM), (90, TimeRisk.HIGH), (0, TimeRisk.HIGH)],
)
def test_time_risk_changes_at_its_thresholds(dte: int, expected: TimeRisk) -> None:
    assert leaps_trend.time_risk(dte) == expected
