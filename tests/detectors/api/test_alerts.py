from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from config.redis import client
from detectors.models import Alert
from market import clock, demand, vendors
from market import quotes as quote_store
from market.errors import ProviderUnavailable
from market.vendors.protocol import Quote
from tests.contract.schemas import assert_response
from tests.detectors.conftest import Floor, client_of, told
from tests.detectors.sessions import as_bars
from tests.factories.accounts import MembershipFactory, PreferencesFactory, UserFactory
from tests.factories.detectors import AlertFactory
from tests.market.fakes import FakeVendor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]

LIST, ONE, CANCEL = "/api/alerts", "/api/alerts/{id}", "/api/alerts/{id}/cancel"
NOBODYS = "7b0f1c9e-3f5d-4a53-9a0e-4a2a4f0f9b11"
NOW = datetime(2026, 2, 9, 16, 0, tzinfo=UTC)
ABOVE = {"symbol": " spy ", "alert_type": "price_above", "target_value": 105}


@pytest.fixture(autouse=True)
def _eleven(floor: Floor) -> Any:
    with clock.standing(NOW):
        yield


@pytest.fixture
def price() -> Any:
    """Return a function that has the feed know one price."""

    def know(price: float, *, symbol: str = "SPY", stale: bool = False, age_s: int = 0) -> None:
        at = NOW - timedelta(seconds=age_s)
        pipe = client().pipeline()
        quote_store.replace_all(
            pipe, {symbol: Quote(symbol=symbol, price=price, prev_close=100, volume_today=1, at=at, stale=stale)}
        )
        pipe.execute()

    return know


def path_of(alert: Any, *more: str) -> str:
    return "/".join((LIST, str(getattr(alert, "id", alert)), *more))


class TestSetting:
    def test_an_alert_is_set_and_told(self, api: APIClient, user: User, price: Any) -> None:
        price(101.0)

        response = api.post(LIST, ABOVE, format="json")

        assert response.status_code == 201
        row = assert_response(response, LIST, "post")
        assert row == {
            "id": row["id"],
            "user_id": str(user.id),
            "symbol": "SPY",
            "alert_type": "price_above",
            "target_value": 105,
            "condition_met": False,
            "triggered_at": None,
            "notification_sent": False,
            "notification_channels": ["in-app"],
            "status": "active",
            "notes": None,
            "created_at": "2026-02-09T16:00:00Z",
            "expires_at": None,
            "tolerance_pct": None,
            "trigger_reason": None,
            "trigger_price": None,
            "armed_price": 101,
            "rearmed_at": None,
            "expired_at": None,
        }
        (event,) = told()
        assert (event.type, event.channel, event.user_id) == ("alert_changed", "alerts", user.id)
        assert event.payload == {
            "alertId": row["id"],
            "userId": str(user.id),
            "symbol": "SPY",
            "type": "price_above",
            "targetValue": 105,
            "previousStatus": None,
            "status": "active",
            "reason": "created",
            "changedAt": "2026-02-09T16:00:00Z",
        }
        assert event.facts["actor"] == "trader"

    def test_everything_that_may_be_said(self, api: APIClient) -> None:
        wanted = {
            "symbol": "I:SPX",
            "alert_type": "level_approach",
            "target_value": 5_904.123_456_789,
            "tolerance_pct": 0.25,
            "notification_channels": ["push", "pigeon", "in-app", "", "push", "email"],
            "notes": " " + "x" * 500 + " ",
            "expires_at": "2026-02-13T21:00:00Z",
        }

        row = assert_response(api.post(LIST, wanted, format="json"), LIST, "post")

        assert (row["symbol"], row["target_value"], row["tolerance_pct"]) == ("SPX", 5_904.123457, 0.25)
        assert row["notification_channels"] == ["push", "in-app", "email"]
        assert (row["notes"], row["expires_at"]) == ("x" * 500, "2026-02-13T21:00:00Z")

    def test_what_only_we_write_cannot_be_written(self, api: APIClient, user: User, stranger: User) -> None:
        forged = {
            "id": NOBODYS, "user_id": str(stranger.id), "user": str(stranger.id), "status": "triggered",
            "condition_met": True, "triggered_at": "2020-01-01T00:00:00Z", "notification_sent": True,
            "created_at": "2020-01-01T00:00:00Z", "trigger_price": 1, "armed_price": 1, "rearmed_at": None, "more": [],
        }  # fmt: skip

        row = assert_response(api.post(LIST, ABOVE | forged, format="json"), LIST, "post")

        assert row["id"] != NOBODYS
        assert (row["user_id"], row["status"], row["created_at"]) == (str(user.id), "active", "2026-02-09T16:00:00Z")
        assert (row["triggered_at"], row["trigger_price"], row["armed_price"]) == (None, None, None)

    @pytest.mark.parametrize(
        ("change", "issue"),
        [
            ({"symbol": ""}, "symbol: "),
            ({"symbol": "ELEVENCHARS"}, "symbol: "),
            ({"symbol": 7}, "symbol: Expected a text."),
            ({"alert_type": "price_at"}, "alert_type: "),
            ({"alert_type": None}, "alert_type: "),
            ({"target_value": 0}, "target_value: Must be greater than 0."),
            ({"target_value": -1}, "target_value: Must be greater than 0."),
            ({"target_value": 0.0000004}, "target_value: Must be greater than 0."),
            ({"target_value": 1e11}, "target_value: Expected a number."),
            ({"target_value": "105"}, "target_value: Expected a number."),
            ({"target_value": True}, "target_value: Expected a number."),
            ({"target_value": None}, "target_value: "),
            ({"tolerance_pct": 0}, "tolerance_pct: Must be greater than 0."),
            ({"tolerance_pct": 10.001}, "tolerance_pct: Must be at most 10."),
            ({"notification_channels": [["in-app"]]}, "notification_channels.0: "),
            ({"notification_channels": "in-app"}, "notification_channels: "),
            ({"notification_channels": None}, "notification_channels: "),
            ({"notes": "x" * 501}, "notes: "),
            ({"notes": "\x00"}, "notes: "),
            ({"notes": 7}, "notes: Expected a text."),
            ({"expires_at": "soon"}, "expires_at: "),
            ({"expires_at": "2026-02-09T16:00:00Z"}, "expires_at: Must lie in the future."),
            ({"expires_at": "2026-02-09T11:00:00-05:00"}, "expires_at: Must lie in the future."),
            ({"symbol": "VIX", "alert_type": "volume_spike"}, "symbol: VIX has no volume"),
            ({"symbol": "i:comp", "alert_type": "volume_spike"}, "symbol: COMP has no volume"),
        ],
    )
    def test_what_cannot_be_is_refused(self, api: APIClient, change: dict[str, Any], issue: str) -> None:
        response = api.post(LIST, ABOVE | change, format="json")

        assert response.status_code == 400
        body = assert_response(response, LIST, "post")
        assert body["details"]["issues"][0].startswith(issue)
        assert (Alert.objects.count(), told()) == (0, [])

    @pytest.mark.parametrize("missing", ABOVE)
    def test_three_members_are_needed(self, api: APIClient, missing: str) -> None:
        body = {name: value for name, value in ABOVE.items() if name != missing}

        assert api.post(LIST, body, format="json").json()["details"]["issues"][0].startswith(f"{missing}: ")

    @pytest.mark.parametrize("symbol", ["SPX", "DJIA", "AAPL", "BRK.B"])
    def test_volume_of_a_fund_is_lent_to_its_index(self, api: APIClient, symbol: str) -> None:
        response = api.post(LIST, {"symbol": symbol, "alert_type": "volume_spike", "target_value": 3}, format="json")

        assert response.status_code == 201

    @pytest.mark.parametrize(("expires", "status"), [("2026-02-09T16:00:01Z", 201), (None, 201)])
    def test_an_end_in_the_future_or_none(self, api: APIClient, expires: str | None, status: int) -> None:
        assert api.post(LIST, ABOVE | {"expires_at": expires}, format="json").status_code == status

    def test_it_costs_no_query_of_the_allowance(self, api: APIClient, user: User) -> None:
        plan = MembershipFactory.create(user=user, tier="lite", query_count=100)

        alert = api.post(LIST, ABOVE, format="json")
        rest = [
            api.get(LIST), api.put(path_of(alert.json()["id"]), {"notes": "x"}, format="json"),
            api.post(path_of(alert.json()["id"], "cancel")), api.delete(path_of(alert.json()["id"])),
        ]  # fmt: skip

        assert [each.status_code for each in (alert, *rest)] == [201, 200, 200, 200, 200]
        plan.refresh_from_db()
        assert plan.query_count == 100

    def test_the_feed_serves_what_it_watches(self, api: APIClient) -> None:
        api.post(LIST, ABOVE | {"symbol": "RUT"}, format="json")
        AlertFactory.create(symbol="AMD", status="cancelled")

        assert demand.symbols() >= {"RUT", "IWM"}
        assert "AMD" not in demand.symbols()


class TestMetAlready:
    @pytest.mark.parametrize(
        ("alert_type", "target", "at", "met"),
        [
            ("price_above", 105, 105.01, True),
            ("price_above", 105, 105.0, False),
            ("price_below", 105, 104.99, True),
            ("price_below", 105, 105.0, False),
            ("level_approach", 100, 99.51, True),
            ("level_approach", 100, 99.5, False),
            ("level_break", 100, 103, False),
            ("volume_spike", 2, 103, False),
        ],
    )
    def test_what_the_price_of_now_meets_fires_at_once(
        self, api: APIClient, user: User, price: Any, alert_type: str, target: float, at: float, met: bool
    ) -> None:
        price(at)

        response = api.post(LIST, {**ABOVE, "alert_type": alert_type, "target_value": target}, format="json")

        row = assert_response(response, LIST, "post")
        assert (response.status_code, row["status"]) == (201, "triggered" if met else "active")
        events = [event.type for event in told()]
        assert events == (["alert_changed", "alert_triggered"] if met else ["alert_changed"])
        if met:
            assert (row["trigger_reason"], row["trigger_price"], row["armed_price"]) == ("already_met", at, at)
            assert (row["condition_met"], row["notification_sent"]) == (True, True)
            assert row["triggered_at"] == row["created_at"]
            payload = told()[-1].payload
            assert payload == {
                "alertId": row["id"],
                "userId": str(user.id),
                "symbol": "SPY",
                "type": alert_type,
                "targetValue": target,
                "currentPrice": at,
                "triggeredAt": "2026-02-09T16:00:00Z",
                "notes": None,
                "triggerReason": "already_met",
                "triggerPrice": at,
                "interrupt": True,
            }
            assert told()[-1].facts["barAt"] is None

    @pytest.mark.parametrize("quote", [{"stale": True}, {"age_s": 121}])
    def test_a_price_that_has_grown_old_meets_nothing(self, api: APIClient, price: Any, quote: dict[str, Any]) -> None:
        price(106.0, **quote)

        row = api.post(LIST, ABOVE, format="json").json()

        assert (row["status"], row["armed_price"]) == ("active", None)

    def test_for_a_symbol_that_nobody_follows_the_vendor_is_asked(self, api: APIClient, floor: Floor) -> None:
        floor.vendor.minutes["TSLA"] = as_bars([(100, 106.5, 100, 106, 900)])

        row = api.post(LIST, ABOVE | {"symbol": "TSLA"}, format="json").json()

        assert (row["status"], row["trigger_price"]) == ("triggered", 106)

    def test_a_vendor_that_is_away_is_no_reason_to_refuse(self, api: APIClient, floor: Floor) -> None:
        floor.vendor.failing["snapshot"] = ProviderUnavailable(provider="fake")

        response = api.post(LIST, ABOVE, format="json")

        assert (response.status_code, response.json()["armed_price"]) == (201, None)

    @pytest.mark.parametrize("choice", [{"notify_alerts": False}, {"notifications_enabled": False}])
    def test_who_wants_no_notice_is_not_interrupted(
        self, api: APIClient, user: User, price: Any, choice: dict[str, bool]
    ) -> None:
        PreferencesFactory.create(user=user, **choice)
        price(106.0)

        api.post(LIST, ABOVE, format="json")

        assert told("alert_triggered")[0].payload["interrupt"] is False

    def test_email_alone_is_not_sent_yet(self, api: APIClient, price: Any) -> None:
        price(106.0)

        row = api.post(LIST, ABOVE | {"notification_channels": ["email"]}, format="json").json()

        assert (row["status"], row["notification_sent"]) == ("triggered", False)


class TestTheLimit:
    def test_the_21st_active_one_is_refused(self, api: APIClient, user: User) -> None:
        AlertFactory.create_batch(20, user=user)
        AlertFactory.create_batch(3, user=user, status="cancelled")
        AlertFactory.create_batch(3)

        response = api.post(LIST, ABOVE, format="json")

        assert response.status_code == 400
        body = assert_response(response, LIST, "post")
        assert (body["error"], body["message"]) == ("Alert limit reached", "You already have 20 active alerts")
        assert user.alerts.count() == 23

    def test_a_place_that_is_free_again_can_be_taken(self, api: APIClient, user: User) -> None:
        first, *_ = AlertFactory.create_batch(20, user=user)
        api.post(path_of(first, "cancel"))

        assert [api.post(LIST, ABOVE, format="json").status_code for _ in range(2)] == [201, 400]

    @pytest.mark.django_db(transaction=True)
    def test_thirty_at_once_leave_exactly_twenty(self) -> None:
        with vendors.using(FakeVendor()), clock.standing(NOW):
            user = UserFactory.create()
            answers = self._at_once(30, lambda: client_of(user).post(LIST, ABOVE, format="json").status_code)

        assert sorted(answers) == [201] * 20 + [400] * 10
        assert user.alerts.filter(status="active").count() == 20
        assert len(told("alert_changed")) == 20

    @pytest.mark.django_db(transaction=True)
    def test_the_last_place_is_taken_once_by_arming_again_or_by_a_new_one(self) -> None:
        with vendors.using(FakeVendor()), clock.standing(NOW):
            user = UserFactory.create()
            AlertFactory.create_batch(19, user=user)
            over = AlertFactory.create_batch(4, user=user, status="cancelled")
            acts = [lambda one=one: self._arm(user, one) for one in over]
            acts += [lambda: client_of(user).post(LIST, ABOVE, format="json").status_code] * 4
            answers = self._all_at_once(acts)

        assert sorted(answers) in ([200, *[400] * 7], [201, *[400] * 7])
        assert user.alerts.filter(status="active").count() == 20

    def _arm(self, user: User, alert: Alert) -> int:
        return int(client_of(user).put(path_of(alert), {"status": "active"}, format="json").status_code)

    def _at_once(self, count: int, act: Any) -> list[int]:
        return self._all_at_once([act] * count)

    def _all_at_once(self, acts: list[Any]) -> list[int]:
        start, answers = threading.Barrier(len(acts)), []

        def run(act: Any) -> None:
            start.wait()
            try:
                answers.append(act())
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers


class TestListing:
    def test_the_newest_first_and_ones_own(self, api: APIClient, user: User) -> None:
        made = [AlertFactory.create(user=user, created_at=NOW - timedelta(minutes=n)) for n in (3, 1, 2)]
        AlertFactory.create()

        body = assert_response(api.get(f"{LIST}?"), LIST)

        assert [row["id"] for row in body["alerts"]] == [str(made[n].id) for n in (1, 2, 0)]
        assert body["total"] == 3

    @pytest.mark.parametrize(
        ("query", "symbols"),
        [
            ("", ["SPY", "QQQ", "IWM"]),
            ("?status=active", ["SPY"]),
            ("?status=triggered", ["QQQ"]),
            ("?status=cancelled", ["IWM"]),
            ("?status=expired", []),
            ("?symbol=qqq", ["QQQ"]),
            ("?symbol=spy&status=cancelled", []),
            ("?limit=1", ["SPY"]),
            ("?limit=1&offset=1", ["QQQ"]),
            ("?offset=2", ["IWM"]),
            ("?offset=9", []),
            ("?status=&symbol=", ["SPY", "QQQ", "IWM"]),
            ("?page=2&user_id=" + NOBODYS, ["SPY", "QQQ", "IWM"]),
        ],
    )
    def test_filters_and_pages(self, api: APIClient, user: User, query: str, symbols: list[str]) -> None:
        triggered = {"condition_met": True, "triggered_at": NOW, "trigger_reason": "came_near"}
        for age, (symbol, rest) in enumerate(
            [("SPY", {}), ("QQQ", {"status": "triggered", **triggered}), ("IWM", {"status": "cancelled"})]
        ):
            AlertFactory.create(user=user, symbol=symbol, created_at=NOW - timedelta(minutes=age), **rest)

        body = assert_response(api.get(LIST + query), LIST)

        assert [row["symbol"] for row in body["alerts"]] == symbols

    def test_the_total_is_of_all_pages(self, api: APIClient, user: User) -> None:
        AlertFactory.create_batch(5, user=user)

        assert api.get(f"{LIST}?limit=2&status=active").json()["total"] == 5

    @pytest.mark.parametrize(
        "query", ["status=gone", "symbol=***", "symbol=ELEVENCHARS", "limit=0", "limit=201", "limit=x", "offset=-1"]
    )
    def test_what_cannot_be_asked_is_refused(self, api: APIClient, query: str) -> None:
        response = api.get(f"{LIST}?{query}")

        assert response.status_code == 400
        assert_response(response, LIST)

    def test_one_row_costs_what_three_cost(self, api: APIClient, user: User) -> None:
        counts = []
        for more in (1, 2):
            AlertFactory.create_batch(more, user=user)
            with CaptureQueriesContext(connection) as queries:
                api.get(LIST)
            counts.append(len(queries))

        assert counts[0] == counts[1]


class TestChanging:
    def change(self, api: APIClient, alert: Alert, **body: Any) -> Any:
        response = api.put(path_of(alert), body, format="json")
        assert response.status_code == 200, response.content
        return assert_response(response, ONE, "put")

    def test_what_is_named_changes_and_is_told(self, api: APIClient, user: User) -> None:
        alert = AlertFactory.create(user=user, notes="old")

        row = self.change(api, alert, notes=" new ", notification_channels=["email"], expires_at="2026-02-10T16:00:00Z")

        assert (row["notes"], row["notification_channels"]) == ("new", ["email"])
        assert (row["expires_at"], row["rearmed_at"]) == ("2026-02-10T16:00:00Z", None)
        (event,) = told()
        assert (event.payload["previousStatus"], event.payload["status"]) == ("active", "active")
        assert event.payload["reason"] == "changed"

    def test_another_target_counts_from_now_on(self, api: APIClient, user: User, price: Any) -> None:
        alert = AlertFactory.create(user=user)
        price(102.5)

        row = self.change(api, alert, target_value=102)

        # Met already, and still waiting: the next bar above it fires it.
        assert (row["target_value"], row["status"]) == (102, "active")
        assert (row["rearmed_at"], row["armed_price"]) == ("2026-02-09T16:00:00Z", 102.5)
        assert told()[0].payload["targetValue"] == 102

    def test_a_change_that_changes_nothing_is_not_told(self, api: APIClient, user: User) -> None:
        alert = AlertFactory.create(user=user)

        row = self.change(api, alert, target_value=105, status="active", notes=None)

        assert (row["rearmed_at"], told()) == (None, [])

    def test_the_target_of_one_that_is_over_may_be_changed(self, api: APIClient, user: User) -> None:
        alert = AlertFactory.create(user=user, status="cancelled")

        row = self.change(api, alert, target_value=110)

        assert (row["target_value"], row["status"], row["rearmed_at"]) == (110, "cancelled", None)

    def test_a_triggered_one_is_armed_again_as_new(self, api: APIClient, user: User, price: Any) -> None:
        alert = AlertFactory.create(user=user, **TRIGGERED)
        price(103.0)

        row = self.change(api, alert, status="active", target_value=110, user_id=NOBODYS, id=NOBODYS)

        assert row["id"] == str(alert.id)
        assert (row["user_id"], row["status"], row["target_value"]) == (str(user.id), "active", 110)
        assert (row["condition_met"], row["notification_sent"]) == (False, False)
        assert [row[name] for name in ("triggered_at", "trigger_reason", "trigger_price")] == [None] * 3
        assert (row["rearmed_at"], row["armed_price"]) == ("2026-02-09T16:00:00Z", 103)
        (event,) = told()
        assert (event.payload["previousStatus"], event.payload["status"]) == ("triggered", "active")
        assert event.payload["reason"] == "rearmed"

    def test_one_that_ran_out_is_armed_without_its_end(self, api: APIClient, user: User) -> None:
        over = NOW - timedelta(minutes=1)
        alert = AlertFactory.create(user=user, status="cancelled", expires_at=over, expired_at=over)

        row = self.change(api, alert, status="active")

        assert (row["status"], row["expires_at"], row["expired_at"]) == ("active", None, None)

    def test_arming_again_keeps_an_end_that_is_still_to_come(self, api: APIClient, user: User) -> None:
        alert = AlertFactory.create(user=user, status="cancelled", expires_at=NOW + timedelta(minutes=1))

        assert self.change(api, alert, status="active")["expires_at"] == "2026-02-09T16:01:00Z"

    def test_arming_again_is_bound_by_the_limit(self, api: APIClient, user: User) -> None:
        alert = AlertFactory.create(user=user, status="cancelled")
        AlertFactory.create_batch(20, user=user)

        response = api.put(path_of(alert), {"status": "active", "notes": "again"}, format="json")

        assert response.status_code == 400
        body = assert_response(response, ONE, "put")
        assert body["details"]["issues"] == ["status: you already have 20 active alerts"]
        alert.refresh_from_db()
        assert (alert.status, alert.notes, told()) == ("cancelled", None, [])

    @pytest.mark.parametrize("start", ["active", "triggered", "cancelled"])
    @pytest.mark.parametrize("end", ["active", "triggered", "cancelled", "expired"])
    def test_the_matrix(self, api: APIClient, user: User, start: str, end: str) -> None:
        alert = AlertFactory.create(user=user, **(TRIGGERED if start == "triggered" else {"status": start}))
        allowed = {("active", "cancelled"), ("triggered", "active"), ("cancelled", "active")}

        response = api.put(path_of(alert), {"status": end}, format="json")

        assert response.status_code == (200 if (start, end) in allowed or start == end else 400)
        alert.refresh_from_db()
        assert alert.status == (end if (start, end) in allowed else start)
        assert len(told()) == ((start, end) in allowed)

    @pytest.mark.parametrize(
        "body",
        [
            {}, {"symbol": "QQQ"}, {"status": None}, {"target_value": 0}, {"target_value": None},
            {"notification_channels": "push"}, {"notes": "x" * 501}, {"expires_at": "2026-02-09T15:59:59Z"},
            {"tolerance_pct": -1},
        ],
    )  # fmt: skip
    def test_what_cannot_be_is_refused(self, api: APIClient, user: User, body: dict[str, Any]) -> None:
        alert = AlertFactory.create(user=user)

        response = api.put(path_of(alert), body, format="json")

        assert response.status_code == 400
        assert_response(response, ONE, "put")
        assert told() == []

    def test_end_note_and_tolerance_can_be_taken_away(self, api: APIClient, user: User) -> None:
        alert = AlertFactory.create(user=user, notes="x", tolerance_pct=1, expires_at=NOW + timedelta(days=1))

        row = self.change(api, alert, notes=None, tolerance_pct=None, expires_at=None)

        assert (row["notes"], row["tolerance_pct"], row["expires_at"]) == (None, None, None)

    def test_someone_elses_is_missing_and_stays(self, api: APIClient) -> None:
        alert = AlertFactory.create()

        for target in (alert, NOBODYS):
            response = api.put(path_of(target), {"status": "cancelled"}, format="json")
            assert response.status_code == 404
            body = assert_response(response, ONE, "put")
            assert (body["error"], body["message"]) == ("Not found", "There is no such alert")
        alert.refresh_from_db()
        assert alert.status == "active"

    def test_one_that_is_deleted_meanwhile_is_missing(
        self, api: APIClient, user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        alert = AlertFactory.create(user=user)
        monkeypatch.setattr("detectors.alerts.price_now", lambda *_: Alert.objects.all().delete() and None)

        assert api.put(path_of(alert), {"target_value": 9}, format="json").status_code == 404


class TestCancelling:
    def test_an_active_one_is_cancelled_and_told(self, api: APIClient, user: User) -> None:
        alert = AlertFactory.create(user=user)

        response = api.generic("POST", path_of(alert, "cancel"), content_type="")  # as the front end sends it

        row = assert_response(response, CANCEL, "post")
        assert (response.status_code, row["status"], row["triggered_at"]) == (200, "cancelled", None)
        (event,) = told()
        assert (event.payload["status"], event.payload["reason"]) == ("cancelled", "cancelled")

    @pytest.mark.parametrize("state", ["cancelled", "triggered", "someone's", "nobody's"])
    def test_what_is_not_active_cannot_be(self, api: APIClient, user: User, state: str) -> None:
        owner = {} if state == "someone's" else {"user": user}
        alert = AlertFactory.create(
            **owner, **{"triggered": TRIGGERED, "cancelled": {"status": "cancelled"}}.get(state, {})
        )
        before = alert.status

        response = api.post(path_of(NOBODYS if state == "nobody's" else alert, "cancel"))

        assert response.status_code == 404
        body = assert_response(response, CANCEL, "post")
        assert body["error"] == "Alert not found or already cancelled/triggered"
        assert body["message"] == "This alert is not active"
        alert.refresh_from_db()
        assert (alert.status, told()) == (before, [])


class TestDeleting:
    def test_it_is_gone_and_told_and_gone_again(self, api: APIClient, user: User) -> None:
        alert = AlertFactory.create(user=user, **TRIGGERED)

        answers = [api.delete(path_of(alert)) for _ in range(2)]

        assert [assert_response(answer, ONE, "delete") for answer in answers] == [{"success": True}] * 2
        assert Alert.objects.count() == 0
        (event,) = told()
        assert (event.payload["previousStatus"], event.payload["status"]) == ("triggered", None)
        assert event.payload["reason"] == "deleted"

    def test_someone_elses_stays(self, api: APIClient) -> None:
        alert = AlertFactory.create()

        assert api.delete(path_of(alert)).json() == {"success": True}
        assert Alert.objects.get() == alert
        assert told() == []


@pytest.mark.parametrize(
    ("method", "path"), [("put", path_of("x")), ("delete", path_of("x")), ("post", path_of("x", "cancel"))]
)
def test_an_id_that_is_none_is_refused(api: APIClient, method: str, path: str) -> None:
    response = getattr(api, method)(path, {"notes": "x"}, format="json")

    assert response.status_code == 400
    assert response.json()["details"]["issues"] == ["id: expected a UUID"]


TRIGGERED = {
    "status": "triggered",
    "condition_met": True,
    "notification_sent": True,
    "triggered_at": NOW - timedelta(minutes=5),
    "trigger_reason": "traded_above",
    "trigger_price": Decimal("105.2"),
}


def test_an_alert_of_another_is_not_counted(api: APIClient, user: User) -> None:
    AlertFactory.create_batch(2, user=user)
    AlertFactory.create(id=uuid4())

    assert api.get(LIST).json()["total"] == 2
