from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest

from market.pure.holidays import Difference, differences
from market.pure.sessions import Session, make_session
from market.vendors.reference import Holiday

TODAY = date(2026, 11, 23)  # the Monday of Thanksgiving
THANKSGIVING, FRIDAY = date(2026, 11, 26), date(2026, 11, 27)


def ours(first: date, last: date) -> Sequence[Session]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    open_days = [day for day in days if day.weekday() < 5 and day != THANKSGIVING]
    return [make_session(day, time(13) if day == FRIDAY else time(16)) for day in open_days]


def closed(day: date, exchange: str = "NYSE", name: str = "Thanksgiving") -> Holiday:
    return Holiday(day, exchange, name, True, None)


def early(day: date, hour: int = 18, exchange: str = "NYSE") -> Holiday:
    return Holiday(day, exchange, "Thanksgiving", False, datetime(day.year, day.month, day.day, hour, tzinfo=UTC))


AGREED = [closed(THANKSGIVING), closed(THANKSGIVING, "NASDAQ"), early(FRIDAY), early(FRIDAY, exchange="NASDAQ")]


def test_two_that_agree_do_not_differ() -> None:
    assert differences(AGREED, ours, today=TODAY) == []


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            [*AGREED, closed(date(2026, 11, 24), name="Mourning")],
            Difference(date(2026, 11, 24), "regular", "closed", "Mourning"),
        ),
        ([early(FRIDAY)], Difference(THANKSGIVING, "closed", "regular", "")),
        (
            [closed(THANKSGIVING), early(FRIDAY, 19)],
            Difference(FRIDAY, "early close 18:00Z", "early close 19:00Z", "Thanksgiving"),
        ),
        ([closed(THANKSGIVING), closed(FRIDAY)], Difference(FRIDAY, "early close 18:00Z", "closed", "Thanksgiving")),
        (
            [closed(THANKSGIVING), closed(date(2026, 11, 30))],
            [
                Difference(FRIDAY, "early close 18:00Z", "regular", ""),
                Difference(date(2026, 11, 30), "regular", "closed", "Thanksgiving"),
            ],
        ),
    ],
)
def test_a_day_that_differs_is_named(told: list[Holiday], expected: Difference | list[Difference]) -> None:
    assert differences(told, ours, today=TODAY) == (expected if isinstance(expected, list) else [expected])


def test_our_exchange_counts_and_the_others_stand_in_for_it() -> None:
    tuesday = date(2026, 11, 24)

    assert differences([*AGREED, closed(tuesday, "OTC")], ours, today=TODAY) == []
    assert [each.day for each in differences([*AGREED, closed(tuesday, "NASDAQ")], ours, today=TODAY)] == [tuesday]
    both = [closed(THANKSGIVING, "NASDAQ"), early(THANKSGIVING), early(FRIDAY)]
    assert [each.theirs for each in differences(both, ours, today=TODAY)] == ["early close 18:00Z"]


def test_what_is_past_or_a_weekend_is_of_no_interest() -> None:
    assert differences([closed(date(2026, 11, 20)), closed(date(2026, 11, 28)), *AGREED], ours, today=TODAY) == []
    assert differences([closed(date(2026, 11, 20))], ours, today=TODAY) == []
    assert differences([], ours, today=TODAY) == []
