from __future__ import annotations

import base64
import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from detectors import tracked
from detectors.models import TrackedSetup
from market import clock
from tests.contract.schemas import assert_response
from tests.detectors.conftest import Floor, client_of, told
from tests.factories.accounts import PreferencesFactory, UserFactory
from tests.factories.detectors import SUGGESTED_TRADE, DetectedSetupFactory, TrackedSetupFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]

LIST = "/api/tracked-setups"
NOBODYS = "7b0f1c9e-3f5d-4a53-9a0e-4a2a4f0f9b11"
ONE = "/api/tracked-setups/{id}"
NOW = datetime(2026, 2, 9, 16, 0, tzinfo=UTC)
IDEA = {
    "source_opportunity_id": "scan-1",
    "symbol": " spy ",
    "setup_type": "orb_breakout",
    "direction": "bullish",
    "opportunity_data": {"score": 81, "currentPrice": 101.2, "suggestedTrade": SUGGESTED_TRADE},
    "notes": "look at this",
}


@pytest.fixture(autouse=True)
def _eleven(floor: Floor) -> Any:
    with clock.standing(NOW):
        yield


def path_of(setup: TrackedSetup | UUID | str) -> str:
    return f"{LIST}/{getattr(setup, 'id', setup)}"


def cursor_at(instant: str) -> str:
    """Return the query of a forged cursor."""
    return "cursor=" + base64.urlsafe_b64encode(f"{instant}|{NOBODYS}".encode()).decode()


def nested(levels: int) -> dict[str, Any]:
    """Return objects inside each other."""
    inner: dict[str, Any] = {}
    for _ in range(levels - 1):
        inner = {"x": inner}
    return inner


class TestTracking:
    def test_an_idea_is_tracked_and_told(self, api: APIClient, user: User) -> None:
        response = api.post(LIST, IDEA, format="json")

        body = assert_response(response, LIST, "post")
        assert response.status_code == 201
        row = body["trackedSetup"]
        assert (row["user_id"], row["symbol"], row["status"], row["origin"]) == (
            str(user.id),
            "SPY",
            "active",
            "manual",
        )
        assert (row["tracked_at"], row["created_at"]) == ("2026-02-09T16:00:00Z", "2026-02-09T16:00:00Z")
        assert (row["entry"], row["stop"], row["target"]) == (101.2, 98.1, 104.8)
        assert row["opportunity_data"] == IDEA["opportunity_data"]
        assert body["warnings"] == []
        (event,) = told()
        assert (event.type, event.user_id, str(event.subject)) == ("setup_changed", user.id, row["id"])
        assert (event.payload["previousStatus"], event.payload["status"]) == (None, "active")
        assert event.payload["reason"] == "created"

    def test_the_same_idea_twice_is_one_row(self, api: APIClient) -> None:
        first = api.post(LIST, IDEA, format="json").json()["trackedSetup"]

        response = api.post(LIST, {**IDEA, "notes": "again"}, format="json")

        assert response.status_code == 200
        body = assert_response(response, LIST, "post")
        assert body == {"trackedSetup": first, "duplicate": True}
        assert len(told()) == 1

    @pytest.mark.parametrize("status", ["triggered", "invalidated", "archived"])
    def test_an_idea_that_is_over_may_be_tracked_again(self, api: APIClient, user: User, status: str) -> None:
        TrackedSetupFactory.create(user=user, source_opportunity_id="scan-1", status=status)

        assert api.post(LIST, IDEA, format="json").status_code == 201

    def test_ideas_without_a_source_are_never_the_same(self, api: APIClient) -> None:
        nameless = {name: value for name, value in IDEA.items() if name != "source_opportunity_id"}

        assert [api.post(LIST, nameless, format="json").status_code for _ in range(2)] == [201, 201]

    def test_another_traders_idea_is_another(self, api: APIClient, stranger: User) -> None:
        api.post(LIST, IDEA, format="json")

        assert client_of(stranger).post(LIST, IDEA, format="json").status_code == 201

    @pytest.mark.parametrize(
        ("change", "issue"),
        [
            ({"symbol": ""}, "symbol: "),
            ({"symbol": "SP Y"}, "symbol: "),
            ({"symbol": "ELEVENCHARS"}, "symbol: "),
            ({"symbol": None}, "symbol: "),
            ({"setup_type": " "}, "setup_type: "),
            ({"setup_type": "x" * 101}, "setup_type: "),
            ({"direction": "long"}, "direction: "),
            ({"opportunity_data": []}, "opportunity_data: Expected an object."),
            ({"opportunity_data": None}, "opportunity_data: "),
            ({"opportunity_data": {"x": "y" * 33_000}}, "opportunity_data: At most 32 KiB are kept."),
            ({"opportunity_data": {"x": "\x00"}}, "opportunity_data: Null characters cannot be stored."),
            ({"opportunity_data": {"x": [{"\x00": 1}]}}, "opportunity_data: Null characters cannot be stored."),
            ({"opportunity_data": {"x": 1e300}}, "opportunity_data: Numbers beyond"),
            ({"opportunity_data": nested(33)}, "opportunity_data: Nested deeper than 32 levels."),
            ({"notes": "n" * 2001}, "notes: "),
            ({"source_opportunity_id": ""}, "source_opportunity_id: "),
            ({"source_opportunity_id": "s" * 256}, "source_opportunity_id: "),
        ],
    )
    def test_what_cannot_be_an_idea_is_refused(self, api: APIClient, change: dict[str, Any], issue: str) -> None:
        response = api.post(LIST, {**IDEA, **change}, format="json")

        body = assert_response(response, LIST, "post")
        assert (response.status_code, body["code"]) == (400, "VALIDATION_ERROR")
        assert any(said.startswith(issue) for said in body["details"]["issues"])
        assert TrackedSetup.objects.count() == 0

    def test_exactly_32_kib_are_kept(self, api: APIClient) -> None:
        data = {"x": "y" * (32 * 1024 - len('{"x": ""}'))}

        assert api.post(LIST, {**IDEA, "opportunity_data": data}, format="json").status_code == 201

    def test_every_missing_member_is_named(self, api: APIClient) -> None:
        response = api.post(LIST, {}, format="json")

        said = {issue.split(":")[0] for issue in response.json()["details"]["issues"]}
        assert said == {"symbol", "setup_type", "direction", "opportunity_data"}

    @pytest.mark.parametrize("notes", ["", "   ", None])
    def test_blank_notes_are_none(self, api: APIClient, notes: str | None) -> None:
        assert api.post(LIST, {**IDEA, "notes": notes}, format="json").json()["trackedSetup"]["notes"] is None

    @pytest.mark.parametrize(
        "trade",
        [None, "x", {}, {"stopLoss": "98.1", "target": {"price": 104.8}}, {"stopLoss": True, "target": 1e15}],
    )
    def test_only_finite_numbers_become_prices(self, api: APIClient, trade: object) -> None:
        row = api.post(LIST, {**IDEA, "opportunity_data": {"suggestedTrade": trade}}, format="json").json()

        assert (row["trackedSetup"]["stop"], row["trackedSetup"]["target"]) == (None, None)

    def test_a_target_behind_the_price_is_flagged(self, api: APIClient) -> None:
        data = {**IDEA["opportunity_data"], "currentPrice": 104.8}

        assert api.post(LIST, {**IDEA, "opportunity_data": data}, format="json").json()["warnings"] == [
            "target_behind_price"
        ]

    def test_an_idea_of_a_detection_shares_its_end(self, api: APIClient) -> None:
        found = DetectedSetupFactory.create()

        row = api.post(LIST, {**IDEA, "source_opportunity_id": f"det-{found.id}"}, format="json").json()["trackedSetup"]

        assert (row["detected_setup_id"], row["valid_until"]) == (str(found.id), "2026-02-09T21:00:00Z")

    def test_a_detection_that_is_over_lends_no_end(self, api: APIClient) -> None:
        found = DetectedSetupFactory.create(valid_until=NOW)

        row = api.post(LIST, {**IDEA, "source_opportunity_id": str(found.id)}, format="json").json()["trackedSetup"]

        assert (row["detected_setup_id"], row["valid_until"]) == (str(found.id), None)


class TestListing:
    def test_the_latest_comes_first_and_every_status_is_counted(self, api: APIClient, user: User) -> None:
        old = TrackedSetupFactory.create(user=user, tracked_at=NOW - timedelta(hours=2), status="triggered")
        new = TrackedSetupFactory.create(user=user, tracked_at=NOW)
        TrackedSetupFactory.create()

        body = assert_response(api.get(LIST), LIST)

        assert [row["id"] for row in body["trackedSetups"]] == [str(new.id), str(old.id)]
        assert body["counts"] == {"active": 1, "triggered": 1, "invalidated": 0, "archived": 0}
        assert body["nextCursor"] is None

    def test_an_automatic_row_reads_its_data_from_the_detection(self, api: APIClient, user: User) -> None:
        PreferencesFactory.create(user=user, default_risk_per_trade=700)
        found = DetectedSetupFactory.create()
        TrackedSetupFactory.create(user=user, detected_setup=found, origin="auto", opportunity_data=None)

        (row,) = assert_response(api.get(LIST), LIST)["trackedSetups"]

        data = row["opportunity_data"]
        plan = data.pop("plan")
        assert data == {
            "id": f"det-{found.id}",
            "type": "technical",
            "setupType": "orb_breakout",
            "symbol": "SPY",
            "direction": "bullish",
            "score": 81,
            "confidence": 0.81,
            "currentPrice": 101.2,
            "description": "SPY closed above the high of its opening range",
            "suggestedTrade": SUGGESTED_TRADE,
            "metadata": {
                "orbPeriodMinutes": 15,
                "volumeRatio": 3.56,
                "source": "setup_detector",
                "detectedSetupId": str(found.id),
            },
            "scannedAt": "2026-02-09T15:00:00Z",
            "validUntil": "2026-02-09T21:00:00Z",
        }
        assert plan["positionSize"] == {"contractsFor100Risk": 0, "contractsForUserRisk": 2}
        assert (plan["confidence"], plan["validUntil"]) == (81, "2026-02-09T21:00:00Z")

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("", 3),
            ("?", 3),
            ("?status=active", 2),
            ("?status=archived", 1),
            ("?symbol=qqq", 1),
            ("?since=2026-02-09T15:30:00Z", 1),
            ("?status=active&symbol=SPY", 1),
            ("?unknown=1", 3),
        ],
    )
    def test_filters(self, api: APIClient, user: User, query: str, count: int) -> None:
        TrackedSetupFactory.create(user=user, symbol="QQQ")
        TrackedSetupFactory.create(user=user, status="archived")
        TrackedSetupFactory.create(user=user, tracked_at=NOW)

        assert len(api.get(f"{LIST}{query}").json()["trackedSetups"]) == count

    @pytest.mark.parametrize(
        "query",
        [
            "status=open",
            "limit=0",
            "limit=501",
            "limit=x",
            "since=yesterday",
            "symbol=SP%20Y",
            "cursor=zzz",
            "cursor=eA==",
            cursor_at("2026-02-09T10:00:00"),  # no zone: an instant of nobody
            cursor_at("0001-01-01T00:00:00+23:59"),  # before the first year
        ],
    )
    def test_a_query_that_makes_no_sense_is_refused(self, api: APIClient, query: str) -> None:
        response = api.get(f"{LIST}?{query}")

        assert_response(response, LIST)
        assert response.status_code == 400

    def test_pages_hold_every_row_once(self, api: APIClient, user: User) -> None:
        TrackedSetupFactory.create_batch(7, user=user, tracked_at=NOW)  # equal times: the id decides
        TrackedSetupFactory.create_batch(4, user=user)
        seen, cursor, pages = [], "", 0
        while cursor is not None:
            body = api.get(LIST, {"limit": 3, **({"cursor": cursor} if cursor else {})}).json()
            seen += [row["id"] for row in body["trackedSetups"]]
            cursor, pages = body["nextCursor"], pages + 1

        assert len(seen) == len(set(seen)) == 11
        assert pages == 4

    def test_without_a_limit_a_thousand_rows_are_the_most(self, api: APIClient, user: User) -> None:
        TrackedSetup.objects.bulk_create(TrackedSetupFactory.build(user=user) for _ in range(1_001))

        body = api.get(LIST).json()

        assert len(body["trackedSetups"]) == 1_000
        assert body["counts"]["active"] == 1_001
        assert body["nextCursor"] is not None

    def test_a_list_costs_the_same_statements_for_one_row_and_for_five(self, api: APIClient, user: User) -> None:
        def spent() -> int:
            with CaptureQueriesContext(connection) as queries:
                api.get(LIST)
            return len(queries)

        for _ in range(1):
            TrackedSetupFactory.create(
                user=user, detected_setup=DetectedSetupFactory.create(), opportunity_data=None, origin="auto"
            )
        one = spent()
        for _ in range(4):
            TrackedSetupFactory.create(
                user=user, detected_setup=DetectedSetupFactory.create(), opportunity_data=None, origin="auto"
            )

        assert spent() == one


EFFECTS = {
    "triggered": ("2026-02-09T16:00:00Z", None),
    "invalidated": (None, "2026-02-09T16:00:00Z"),
    "archived": (None, None),
    "active": (None, None),
}


class TestChanging:
    @pytest.mark.parametrize("before", EFFECTS)
    @pytest.mark.parametrize("after", EFFECTS)
    def test_every_move_between_two_statuses(self, api: APIClient, user: User, before: str, after: str) -> None:
        setup = TrackedSetupFactory.create(user=user, status=before, updated_at=NOW - timedelta(hours=1))

        response = api.patch(path_of(setup), {"status": after}, format="json")

        row = assert_response(response, ONE, "patch")["trackedSetup"]
        assert response.status_code == 200
        assert row["status"] == after
        if before == after:
            assert (row["updated_at"], told()) == ("2026-02-09T15:00:00Z", [])
            return
        assert (row["triggered_at"], row["invalidated_at"]) == EFFECTS[after]
        assert row["rearmed_at"] == ("2026-02-09T16:00:00Z" if after == "active" else None)
        (event,) = told()
        assert (event.type, event.payload["previousStatus"], event.payload["status"]) == (
            "setup_changed",
            before,
            after,
        )
        assert (event.payload["reason"], event.facts["actor"]) == ("manual", "trader")

    def test_the_same_status_again_keeps_its_time(self, api: APIClient, user: User) -> None:
        setup = TrackedSetupFactory.create(user=user)
        api.patch(path_of(setup), {"status": "triggered"}, format="json")

        with clock.standing(NOW + timedelta(minutes=5)):
            row = api.patch(path_of(setup), {"status": "triggered"}, format="json").json()["trackedSetup"]

        assert row["triggered_at"] == "2026-02-09T16:00:00Z"
        assert len(told()) == 1

    def test_archiving_keeps_when_it_triggered(self, api: APIClient, user: User) -> None:
        # Spec B-16.
        setup = TrackedSetupFactory.create(user=user)
        api.patch(path_of(setup), {"status": "triggered"}, format="json")

        with clock.standing(NOW + timedelta(minutes=5)):
            row = api.patch(path_of(setup), {"status": "archived"}, format="json").json()["trackedSetup"]

        assert (row["triggered_at"], row["last_triggered_at"]) == (None, "2026-02-09T16:00:00Z")
        assert [event.payload["status"] for event in told()] == ["triggered", "archived"]

    def test_notes_alone(self, api: APIClient, user: User) -> None:
        setup = TrackedSetupFactory.create(user=user, notes="old")

        row = api.patch(path_of(setup), {"notes": " new "}, format="json").json()["trackedSetup"]

        assert (row["notes"], row["status"]) == ("new", "active")
        (event,) = told()
        assert (event.payload["reason"], event.facts["notes"]) == ("notes", "new")

    @pytest.mark.parametrize("notes", [None, ""])
    def test_notes_are_taken_away(self, api: APIClient, user: User, notes: str | None) -> None:
        setup = TrackedSetupFactory.create(user=user, notes="old")

        assert api.patch(path_of(setup), {"notes": notes}, format="json").json()["trackedSetup"]["notes"] is None

    def test_an_idea_reopened_after_its_time_has_no_end(self, api: APIClient, user: User) -> None:
        setup = TrackedSetupFactory.create(user=user, status="archived", valid_until=NOW)

        row = api.patch(path_of(setup), {"status": "active"}, format="json").json()["trackedSetup"]

        assert row["valid_until"] is None

    def test_reopening_a_second_row_of_one_idea_is_refused(self, api: APIClient, user: User) -> None:
        TrackedSetupFactory.create(user=user, source_opportunity_id="scan-1")
        setup = TrackedSetupFactory.create(user=user, source_opportunity_id="scan-1", status="archived")

        response = api.patch(path_of(setup), {"status": "active"}, format="json")

        body = assert_response(response, ONE, "patch")
        assert (response.status_code, body["error"]) == (400, "VALIDATION_ERROR")
        assert body["details"]["issues"] == ["status: another active setup already follows this idea"]
        setup.refresh_from_db()
        assert (setup.status, told()) == ("archived", [])

    @pytest.mark.parametrize("change", [{}, {"status": "open"}, {"status": None}, {"notes": "n" * 2001}, {"x": 1}])
    def test_a_change_that_makes_no_sense_is_refused(self, api: APIClient, user: User, change: dict[str, Any]) -> None:
        setup = TrackedSetupFactory.create(user=user)

        response = api.patch(path_of(setup), change, format="json")

        assert_response(response, ONE, "patch")
        assert response.status_code == 400

    @pytest.mark.parametrize("pk", ["not-a-uuid", "1"])
    @pytest.mark.parametrize("method", ["patch", "delete"])
    def test_an_id_that_is_no_uuid_is_400(self, api: APIClient, method: str, pk: str) -> None:
        response = getattr(api, method)(path_of(pk), {"status": "active"}, format="json")

        assert response.status_code == 400
        assert response.json()["details"]["issues"] == ["id: expected a UUID"]


class TestDeleting:
    def test_it_is_gone_and_its_events_stay(self, api: APIClient, user: User) -> None:
        setup = TrackedSetupFactory.create(user=user)

        response = api.delete(path_of(setup))

        assert assert_response(response, ONE, "delete") == {"success": True}
        assert TrackedSetup.objects.count() == 0
        (event,) = told()
        assert (event.payload["status"], event.payload["previousStatus"]) == (None, "active")
        assert (event.payload["reason"], event.facts["plan"]["target"]) == ("deleted", 104.8)

    def test_a_second_time_it_is_not_found(self, api: APIClient, user: User) -> None:
        setup = TrackedSetupFactory.create(user=user)
        api.delete(path_of(setup))

        response = api.delete(path_of(setup))

        assert response.status_code == 404
        assert assert_response(response, ONE, "delete")["error"] == "Not found"


class TestOtherPeoplesSetups:
    """Crossing users in every route: someone else's id looks like a missing one."""

    @pytest.fixture
    def theirs(self, stranger: User) -> TrackedSetup:
        return TrackedSetupFactory.create(user=stranger, source_opportunity_id="scan-1")

    def test_they_are_not_listed(self, api: APIClient, theirs: TrackedSetup) -> None:
        body = api.get(LIST).json()

        assert (body["trackedSetups"], sum(body["counts"].values())) == ([], 0)

    @pytest.mark.parametrize("missing", [True, False])
    def test_they_cannot_be_changed(self, api: APIClient, theirs: TrackedSetup, missing: bool) -> None:
        response = api.patch(path_of(uuid4() if missing else theirs), {"status": "archived"}, format="json")

        assert (response.status_code, response.json()["error"]) == (404, "Not found")
        theirs.refresh_from_db()
        assert theirs.status == "active"

    def test_they_cannot_be_deleted(self, api: APIClient, theirs: TrackedSetup) -> None:
        assert api.delete(path_of(theirs)).status_code == 404
        assert TrackedSetup.objects.count() == 1

    @pytest.mark.parametrize("act", [{"action": "delete"}, {"action": "set_status", "status": "archived"}])
    def test_they_cannot_be_changed_in_bulk(self, api: APIClient, theirs: TrackedSetup, act: dict[str, str]) -> None:
        response = api.post(f"{LIST}/bulk", {**act, "ids": [str(theirs.id)]}, format="json")

        assert response.json()["notFound"] == [str(theirs.id)]
        theirs.refresh_from_db()
        assert theirs.status == "active"

    def test_they_are_no_duplicates_of_mine(self, api: APIClient, theirs: TrackedSetup) -> None:
        assert api.post(LIST, IDEA, format="json").status_code == 201

    def test_nobody_hears_of_mine(self, api: APIClient, user: User, theirs: TrackedSetup) -> None:
        api.post(LIST, IDEA, format="json")

        assert {event.user_id for event in told()} == {user.id}

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("get", LIST),
            ("post", LIST),
            ("patch", f"{LIST}/{NOBODYS}"),
            ("delete", f"{LIST}/{NOBODYS}"),
            ("post", f"{LIST}/bulk"),
            ("post", f"{LIST}/e2e/simulate-detected"),
            ("get", "/api/setups/detected"),
        ],
    )
    def test_without_a_token_nothing_is_told(self, method: str, path: str) -> None:
        response = getattr(APIClient(), method)(path, {}, format="json")

        assert (response.status_code, response.json()["error"]) == (401, "Unauthorized")


class TestBulk:
    def bulk(self, api: APIClient, **body: Any) -> Any:
        return api.post(f"{LIST}/bulk", body, format="json")

    def test_each_row_is_reported(self, api: APIClient, user: User) -> None:
        active, archived = (
            TrackedSetupFactory.create(user=user),
            TrackedSetupFactory.create(user=user, status="archived"),
        )
        missing = uuid4()

        response = self.bulk(
            api, action="set_status", status="archived", ids=[str(pk) for pk in (active.id, archived.id, missing)]
        )

        assert response.status_code == 200
        assert response.json() == {
            "updated": [str(active.id)],
            "unchanged": [str(archived.id)],
            "conflicts": [],
            "notFound": [str(missing)],
        }
        active.refresh_from_db()
        assert (active.status, active.resolution, active.updated_at) == ("archived", "manual", NOW)
        (event,) = told()
        assert event.payload["setupId"] == str(active.id)

    def test_an_id_named_twice_is_one_row(self, api: APIClient, user: User) -> None:
        setup = TrackedSetupFactory.create(user=user)

        body = self.bulk(api, action="delete", ids=[str(setup.id)] * 2).json()

        assert body["updated"] == [str(setup.id)]
        assert len(told()) == 1

    def test_rows_that_cannot_be_reopened_are_conflicts(self, api: APIClient, user: User) -> None:
        TrackedSetupFactory.create(user=user, source_opportunity_id="taken")
        taken = TrackedSetupFactory.create(user=user, source_opportunity_id="taken", status="archived")
        twins = TrackedSetupFactory.create_batch(2, user=user, source_opportunity_id="twin", status="archived")
        free = TrackedSetupFactory.create(user=user, status="archived", valid_until=NOW - timedelta(hours=1))
        ids = [str(row.id) for row in (taken, *twins, free)]

        body = self.bulk(api, action="set_status", status="active", ids=ids).json()

        first, second = sorted(str(twin.id) for twin in twins)
        assert sorted(body["updated"]) == sorted([first, str(free.id)])
        assert sorted(body["conflicts"]) == sorted([str(taken.id), second])
        free.refresh_from_db()
        assert (free.status, free.valid_until, free.rearmed_at) == ("active", None, NOW)

    def test_many_are_deleted_in_the_statements_of_two(self, api: APIClient, user: User) -> None:
        spent = []
        for count in (2, 60):
            ids = [str(row.id) for row in TrackedSetupFactory.create_batch(count, user=user)]
            with CaptureQueriesContext(connection) as queries:
                assert len(self.bulk(api, action="delete", ids=ids).json()["updated"]) == count
            spent.append(len(queries))

        assert spent[0] == spent[1]
        assert TrackedSetup.objects.count() == 0

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"action": "export", "ids": [NOBODYS]},
            {"action": "delete", "ids": []},
            {"action": "delete", "ids": ["x"]},
            {"action": "delete", "ids": [str(uuid4()) for _ in range(101)]},
            {"action": "set_status", "ids": [NOBODYS]},
            {"action": "set_status", "status": "open", "ids": [NOBODYS]},
        ],
    )
    def test_a_body_that_makes_no_sense_is_refused(self, api: APIClient, body: dict[str, Any]) -> None:
        response = self.bulk(api, **body)

        assert (response.status_code, response.json()["code"]) == (400, "VALIDATION_ERROR")


@pytest.mark.django_db(transaction=True)
def test_one_idea_tracked_twenty_times_at_once_is_one_row() -> None:
    user = UserFactory.create()
    idea = {**IDEA, "symbol": "SPY"}
    start, results = threading.Barrier(20), []

    def work() -> None:
        try:
            start.wait()
            results.append(tracked.track(user.id, idea, now=NOW))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (row,) = TrackedSetup.objects.all()
    assert sorted(duplicate for _, duplicate in results) == [False] + [True] * 19
    assert {setup_id for setup_id, _ in results} == {row.id}
    assert len(told()) == 1
