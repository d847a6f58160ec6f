from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from detectors import detections, hearers, simulate
from detectors.models import DetectedSetup, TrackedSetup
from detectors.pure.identity import tracked_id
from market import clock
from tests.contract.schemas import assert_matches, assert_response
from tests.detectors.conftest import client_of, follow, told
from tests.factories.detectors import AT_TEN, DetectedSetupFactory, TrackedSetupFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("floor")]

FEED = "/api/setups/detected"
SIMULATE = "/api/tracked-setups/e2e/simulate-detected"
Watcher = Callable[..., User]


class TestFeed:
    def test_the_latest_comes_first_in_the_contracts_shape(self, api: APIClient) -> None:
        old = DetectedSetupFactory.create(detected_at=AT_TEN - timedelta(minutes=5))
        new = DetectedSetupFactory.create(symbol="QQQ")

        body = api.get(FEED).json()

        assert [row["id"] for row in body["detections"]] == [str(new.id), str(old.id)]
        assert body["nextCursor"] is None
        for row in body["detections"]:
            assert_matches("DetectedSetup", row)

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ({}, 3),
            ({"symbol": "qqq"}, 1),
            ({"type": "gap_fill"}, 1),
            ({"outcome": "win"}, 1),
            ({"from": "2026-02-09T15:00:00Z"}, 2),
            ({"to": "2026-02-09T15:00:00Z"}, 1),
        ],
    )
    def test_filters(self, api: APIClient, query: dict[str, str], count: int) -> None:
        DetectedSetupFactory.create(symbol="QQQ", detected_at=AT_TEN - timedelta(minutes=1))
        DetectedSetupFactory.create(setup_type="gap_fill")
        DetectedSetupFactory.create(outcome="win", outcome_data={}, resolved_at=AT_TEN)

        assert len(api.get(FEED, query).json()["detections"]) == count

    @pytest.mark.parametrize(
        "query", [{"outcome": "draw"}, {"from": "x"}, {"limit": 0}, {"cursor": "x"}, {"symbol": " "}]
    )
    def test_a_query_that_makes_no_sense_is_refused(self, api: APIClient, query: dict[str, Any]) -> None:
        assert api.get(FEED, query).status_code == 400

    def test_pages_hold_every_row_once(self, api: APIClient) -> None:
        DetectedSetupFactory.create_batch(5)
        first = api.get(FEED, {"limit": 3}).json()

        second = api.get(FEED, {"limit": 3, "cursor": first["nextCursor"]}).json()

        ids = [row["id"] for row in (*first["detections"], *second["detections"])]
        assert len(set(ids)) == len(ids) == 5
        assert second["nextCursor"] is None

    def test_pretended_detections_are_nobodys_news(self, api: APIClient) -> None:
        DetectedSetupFactory.create(source="e2e")

        assert api.get(FEED).json()["detections"] == []

    def test_a_page_costs_the_same_statements_for_one_row_and_for_five(self, api: APIClient) -> None:
        spent = []
        for _ in range(2):
            DetectedSetupFactory.create_batch(2)
            with CaptureQueriesContext(connection) as queries:
                api.get(FEED)
            spent.append(len(queries))

        assert spent[0] == spent[1]


class TestReasons:
    """Why the caller was not told: the detection's own reason, or his."""

    def feed(self, user: User) -> list[tuple[str | None, str | None]]:
        rows = client_of(user).get(FEED).json()["detections"]
        return [(row["tracked_setup_id"], row["suppressed_reason"]) for row in rows]

    def test_what_is_tracked_has_an_id_and_no_reason(self, watcher: Watcher) -> None:
        ann = watcher()
        found = DetectedSetupFactory.build()
        detections.store(found, now=AT_TEN)

        assert self.feed(ann) == [(str(tracked_id(found.id, ann.id)), None)]

    @pytest.mark.parametrize("reason", ["late", "plan_rejected", "no_plan"])
    def test_the_detections_own_reason(self, watcher: Watcher, reason: str) -> None:
        DetectedSetupFactory.create(suppressed_reason=reason)

        assert self.feed(watcher()) == [(None, reason)]

    @pytest.mark.parametrize(
        ("preferences", "reason"),
        [
            ({"muted_types": ["orb_breakout"]}, "muted"),
            ({"min_confidence": 90}, "below_min_confidence"),
            ({"orb_period": 30}, "other_period"),
        ],
    )
    def test_his_own_choices(self, watcher: Watcher, preferences: dict[str, Any], reason: str) -> None:
        ann = watcher(**preferences)
        detections.store(DetectedSetupFactory.build(), now=AT_TEN)

        assert self.feed(ann) == [(None, reason)]

    def test_a_symbol_that_is_on_no_default_list(self, watcher: Watcher) -> None:
        ann = watcher("QQQ")
        detections.store(DetectedSetupFactory.build(), now=AT_TEN)

        assert self.feed(ann) == [(None, "not_followed")]

    def test_two_at_once_are_one_push_and_two_rows(self, watcher: Watcher) -> None:
        # Spec B-17.
        ann = watcher()
        for at in (AT_TEN, AT_TEN + timedelta(minutes=4)):
            detections.store(DetectedSetupFactory.build(detected_at=at), now=at)

        assert [reason for _, reason in self.feed(ann)] == ["throttled", None]
        assert len(told("setup_detected")) == 1

    def test_the_seventh_of_a_symbol_is_beyond_the_budget(self, watcher: Watcher) -> None:
        ann = watcher()
        for n in range(7):
            at = AT_TEN + timedelta(minutes=5 * n)
            detections.store(DetectedSetupFactory.build(detected_at=at), now=at)

        assert [reason for _, reason in self.feed(ann)] == ["budget", *[None] * 6]

    def test_the_twenty_first_of_a_session_is_beyond_the_budget(self, watcher: Watcher) -> None:
        ann = watcher("S0")
        follow(ann, *(f"S{n}" for n in range(21)))
        for n in range(21):
            at = AT_TEN + timedelta(minutes=n)
            detections.store(DetectedSetupFactory.build(symbol=f"S{n}", detected_at=at), now=at)

        assert [reason for _, reason in self.feed(ann)] == ["budget", *[None] * 20]

    def test_who_deleted_his_row_is_simply_not_tracking(self, watcher: Watcher) -> None:
        ann = watcher()
        detections.store(DetectedSetupFactory.build(), now=AT_TEN)
        TrackedSetup.objects.all().delete()

        assert self.feed(ann) == [(None, "not_tracked")]

    def test_one_traders_reasons_are_not_anothers(self, watcher: Watcher) -> None:
        ann, bob = watcher(), watcher(muted_types=["orb_breakout"])
        found = DetectedSetupFactory.build()
        detections.store(found, now=AT_TEN)

        assert self.feed(ann) == [(str(tracked_id(found.id, ann.id)), None)]
        assert self.feed(bob) == [(None, "muted")]


class TestSimulation:
    @pytest.fixture(autouse=True)
    def _open(self, settings: Any) -> None:
        settings.E2E_BYPASS_AUTH = True

    def test_it_is_stored_tracked_and_told_to_its_caller_alone(
        self, api: APIClient, user: User, stranger: User
    ) -> None:
        follow(stranger, "SPX")

        response = api.post(SIMULATE, {}, format="json")

        body = assert_response(response, SIMULATE, "post")
        assert response.status_code == 201
        found, setup = body["detectedSetup"], body["trackedSetup"]
        assert (found["symbol"], found["setup_type"], found["direction"], found["confidence"]) == (
            *("SPX", "gamma_squeeze", "long", 75),
        )
        assert found["signal_data"]["source"] == "e2e_simulated_detector"
        assert (setup["symbol"], setup["direction"], setup["origin"], setup["user_id"]) == (
            *("SPX", "bullish", "e2e", str(user.id)),
        )
        assert setup["opportunity_data"]["metadata"]["source"] == "setup_detector_e2e_simulation"
        assert TrackedSetup.objects.count() == 1
        (event,) = told()
        assert (event.type, event.user_id, str(event.subject)) == ("setup_detected", None, found["id"])
        heard = hearers.of_detection(event.subject, [user.id, stranger.id])
        assert heard == {user.id: {"trackedSetupId": setup["id"], "userId": str(user.id), "interrupt": True}}

    def test_everything_can_be_said(self, api: APIClient) -> None:
        wish = {
            "symbol": "ndx",
            "setup_type": "break_retest",
            "direction": "bearish",
            "confidence": 0,
            "current_price": 21544.5,
            "description": "a run note",
            "notes": "from the gate",
            "trade_suggestion": {"strategy": "short", "entry": 21544.5, "stopLoss": 21600, "target": 21400},
        }

        body = api.post(SIMULATE, wish, format="json").json()

        found, setup = body["detectedSetup"], body["trackedSetup"]
        assert (found["direction"], found["confidence"], found["description"]) == ("short", 0, "a run note")
        assert found["trade_suggestion"] == wish["trade_suggestion"]
        assert (setup["notes"], setup["stop"], setup["target"]) == ("from the gate", 21600, 21400)
        assert setup["opportunity_data"]["suggestedTrade"] == wish["trade_suggestion"]
        assert setup["opportunity_data"]["currentPrice"] == 21544.5
        assert told()[0].payload["confidence"] == 0

    def test_no_throttle_stands_in_its_way(self, api: APIClient) -> None:
        assert [api.post(SIMULATE, {}, format="json").status_code for _ in range(3)] == [201, 201, 201]
        assert DetectedSetup.objects.count() == 3

    @pytest.mark.parametrize(
        "wish",
        [
            {"symbol": "?"},
            {"confidence": 101},
            {"confidence": 7.5},
            {"confidence": "high"},
            {"direction": "long"},
            {"current_price": 0},
            {"description": ""},
            {"description": "x" * 241},
            {"trade_suggestion": [1]},
        ],
    )
    def test_a_wish_that_makes_no_sense_is_refused(self, api: APIClient, wish: dict[str, Any]) -> None:
        response = api.post(SIMULATE, wish, format="json")

        assert_response(response, SIMULATE, "post")
        assert response.status_code == 400
        assert DetectedSetup.objects.count() == 0

    def test_nothing_is_stored_when_it_cannot_be_told(self, user: User) -> None:
        # The derived id is taken: the second insert fails and the first must not stay.
        found = DetectedSetupFactory.create(source="e2e")
        wanted = {"symbol": "SPX", "setup_type": "x", "direction": "bullish", "confidence": 1}
        with pytest.MonkeyPatch.context() as patch, clock.standing(AT_TEN):
            patch.setattr(simulate, "tracked_id", lambda *_: TrackedSetupFactory.create(detected_setup=found).id)
            with pytest.raises(Exception, match="duplicate key"):
                simulate.detect(user.id, wanted, now=AT_TEN)

        assert list(DetectedSetup.objects.all()) == [found]


class TestTheGate:
    def test_where_it_is_closed_there_is_no_such_address(self, api: APIClient) -> None:
        response = api.post(SIMULATE, {}, format="json")

        assert (response.status_code, response.json()["error"]) == (404, "Not found")
        assert DetectedSetup.objects.count() == 0

    def test_the_body_is_checked_first(self, api: APIClient) -> None:
        assert api.post(SIMULATE, {"confidence": 101}, format="json").status_code == 400

    def test_the_token_is_checked_before_that(self) -> None:
        assert APIClient().post(SIMULATE, {"confidence": 101}, format="json").status_code == 401

    @override_settings(E2E_BYPASS_AUTH=True, COACH_ENV="production")
    def test_it_is_never_open_in_production(self, api: APIClient) -> None:
        assert api.post(SIMULATE, {}, format="json").status_code == 404
