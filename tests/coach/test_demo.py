"""Where a start finds the market clock: kept, or put where it was asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from coach import demo
from detectors.models import Alert
from market import clock, history
from market.vendors import using
from market.vendors.replay import ReplayVendor
from tests.market.fakes import FakeVendor

pytestmark = pytest.mark.django_db
THURSDAY, FRIDAY = date(2026, 2, 5), date(2026, 2, 6)


@pytest.fixture
def recorded(tmp_path: Path, settings: Settings) -> Callable[..., None]:
    """Start on two recorded days, asked for what is given."""
    stamps = [datetime(2026, 2, day, 14, 30, tzinfo=UTC) + timedelta(minutes=n) for day in (5, 6) for n in range(3)]
    columns = dict.fromkeys(("open", "high", "low", "close", "volume"), [100.0] * len(stamps))
    pd.DataFrame({"ts": stamps, **columns}).to_parquet(tmp_path / "SPY.parquet")
    settings.MARKET_PROVIDER, settings.REPLAY_PATH = "replay", str(tmp_path)

    def start(day: date | None = None, speed: int = 0) -> None:
        settings.REPLAY_DATE, settings.REPLAY_SPEED = day, speed
        with using(ReplayVendor()):
            demo._clock()

    return start


def test_a_new_replay_begins_before_the_bell_of_the_newest_day(recorded: Callable[..., None]) -> None:
    recorded()

    assert clock.market_date() == FRIDAY
    assert clock.speed() == demo.DEFAULT_SPEED


def test_the_day_asked_for_is_played_also_by_a_store_that_stands_elsewhere(recorded: Callable[..., None]) -> None:
    recorded()
    recorded(THURSDAY, speed=60)

    assert clock.market_date() == THURSDAY
    assert clock.speed() == 60


def test_a_store_that_stands_in_the_day_asked_for_goes_on_where_it_stopped(recorded: Callable[..., None]) -> None:
    recorded(THURSDAY)
    clock.set_state(market_at=datetime(2026, 2, 5, 19, tzinfo=UTC), paused=True)

    recorded(THURSDAY)

    assert clock.now() == datetime(2026, 2, 5, 19, tzinfo=UTC)


def test_a_speed_that_somebody_set_stays_unless_another_is_asked_for(recorded: Callable[..., None]) -> None:
    recorded(THURSDAY)
    clock.set_speed(5)

    recorded()
    assert clock.speed() == 5

    recorded(speed=90)
    assert clock.speed() == 90


def test_a_day_that_was_not_recorded_is_named(recorded: Callable[..., None]) -> None:
    with pytest.raises(
        ImproperlyConfigured, match="nothing was recorded of 2026-02-09: there are 2026-02-05 to 2026-02-06"
    ):
        recorded(date(2026, 2, 9))


def test_a_start_that_cannot_be_is_a_sentence_and_no_traceback(settings: Settings) -> None:
    settings.MARKET_PROVIDER = "nobody"

    with pytest.raises(CommandError, match="MARKET_PROVIDER='nobody': expected one of"):
        call_command("prepare", "--no-static")


def test_a_first_start_sets_one_alert_near_the_price_and_a_second_none() -> None:
    demo.seed()
    alert = Alert.objects.get()
    close = history.prev_close("SPX", clock.market_date())

    assert (alert.symbol, alert.alert_type, alert.user.username) == ("SPX", "price_above", "demo")
    assert float(alert.target_value) == pytest.approx(close * 1.001, abs=0.01)

    alert.delete()
    demo.seed()
    assert not Alert.objects.exists()


def test_a_start_gives_a_live_market_that_was_rehearsed_the_worlds_time(settings: Settings) -> None:
    settings.MARKET_PROVIDER, settings.COACH_ENV = "massive", "test"
    clock.set_state(mode="replay", market_at=datetime(2026, 3, 9, 14, tzinfo=UTC), paused=True)
    with using(FakeVendor()):
        demo._clock()
        assert clock.mode() == "replay"

        settings.COACH_ENV = "production"
        demo._clock()

    assert clock.mode() == "live"
    assert clock.now() - datetime.now(UTC) < timedelta(seconds=1)


def test_a_first_start_without_a_key_of_the_vendor_leaves_the_alert_out(settings: Settings) -> None:
    settings.MARKET_PROVIDER, settings.MARKET_PROVIDER_API_KEY = "massive", ""

    call_command("prepare", "--no-static")

    assert User.objects.filter(username="demo").exists()
    assert not Alert.objects.exists()
