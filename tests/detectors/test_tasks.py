from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from config.redis import client, key
from config.schedule import ENQUEUED, JOBS, ROUTES
from detectors import scan, tasks, tracked
from detectors.models import Alert, DetectedSetup, TrackedSetup
from market import clock, demand, feed
from tests.detectors.conftest import Floor, after_minute, follow
from tests.detectors.sessions import CLOSE_TS, OPEN_TS, QUIET, as_bars, orb_long
from tests.factories.accounts import UserFactory
from tests.factories.detectors import AlertFactory, DetectedSetupFactory, SymbolCursorFactory, TrackedSetupFactory

pytestmark = pytest.mark.django_db


def enqueued() -> list[list[str]]:
    """Return the symbols of every waiting message, the oldest first."""
    waiting = client().lrange(key("celery", "detectors"), 0, -1)
    bodies = [json.loads(base64.b64decode(json.loads(message)["body"])) for message in reversed(waiting)]
    return [keywords["symbols"] for _, keywords, _ in bodies]


def somebody_follows(*symbols: str) -> None:
    follow(UserFactory.create(), *symbols, auto_track=False)


def test_a_pushed_scan_goes_all_the_way(floor: Floor, watcher: Callable[..., User]) -> None:
    watcher()
    floor.trade("SPY", orb_long())

    tasks.advance(symbols=["SPY"], of_a_newer_release=True)

    assert TrackedSetup.objects.count() == 1


def test_a_symbol_nobody_knows_is_no_error(floor: Floor) -> None:
    tasks.advance(symbols=["GONE"])

    assert DetectedSetup.objects.count() == 0


def test_new_bars_are_cut_into_tasks_of_fifty(floor: Floor) -> None:
    tasks.hear_bars(tuple(f"S{n:03d}" for n in range(120)))

    assert [len(symbols) for symbols in enqueued()] == [50, 50, 20]


@pytest.mark.parametrize("at", [OPEN_TS - 1, CLOSE_TS + 601])
def test_bars_outside_of_the_session_enqueue_nothing(floor: Floor, at: int) -> None:
    with clock.standing(datetime.fromtimestamp(at, UTC)):
        tasks.hear_bars(("SPY",))

    assert enqueued() == []


def test_the_feed_tells_us_of_new_bars(floor: Floor) -> None:
    somebody_follows("SPY")
    floor.vendor.minutes["SPY"] = as_bars([QUIET] * 18)

    feed.refresh(clock.now())

    assert enqueued() == [["SPY"]]


def test_the_sweep_takes_up_what_nobody_read(floor: Floor) -> None:
    somebody_follows("SPY", "QQQ", "IWM")
    SymbolCursorFactory.create(symbol="SPY", scanned_ts=OPEN_TS + 17 * 60, moved_ts=OPEN_TS + 17 * 60)
    SymbolCursorFactory.create(symbol="QQQ", scanned_ts=OPEN_TS + 16 * 60, moved_ts=OPEN_TS + 17 * 60)

    tasks.sweep()

    assert enqueued() == [["IWM", "QQQ"]]


def test_the_sweep_rests_before_the_first_minute_is_over(floor: Floor) -> None:
    somebody_follows("SPY")

    with clock.standing(after_minute(-1)):
        assert scan.unread(clock.now()) == []


def test_the_sweep_catches_the_last_bar_after_the_close(floor: Floor) -> None:
    somebody_follows("SPY")
    SymbolCursorFactory.create(scanned_ts=CLOSE_TS - 120, moved_ts=CLOSE_TS - 120)

    with clock.standing(datetime.fromtimestamp(CLOSE_TS + 60, UTC)):
        assert scan.unread(clock.now()) == ["SPY"]


def test_tracked_symbols_are_served_even_when_no_list_names_them(floor: Floor) -> None:
    TrackedSetupFactory.create(symbol="TSLA")
    TrackedSetupFactory.create(symbol="AMD", status="archived")

    assert tracked.symbols() == {"TSLA"}
    assert demand.symbols() >= {"TSLA"}


def test_symbols_of_alerts_are_served_and_swept_even_when_no_list_names_them(floor: Floor) -> None:
    AlertFactory.create(symbol="TSLA")
    AlertFactory.create(symbol="AMD", status="cancelled")

    tasks.sweep()

    assert "TSLA" in demand.symbols()
    assert "AMD" not in demand.symbols()
    assert "TSLA" in enqueued()[0]


def test_expiry_and_outcomes_run_as_tasks(floor: Floor) -> None:
    over = clock.now() - timedelta(minutes=5)
    TrackedSetupFactory.create(valid_until=over)
    AlertFactory.create(expires_at=over)

    assert tasks.expire() == {"setups": 1, "alerts": 1}
    tasks.resolve()

    assert TrackedSetup.objects.get().status == "archived"
    assert Alert.objects.get().status == "cancelled"


def test_nothing_over_is_no_news(floor: Floor, caplog: pytest.LogCaptureFixture) -> None:
    tasks.expire()
    tasks.resolve()
    tasks.alerts()

    assert caplog.records == []


def test_outcomes_are_written_by_the_task(floor: Floor) -> None:
    DetectedSetupFactory.create(entry=None, stop=None, target=None, valid_until=clock.now())

    tasks.resolve()

    assert DetectedSetup.objects.get().outcome == "expired"


def test_every_task_has_a_queue_and_a_bound() -> None:
    scheduled = {job.task for job in JOBS} | set(ENQUEUED)

    for task in (tasks.advance, tasks.sweep, tasks.alerts, tasks.expire, tasks.resolve):
        assert task.name in scheduled
        assert ROUTES[task.name] == {"queue": "detectors"}
        assert 0 < task.expires <= 60
        assert task.time_limit <= 60
