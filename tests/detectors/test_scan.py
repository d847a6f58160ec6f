from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from channels_redis.pubsub import RedisPubSubLoopLayer
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from detectors import detections, hearers, scan, statements, tracking
from detectors.models import Attention, DetectedSetup, Hearing, SymbolCursor, TrackedSetup
from detectors.pure.identity import tracked_id
from gallery.sessions import random_walks
from market import clock, vendors
from market.errors import ProviderUnavailable
from market.models import Following
from realtime.channels import RING_GROUP
from tests.detectors.conftest import MONDAY, Floor, after_minute, follow, told
from tests.detectors.sessions import CLOSE_TS, OPEN_TS, QUIET, Row, orb_long, orb_short
from tests.factories.accounts import PreferencesFactory
from tests.factories.detectors import DetectedSetupFactory, TrackedSetupFactory
from tests.market.fakes import FakeVendor

pytestmark = pytest.mark.django_db
Watcher = Callable[..., User]
WALK = 6  # seed of a random walk in which several detectors find something
AGAIN: Row = (100, 101, 99.5, 101.2, 90_000)


def kept() -> set[tuple[object, ...]]:
    """Return what is stored of every detection."""
    return set(DetectedSetup.objects.values_list("id", "bar_at", "confidence", "price", "entry", "stop", "target"))


def forget() -> None:
    """Start the day anew."""
    for model in (TrackedSetup, DetectedSetup, SymbolCursor):
        model.objects.all().delete()


def test_a_breakout_is_stored_tracked_and_told(floor: Floor, watcher: Watcher) -> None:
    ann = watcher()
    floor.trade("SPY", orb_long())

    result = floor.scan(minute=17)

    found = DetectedSetup.objects.get(variant=15)
    assert (result.read, result.detected, result.tracked, result.moved) == (1, 2, 1, 0)
    assert (found.symbol, found.direction, found.confidence, found.session_date) == ("SPY", "long", 100, MONDAY)
    assert found.detected_at == datetime.fromtimestamp(OPEN_TS + 18 * 60, UTC)
    assert found.valid_until == datetime.fromtimestamp(CLOSE_TS, UTC)
    assert (found.entry, found.stop, found.target) == (Decimal("101.2"), Decimal("98.1"), Decimal("104.8"))
    assert found.trade_suggestion == {
        "strategy": "orb breakout",
        "entry": 101.2,
        "stopLoss": 98.1,
        "target": 104.8,
    }
    assert found.signal_data["dedupeKey"] == "orb:15:long:100.50:99.50"
    assert (found.suppressed_reason, found.volume_source, found.ruleset) == (None, "SPY", "rs1")
    setup = TrackedSetup.objects.get()
    assert setup.id == tracked_id(found.id, ann.id)
    assert (setup.user, setup.detected_setup, setup.source_opportunity_id) == (ann, found, str(found.id))
    assert (setup.direction, setup.status, setup.origin, setup.opportunity_data) == ("bullish", "active", "auto", None)
    assert (setup.entry, setup.stop, setup.target) == (found.entry, found.stop, found.target)
    assert (setup.tracked_at, setup.valid_until) == (found.detected_at, found.valid_until)


def test_the_event_of_a_detection_is_one_row_heard_by_its_trackers(floor: Floor, watcher: Watcher) -> None:
    ann, bob, deaf = watcher(), watcher(notify_setups=False), watcher("QQQ")
    floor.trade("SPY", orb_long())

    floor.scan(minute=17)

    (event,) = told()
    found = DetectedSetup.objects.get(variant=15)
    assert (event.type, event.channel, event.user_id, event.subject) == ("setup_detected", "setups", None, found.id)
    assert event.created_at == found.detected_at
    assert event.payload == {
        "detectedSetupId": str(found.id),
        "symbol": "SPY",
        "setupType": "orb_breakout",
        "direction": "bullish",
        "confidence": 100,
        "currentPrice": 101.2,
        "detectedAt": "2026-02-09T14:48:00Z",
        "validUntil": "2026-02-09T21:00:00Z",
        "probability": None,
    }
    assert event.facts["plan"] == {"entry": 101.2, "stop": 98.1, "target": 104.8}
    heard = hearers.of_detection(found.id, [ann.id, bob.id, deaf.id])
    assert heard == {
        user.id: {"trackedSetupId": str(tracked_id(found.id, user.id)), "userId": str(user.id), "interrupt": loud}
        for user, loud in ((ann, True), (bob, False))
    }
    assert hearers.heard_by(ann.id, [found.id]) == {found.id: heard[ann.id]}
    assert hearers.heard_by(deaf.id, [found.id]) == {}


def test_a_second_scan_changes_nothing(floor: Floor, watcher: Watcher) -> None:
    watcher()
    floor.trade("SPY", orb_long())
    floor.scan(minute=17)
    before = list(DetectedSetup.objects.values()), list(TrackedSetup.objects.values()), len(told())

    again = floor.scan(minute=17)

    assert (again.read, again.detected) == (0, 0)
    assert (list(DetectedSetup.objects.values()), list(TrackedSetup.objects.values()), len(told())) == before


def test_storing_a_detection_twice_does_nothing_the_second_time(floor: Floor, watcher: Watcher) -> None:
    watcher()
    found = DetectedSetupFactory.build()

    first, second = (detections.store(found, now=after_minute(30)) for _ in range(2))

    assert (first.new, first.tracked) == (True, 1)
    assert (second.new, second.tracked) == (False, 0)
    assert len(told()) == 1


def test_a_forming_bar_is_not_judged(floor: Floor, watcher: Watcher) -> None:
    watcher()
    floor.trade("SPY", orb_long())

    with clock.standing(after_minute(17, seconds=1)):  # a second early: the minute has not settled
        result = scan.advance(["SPY"], after_minute(17, seconds=1))

    assert (result.detected, DetectedSetup.objects.count()) == (0, 0)


def test_partial_updates_of_a_bar_change_nothing_of_what_is_stored(floor: Floor, watcher: Watcher) -> None:
    # Spec B-06: each of the last bars comes as 8 partial updates; at minute 17 three of them stand above the range.
    watcher()
    session = [*orb_long()[:17], (100, 103, 99.5, 100.2, 9000), *orb_long()[15:]]
    for minute in range(14, len(session)):
        o, h, low, c, v = session[minute]
        for part in range(1, 9):
            forming: Row = (o, h, low, h if part in (3, 4, 5) else c, v * part / 8)
            floor.trade("SPY", [*session[:minute], forming])
            with clock.standing(datetime.fromtimestamp(OPEN_TS + 60 * minute + 7 * part, UTC)) as hand:
                scan.advance(["SPY"], hand.at)
        floor.trade("SPY", session[: minute + 1])
        floor.scan(minute=minute)
    stored = kept()
    forget()

    floor.scan(minute=len(session) - 1)

    assert stored == kept()
    assert len(stored) == 2


def test_partial_updates_change_nothing_of_what_any_detector_stores(floor: Floor, watcher: Watcher) -> None:
    # A lively session of two hours; of its last forty minutes each bar comes as 8 partial updates, some of them wild.
    watcher()
    walk = random_walks(WALK).panel
    grids = [getattr(walk, name)[0, :120] for name in ("open", "high", "low", "close", "volume")]
    session: list[Row] = list(zip(*(grid.tolist() for grid in grids), strict=True))
    for minute in range(80, len(session)):
        o, h, low, c, v = session[minute]
        for part in range(1, 9):
            forming: Row = (o, h, low, h if part in (3, 4) else low if part in (5, 6) else c, 6 * v * part / 8)
            floor.trade("SPY", [*session[:minute], forming], atr=6.0)
            with clock.standing(datetime.fromtimestamp(OPEN_TS + 60 * minute + 7 * part, UTC)) as hand:
                scan.advance(["SPY"], hand.at)
        floor.trade("SPY", session[: minute + 1], atr=6.0)
        floor.scan(minute=minute)
    stored = kept()
    types = set(DetectedSetup.objects.values_list("setup_type", flat=True))
    forget()

    floor.scan(minute=len(session) - 1)

    assert stored == kept()
    assert len(types) >= 4, types


def test_a_late_detection_is_stored_but_neither_tracked_nor_told(floor: Floor, watcher: Watcher) -> None:
    watcher()
    floor.trade("SPY", [*orb_long(), *[(101, 101.5, 100.8, 101.2, 900)] * 8])

    result = floor.scan(minute=23)  # 6 minutes after the trigger bar closed

    assert (result.detected, result.tracked) == (2, 0)
    assert set(DetectedSetup.objects.values_list("suppressed_reason", flat=True)) == {"late"}
    assert (TrackedSetup.objects.count(), told()) == (0, [])


@pytest.mark.parametrize(("seconds", "reason"), [(300, None), (301, "late")])
def test_late_is_what_closed_more_than_five_market_minutes_ago(
    floor: Floor, watcher: Watcher, seconds: int, reason: str | None
) -> None:
    watcher()
    floor.trade("SPY", [*orb_long(), *[(101, 101.5, 100.8, 101.2, 900)] * 8])
    now = datetime.fromtimestamp(OPEN_TS + 18 * 60 + seconds, UTC)

    with clock.standing(now):
        scan.advance(["SPY"], now)

    assert DetectedSetup.objects.get(variant=15).suppressed_reason == reason


@pytest.mark.parametrize("after", [(101, 104.8, 100.8, 104, 900), (101, 101.5, 98.1, 99, 900)])
def test_a_plan_that_is_over_before_anybody_could_be_told_is_late(floor: Floor, watcher: Watcher, after: Row) -> None:
    watcher()
    floor.trade("SPY", [*orb_long(), after])

    result = floor.scan(minute=18)

    assert result.tracked == 0
    assert DetectedSetup.objects.get(variant=15).suppressed_reason == "late"


def test_a_rejected_plan_is_stored_and_not_tracked(floor: Floor, watcher: Watcher) -> None:
    # A wide range against a small ATR: the stop behind the other side risks more than 1.5 widths bring... at 0.9 ATR.
    watcher()
    wide: Row = (100, 103, 97, 100, 900)
    floor.trade("SPY", [*[wide] * 17, (100, 109, 97, 108.5, 3200)], atr=0.5)

    result = floor.scan(minute=17)

    found = DetectedSetup.objects.get(variant=15)
    assert (found.plan_rejected, found.suppressed_reason) == ("reward_below_risk", "plan_rejected")
    assert (result.tracked, told()) == (0, [])


def test_a_worker_that_was_away_finds_what_an_uninterrupted_one_found(floor: Floor, watcher: Watcher) -> None:
    # Spec B-08: seven minutes away in the middle of the session.
    watcher()
    session = [*orb_long(), *[QUIET] * 6, AGAIN, *[(101, 101.5, 100.8, 101.2, 900)] * 4]
    floor.trade("SPY", session)
    for minute in (*range(17), *range(23, len(session))):
        floor.scan(minute=minute)
    interrupted = kept()
    late = set(DetectedSetup.objects.filter(suppressed_reason="late").values_list("occurrence", flat=True))
    forget()

    for minute in range(len(session)):
        floor.scan(minute=minute)

    assert interrupted == kept()
    assert late == {1}


def test_a_silent_symbol_is_skipped_and_counted(floor: Floor, watcher: Watcher) -> None:
    watcher()
    floor.trade("SPY", orb_long())

    result = floor.scan(minute=18)
    later = floor.scan(minute=19)

    assert (result.stale, result.detected) == ((), 2)
    assert (later.stale, later.read) == (("SPY",), 0)
    assert later.abstained["engine", "stale_data"] == 1


def test_the_last_bar_of_the_day_is_read_after_the_close(floor: Floor, watcher: Watcher) -> None:
    watcher()
    calm = [*orb_long()[:17], *[(100, 100.4, 99.6, 100, 900)] * 372, (100, 101, 99.5, 101.2, 3200)]
    floor.trade("SPY", calm)
    now = datetime.fromtimestamp(CLOSE_TS + 400, UTC)

    with clock.standing(now):
        result = scan.advance(["SPY"], now)

    assert (result.stale, result.read) == ((), 1)
    last = datetime.fromtimestamp(CLOSE_TS - 60, UTC)
    assert DetectedSetup.objects.filter(setup_type="orb_breakout", bar_at=last).count() == 3


@pytest.mark.parametrize("at", ["2026-02-09T14:29:59+00:00", "2026-02-08T15:00:00+00:00"])
def test_outside_of_sessions_nothing_is_read(floor: Floor, at: str) -> None:
    now = datetime.fromisoformat(at)

    with clock.standing(now):
        assert scan.advance(["SPY"], now) == scan.ScanResult()


def test_an_index_borrows_its_proxys_volume(floor: Floor, watcher: Watcher) -> None:
    watcher("SPX")
    floor.trade("SPX", [(o, h, low, c, float("nan")) for o, h, low, c, _ in orb_long()])
    floor.trade("SPY", orb_long())

    floor.scan("SPX", minute=17)

    assert set(DetectedSetup.objects.values_list("symbol", "volume_source", "confidence")) == {("SPX", "SPY", 100)}


def test_an_index_is_read_again_when_its_proxys_minute_comes_later(floor: Floor, watcher: Watcher) -> None:
    watcher("SPX")
    calm = [*orb_long()[:17], *[(100, 100.4, 99.6, 100, 900)] * 372, (100, 101, 99.5, 101.2, 3200)]
    floor.trade("SPX", [(o, h, low, c, float("nan")) for o, h, low, c, _ in calm])
    floor.trade("SPY", calm[:-1])
    now = datetime.fromtimestamp(CLOSE_TS + 62, UTC)

    with clock.standing(now):
        scan.advance(["SPX"], now)
        assert not DetectedSetup.objects.filter(bar_at=datetime.fromtimestamp(CLOSE_TS - 60, UTC)).exists()
        assert "SPX" in scan.unread(now)
        floor.trade("SPY", calm)
        scan.advance(["SPX"], now)

    last = DetectedSetup.objects.filter(bar_at=datetime.fromtimestamp(CLOSE_TS - 60, UTC))
    assert set(last.values_list("symbol", "volume_source")) == {("SPX", "SPY")}
    assert "SPX" not in scan.unread(now)


def test_an_index_without_a_proxy_abstains(floor: Floor, watcher: Watcher) -> None:
    watcher("VIX")
    floor.trade("VIX", [(o, h, low, c, float("nan")) for o, h, low, c, _ in orb_long()])

    result = floor.scan("VIX", minute=17)

    assert DetectedSetup.objects.count() == 0
    assert result.abstained["orb_breakout", "no_volume"] == 1


class TestWhoHears:
    """Mutes, chosen periods, throttle and budgets are decided in the statement that tracks."""

    def store(self, *, minute: int = 30, symbol: str = "SPY", **change: object) -> detections.Stored:
        at = datetime.fromtimestamp(OPEN_TS + 60 * minute, UTC)
        found = DetectedSetupFactory.build(
            symbol=symbol, bar_at=at - timedelta(minutes=1), detected_at=at, **{"variant": None, **change}
        )
        return detections.store(found, now=at)

    @pytest.mark.parametrize(
        ("preferences", "hears"),
        [
            ({"muted_types": ["orb_breakout"]}, False),
            ({"muted_types": ["gap_fill"]}, True),
            ({"min_confidence": 82}, False),
            ({"min_confidence": 81}, True),
            ({"notifications_enabled": False}, True),
        ],
    )
    def test_mutes_and_the_least_confidence(
        self, floor: Floor, watcher: Watcher, preferences: dict[str, object], hears: bool
    ) -> None:
        watcher(**preferences)

        assert self.store(confidence=81).tracked == hears

    @pytest.mark.parametrize(("chosen", "variant", "hears"), [(5, 5, 1), (5, 15, 0), (None, 15, 1), (None, 30, 0)])
    def test_a_trader_hears_of_the_opening_range_he_chose(
        self, floor: Floor, watcher: Watcher, chosen: int | None, variant: int, hears: int
    ) -> None:
        watcher(**({} if chosen is None else {"orb_period": chosen}))

        assert self.store(variant=variant).tracked == hears

    def test_only_the_default_lists_symbols_are_tracked(self, floor: Floor, watcher: Watcher) -> None:
        watcher(auto_track=False)

        stored = self.store()

        assert (stored.new, stored.tracked, told()) == (True, 0, [])

    @pytest.mark.parametrize("preferences", [{"notify_setups": False}, {"notifications_enabled": False}])
    def test_who_wants_no_notice_is_not_interrupted(
        self, floor: Floor, watcher: Watcher, preferences: dict[str, object]
    ) -> None:
        watcher(**preferences)

        self.store()

        assert TrackedSetup.objects.get().interrupt is False

    @pytest.mark.parametrize(("minute", "tracked"), [(30, 0), (34, 0), (35, 1)])
    def test_one_in_five_minutes_a_symbol(self, floor: Floor, watcher: Watcher, minute: int, tracked: int) -> None:
        watcher()
        self.store(minute=30)

        assert self.store(minute=minute).tracked == tracked
        assert self.store(minute=minute, symbol="QQQ").tracked == 0  # nobody follows it

    def test_the_throttle_is_a_traders_and_a_symbols(self, floor: Floor, watcher: Watcher) -> None:
        ann = watcher()
        follow(ann, "SPY", "QQQ")
        self.store(minute=30)
        bob = watcher()

        assert self.store(minute=31, symbol="QQQ").tracked == 1
        assert self.store(minute=31).tracked == 1
        assert TrackedSetup.objects.filter(user=bob).count() == 1

    def test_six_a_symbol_and_session(self, floor: Floor, watcher: Watcher) -> None:
        watcher()

        tracked = [self.store(minute=30 + 5 * n).tracked for n in range(8)]
        tomorrow = DetectedSetupFactory.build(
            session_date=MONDAY + timedelta(days=1), detected_at=after_minute(30) + timedelta(days=1), variant=None
        )

        assert tracked == [1] * 6 + [0] * 2
        assert detections.store(tomorrow, now=tomorrow.detected_at).tracked == 1
        assert list(Hearing.objects.values_list("used", flat=True)) == [1]

    def test_twenty_a_session_over_all_symbols(self, floor: Floor, watcher: Watcher) -> None:
        ann = watcher("S0")
        follow(ann, *(f"S{n}" for n in range(22)))

        tracked = [self.store(symbol=f"S{n}").tracked for n in range(22)]

        assert tracked == [1] * 20 + [0] * 2
        assert Attention.objects.get(user=ann).used == 20

    def test_tracking_by_hand_is_free(self, floor: Floor, watcher: Watcher) -> None:
        ann = watcher()
        TrackedSetupFactory.create_batch(7, user=ann, tracked_at=after_minute(29))

        assert self.store(minute=30).tracked == 1

    def test_the_best_of_a_minute_takes_the_last_place(self, floor: Floor, watcher: Watcher) -> None:
        ann = watcher("SPY")
        follow(ann, "SPY", "QQQ")
        Attention.objects.create(user=ann, session_date=MONDAY, used=19)
        floor.trade("QQQ", orb_short())  # 81 points
        floor.trade("SPY", orb_long())  # 100 points

        with clock.standing(after_minute(17)):
            scan.advance(["QQQ", "SPY"], after_minute(17))

        assert list(TrackedSetup.objects.values_list("symbol", flat=True)) == ["SPY"]

    def test_an_active_row_of_the_same_idea_is_no_error(self, floor: Floor, watcher: Watcher) -> None:
        ann = watcher()
        found = DetectedSetupFactory.build(variant=None)
        TrackedSetupFactory.create(user=ann, source_opportunity_id=str(found.id))

        stored = detections.store(found, now=found.detected_at)

        assert (stored.new, stored.tracked, told()) == (True, 0, [])


def watch(symbol: str, count: int) -> None:
    """Have many traders follow a symbol; every tenth has muted it."""
    users = User.objects.bulk_create(User(username=f"{symbol}-{n}", email="") for n in range(count))
    Following.objects.bulk_create(Following(user=user, symbol=symbol, auto_track=True) for user in users)
    for user in users[::10][:100]:
        PreferencesFactory.create(user=user, muted_types=["orb_breakout"])


def test_a_detection_costs_the_same_statements_and_one_ring_for_10_watchers_and_for_10_000(
    floor: Floor, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    watch("SPY", 10)
    watch("QQQ", 10_000)
    sent: list[str] = []

    async def count(_layer: object, group: str, _message: object) -> None:
        sent.append(group)

    monkeypatch.setattr(RedisPubSubLoopLayer, "group_send", count)
    spent = {}
    for symbol, hears in (("SPY", 9), ("QQQ", 9_900)):
        found = DetectedSetupFactory.build(symbol=symbol, variant=None)
        sent.clear()
        with CaptureQueriesContext(connection) as queries, django_capture_on_commit_callbacks(execute=True):
            stored = detections.store(found, now=found.detected_at)
        assert stored.tracked == hears
        spent[symbol] = [query["sql"].split()[0] for query in queries], list(sent)

    assert spent["SPY"] == spent["QQQ"]
    verbs, layer_calls = spent["QQQ"]
    assert len([verb for verb in verbs if verb not in ("SAVEPOINT", "RELEASE")]) == 2
    assert layer_calls == [RING_GROUP]


def joins(plan: dict[str, Any]) -> list[set[str]]:
    """Return, for each join of a plan, what kinds of nodes it joins."""
    below = plan.get("Plans", [])
    own = [{child["Node Type"] for child in below}] if plan["Node Type"] in ("Nested Loop", "Hash Join") else []
    return own + [join for child in below for join in joins(child)]


def test_tracking_never_joins_two_parts_whose_sizes_the_planner_cannot_know(floor: Floor) -> None:
    found = DetectedSetupFactory.build(variant=None)
    watch("QQQ", 1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE market_following, accounts_preferences")  # as if before ten thousand came
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statements.STORE}", detections._parameters(found, found.detected_at))
        ((plan,),) = cursor.fetchone()

    # One row of each is what it guesses, and then it compares every one with every other.
    assert joins(plan["Plan"])
    assert {"CTE Scan"} not in joins(plan["Plan"])


def test_ids_in_sql_are_those_of_python(floor: Floor) -> None:
    watch("SPY", 30)
    found = DetectedSetupFactory.build(variant=None)

    detections.store(found, now=found.detected_at)

    rows = TrackedSetup.objects.values_list("id", "user_id")
    assert len(rows) == 27
    assert all(setup_id == tracked_id(found.id, user_id) for setup_id, user_id in rows)


def test_a_symbol_whose_writes_fail_does_not_stop_the_others(floor: Floor, watcher: Watcher) -> None:
    watcher("SPY")
    floor.trade("LONGTICKER1", orb_long())  # eleven letters do not fit the column
    floor.trade("SPY", orb_long())

    with clock.standing(after_minute(17)):
        result = scan.advance(["LONGTICKER1", "SPY"], after_minute(17))

    assert (result.failed, result.tracked) == (("LONGTICKER1",), 1)
    assert list(SymbolCursor.objects.values_list("symbol", "scanned_ts")) == [("SPY", OPEN_TS + 17 * 60)]


def test_a_symbol_that_cannot_be_moved_is_taken_up_again(
    floor: Floor, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher("SPY")
    floor.trade("SPY", orb_long())
    monkeypatch.setattr(tracking, "MOVE", "SELECT 1 / 0")
    broken = floor.scan(minute=17)
    monkeypatch.undo()

    mended = floor.scan(minute=17)

    assert (broken.failed, broken.tracked) == (("SPY",), 1)
    assert (mended.failed, mended.read, mended.detected) == ((), 1, 0)


def test_a_day_without_a_session_has_nothing_unread() -> None:
    assert scan.unread(datetime(2026, 2, 8, 15, tzinfo=UTC)) == []


def test_a_symbol_that_only_an_absent_vendor_knows_does_not_blind_the_others(floor: Floor, watcher: Watcher) -> None:
    watcher("SPY")
    floor.trade("SPY", orb_long())
    floor.vendor.minutes["TSLA"] = floor.trade("SPY", orb_long())
    floor.vendor.failing["minute_bars TSLA"] = ProviderUnavailable(provider="fake")

    with clock.standing(after_minute(17)):
        result = scan.advance(["SPY", "TSLA"], after_minute(17))

    assert (result.failed, result.read, result.tracked) == (("TSLA",), 1, 1)


def test_an_absent_vendor_is_said_where_nothing_can_be_read(floor: Floor) -> None:
    floor.vendor.failing["minute_bars TSLA"] = ProviderUnavailable(provider="fake")

    with clock.standing(after_minute(17)), pytest.raises(ProviderUnavailable):
        scan.advance(["TSLA"], after_minute(17))


def at_once(works: Sequence[Callable[[], object]]) -> None:
    """Run these in threads with connections of their own, and raise what any of them raised."""
    start, errors = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait()
            work()
        except Exception as error:  # noqa: BLE001 -- raised below
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise ExceptionGroup("in threads", errors)


@pytest.mark.django_db(transaction=True)
def test_symbols_that_break_out_at_once_share_budgets_without_a_deadlock() -> None:
    # Three places are left to each of thirty traders, and sixteen setups on eight symbols want them.
    users = User.objects.bulk_create(User(username=f"u{n}", email="") for n in range(30))
    symbols = [f"S{n}" for n in range(8)]
    Following.objects.bulk_create(
        Following(user=user, symbol=symbol, auto_track=True) for user in users for symbol in symbols
    )
    Attention.objects.bulk_create(Attention(user=user, session_date=MONDAY, used=17) for user in users)
    setups = [DetectedSetupFactory.build(symbol=symbol, variant=None) for symbol in symbols * 2]

    at_once([partial(detections.store, setup, now=setup.detected_at) for setup in setups])

    assert TrackedSetup.objects.count() == 90
    assert set(Attention.objects.values_list("used", flat=True)) == {20}


@pytest.mark.django_db(transaction=True)
def test_twenty_scans_at_once_find_a_setup_once() -> None:
    # Spec B-10, with real connections.
    vendor = FakeVendor()
    with vendors.using(vendor), clock.standing(after_minute(17)):
        floor = Floor(vendor)
        floor.trade("SPY", orb_long())
        watch("SPY", 12)
        results: list[scan.ScanResult] = []
        at_once([lambda: results.append(scan.advance(["SPY"], after_minute(17)))] * 20)

    assert not any(result.failed for result in results)
    assert sum(result.detected for result in results) == 2  # the 5 and the 15 minute range
    assert DetectedSetup.objects.filter(variant=15).count() == 1
    assert TrackedSetup.objects.count() == 10
    assert len(told()) == 1
