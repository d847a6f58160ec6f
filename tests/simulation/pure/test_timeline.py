"""Numbered weekdays."""

from __future__ import annotations

from datetime import date

import pytest

from simulation.pure import timeline

KNOWN = (
    (date(2020, 1, 6), 0),
    (date(2020, 1, 10), 4),
    (date(2020, 1, 13), 5),
    (date(2020, 1, 20), 10),  # a holiday has a number like any Monday
)


@pytest.mark.parametrize(("day", "number"), KNOWN)
def test_weekdays_are_counted_from_the_first_monday(day: date, number: int) -> None:
    assert timeline.numbers([day]).tolist() == [number]


def test_the_years_that_matter_are_there() -> None:
    assert all(timeline.covers(day) for day in (date(2023, 1, 3), date(2024, 1, 2), date(2030, 12, 31)))


@pytest.mark.parametrize("day", [date(2020, 1, 3), date(2036, 1, 1), date(2026, 2, 14)])
def test_other_days_are_refused_with_their_date(day: date) -> None:
    with pytest.raises(timeline.OutsideTimeline, match=str(day)):
        timeline.numbers([date(2026, 2, 13), day])


def test_no_days_have_no_numbers() -> None:
    assert timeline.numbers([]).tolist() == []


def test_the_last_day_has_the_last_number() -> None:
    assert timeline.numbers([timeline.LAST_DAY]).tolist() == [timeline.DAYS - 1]
