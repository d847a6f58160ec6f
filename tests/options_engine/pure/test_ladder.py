from __future__ import annotations

from datetime import date, timedelta

import pytest

from options_engine.pure.ladder import around_month, nearest_month, pick

TODAY = date(2026, 2, 10)
# An index: every day for three weeks, Fridays for three months, third Fridays for a year.
DAYS = [*range(22), *range(24, 95, 7), 129, 157, 220, 311, 360]


def ahead(days: list[int]) -> list[date]:
    return [TODAY + timedelta(days=each) for each in days]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, [0]),
        (2, [0, 24]),
        (3, [0, 24, 31]),
        (6, [0, 7, 24, 31, 59, 87]),
        (12, [0, 1, 2, 7, 14, 24, 31, 59, 87, 129, 157, 360]),
    ],
)
def test_an_index_is_looked_at_from_now_to_next_year(count: int, expected: list[int]) -> None:
    assert pick(ahead(DAYS), TODAY, count) == ahead(expected)


@pytest.mark.parametrize(("days", "around", "nearest"), [
    ([3, 30, 31], [30, 31], 30),
    ([40, 60], [40], 40),
    ([3, 10], [10], 10),
    ([28, 32], [28, 32], 28),
    ([], [], None),
])  # fmt: skip
def test_the_dates_around_thirty_days(days: list[int], around: list[int], nearest: int | None) -> None:
    assert around_month(ahead(days), TODAY) == ahead(around)
    assert nearest_month(ahead(days), TODAY) == (None if nearest is None else ahead([nearest])[0])


def test_few_dates_are_all_looked_at() -> None:
    assert pick(ahead([3, 10]), TODAY, 6) == ahead([3, 10])
    assert pick([], TODAY, 6) == []
