from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from detectors import bulk, expiry, tracked, tracking
from detectors.models import SymbolCursor, TrackedSetup
from detectors.pure.lifecycle import move_of
from detectors.pure.rounding import cents
from market import calendar
from realtime import log
from tests.contract.frames import assert_frame
from tests.detectors.conftest import MONDAY, Floor, follow, told, wait_until_somebody_waits
from tests.detectors.sessions import CLOSE_TS, OPEN_TS, Row, as_bars, orb_long
from tests.factories.accounts import UserFactory
from tests.factories.detectors import DetectedSetupFactory, TrackedSetupFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]

CALM: Row = (101, 101.5, 100.5, 101, 900)
HIT: Row = (101, 104.8, 100.5, 104, 900)
STOPPED: Row = (101, 101.5, 98.1, 99, 900)
BOTH: Row = (101, 105, 98, 101, 900)


def minute_at(minute: int, *, seconds: int = 0) -> datetime:
    return datetime.fromtimestamp(OPEN_TS + 60 * minute + seconds, UTC)


def move(rows: Sequence[Row | None], *, scanned: bool = True, symbol: str = "SPY") -> int:
    """Hold the session's bars so far against what is tracked."""
    session = calendar.session(MONDAY)
    assert session is not None
    return tracking.move(symbol, as_bars(rows), session, scanned=scanned, now=minute_at(len(rows), seconds=3))


def setup(**change: Any) -> TrackedSetup:
    """Track an idea from minute 30 on: stop 98.10, target 104.80."""
    return TrackedSetupFactory.create(**{"tracked_at": minute_at(30), **change})


def test_a_touched_target_triggers_with_the_bars_time_and_tells_its_trader() -> None:
    row = setup()

    moved = move([CALM] * 31 + [HIT])

    row.refresh_from_db()
    assert moved == 1
    assert (row.status, row.resolution) == ("triggered", "target_reached")
    assert row.triggered_at == row.last_triggered_at == minute_at(32)
    assert (row.invalidated_at, row.last_invalidated_at) == (None, None)
    (event,) = told()
    assert (event.type, event.channel, event.user_id, event.subject) == ("setup_update", "setups", row.user_id, row.id)
    assert event.created_at == minute_at(32)
    assert event.payload == {
        "setupId": str(row.id),
        "userId": str(row.user_id),
        "symbol": "SPY",
        "setupType": "orb_breakout",
        "previousStatus": "active",
        "status": "triggered",
        "currentPrice": 104,
        "reason": "target_reached",
        "evaluatedAt": "2026-02-09T15:02:00Z",
        "interrupt": True,
    }
    assert event.facts == {
        "version": 1,
        "trackedSetupId": str(row.id),
        "detectedSetupId": None,
        "origin": "manual",
        "direction": "bullish",
        "plan": {"entry": 101.2, "stop": 98.1, "target": 104.8},
        "actor": "price",
        "price": 104.8,
        "barAt": "2026-02-09T15:01:00Z",
    }


def test_a_wick_through_the_stop_invalidates() -> None:
    row = setup()

    move([CALM] * 31 + [STOPPED, CALM])

    row.refresh_from_db()
    assert (row.status, row.resolution) == ("invalidated", "stop_loss_hit")
    assert (row.invalidated_at, row.last_invalidated_at) == (minute_at(32), minute_at(32))
    (event,) = told("setup_update")
    assert (event.payload["status"], event.payload["reason"]) == ("invalidated", "stop_loss_hit")
    assert (event.payload["currentPrice"], event.facts["price"]) == (99, 98.1)


def test_where_one_bar_touches_both_the_stop_wins() -> None:
    row = setup()

    move([CALM] * 31 + [BOTH])

    row.refresh_from_db()
    assert row.status == "invalidated"


def test_the_first_of_several_unread_bars_decides() -> None:
    row = setup()

    move([CALM] * 31 + [HIT, STOPPED])

    row.refresh_from_db()
    assert (row.status, row.triggered_at) == ("triggered", minute_at(32))


@pytest.mark.parametrize(
    ("tracked_at", "moves"),
    [(minute_at(30), True), (minute_at(29, seconds=1), True), (minute_at(30, seconds=1), False)],
)
def test_no_bar_that_opened_before_tracking_moves_it(tracked_at: datetime, moves: bool) -> None:
    setup(tracked_at=tracked_at)

    assert move([CALM] * 30 + [HIT]) == moves


def test_no_bar_that_opened_before_it_was_reopened_moves_it() -> None:
    row = setup(rearmed_at=minute_at(31, seconds=20))

    assert move([CALM] * 31 + [HIT]) == 0
    assert move([CALM] * 31 + [HIT, HIT]) == 1
    row.refresh_from_db()
    assert row.triggered_at == minute_at(33)


@pytest.mark.parametrize(("valid_until", "moves"), [(minute_at(31), False), (minute_at(32), True), (None, True)])
def test_no_bar_moves_it_when_its_time_is_over(valid_until: datetime | None, moves: bool) -> None:
    setup(valid_until=valid_until)

    assert move([CALM] * 31 + [HIT]) == moves


@pytest.mark.parametrize(
    "change",
    [
        {"status": "archived"},
        {"status": "triggered"},
        {"status": "invalidated"},
        {"direction": "neutral"},
        {"symbol": "QQQ"},
        {"stop": None, "target": None},
    ],
)
def test_what_is_not_active_or_names_no_price_stays(change: dict[str, Any]) -> None:
    row = setup(**change)

    assert move([CALM] * 31 + [BOTH]) == 0
    assert TrackedSetup.objects.get().updated_at == row.updated_at
    assert told() == []


def test_a_plan_with_a_target_alone_can_reach_it() -> None:
    row = setup(stop=None)

    assert move([CALM] * 31 + [BOTH]) == 1
    row.refresh_from_db()
    assert row.status == "triggered"


def test_a_bearish_setup_moves_the_other_way() -> None:
    row = setup(direction="bearish", stop=101.9, target=95.2)

    move([CALM] * 31 + [(101, 101.5, 95.2, 96, 900)])

    row.refresh_from_db()
    assert row.status == "triggered"


def test_each_bar_is_read_once() -> None:
    move([CALM] * 31 + [HIT])
    row = setup()

    assert move([CALM] * 31 + [HIT]) == 0
    row.refresh_from_db()
    assert row.status == "active"
    assert SymbolCursor.objects.get().moved_ts == OPEN_TS + 31 * 60


def test_an_older_panel_does_not_set_the_cursor_back() -> None:
    move([CALM] * 40)

    move([CALM] * 35)

    assert SymbolCursor.objects.get().moved_ts == OPEN_TS + 39 * 60


def test_bars_whose_detections_are_not_stored_stay_unread_for_the_scan() -> None:
    move([CALM] * 31, scanned=False)

    cursor = SymbolCursor.objects.get()
    assert (cursor.scanned_ts, cursor.moved_ts) == (0, OPEN_TS + 30 * 60)


def test_a_new_session_starts_at_its_open() -> None:
    SymbolCursor.objects.create(
        symbol="SPY", session_date=MONDAY - timedelta(days=3), scanned_ts=CLOSE_TS, moved_ts=CLOSE_TS
    )
    setup(tracked_at=minute_at(-1000))

    assert move([HIT]) == 1


def test_bars_outside_of_the_session_move_nothing() -> None:
    setup(tracked_at=minute_at(-1000))
    session = calendar.session(MONDAY)
    assert session is not None
    early = as_bars([HIT], open_ts=OPEN_TS - 600)

    assert tracking.move("SPY", early, session, scanned=True, now=minute_at(1)) == 0


def test_ten_thousand_rows_move_in_the_statements_of_ten() -> None:
    verbs = {}
    calendar.session(MONDAY)  # whatever the calendar has to read, it has read
    for symbol, count in (("SPY", 10), ("QQQ", 10_000)):
        users = User.objects.bulk_create(User(username=f"{symbol}{n}", email="") for n in range(count))
        TrackedSetup.objects.bulk_create(
            TrackedSetupFactory.build(user=user, symbol=symbol, tracked_at=minute_at(30)) for user in users
        )
        with (
            connection.cursor() as cursor
        ):  # autovacuum would: the plan for a table that was empty a moment ago is slow
            cursor.execute("ANALYZE detectors_trackedsetup, accounts_user")
        with CaptureQueriesContext(connection) as queries:
            assert move([CALM] * 31 + [HIT], symbol=symbol) == count
        verbs[symbol] = [query["sql"].split()[0] for query in queries]

    assert verbs["SPY"] == verbs["QQQ"]


def test_a_trader_who_archives_first_wins() -> None:
    row = setup()
    tracked.change(row.user_id, row.id, {"status": "archived"}, now=minute_at(31))

    assert move([CALM] * 31 + [HIT]) == 0
    assert [event.type for event in told()] == ["setup_changed"]


def test_a_detected_setup_is_followed_to_its_end_by_scans_alone(floor: Floor) -> None:
    follower = UserFactory.create()
    follow(follower, "SPY")
    session = [*orb_long(), (101.2, 102, 100.9, 101.5, 900), (101.5, 104.9, 101.4, 104.5, 900)]
    floor.trade("SPY", session)

    results = [floor.scan(minute=minute) for minute in range(14, len(session))]

    assert [(r.tracked, r.moved) for r in results if r.tracked or r.moved] == [(1, 0), (0, 1)]
    setup_row = TrackedSetup.objects.get(user=follower)
    assert (setup_row.status, setup_row.triggered_at) == ("triggered", minute_at(20))
    assert [event.type for event in told()] == ["setup_detected", "setup_update"]


def test_the_trigger_bar_never_moves_its_own_setup(floor: Floor) -> None:
    # Spec B-11: the bar that detects reaches beyond the target itself; only later bars count.
    follow(UserFactory.create(), "SPY")
    floor.trade("SPY", [*orb_long()[:17], (100, 110, 99.5, 101.2, 3200)])

    result = floor.scan(minute=17)

    assert (result.tracked, result.moved) == (1, 0)


def test_old_bars_of_a_silent_market_move_nothing(floor: Floor) -> None:
    # Spec B-14: a price older than two minutes is no price.
    setup(tracked_at=minute_at(0))
    floor.trade("SPY", [CALM] * 20 + [HIT])

    result = floor.scan(minute=25)

    assert (result.stale, result.moved) == (("SPY",), 0)


bar_rows = st.lists(st.tuples(st.floats(94, 106), st.floats(0, 6)), min_size=1, max_size=5)
levels = st.one_of(st.none(), st.floats(94, 106).map(cents))


@given(
    rows=bar_rows,
    direction=st.sampled_from(["bullish", "bearish", "neutral"]),
    stop=levels,
    target=levels,
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_statement_moves_what_the_pure_rule_moves(
    rows: list[tuple[float, float]], direction: str, stop: float | None, target: float | None
) -> None:
    TrackedSetup.objects.all().delete()
    SymbolCursor.objects.all().delete()
    row = setup(direction=direction, stop=stop, target=target, tracked_at=minute_at(0))
    bars: list[Row] = [(low, low + height, low, low, 900) for low, height in rows]

    move(bars)

    single = [
        move_of(direction, stop=stop, target=target, high=high, low=low)  # type: ignore[arg-type]
        for _, high, low, _, _ in bars
    ]
    first = next((i for i, one in enumerate(single) if one), None)
    row.refresh_from_db()
    assert row.status == ("active" if first is None else single[first])
    assert (row.triggered_at or row.invalidated_at) == (None if first is None else minute_at(first + 1))


def test_an_automatic_row_names_its_detection_in_the_facts() -> None:
    found = DetectedSetupFactory.create()
    setup(detected_setup=found, origin="auto", opportunity_data=None, interrupt=False)

    move([CALM] * 31 + [HIT])

    (event,) = told()
    assert (event.facts["detectedSetupId"], event.facts["origin"]) == (str(found.id), "auto")
    assert event.payload["interrupt"] is False


@pytest.mark.django_db(transaction=True)
def test_a_trader_who_is_archiving_while_price_arrives_wins() -> None:
    row = setup()
    locked, done = threading.Event(), threading.Event()

    def trader() -> None:
        with transaction.atomic():
            tracked.change(row.user_id, row.id, {"status": "archived"}, now=minute_at(31))
            locked.set()
            wait_until_somebody_waits()
        done.set()
        connections.close_all()

    thread = threading.Thread(target=trader)
    thread.start()
    locked.wait()
    moved = move([CALM] * 31 + [HIT])
    thread.join()

    assert (moved, done.is_set()) == (0, True)
    row.refresh_from_db()
    assert row.status == "archived"
    assert [event.type for event in told()] == ["setup_changed"]


def test_a_stale_list_and_its_events_make_a_fresh_list(floor: Floor) -> None:
    follower = UserFactory.create()
    follow(follower, "SPY")
    kept = [setup(user=follower, tracked_at=minute_at(0), symbol="QQQ") for _ in range(4)]
    page = {str(row.id): row.status for row in follower.tracked_setups.all()}
    floor.trade("SPY", [*orb_long(), (101.2, 104.9, 100.9, 104.5, 900)])

    floor.scan(minute=17)
    floor.scan(minute=18)
    new, _ = tracked.track(follower.id, idea(), now=minute_at(20))
    tracked.change(follower.id, kept[0].id, {"status": "triggered"}, now=minute_at(21))
    tracked.delete(follower.id, kept[1].id, now=minute_at(22))
    bulk.set_status(follower.id, [kept[2].id], "archived", now=minute_at(23))
    tracked.change(follower.id, new, {"status": "invalidated"}, now=minute_at(24))
    TrackedSetup.objects.filter(pk=kept[3].id).update(valid_until=minute_at(25))
    expiry.expire(minute_at(40))

    for frame in frames_of(follower):
        assert_frame(frame)
        data = frame["data"]
        setup_id = data.get("trackedSetupId") or data["setupId"]
        page[setup_id] = "active" if frame["type"] == "setup_detected" else data["status"]
    fresh = {str(row.id): row.status for row in follower.tracked_setups.all()}
    assert {setup_id: status for setup_id, status in page.items() if status} == fresh
    assert len(fresh) == 5


def frames_of(user: User) -> list[dict[str, Any]]:
    """Return every frame a socket of this user would be sent, as it leaves the log."""
    heard = log.replay(user.id, ["setups"], since=0, upto=log.newest())
    assert heard is not None
    return [json.loads(one.entry.frame(user.id, one.members)) for one in heard]


def idea() -> dict[str, Any]:
    return {"symbol": "SPY", "setup_type": "gap_fill", "direction": "bullish", "opportunity_data": {}}
