from __future__ import annotations

from datetime import date

import pytest

from options_engine.pure.report_timing import first_open_after, living_through, surprise

FRIDAY, WEEK_AFTER = date(2026, 2, 13), date(2026, 2, 20)
SESSIONS = [date(2026, 2, 12), FRIDAY, date(2026, 2, 17)]


@pytest.mark.parametrize(
    ("timing", "first"), [("BMO", FRIDAY), ("DURING", FRIDAY), ("AMC", WEEK_AFTER), (None, WEEK_AFTER)]
)
def test_an_option_must_trade_once_the_news_is_known(timing: str | None, first: date) -> None:
    assert living_through([WEEK_AFTER, FRIDAY, date(2026, 2, 11)], FRIDAY, timing)[0] == first  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("timing", "session"),
    [("BMO", FRIDAY), ("DURING", date(2026, 2, 17)), ("AMC", date(2026, 2, 17)), (None, date(2026, 2, 17))],
)
def test_the_market_opens_on_the_news(timing: str | None, session: date) -> None:
    assert first_open_after(FRIDAY, timing, SESSIONS) == session  # type: ignore[arg-type]


def test_sessions_that_end_before_the_news_have_no_such_open() -> None:
    assert first_open_after(date(2026, 2, 17), "AMC", SESSIONS) is None


@pytest.mark.parametrize(
    ("actual", "estimate", "said"),
    [
        (1.6, 1.5, "beat"),
        (1.4, 1.5, "miss"),
        (1.5, 1.500001, "in-line"),
        (None, 1.5, "unknown"),
        (1.5, None, "unknown"),
    ],
)
def test_surprises(actual: float | None, estimate: float | None, said: str) -> None:
    assert surprise(actual, estimate) == said
