"""GET, POST, PUT and DELETE /api/watchlist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from market import clock, watchlists
from market.models import Watchlist
from tests.contract.schemas import assert_response
from tests.factories.accounts import UserFactory
from tests.market.past import eastern

pytestmark = pytest.mark.django_db
URL, ONE = "/api/watchlist", "/api/watchlist/{id}"


@pytest.fixture(autouse=True)
def hand() -> Iterator[clock.Standing]:
    with clock.standing(eastern("2026-02-10T12:00")) as standing:
        yield standing


def get(api: APIClient) -> dict[str, Any]:
    return assert_response(api.get(URL), URL)


def post(api: APIClient, body: Any, status: int = 201) -> dict[str, Any]:
    response = api.post(URL, body, format="json")
    assert response.status_code == status, response.content
    return assert_response(response, URL, "post")


def put(api: APIClient, list_id: object, body: Any, status: int = 200) -> dict[str, Any]:
    response = api.put(f"{URL}/{list_id}", body, format="json")
    assert response.status_code == status, response.content
    return assert_response(response, ONE, "put")


def delete(api: APIClient, list_id: object, status: int = 200) -> dict[str, Any]:
    response = api.delete(f"{URL}/{list_id}")
    assert response.status_code == status, response.content
    return assert_response(response, ONE, "delete")


def test_a_new_trader_finds_the_standard_list(api: APIClient, user: User) -> None:
    body = get(api)

    (row,) = body["watchlists"]
    assert row == {
        "id": row["id"],
        "user_id": str(user.pk),
        "name": "Default",
        "symbols": ["SPX", "NDX", "SPY", "QQQ"],
        "is_default": True,
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
    assert body["defaultWatchlist"] == row


def test_a_new_list_is_told_with_all_lists(api: APIClient) -> None:
    body = post(api, {"name": " Tech ", "symbols": ["aapl", "I:NDX", "AAPL"], "isDefault": True})

    assert (body["watchlist"]["name"], body["watchlist"]["symbols"]) == ("Tech", ["AAPL", "NDX"])
    assert body["watchlist"]["created_at"] == "2026-02-10T17:00:00Z"
    assert body["defaultWatchlist"] == body["watchlist"] == body["watchlists"][0]
    assert [row["name"] for row in body["watchlists"]] == ["Tech", "Default"]


def test_only_symbols_must_be_said(api: APIClient) -> None:
    body = post(api, {"symbols": ["SPY"], "unknown": 1, "user_id": str(uuid4()), "id": str(uuid4())})

    assert (body["watchlist"]["name"], body["watchlist"]["is_default"]) == ("Default", False)
    assert len(body["watchlists"]) == 2


@pytest.mark.parametrize(
    ("body", "issue"),
    [
        ({}, "symbols"),
        ({"symbols": []}, "symbols"),
        ({"symbols": ["SPY"] * 51}, "symbols"),
        ({"symbols": "SPY"}, "symbols"),
        ({"symbols": [""]}, "symbols.0"),
        ({"symbols": [None]}, "symbols.0"),
        ({"symbols": ["SPY", {"a": 1}]}, "symbols.1"),
        ({"symbols": ["SPY", "B@D"]}, "symbols.1"),
        ({"symbols": ["SPY"], "name": "   "}, "name"),
        ({"symbols": ["SPY"], "name": "x" * 81}, "name"),
        ({"symbols": ["SPY"], "name": None}, "name"),
        ({"symbols": ["SPY"], "name": "a\x00b"}, "name"),
        ({"symbols": ["SPY"], "isDefault": "maybe"}, "isDefault"),
        ([1, 2], "body"),
    ],
)
def test_a_bad_body_is_refused_and_changes_nothing(api: APIClient, body: Any, issue: str) -> None:
    answer = post(api, body, status=400)

    assert answer["error"] == "VALIDATION_ERROR"
    assert answer["details"]["issues"][0].startswith(f"{issue}:")
    assert len(get(api)["watchlists"]) == 1


def test_a_list_without_any_symbol_has_a_label_of_its_own(api: APIClient) -> None:
    answer = post(api, {"symbols": ["***", "a b c"]}, status=400)

    assert answer["error"] == "Invalid symbols"
    assert "'***'" in answer["message"]


def test_a_change_touches_what_it_names(api: APIClient, hand: clock.Standing) -> None:
    made = post(api, {"symbols": ["SPY"], "name": "Mine"})["watchlist"]
    hand.forward(minutes=5)

    body = put(api, made["id"], {"symbols": ["tsla", "SPY"]})

    changed = {"symbols": ["TSLA", "SPY"], "updated_at": "2026-02-10T17:05:00Z"}
    assert body["watchlist"] == made | changed
    assert body["defaultWatchlist"]["name"] == "Default"


@pytest.mark.parametrize("body", [{}, {"unknown": 1}, {"name": ""}, {"symbols": []}, {"isDefault": None}])
def test_a_change_that_is_none_is_refused(api: APIClient, body: dict[str, Any]) -> None:
    put(api, get(api)["defaultWatchlist"]["id"], body, status=400)


def test_the_default_can_be_moved_and_taken_back(api: APIClient) -> None:
    standard = get(api)["defaultWatchlist"]
    other = post(api, {"symbols": ["SPY"], "name": "Other"})["watchlist"]

    moved = put(api, other["id"], {"isDefault": True})
    back = put(api, standard["id"], {"isDefault": True})

    assert moved["defaultWatchlist"]["id"] == other["id"]
    assert back["defaultWatchlist"]["id"] == standard["id"]
    assert sum(row["is_default"] for row in back["watchlists"]) == 1


def test_deleting_the_last_list_brings_the_standard_one_back(api: APIClient) -> None:
    only = get(api)["defaultWatchlist"]

    body = delete(api, only["id"])

    assert body["success"] is True
    assert body["defaultWatchlist"]["id"] != only["id"]
    assert body["defaultWatchlist"]["name"] == "Default"
    delete(api, only["id"], status=404)


def test_someone_elses_list_looks_like_a_missing_one(api: APIClient) -> None:
    foreign = watchlists.default_list(UserFactory.create())
    before = Watchlist.objects.filter(pk=foreign.pk).values().get()

    refused = [put(api, foreign.pk, {"name": "taken"}, status=404), delete(api, foreign.pk, status=404)]
    missing = [put(api, uuid4(), {"name": "taken"}, status=404), delete(api, uuid4(), status=404)]

    assert {answer["error"] for answer in refused + missing} == {"Not found"}
    assert {answer["message"] for answer in refused} == {answer["message"] for answer in missing}
    assert Watchlist.objects.filter(pk=foreign.pk).values().get() == before
    assert str(foreign.pk) not in str(get(api))


def test_an_id_that_is_none_is_refused(api: APIClient) -> None:
    put(api, "not-an-id", {"name": "x"}, status=400)
    delete(api, "not-an-id", status=400)


@pytest.mark.parametrize(("method", "url"), [("get", URL), ("post", URL), ("put", ONE), ("delete", ONE)])
def test_without_a_token_nobody_is_served(db: None, method: str, url: str) -> None:
    response = getattr(APIClient(), method)(url.replace("{id}", str(uuid4())), {}, format="json")

    assert response.status_code == 401
    assert_response(response, url, method)


@pytest.mark.parametrize(
    ("method", "label"),
    [
        ("get", "Failed to fetch watchlists"),
        ("post", "Failed to create watchlist"),
        ("put", "Failed to update watchlist"),
        ("delete", "Failed to delete watchlist"),
    ],
)
def test_our_own_failures_have_the_contracts_labels(
    api: APIClient, monkeypatch: pytest.MonkeyPatch, method: str, label: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(watchlists, "_settle", broken)
    monkeypatch.setattr(watchlists, "lists", broken)
    monkeypatch.setattr(watchlists, "_own", broken)
    path = URL if method in ("get", "post") else f"{URL}/{uuid4()}"

    response = getattr(api, method)(path, {"symbols": ["SPY"]}, format="json")

    assert response.status_code == 500
    body = assert_response(response, URL if method in ("get", "post") else ONE, method)
    assert body["error"] == label
