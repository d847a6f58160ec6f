from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from market.pure.phase import Phase
from market.pure.sessions import Session, in_utc, make_session, new_york_date


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_winter_session_in_utc() -> None:
    assert make_session(date(2026, 2, 9)) == Session(
        date=date(2026, 2, 9),
        pre_at=utc("2026-02-09T09:00"),
        open_at=utc("2026-02-09T14:30"),
        close_at=utc("2026-02-09T21:00"),
        post_at=utc("2026-02-10T01:00"),
        options_close_at=utc("2026-02-09T21:15"),
        early=False,
    )


def test_an_early_close_ends_after_hours_at_five() -> None:
    session = make_session(date(2026, 11, 27), time(13))

    assert session.early
    assert session.close_at == utc("2026-11-27T18:00")
    assert session.options_close_at == utc("2026-11-27T18:15")
    assert session.post_at == utc("2026-11-27T22:00")


def test_an_override_may_name_the_end_of_after_hours() -> None:
    assert make_session(date(2026, 11, 27), time(13), time(14, 30)).post_at == utc("2026-11-27T19:30")


@pytest.mark.parametrize(
    ("at", "phase"),
    [
        ("2026-02-09T08:59:59.999", Phase.CLOSED),
        ("2026-02-09T09:00", Phase.PRE),
        ("2026-02-09T14:29:59.999", Phase.PRE),
        ("2026-02-09T14:30", Phase.OPEN),
        ("2026-02-09T20:59:59.999", Phase.OPEN),
        ("2026-02-09T21:00", Phase.AFTER),
        ("2026-02-10T00:59:59.999", Phase.AFTER),
        ("2026-02-10T01:00", Phase.CLOSED),
    ],
)
def test_phases_are_half_open(at: str, phase: Phase) -> None:
    assert make_session(date(2026, 2, 9)).phase(utc(at)) is phase


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-02-10T01:30", date(2026, 2, 9)),  # 20:30 in winter
        ("2026-07-15T00:30", date(2026, 7, 14)),  # 20:30 in summer
        ("2026-03-08T06:59", date(2026, 3, 8)),  # the night the clocks go forward
        ("2026-11-01T04:30", date(2026, 11, 1)),  # the night they go back
    ],
)
def test_today_is_new_yorks_date(at: str, day: date) -> None:
    assert new_york_date(utc(at)) == day


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        new_york_date(datetime(2026, 2, 9, 12))  # noqa: DTZ001 -- the point


def test_opens_follow_daylight_saving() -> None:
    assert [in_utc(day, time(9, 30)).hour for day in (date(2026, 3, 6), date(2026, 3, 9), date(2026, 11, 2))] == [
        14,
        13,
        14,
    ]
