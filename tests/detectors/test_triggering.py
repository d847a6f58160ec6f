from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from config.redis import client
from detectors import alerts, cursors, expiry, tasks, tracking, triggering
from detectors.models import Alert, SymbolCursor
from detectors.pure.alert_rules import Rule, evidence, first_firing
from market import calendar, clock, session_store
from market.pure.bars import Bars
from realtime import log
from tests.contract.frames import assert_frame
from tests.detectors.conftest import MONDAY, Floor, told, wait_until_somebody_waits
from tests.detectors.sessions import CLOSE_TS, NAN, OPEN_TS, Row, as_bars
from tests.factories.accounts import UserFactory
from tests.factories.detectors import AlertFactory, TrackedSetupFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]

CALM: Row = (101, 101.5, 100.5, 101, 900)
HIT: Row = (101, 105.4, 100.5, 104, 900)  # trades above 105, closes below
MINUTE = 60


def minute_at(minute: int, *, seconds: int = 0) -> datetime:
    return datetime.fromtimestamp(OPEN_TS + MINUTE * minute + seconds, UTC)


def move(rows: Sequence[Row | None], *, symbol: str = "SPY") -> int:
    """Hold the session's bars so far against what waits for price."""
    session = calendar.session(MONDAY)
    assert session is not None
    return tracking.move(symbol, as_bars(rows), session, scanned=True, now=minute_at(len(rows), seconds=3))


def alert(**change: Any) -> Alert:
    """Set an alert at minute 30: SPY above 105, with the price at 101."""
    return AlertFactory.create(**{"created_at": minute_at(30), **change})


def test_a_high_above_the_target_triggers_with_the_bars_time_and_tells_its_trader() -> None:
    row = alert(notes="take profit")

    move([CALM] * 31 + [HIT])

    row.refresh_from_db()
    assert (row.status, row.condition_met, row.notification_sent) == ("triggered", True, True)
    assert (row.trigger_reason, row.trigger_price) == ("traded_above", Decimal("105.4"))
    assert row.triggered_at == minute_at(32)
    (event,) = told()
    assert (event.type, event.channel, event.user_id, event.subject) == (
        "alert_triggered", "alerts", row.user_id, row.id,
    )  # fmt: skip
    assert (event.symbol, event.created_at) == ("SPY", minute_at(32))
    assert event.payload == {
        "alertId": str(row.id),
        "userId": str(row.user_id),
        "symbol": "SPY",
        "type": "price_above",
        "targetValue": 105,
        "currentPrice": 104,
        "triggeredAt": "2026-02-09T15:02:00Z",
        "notes": "take profit",
        "triggerReason": "traded_above",
        "triggerPrice": 105.4,
        "volumeRatio": 1.0,
        "interrupt": True,
    }
    assert event.facts == {
        "version": 1,
        "alertId": str(row.id),
        "alertType": "price_above",
        "targetValue": 105,
        "tolerancePct": None,
        "notes": "take profit",
        "actor": "price",
        "barAt": "2026-02-09T15:01:00Z",
    }


@pytest.mark.parametrize(
    ("change", "bar", "reason", "price"),
    [
        ({"alert_type": "price_below", "target_value": 98}, (101, 101.5, 97.9, 101, 900), "traded_below", "97.9"),
        ({"alert_type": "level_approach"}, (101, 104.6, 100.5, 101, 900), "came_near", "104.6"),
        ({"alert_type": "level_approach"}, HIT, "came_near", "105"),
        ({"alert_type": "level_break"}, (101, 105.5, 100.5, 105.4, 900), "broke_up", "105.4"),
        ({"alert_type": "level_break", "target_value": 98}, (101, 101.5, 97.5, 97.9, 900), "broke_down", "97.9"),
        ({"alert_type": "volume_spike", "target_value": 3}, (101, 101.5, 100.5, 101.2, 2_700), "volume_spike", "101.2"),
    ],
)
def test_every_type_says_why_and_at_which_price(change: dict[str, Any], bar: Row, reason: str, price: str) -> None:
    row = alert(**change)

    move([CALM] * 31 + [bar])

    row.refresh_from_db()
    assert (row.status, row.trigger_reason, row.trigger_price) == ("triggered", reason, Decimal(price))


@pytest.mark.parametrize(
    ("change", "bar"),
    [
        ({}, (101, 105.0, 100.5, 101, 900)),
        ({"alert_type": "price_below", "target_value": 98}, (101, 101.5, 98, 101, 900)),
        ({"alert_type": "level_approach"}, (101, 104.475, 100.5, 101, 900)),
        ({"alert_type": "level_break", "target_value": 104}, (101, 104.5, 100.5, 104.05, 900)),
        ({"alert_type": "volume_spike", "target_value": 3}, (101, 101.5, 100.5, 101, 2_699)),
        ({"alert_type": "volume_spike", "target_value": 3}, (101, 101.5, 100.5, 101, NAN)),
        ({"status": "cancelled"}, HIT),
        ({"symbol": "QQQ"}, HIT),
        ({"expires_at": minute_at(31)}, HIT),
    ],
)
def test_what_is_not_met_or_not_waiting_stays(change: dict[str, Any], bar: Row) -> None:
    row = alert(**change)
    before = Alert.objects.values().get()

    move([CALM] * 31 + [bar])

    row.refresh_from_db()
    assert Alert.objects.values().get() == before
    assert told() == []


def test_a_frame_of_a_volume_spike_names_the_ratio() -> None:
    alert(alert_type="volume_spike", target_value=3)

    move([CALM] * 31 + [(101, 101.5, 100.5, 101, 3_015)])

    (event,) = told()
    assert event.payload["volumeRatio"] == 3.35


def test_an_index_is_judged_by_the_volume_of_its_fund(floor: Floor) -> None:
    alert(symbol="SPX", alert_type="volume_spike", target_value=3, created_at=minute_at(0))
    session = [CALM] * 21 + [(101, 101.5, 100.5, 101, 2_700.0)]
    floor.trade("SPX", [(o, h, low, c, NAN) for o, h, low, c, _ in session])
    floor.trade("SPY", session)

    floor.scan("SPX", minute=21)

    assert Alert.objects.get().trigger_reason == "volume_spike"


@pytest.mark.parametrize(("channels", "sent"), [(["in-app", "push"], True), (["email"], False), ([], False)])
def test_what_is_in_the_log_is_sent_in_the_app_alone(channels: list[str], sent: bool) -> None:
    row = alert(notification_channels=channels)

    move([CALM] * 31 + [HIT])

    row.refresh_from_db()
    assert (row.status, row.notification_sent) == ("triggered", sent)


@pytest.mark.parametrize(
    ("change", "fires"),
    [
        ({"created_at": minute_at(31)}, True),
        ({"created_at": minute_at(31, seconds=1)}, False),
        ({"rearmed_at": minute_at(31)}, True),
        ({"rearmed_at": minute_at(31, seconds=1)}, False),
        ({"expires_at": minute_at(31, seconds=1)}, True),
    ],
)
def test_only_bars_that_opened_while_it_waited_fire_it(change: dict[str, Any], fires: bool) -> None:
    row = alert(**change)

    move([CALM] * 31 + [HIT])

    row.refresh_from_db()
    assert (row.status == "triggered") is fires


def test_the_first_of_several_unread_bars_decides() -> None:
    row = alert()

    move([CALM] * 31 + [HIT, (101, 109, 100, 108, 900)])

    row.refresh_from_db()
    assert (row.triggered_at, row.trigger_price) == (minute_at(32), Decimal("105.4"))


def test_each_bar_is_judged_once() -> None:
    move([CALM] * 31 + [HIT])
    row = alert()

    move([CALM] * 31 + [HIT])

    row.refresh_from_db()
    assert row.status == "active"


def test_two_workers_fire_an_alert_once() -> None:
    alert()

    for _ in range(2):
        SymbolCursor.objects.all().delete()  # as if the second had read nothing
        move([CALM] * 31 + [HIT])

    assert len(told("alert_triggered")) == 1


def test_setups_and_alerts_of_a_symbol_are_told_by_one_statement() -> None:
    TrackedSetupFactory.create(tracked_at=minute_at(30))
    alert()

    with CaptureQueriesContext(connection) as queries:
        moved = move([CALM] * 31 + [HIT])

    assert moved == 1
    assert [event.type for event in told()] == ["setup_update", "alert_triggered"]
    published = [number for number, query in enumerate(queries) if "INSERT INTO realtime_event" in query["sql"]]
    assert len(published) == 1
    # Last: behind it stands only the end of the savepoint that a test's transaction makes of ours.
    assert [query["sql"].split()[0] for query in queries][published[0] + 1 :] == ["RELEASE"]


def test_ten_thousand_alerts_fire_in_the_statements_of_ten() -> None:
    verbs = {}
    calendar.session(MONDAY)  # whatever the calendar has to read, it has read
    for symbol, count in (("SPY", 10), ("QQQ", 10_000)):
        users = User.objects.bulk_create(User(username=f"{symbol}{n}", email="") for n in range(count))
        Alert.objects.bulk_create(
            AlertFactory.build(user=user, symbol=symbol, created_at=minute_at(30)) for user in users
        )
        with (
            connection.cursor() as cursor
        ):  # autovacuum would: the plan for a table that was empty a moment ago is slow
            cursor.execute("ANALYZE detectors_alert, accounts_user")
        with CaptureQueriesContext(connection) as queries:
            move([CALM] * 31 + [HIT], symbol=symbol)
        verbs[symbol] = [query["sql"].split()[0] for query in queries]
        assert Alert.objects.filter(symbol=symbol, status="triggered").count() == count

    assert verbs["SPY"] == verbs["QQQ"]


def test_an_alert_fires_by_scans_alone(floor: Floor) -> None:
    row = alert(created_at=minute_at(2))
    floor.trade("SPY", [CALM] * 5 + [HIT, CALM])

    for minute in range(3, 7):
        floor.scan(minute=minute)

    row.refresh_from_db()
    assert (row.status, row.triggered_at) == ("triggered", minute_at(6))


def test_old_bars_of_a_silent_market_fire_nothing(floor: Floor) -> None:
    alert(created_at=minute_at(0))
    floor.trade("SPY", [CALM] * 20 + [HIT])

    floor.scan(minute=25)

    assert Alert.objects.get().status == "active"


prices = st.floats(97, 103).map(lambda price: round(price, 2))
waiting = st.fixed_dictionaries(
    {
        "alert_type": st.sampled_from(["price_above", "price_below", "level_approach", "level_break", "volume_spike"]),
        "target_value": st.one_of(prices, st.sampled_from([0.7, 1.0, 1.5, 20.0, 100.0, 100.05])),
        "tolerance_pct": st.sampled_from([None, 0.1, 0.333, 2.0]),
        "armed_price": st.one_of(st.none(), prices, st.just(100.0)),
    }
)
bars_of_a_day = st.lists(
    st.tuples(
        st.one_of(prices, st.sampled_from([99.5, 99.95, 100.0, 100.05, 100.5])),
        st.sampled_from([0.0, 0.05, 1.0]),
        st.sampled_from([0.0, 0.05, 1.0]),
        st.sampled_from([NAN, 0.0, 600.0, 900.0, 1_350.0, 1_800.0]),
    ),
    min_size=1,
    max_size=6,
)


@given(waiting=st.lists(waiting, min_size=1, max_size=6), path=bars_of_a_day, flat=st.integers(19, 22))
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_statement_fires_what_the_pure_rule_fires(
    waiting: list[dict[str, Any]], path: list[tuple[float, float, float, float]], flat: int
) -> None:
    Alert.objects.all().delete()
    SymbolCursor.objects.all().delete()
    user = UserFactory.create()
    rows = [
        AlertFactory.create(
            user=user, created_at=minute_at(flat), **{**each, "target_value": repr(each["target_value"])}
        )
        for each in waiting
    ]
    day: list[Row] = [(100, 100.0, 100.0, 100, 900)] * flat
    day += [(close, close + up, close - down, close, volume) for close, up, down, volume in path]
    seen = evidence(as_bars(day), OPEN_TS + MINUTE * flat)

    move(day)

    for row, each in zip(rows, waiting, strict=True):
        armed = NAN if each["armed_price"] is None else each["armed_price"]
        rule = Rule(each["alert_type"], each["target_value"], each["tolerance_pct"], armed)
        expected = first_firing(rule, seen)
        row.refresh_from_db()
        got = (row.triggered_at, row.trigger_reason, row.trigger_price)
        assert got == (
            (None, None, None)
            if expected is None
            else (
                minute_at(flat + expected.bar + 1),
                expected.reason.value,
                Decimal(repr(expected.price)).quantize(Decimal("0.000001")),
            )
        ), (each, expected)


class TestOutsideOfTheSession:
    """Before 09:30 and after 16:00 the sweep judges; each bar once, none missed between it and the scan."""

    PRE_TS = OPEN_TS - 90 * MINUTE  # 08:00

    @pytest.fixture(autouse=True)
    def _armed_at_midnight(self, floor: Floor) -> None:
        self.floor = floor

    def trade(self, symbol: str, rows: Sequence[Row | None], *, start: int, behind: Bars | None = None) -> Bars:
        bars = (behind or Bars.empty()).extended(as_bars(rows, open_ts=start))
        pipe = client().pipeline()
        session_store.write(pipe, MONDAY, symbol, bars)
        pipe.execute()
        return bars

    def sweep(self, ts: int) -> triggering.Sweep:
        """Look at the bars that are complete at an instant."""
        now = datetime.fromtimestamp(ts, UTC)
        with clock.standing(now):
            return triggering.sweep(now)

    def test_a_premarket_bar_fires_and_is_judged_once(self) -> None:
        row = alert(created_at=minute_at(-300))
        self.trade("SPY", [CALM, HIT], start=self.PRE_TS)

        results = [self.sweep(self.PRE_TS + 2 * MINUTE + 2) for _ in range(2)]

        assert results == [triggering.Sweep(read=1, triggered=1), triggering.Sweep()]
        row.refresh_from_db()
        assert (row.status, row.triggered_at) == ("triggered", minute_at(-88))
        cursor = SymbolCursor.objects.get()
        assert (cursor.extended_ts, cursor.moved_ts, cursor.scanned_ts) == (self.PRE_TS + MINUTE, 0, 0)

    def test_a_forming_bar_is_not_judged(self) -> None:
        alert(created_at=minute_at(-300))
        self.trade("SPY", [CALM, HIT], start=self.PRE_TS)

        assert self.sweep(self.PRE_TS + 2 * MINUTE + 1) == triggering.Sweep(read=1)
        assert self.sweep(self.PRE_TS + 2 * MINUTE + 2).triggered == 1

    def test_bars_of_the_session_are_left_to_the_scan(self) -> None:
        row = alert(created_at=minute_at(-300))
        bars = self.trade("SPY", [CALM] * 90, start=self.PRE_TS)
        self.trade("SPY", [HIT], start=OPEN_TS, behind=bars)

        assert self.sweep(OPEN_TS + MINUTE + 2) == triggering.Sweep(read=1)
        row.refresh_from_db()
        assert row.status == "active"
        self.floor.scan(minute=0)
        row.refresh_from_db()
        assert row.triggered_at == minute_at(1)

    def test_the_last_premarket_bar_is_judged_although_the_scan_was_faster(self) -> None:
        row = alert(created_at=minute_at(-300))
        bars = self.trade("SPY", [*[CALM] * 89, HIT], start=self.PRE_TS)
        self.trade("SPY", [CALM], start=OPEN_TS, behind=bars)
        self.floor.scan(minute=0)

        assert self.sweep(OPEN_TS + MINUTE + 12).triggered == 1
        row.refresh_from_db()
        assert row.triggered_at == minute_at(0)

    def test_after_hours_bars_do_not_overtake_the_session(self) -> None:
        waiting = alert(created_at=minute_at(0))
        setup = TrackedSetupFactory.create(tracked_at=minute_at(0))
        bars = self.trade("SPY", [*[CALM] * 389, HIT], start=OPEN_TS)
        self.trade("SPY", [CALM], start=CLOSE_TS, behind=bars)

        assert self.sweep(CLOSE_TS + MINUTE + 2) == triggering.Sweep(read=1)
        self.floor.scan(minute=390)

        for row in (waiting, setup):
            row.refresh_from_db()
            assert (row.status, row.triggered_at) == ("triggered", minute_at(390))

    def test_after_hours_bars_fire(self) -> None:
        row = alert(created_at=minute_at(0))
        self.trade("SPY", [CALM, HIT], start=CLOSE_TS)

        assert self.sweep(CLOSE_TS + 2 * MINUTE + 2).triggered == 1
        row.refresh_from_db()
        assert row.triggered_at == minute_at(392)

    def test_a_level_breaks_over_night(self) -> None:
        row = alert(alert_type="level_break", target_value=105, created_at=minute_at(-900))
        self.trade("SPY", [(106, 106.2, 105.9, 106, 50)], start=self.PRE_TS)

        self.sweep(self.PRE_TS + MINUTE + 2)

        row.refresh_from_db()
        assert row.trigger_reason == "broke_up"

    def test_the_opening_is_no_spike_beside_the_premarket(self) -> None:
        alert(alert_type="volume_spike", target_value=2, created_at=minute_at(-300))
        thin = [(101, 101.5, 100.5, 101, 10.0)] * 90
        busy = [(101, 101.5, 100.5, 101, 9_000.0)]
        bars = self.trade("SPY", thin, start=self.PRE_TS)
        bars = self.trade("SPY", busy * 390, start=OPEN_TS, behind=bars)
        self.trade("SPY", thin, start=CLOSE_TS, behind=bars)

        self.sweep(OPEN_TS + 2)
        for minute in (0, 1, 25):
            self.floor.scan(minute=minute)
        self.sweep(CLOSE_TS + 30 * MINUTE)

        assert Alert.objects.get().status == "active"

    def test_a_spike_in_the_premarket_is_one_beside_the_premarket(self) -> None:
        alert(alert_type="volume_spike", target_value=2, created_at=minute_at(-300))
        thin = [(101, 101.5, 100.5, 101, 10.0)] * 20
        self.trade("SPY", [*thin, (101, 101.5, 100.5, 101, 20.0)], start=self.PRE_TS)

        assert self.sweep(self.PRE_TS + 21 * MINUTE + 2).triggered == 1

    @pytest.mark.parametrize(
        ("ts", "reads"),
        [
            (OPEN_TS - 330 * MINUTE - 1, 0),  # 03:59:59
            (OPEN_TS - 1, 1),
            (OPEN_TS + 10 * MINUTE - 1, 1),
            (OPEN_TS + 10 * MINUTE, 0),
            (CLOSE_TS - 1, 0),
            (CLOSE_TS + 240 * MINUTE + 9 * MINUTE, 1),
            (CLOSE_TS + 240 * MINUTE + 10 * MINUTE, 0),
        ],
    )
    def test_it_reads_while_bars_may_come(self, ts: int, reads: int) -> None:
        alert(created_at=minute_at(-900))
        self.trade("SPY", [CALM], start=self.PRE_TS)

        assert self.sweep(ts).read == reads

    def test_a_day_without_trading_and_a_day_without_alerts_cost_nothing(self) -> None:
        assert self.sweep(OPEN_TS - 86_400) == triggering.Sweep()
        assert self.sweep(OPEN_TS - MINUTE) == triggering.Sweep()

    def test_the_vendor_is_never_asked(self) -> None:
        for symbol in ("SPX", "SPY", "TSLA"):
            alert(symbol=symbol, created_at=minute_at(-900))
            self.floor.vendor.minutes[symbol] = as_bars([HIT], open_ts=self.PRE_TS)
        self.trade("SPY", [HIT], start=self.PRE_TS)

        assert self.sweep(OPEN_TS - MINUTE) == triggering.Sweep(read=1, triggered=1)
        assert self.floor.vendor.calls == {}

    def test_a_symbol_whose_writes_fail_does_not_stop_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for symbol in ("QQQ", "SPY"):
            alert(symbol=symbol, created_at=minute_at(-900))
            self.trade(symbol, [HIT], start=self.PRE_TS)
        lock = cursors.lock

        def fails(symbol: str, session: Any) -> Any:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / %s", [0 if symbol == "QQQ" else 1])
            return lock(symbol, session)

        monkeypatch.setattr(cursors, "lock", fails)

        assert self.sweep(OPEN_TS - MINUTE) == triggering.Sweep(read=2, triggered=1, failed=("QQQ",))
        monkeypatch.undo()
        assert self.sweep(OPEN_TS - MINUTE) == triggering.Sweep(read=1, triggered=1)

    def test_the_task_goes_all_the_way(self) -> None:
        alert(created_at=minute_at(-300))
        self.trade("SPY", [HIT], start=self.PRE_TS)

        with clock.standing(minute_at(-60)):
            assert tasks.alerts(of_a_newer_release=True) == {"read": 1, "triggered": 1, "failed": []}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["cancel", "change"])
def test_a_trader_who_is_at_it_while_price_arrives_wins(act: str) -> None:
    row = alert()
    locked = threading.Event()

    def trader() -> None:
        with transaction.atomic():
            if act == "cancel":
                alerts.cancel(row.user_id, row.id, now=minute_at(32))
            else:
                alerts.change(row.user_id, row.id, {"target_value": Decimal(105)} | {"notes": "x"}, now=minute_at(32))
                alerts.change(row.user_id, row.id, {"target_value": Decimal(104)}, now=minute_at(32))
            locked.set()
            wait_until_somebody_waits()
        connections.close_all()

    thread = threading.Thread(target=trader)
    thread.start()
    locked.wait()
    move([CALM] * 31 + [HIT])
    thread.join()

    row.refresh_from_db()
    assert row.status == ("cancelled" if act == "cancel" else "active")
    assert {event.type for event in told()} == {"alert_changed"}


@pytest.mark.django_db(transaction=True)
def test_whoever_cancels_behind_the_price_is_told_that_it_is_over() -> None:
    row = alert()
    moved, refused = threading.Event(), []

    def price() -> None:
        with transaction.atomic():
            move([CALM] * 31 + [HIT])
            moved.set()
            wait_until_somebody_waits()
        connections.close_all()

    thread = threading.Thread(target=price)
    thread.start()
    moved.wait()
    try:
        alerts.cancel(row.user_id, row.id, now=minute_at(33))
    except alerts.AlertNotActive as error:
        refused.append(error.status)
    thread.join()

    row.refresh_from_db()
    assert (refused, row.status) == ([404], "triggered")
    assert [event.type for event in told()] == ["alert_triggered"]


def test_a_stale_list_and_its_events_make_a_fresh_list() -> None:
    user = UserFactory.create()
    kept = [alert(user=user, symbol="QQQ") for _ in range(5)]
    fires = alert(user=user)
    page = {str(row.id): row.status for row in user.alerts.all()}

    move([CALM] * 31 + [HIT])
    new = alerts.create(user.id, WANTED, now=minute_at(33))
    alerts.change(user.id, fires.id, {"status": "active"}, now=minute_at(34))
    alerts.change(user.id, kept[0].id, {"status": "cancelled"}, now=minute_at(35))
    alerts.cancel(user.id, kept[1].id, now=minute_at(36))
    alerts.delete(user.id, kept[2].id, now=minute_at(37))
    alerts.change(user.id, kept[3].id, {"notes": "look"}, now=minute_at(38))
    Alert.objects.filter(pk=kept[4].id).update(expires_at=minute_at(39))
    expiry.expire_alerts(minute_at(39) + timedelta(minutes=3))

    frames = frames_of(user)
    for frame in frames:
        assert_frame(frame)
        data = frame["data"]
        page[data["alertId"]] = "triggered" if frame["type"] == "alert_triggered" else data["status"]
    fresh = {str(row.id): row.status for row in user.alerts.all()}
    assert {alert_id: status for alert_id, status in page.items() if status} == fresh
    assert [frame["data"].get("reason") for frame in frames] == [
        None, "created", "rearmed", "cancelled", "cancelled", "deleted", "changed", "expired",
    ]  # fmt: skip
    assert str(new) in fresh


WANTED = {
    "symbol": "SPY",
    "alert_type": "price_above",
    "target_value": Decimal(110),
    "notification_channels": ["in-app"],
}


def frames_of(user: User) -> list[dict[str, Any]]:
    """Return every frame a socket of this user would be sent, as it leaves the log."""
    heard = log.replay(user.id, ["alerts"], since=0, upto=log.newest())
    assert heard is not None
    return [json.loads(one.entry.frame(user.id, one.members)) for one in heard]
