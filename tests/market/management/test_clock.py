"""`manage.py clock`, with the real row and its copy."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from pytest_django import Settings

from market import clock, clock_setting, vendors
from tests.market.fakes import FakeVendor

pytestmark = pytest.mark.django_db
MONDAY = "2026-02-09T09:45"


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("clock", *arguments, stdout=out)
    return out.getvalue().strip()


@pytest.fixture
def simulated() -> None:
    clock.set_state(mode="simulated", market_at=datetime(2026, 2, 9, 14, 30, tzinfo=UTC), speed=30, paused=True)


def test_it_shows_where_the_clock_stands(simulated: None) -> None:
    assert said() == "2026-02-09T09:30:00-05:00 simulated 30x, paused"


def test_it_moves_in_new_york_time_unless_an_offset_says_otherwise(simulated: None) -> None:
    assert said("--at", MONDAY, "--speed", "60") == "2026-02-09T09:45:00-05:00 simulated 60x, paused"
    assert said("--at", "2026-02-09T15:00+00:00").startswith("2026-02-09T10:00:00-05:00")


def test_it_ends_when_every_process_goes_by_the_new_time(simulated: None, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(clock_setting, "sleep", waited.append)

    said("--at", MONDAY)
    said()

    assert waited == [clock_setting.MAX_AGE_S]


def test_a_pause_ends_when_it_is_told(simulated: None) -> None:
    assert said("--go").endswith("simulated 30x")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--at", "soon"), "'soon': expected an instant such as 2026-02-09T09:45"),
        (("--speed", "0"), "'0': expected market seconds a second, above 0"),
        (("--speed=-3",), "'-3': expected market seconds a second, above 0"),
        (("--speed", "inf"), "'inf': expected market seconds a second"),
        (("--speed", "fast"), "'fast': expected market seconds a second"),
        (("--pause", "--go"), "not allowed with argument --pause"),
    ],
)
def test_what_cannot_be_is_a_sentence(simulated: None, arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        said(*arguments)

    assert said() == "2026-02-09T09:30:00-05:00 simulated 30x, paused"


def test_the_live_clock_is_nobodys_to_set() -> None:
    with pytest.raises(CommandError, match="the market is live"):
        said("--pause")


def test_a_test_may_rehearse_a_day_of_a_live_market(settings: Settings) -> None:
    settings.MARKET_PROVIDER, settings.COACH_ENV = "massive", "test"

    with vendors.using(FakeVendor()):
        assert said("--rehearse", "--at", MONDAY, "--pause") == "2026-02-09T09:45:00-05:00 replay 1x, paused"
        assert said("--speed", "60").endswith("replay 60x, paused")


@pytest.mark.parametrize("environment", ["development", "staging", "production"])
def test_nobody_else_may(settings: Settings, environment: str) -> None:
    settings.MARKET_PROVIDER, settings.COACH_ENV = "massive", environment

    with pytest.raises(CommandError, match="the market is live"):
        said("--rehearse", "--at", MONDAY)

    assert clock.mode() == "live"


def test_without_a_database_it_says_what_to_look_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> datetime:
        raise OperationalError("no such socket")

    monkeypatch.setattr(clock, "now", away)

    with pytest.raises(CommandError, match=r"does bin/up run on this store\? no such socket"):
        said()
