from __future__ import annotations

import itertools
import json
import random
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from market import calendar, published
from market.errors import OutsideCalendar
from market.pure.phase import Phase
from market.pure.sessions import NEW_YORK
from tests.factories.market import SessionOverrideFactory

MARKET_HOURS = Path(__file__).parents[3] / "shared" / "data" / "market_hours" / "us_market_hours.json"

# Full closures and early closes, as the exchange published them.
CLOSURES = {
    2025: "01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25",
    2026: "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25",
    2027: "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24",
    2028: "01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25",
}
EARLY = {
    2025: "07-03 11-28 12-24",
    2026: "11-27 12-24",
    2027: "11-26",
    2028: "07-03 11-24",
}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def weekdays(year: int) -> list[date]:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    return [day for day in days if day.year == year and day.weekday() < 5]


@pytest.mark.parametrize("year", CLOSURES)
def test_closures_and_early_closes_are_those_the_exchange_published(year: int) -> None:
    closed = [day for day in weekdays(year) if not calendar.is_trading_day(day)]
    early = [day for day in weekdays(year) if (session := calendar.session(day)) and session.early]

    assert " ".join(f"{day:%m-%d}" for day in closed) == CLOSURES[year]
    assert " ".join(f"{day:%m-%d}" for day in early) == EARLY[year]
    assert all(calendar.session(day).close_at.astimezone(NEW_YORK).time() == time(13) for day in early)


@pytest.mark.parametrize(
    ("at", "status", "session"),
    [
        ("2026-02-02T12:00", "pre-market", "extended"),
        ("2026-02-02T14:30", "open", "regular"),
        ("2026-02-02T16:00", "open", "regular"),
        ("2026-02-02T22:00", "after-hours", "extended"),
        ("2026-02-03T07:00", "closed", "none"),
        ("2026-02-07T17:00", "closed", "weekend"),
        ("2026-06-01T11:00", "pre-market", "extended"),
        ("2026-06-01T15:00", "open", "regular"),
        ("2026-03-09T14:00", "open", "regular"),
        ("2026-11-27T16:00", "open", "regular"),
        ("2026-11-27T19:00", "after-hours", "extended"),
        ("2026-11-27T22:00", "closed", "none"),
        ("2026-12-25T16:00", "closed", "holiday"),
        ("2026-01-19T15:00", "closed", "holiday"),
    ],
)
def test_pinned_states(at: str, status: str, session: str) -> None:
    state = calendar.state(utc(at))

    assert (state.status, state.session) == (status, session)


def test_states_partition_every_minute() -> None:
    rng = random.Random(20260209)
    first, last = date(2021, 1, 1), date(2030, 12, 31)
    changes = {"closed": {"pre-market", "closed"}, "pre-market": {"open"}, "open": {"after-hours"}}
    changes["after-hours"] = {"closed"}
    for _ in range(60):
        day = first + timedelta(days=rng.randrange((last - first).days))
        midnight = datetime.combine(day, time(0), tzinfo=NEW_YORK)
        statuses = [calendar.state(midnight.astimezone(UTC) + timedelta(minutes=n)).status for n in range(24 * 60)]

        session = calendar.session(day)
        regular = 0 if session is None else (210 if session.early else 390)
        assert statuses.count("open") == regular
        assert all(b == a or b in changes[a] for a, b in itertools.pairwise(statuses))


@pytest.mark.skipif(not MARKET_HOURS.exists(), reason="needs the shared market data")
def test_agrees_with_an_independent_table_of_twenty_years() -> None:
    equity = json.loads(MARKET_HOURS.read_text())["Equity-usa-[*]"]
    first, last = date(2006, 11, 21), date(2028, 12, 31)

    def dates(texts: list[str]) -> set[date]:
        return {date(int(year), int(month), int(day)) for month, day, year in (text.split("/") for text in texts)}

    ours = {day for year in range(2006, 2029) for day in weekdays(year) if not calendar.is_trading_day(day)}
    ours_early = {session.date for session in calendar.sessions(first, last) if session.early}

    def inside(days: set[date]) -> set[date]:
        return {day for day in days if first <= day <= last and day.weekday() < 5}

    assert inside(ours) == inside(dates(equity["holidays"]))
    assert ours_early == inside(dates(list(equity["earlyCloses"])))


def test_the_horizon_is_fixed_and_beyond_it_is_an_error() -> None:
    assert calendar.horizon() == date(2035, 12, 31)
    assert calendar.session(date(2030, 12, 25)) is None
    with pytest.raises(OutsideCalendar, match="2036-01-01 lies outside"):
        calendar.session(date(2036, 1, 1))
    with pytest.raises(OutsideCalendar):
        calendar.next_session(date(2035, 12, 31))
    with pytest.raises(OutsideCalendar):
        calendar.previous_session(date(1998, 1, 2))


def test_at_the_horizon_the_next_open_is_unknown_not_wrong() -> None:
    assert calendar.state(utc("2035-12-31T23:00")).next_open_at is None


def test_neighbouring_sessions_skip_weekends_and_holidays() -> None:
    assert calendar.previous_session(date(2026, 1, 20)).date == date(2026, 1, 16)
    assert calendar.next_session(date(2026, 1, 16)).date == date(2026, 1, 20)
    assert calendar.next_session(date(2026, 1, 18)).date == date(2026, 1, 20)
    assert calendar.session_on_or_before(date(2026, 1, 19)).date == date(2026, 1, 16)
    assert calendar.session_on_or_before(date(2026, 1, 20)).date == date(2026, 1, 20)
    assert [s.date.day for s in calendar.sessions(date(2026, 1, 15), date(2026, 1, 21))] == [15, 16, 20, 21]
    assert [s.date.day for s in calendar.sessions_before(date(2026, 1, 21), 3)] == [15, 16, 20]


def test_next_open_close_and_minutes_since_open() -> None:
    assert calendar.next_open(utc("2026-02-06T14:29")) == utc("2026-02-06T14:30")
    assert calendar.next_open(utc("2026-02-06T14:30")) == utc("2026-02-09T14:30")
    assert calendar.next_close(utc("2026-02-06T20:59")) == utc("2026-02-06T21:00")
    assert calendar.next_close(utc("2026-02-06T21:00")) == utc("2026-02-09T21:00")
    assert calendar.minutes_since_open(utc("2026-02-06T15:00")) == 30
    assert calendar.minutes_since_open(utc("2026-02-06T14:00")) == -30
    assert calendar.minutes_since_open(utc("2026-02-07T15:00")) is None


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-01-01", "New Year's Day"),
        ("2026-01-19", "Martin Luther King Jr. Day"),
        ("2026-02-16", "Presidents' Day"),
        ("2026-06-19", "Juneteenth"),
        ("2026-07-03", "Independence Day"),
        ("2026-11-26", "Thanksgiving"),
        ("2026-12-25", "Christmas"),
        ("2025-01-09", "the day of mourning for Jimmy Carter"),
    ],
)
def test_holidays_have_their_names(day: str, name: str) -> None:
    assert calendar.state(utc(f"{day}T16:00")).holiday_name == name


def test_every_closure_of_a_weekday_has_a_name() -> None:
    unnamed = [
        day
        for year in range(1998, 2036)
        for day in weekdays(year)
        if not calendar.is_trading_day(day) and published.holiday_name(day) is None
    ]

    assert unnamed == []


@pytest.mark.django_db
def test_an_override_closes_a_day() -> None:
    at = utc("2026-02-10T15:00")
    assert calendar.state(at).phase is Phase.OPEN

    SessionOverrideFactory()

    state = calendar.state(at)
    assert (state.status, state.session, state.holiday_name) == ("closed", "holiday", "a day of mourning")
    assert calendar.next_session(date(2026, 2, 9)).date == date(2026, 2, 11)
    assert calendar.previous_session(date(2026, 2, 11)).date == date(2026, 2, 9)
    assert [s.date.day for s in calendar.sessions(date(2026, 2, 9), date(2026, 2, 11))] == [9, 11]


@pytest.mark.django_db
def test_an_override_closes_early_and_taking_it_away_restores_the_day() -> None:
    override = SessionOverrideFactory(early=True)
    session = calendar.session(date(2026, 2, 10))
    assert session.early
    assert session.close_at == utc("2026-02-10T18:00")
    assert session.post_at == utc("2026-02-10T22:00")

    override.delete()

    assert not calendar.session(date(2026, 2, 10)).early


@pytest.mark.django_db
def test_an_override_never_opens_a_day() -> None:
    SessionOverrideFactory(date=date(2026, 2, 7), early=True)

    assert calendar.session(date(2026, 2, 7)) is None
