"""Billing periods, against a calendar on paper."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.pure import periods

# hypothesis wants naive bounds beside the zone
FIRST, LAST = datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2030-01-01")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("end", "billing_day", "expected"),
    [
        ("2026-01-15T10:30:00", 15, "2026-02-15T10:30:00"),
        ("2026-01-31T00:00:00", 31, "2026-02-28T00:00:00"),
        ("2026-02-28T00:00:00", 31, "2026-03-31T00:00:00"),  # back to the 31st: no drift
        ("2028-01-30T00:00:00", 30, "2028-02-29T00:00:00"),  # leap year
        ("2026-12-05T00:00:00", 5, "2027-01-05T00:00:00"),
    ],
)
def test_a_period_ends_a_month_after_the_one_before(end: str, billing_day: int, expected: str) -> None:
    assert periods.next_end(at(end), billing_day=billing_day) == at(expected)


def test_a_running_period_stays_as_it_is() -> None:
    known = {"start": at("2026-01-05"), "end": at("2026-02-05"), "billing_day": 5}

    assert periods.containing(at("2026-02-04T23:59:59"), **known) == (at("2026-01-05"), at("2026-02-05"))


def test_its_end_belongs_to_the_next_period() -> None:
    known = {"start": at("2026-01-05"), "end": at("2026-02-05"), "billing_day": 5}

    assert periods.containing(at("2026-02-05"), **known) == (at("2026-02-05"), at("2026-03-05"))


def test_months_without_a_reset_are_passed_over() -> None:
    known = {"start": at("2025-11-30"), "end": at("2025-12-31"), "billing_day": 31}

    assert periods.containing(at("2026-03-07"), **known) == (at("2026-02-28"), at("2026-03-31"))


@given(
    start=st.datetimes(FIRST, LAST, timezones=st.just(UTC)),
    days=st.integers(0, 1500),
)
def test_the_period_found_holds_the_moment_and_is_a_month_long(start: datetime, days: int) -> None:
    now = start + timedelta(days=days)
    end = periods.next_end(start, billing_day=start.day)

    found_start, found_end = periods.containing(now, start=start, end=end, billing_day=start.day)

    assert found_start <= now < found_end
    assert timedelta(days=28) <= found_end - found_start <= timedelta(days=31)
    assert found_start.timetz() == start.timetz()
