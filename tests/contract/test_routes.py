"""Every route of the contract that is served, at every status it documents, held against its schema.

A contract route that begins to be served fails here until it stands in `ROUTES`, and so does a documented status that
nobody provokes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, resolve

from accounts import tokens
from accounts.models import Membership, User
from detectors.models import Alert, TrackedSetup
from market.errors import ProviderUnavailable
from market.models import Watchlist
from positions.models import Leaps
from tests.contract.schemas import assert_response, contract
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.detectors import SUGGESTED_TRADE, AlertFactory, TrackedSetupFactory
from tests.factories.market import WatchlistFactory
from tests.factories.positions import LeapsFactory
from tests.market.fakes import FakeVendor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vendor")]

METHODS = ("get", "post", "put", "patch", "delete")
NOBODYS = "7b0f1c9e-3f5d-4a53-9a0e-4a2a4f0f9b11"
FOREIGN = "https://elsewhere.example"
IDEA = {
    "source_opportunity_id": "scan-1",
    "symbol": "SPY",
    "setup_type": "orb_breakout",
    "direction": "bullish",
    "opportunity_data": {"score": 81, "currentPrice": 101.2, "suggestedTrade": SUGGESTED_TRADE},
}
ALERT = {"symbol": "SPY", "alert_type": "price_above", "target_value": 6_000}
LEAPS = {
    "symbol": "SPY",
    "option_type": "call",
    "strike": 550,
    "entry_price": 52.4,
    "entry_date": "2026-01-12",
    "expiry_date": "2026-12-18",
    "quantity": 2,
}
HELD_CALL = {
    "symbol": "SPX",
    "type": "call",
    "strike": 5900,
    "expiry": "2026-02-13",
    "quantity": 2,
    "entryPrice": 30,
    "entryDate": "2026-02-09",
}
NO_LEAPS = (404, "Position not found")
NOT_ACTIVE = "Alert not found or already cancelled/triggered"
TEST_TOKENS = {"E2E_BYPASS_AUTH": True, "E2E_BYPASS_SHARED_SECRET": "s" * 32}


@dataclass(frozen=True)
class Route:
    """How to call one operation of the contract.

    `own` makes the row that `{id}` names, `missing` is how a row that is not there or not the caller's is answered:
    the status and its `error`. `bad` are requests that validation refuses, as changes to the good one:
    `path` for the parameter, `query` or `body`. `elsewhere` are statuses whose tests stand in the file it names,
    `never` those that we have no reason for, and why.
    """

    good: int = 200
    body: Any = None
    own: Callable[[User], Any] | None = None
    missing: tuple[int, str | None] = (404, "Not found")
    bad: tuple[dict[str, Any], ...] = ()
    vendor_calls: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    elsewhere: dict[int, str] = field(default_factory=dict)
    never: dict[int, str] = field(default_factory=dict)


def own_list(user: User) -> Watchlist:
    return WatchlistFactory.create(user=user)


def own_setup(user: User) -> TrackedSetup:
    return TrackedSetupFactory.create(user=user)


def own_alert(user: User) -> Alert:
    return AlertFactory.create(user=user)


def own_leaps(user: User) -> Leaps:
    return LeapsFactory.create(user=user)


HEALTH = {200: "tests/ops/api/test_health.py", 503: "tests/ops/api/test_health.py"}
NO_UUID = {"path": "x"}
ROUTES = {
    ("/", "get"): Route(),
    ("/health", "get"): Route(),
    ("/health/ready", "get"): Route(elsewhere=HEALTH),
    ("/health/detailed", "get"): Route(elsewhere=HEALTH),
    ("/health/workers", "get"): Route(elsewhere=HEALTH),
    ("/api/levels/{symbol}", "get"): Route(
        bad=({"query": "timeframe=hourly"}, {"path": "NOT-A-SYMBOL"}), vendor_calls=("daily_bars SPX",)
    ),
    ("/api/chart/{symbol}", "get"): Route(
        bad=({"query": "timeframe=2m"}, {"query": "bars=0"}, {"query": "includeIndicators=yes"}, {"path": "***"}),
        vendor_calls=("minute_bars SPX", "daily_bars SPX"),
    ),
    ("/api/options/{symbol}/iv", "get"): Route(
        bad=(
            {"query": "strikeRange=2"},
            {"query": "maxExpirations=13"},
            {"query": "expiry=2026-99-99"},
            {"path": "***"},
        ),
        vendor_calls=("option_expiries SPX", "option_chain SPX"),
    ),
    ("/api/symbols/search", "get"): Route(
        bad=({"query": "limit=51"}, {"query": "q=" + 31 * "x"}, {"query": "q=%00"}), vendor_calls=("search", "lookup")
    ),
    ("/api/options/{symbol}/chain", "get"): Route(
        bad=({"query": "strikeRange=51"}, {"query": "expiry=2026-99-99"}, {"path": "***"}),
        vendor_calls=("option_chain SPX",),
        elsewhere={404: "tests/options_engine/api/test_chains.py"},
    ),
    ("/api/options/{symbol}/expirations", "get"): Route(bad=({"path": "***"},), vendor_calls=("option_expiries SPX",)),
    ("/api/options/{symbol}/0dte", "get"): Route(
        bad=({"query": "type=invalid"}, {"query": "strike=0"}, {"query": "chain=maybe"}, {"path": "***"}),
        vendor_calls=("option_chain SPX",),
    ),
    ("/api/options/{symbol}/gex", "get"): Route(
        bad=(
            {"query": "strikeRange=3"},
            {"query": "maxExpirations=13"},
            {"query": "expiry=2026-02-09"},
            {"query": "forceRefresh=yes"},
            {"path": "***"},
        ),
        vendor_calls=("option_chain SPX",),
        elsewhere={404: "tests/options_engine/api/test_gex.py"},
    ),
    ("/api/options/{symbol}/matrix", "get"): Route(
        bad=({"query": "expirations=0&strikes=8"}, {"query": "forceRefresh=yes"}, {"path": "***"}),
        vendor_calls=("option_chain SPX",),
        elsewhere={404: "tests/options_engine/api/test_matrix.py"},
    ),
    ("/api/watchlist", "get"): Route(),
    ("/api/watchlist", "post"): Route(
        good=201, body={"symbols": ["SPX"]}, bad=({"body": {}}, {"body": {"symbols": ["\x00"]}})
    ),
    ("/api/watchlist/{id}", "put"): Route(
        body={"name": "Mine"}, own=own_list, bad=(NO_UUID, {"body": {}}, {"body": {"name": "\x00"}})
    ),
    ("/api/watchlist/{id}", "delete"): Route(own=own_list, bad=(NO_UUID,)),
    ("/api/tracked-setups", "get"): Route(bad=({"query": "status=gone"}, {"query": "cursor=%00"})),
    ("/api/tracked-setups", "post"): Route(
        good=201,
        body=IDEA,
        bad=({"body": {}}, {"body": IDEA | {"symbol": ["SPY"]}}, {"body": IDEA | {"notes": "\x00"}}),
    ),
    ("/api/tracked-setups/{id}", "patch"): Route(
        body={"status": "archived"}, own=own_setup, bad=(NO_UUID, {"body": {}}, {"body": {"status": None}})
    ),
    ("/api/tracked-setups/{id}", "delete"): Route(own=own_setup, bad=(NO_UUID,)),
    ("/api/tracked-setups/e2e/simulate-detected", "post"): Route(
        good=201, body={"symbol": "SPY"}, bad=({"body": {"confidence": 101}},), settings=TEST_TOKENS
    ),
    ("/api/earnings/calendar", "get"): Route(
        bad=({"query": "days=0"}, {"query": "watchlist=A$"}),
        elsewhere={503: "tests/options_engine/api/test_earnings.py"},
    ),
    ("/api/earnings/{symbol}/analysis", "get"): Route(bad=({"path": "***"},), vendor_calls=("option_chain SPX",)),
    ("/api/alerts", "get"): Route(bad=({"query": "status=gone"}, {"query": "symbol=***"}, {"query": "limit=0"})),
    ("/api/alerts", "post"): Route(
        good=201,
        body=ALERT,
        bad=(
            {"body": {}},
            {"body": ALERT | {"target_value": 0}},
            {"body": ALERT | {"target_value": "6000"}},
            {"body": ALERT | {"symbol": "VIX", "alert_type": "volume_spike"}},
            {"body": ALERT | {"expires_at": "2026-02-10T17:00:00Z"}},
            {"body": ALERT | {"notes": "\x00"}},
        ),
    ),
    ("/api/alerts/{id}", "put"): Route(
        body={"target_value": 5_950.5},
        own=own_alert,
        bad=(NO_UUID, {"body": {}}, {"body": {"status": "triggered"}}, {"body": {"status": "expired"}}),
    ),
    ("/api/alerts/{id}", "delete"): Route(own=own_alert, missing=(200, None), bad=(NO_UUID,)),
    ("/api/alerts/{id}/cancel", "post"): Route(own=own_alert, missing=(404, NOT_ACTIVE), bad=(NO_UUID,)),
    ("/api/positions/live", "get"): Route(),
    ("/api/positions/advice", "get"): Route(
        bad=({"query": "positionId=x"}, {"query": "position_id=x"}),
        never={503: "advice that was told is read, not made"},
    ),
    ("/api/positions/analyze", "post"): Route(
        body={"position": HELD_CALL},
        bad=(
            {"body": {}},
            {"body": {"position": HELD_CALL, "positions": [HELD_CALL]}},
            {"body": {"positions": []}},
            {"body": {"positions": 101 * [HELD_CALL]}},
            {"body": {"position": HELD_CALL | {"type": "other"}}},
            {"body": {"position": HELD_CALL | {"symbol": "***"}}},
            {"body": {"position": HELD_CALL | {"quantity": 0}}},
            {"body": {"position": HELD_CALL | {"quantity": 1.5}}},
            {"body": {"position": HELD_CALL | {"entryPrice": 0}}},
            {"body": {"position": HELD_CALL | {"entryPrice": "30"}}},
            {"body": {"position": HELD_CALL | {"strike": -1}}},
            {"body": {"position": HELD_CALL | {"entryDate": "2026-02-14"}}},
        ),
        vendor_calls=("contract_marks",),
    ),
    ("/api/leaps", "get"): Route(),
    ("/api/leaps", "post"): Route(
        good=201,
        body=LEAPS,
        bad=(
            {"body": {}},
            {"body": LEAPS | {"symbol": "***"}},
            {"body": LEAPS | {"option_type": "straddle"}},
            {"body": LEAPS | {"strike": 0}},
            {"body": LEAPS | {"strike": "550"}},
            {"body": LEAPS | {"entry_price": -1}},
            {"body": LEAPS | {"quantity": 1.5}},
            {"body": LEAPS | {"expiry_date": "2026-01-12"}},
            {"body": LEAPS | {"expiry_date": "2126-12-18"}},
            {"body": LEAPS | {"notes": "\x00"}},
            {"body": LEAPS | {"notes": 2_001 * "x"}},
            {"body": LEAPS | {"entry_delta": "0.7"}},
        ),
    ),
    ("/api/leaps/{id}", "get"): Route(own=own_leaps, missing=NO_LEAPS, bad=(NO_UUID,)),
    ("/api/leaps/{id}", "put"): Route(
        body={"current_value": 61.5},
        own=own_leaps,
        missing=NO_LEAPS,
        bad=(
            NO_UUID,
            {"body": {}},
            {"body": {"colour": "red"}},
            {"body": {"current_iv": 5.1}},
            {"body": {"current_iv": -0.1}},
            {"body": {"current_value": None}},
            {"body": {"current_delta": 1e9}},
        ),
    ),
    ("/api/leaps/{id}", "delete"): Route(own=own_leaps, missing=(200, None), bad=(NO_UUID,)),
    ("/api/leaps/{id}/roll-calculation", "post"): Route(
        body={"newStrike": 600, "newExpiry": "2027-01-15"},
        own=own_leaps,
        missing=NO_LEAPS,
        bad=(
            NO_UUID,
            {"body": {}},
            {"body": {"newStrike": 0}},
            {"body": {"newStrike": 600, "newExpiry": "2026-02-08"}},
            {"body": {"newStrike": 600, "newExpiry": "soon"}},
        ),
    ),
    ("/api/leaps/{id}/greeks-projection", "post"): Route(own=own_leaps, missing=NO_LEAPS, bad=(NO_UUID,)),
}
API = {which: route for which, route in ROUTES.items() if which[0].startswith("/api/")}
each_api_route = pytest.mark.parametrize("which", API, ids=lambda which: f"{which[1]} {which[0]}")


@dataclass
class Caller:
    """Calls one route as its user, with as many faults as a test puts in."""

    which: tuple[str, str]
    user: User
    row: Any
    headers: dict[str, str]

    @property
    def route(self) -> Route:
        return ROUTES[self.which]

    @property
    def path(self) -> str:
        return self.path_with(str(getattr(self.row, "pk", "")))

    def path_with(self, pk: str) -> str:
        return self.which[0].replace("{id}", pk).replace("{symbol}", "SPX")

    def call(self, path: str = "", *, raw: bytes | None = None, query: str = "", **headers: str) -> HttpResponse:
        body = raw if raw is not None else b"" if self.route.body is None else orjson.dumps(self.route.body)
        address = (path or self.path) + (f"?{query}" if query else "")
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return Client(raise_request_exception=False).generic(
            self.which[1].upper(), address, body, "application/json", headers=sent
        )

    def bad(self, change: dict[str, Any]) -> HttpResponse:
        parameter = "{id}" if "{id}" in self.which[0] else "{symbol}"
        path = self.which[0].replace(parameter, change["path"]) if "path" in change else ""
        raw = orjson.dumps(change["body"]) if "body" in change else None
        return self.call(path, raw=raw, query=change.get("query", ""))


@pytest.fixture
def caller(which: tuple[str, str], settings: Any) -> Caller:
    """Return one whose call is good in every way."""
    route = ROUTES[which]
    for name, value in route.settings.items():
        setattr(settings, name, value)
    user = UserFactory.create()
    row = route.own(user) if route.own else None
    return Caller(which, user, row, {"Authorization": f"Bearer {tokens.issue(user)}"})


def told(response: HttpResponse, which: tuple[str, str], status: int) -> Any:
    """Return the body of an answer that has this status and keeps the contract."""
    assert response.status_code == status, response.content
    assert response["X-Request-ID"]
    return assert_response(response, *which)


def documented(which: tuple[str, str]) -> set[int]:
    path, method = which
    return {int(status) for status in contract()["paths"][path][method]["responses"]}


def is_served(path: str) -> bool:
    filled = path.replace("{id}", NOBODYS).replace("{symbol}", "SPX")
    try:
        found = resolve(filled)
    except Resolver404:
        return False
    return f"/{found.route}".count("<") == path.count("{")


@contextmanager
def every_statement_fails(problem: Exception) -> Iterator[None]:
    def fail(execute: Any, sql: str, *rest: Any) -> Any:
        # Savepoints go on: the test's own transaction hangs on them.
        if sql.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            raise problem
        return execute(sql, *rest)

    with connection.execute_wrapper(fail):
        yield


def test_every_contract_route_that_is_served_stands_in_the_table() -> None:
    served = {
        (path, method)
        for path, item in contract()["paths"].items()
        for method in METHODS
        if method in item and is_served(path)
    }

    assert served == set(ROUTES)


def test_every_documented_status_is_provoked_here_or_in_the_file_that_is_named() -> None:
    provoked = {
        which: {route.good, *route.elsewhere, *route.never}
        | ({401, 403, 408, 429, 500} if which in API else set())
        | ({400} if route.bad else set())
        | ({route.missing[0]} if route.own else {404} if route.settings else set())
        | ({413} if route.body is not None else set())
        | ({503} if route.vendor_calls else set())
        for which, route in ROUTES.items()
    }
    provoked[("/api/tracked-setups", "post")] |= {200}  # the same idea again

    left = {which: documented(which) - statuses for which, statuses in provoked.items()}
    assert {which: statuses for which, statuses in left.items() if statuses} == {}


@pytest.mark.parametrize(
    "which", [which for which, route in ROUTES.items() if route.good not in route.elsewhere], ids=str
)
def test_a_good_call_is_answered(caller: Caller, which: tuple[str, str]) -> None:
    told(caller.call(), which, caller.route.good)


def test_the_same_idea_again_is_a_200() -> None:
    which = ("/api/tracked-setups", "post")
    user = UserFactory.create()
    caller = Caller(which, user, None, {"Authorization": f"Bearer {tokens.issue(user)}"})
    caller.call()

    assert told(caller.call(), which, 200)["duplicate"] is True


def test_one_alert_too_many_is_refused_by_its_own_name() -> None:
    which = ("/api/alerts", "post")
    user = UserFactory.create()
    AlertFactory.create_batch(20, user=user)
    caller = Caller(which, user, None, {"Authorization": f"Bearer {tokens.issue(user)}"})

    assert told(caller.call(), which, 400)["error"] == "Alert limit reached"


def test_one_leaps_too_many_is_refused_by_its_own_name() -> None:
    which = ("/api/leaps", "post")
    user = UserFactory.create()
    LeapsFactory.create_batch(10, user=user)
    caller = Caller(which, user, None, {"Authorization": f"Bearer {tokens.issue(user)}"})

    assert told(caller.call(), which, 400)["error"] == "Maximum 10 LEAPS positions allowed"


@pytest.mark.parametrize(
    ("path", "label"),
    [("greeks-projection", "Failed to generate projection"), ("roll-calculation", "Failed to calculate roll")],
)
def test_what_is_not_known_is_said_and_not_made_up(path: str, label: str) -> None:
    which = (f"/api/leaps/{{id}}/{path}", "post")
    user = UserFactory.create()
    row = LeapsFactory.create(user=user, symbol="ZZTOP", current_iv=None, current_underlying=None)
    caller = Caller(which, user, row, {"Authorization": f"Bearer {tokens.issue(user)}"})

    body = told(caller.call(), which, 500)

    assert body["error"] == label
    assert "the price of ZZTOP and the implied volatility" in body["message"]


@pytest.mark.parametrize(
    ("which", "change"),
    [(which, change) for which, route in API.items() for change in route.bad],
    ids=str,
)
def test_what_cannot_be_is_refused(caller: Caller, which: tuple[str, str], change: dict[str, Any]) -> None:
    told(caller.bad(change), which, 400)


@each_api_route
@pytest.mark.parametrize("body", [b"{", b"[1]", b'{"a": "\\ud800"}', b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(caller: Caller, which: tuple[str, str], body: bytes) -> None:
    response = caller.call(raw=body)

    assert response.status_code == 400
    assert response.json()["error"] == "VALIDATION_ERROR"
    assert response.json()["message"]


@each_api_route
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer a b", "Bearer x.y.z", "Basic YTpi", "Bearer \x80"])
def test_without_a_good_token_nobody_is_served(caller: Caller, which: tuple[str, str], header: str) -> None:
    response = caller.call(Authorization=header)

    assert told(response, which, 401)["error"] == "Unauthorized"
    assert response["WWW-Authenticate"] == "Bearer"


@each_api_route
def test_a_page_of_a_foreign_site_is_refused(caller: Caller, which: tuple[str, str], settings: Any) -> None:
    settings.CORS_ALLOW_ALL_ORIGINS = False

    assert told(caller.call(Origin=FOREIGN), which, 403)["error"] == "Forbidden"


@each_api_route
def test_a_minutes_requests_may_be_used_up(caller: Caller, which: tuple[str, str], settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"general": 1}
    first = caller.call()
    response = caller.call()

    assert first.status_code == caller.route.good
    assert told(response, which, 429)["error"] == "Too many requests"
    assert (response["RateLimit-Limit"], response["RateLimit-Remaining"]) == ("1", "0")
    assert 0 < int(response["Retry-After"]) <= 60


@each_api_route
def test_answers_and_refusals_say_how_many_requests_are_left(caller: Caller, which: tuple[str, str]) -> None:
    answers = [caller.call(), caller.call(Authorization="")]

    for answer in answers:
        assert (answer["RateLimit-Limit"], answer["RateLimit-Policy"]) == ("100", "100;w=60")
        assert (answer["RateLimit-Remaining"], int(answer["RateLimit-Reset"]) in range(1, 61)) == ("99", True)


@pytest.mark.parametrize("which", [which for which, route in API.items() if route.body is not None], ids=str)
def test_a_body_above_15_mb_is_refused(caller: Caller, which: tuple[str, str]) -> None:
    told(caller.call(raw=b" " * (15 * 1024 * 1024 + 1)), which, 413)


@pytest.mark.parametrize("which", [which for which, route in API.items() if route.own], ids=str)
@pytest.mark.parametrize("somebody_elses", [False, True])
def test_what_is_not_there_and_what_is_not_yours_look_the_same(
    caller: Caller, which: tuple[str, str], somebody_elses: bool
) -> None:
    assert caller.route.own is not None
    pk = str(caller.route.own(UserFactory.create()).pk) if somebody_elses else NOBODYS

    status, error = caller.route.missing

    answer = told(caller.call(caller.path_with(pk)), which, status)

    assert (answer.get("error"), pk in orjson.dumps(answer).decode()) == (error, False)


def test_where_no_test_tokens_are_taken_nothing_can_be_simulated() -> None:
    which = ("/api/tracked-setups/e2e/simulate-detected", "post")
    user = UserFactory.create()
    caller = Caller(which, user, None, {"Authorization": f"Bearer {tokens.issue(user)}"})

    told(caller.call(), which, 404)


@pytest.mark.parametrize("which", [which for which, route in API.items() if route.vendor_calls], ids=str)
def test_a_vendor_that_is_away_is_a_503(caller: Caller, which: tuple[str, str], vendor: FakeVendor) -> None:
    for name in caller.route.vendor_calls:
        vendor.failing[name] = ProviderUnavailable(provider="massive")

    told(caller.call(query="q=ZZZZ"), which, 503)


@each_api_route
def test_a_database_that_takes_too_long_is_a_408(caller: Caller, which: tuple[str, str]) -> None:
    with every_statement_fails(OperationalError("canceling statement due to statement timeout")):
        response = caller.call()

    assert told(response, which, 408)["error"] == "Request timeout"


@each_api_route
def test_a_mistake_of_ours_has_the_contracts_label_and_says_nothing(caller: Caller, which: tuple[str, str]) -> None:
    with every_statement_fails(RuntimeError("secret detail")):
        response = caller.call()

    answer = told(response, which, 500)
    assert answer["error"] == label_of_500(which)
    assert "secret" not in response.content.decode()


def label_of_500(which: tuple[str, str]) -> str:
    path, method = which
    answer = contract()["paths"][path][method]["responses"]["500"]
    if "$ref" in answer:
        return "Internal server error"
    return str(answer["content"]["application/json"]["examples"]["example"]["value"]["error"])


@pytest.mark.parametrize("which", [("/api/levels/{symbol}", "get")], ids=str)
def test_checks_run_in_the_contracts_order(caller: Caller, which: tuple[str, str], settings: Any) -> None:
    """From a call with every fault, one is mended after the other; each answer names the first that is left."""
    settings.CORS_ALLOW_ALL_ORIGINS = False
    usual = settings.RATE_LIMITS
    settings.RATE_LIMITS = usual | {"general": 0}
    plan = MembershipFactory.create(user=caller.user, tier="lite", query_count=100)
    faults: dict[str, Any] = {
        "Origin": FOREIGN, "raw": b"{", "Authorization": "Bearer x.y.z", "query": "timeframe=hourly"
    }  # fmt: skip

    seen = [caller.call(**faults)]
    faults |= {"Origin": "http://testserver"}
    seen.append(caller.call(**faults))
    faults |= {"raw": b""}
    seen.append(caller.call(**faults))
    settings.RATE_LIMITS = usual
    seen.append(caller.call(**faults))
    del faults["Authorization"]
    seen.append(caller.call(**faults))
    Membership.objects.filter(pk=plan.pk).update(query_count=0)
    seen.append(caller.call(**faults))
    faults |= {"query": ""}
    seen.append(caller.call(**faults))

    found = [(answer.status_code, answer.json().get("error")) for answer in seen]
    assert found == [
        (403, "Forbidden"),
        (400, "VALIDATION_ERROR"),
        (429, "Too many requests"),
        (401, "Unauthorized"),
        (429, "Query limit exceeded"),
        (400, "VALIDATION_ERROR"),
        (200, None),
    ]
    plan.refresh_from_db()
    assert plan.query_count == 2, "a call that validation refuses uses up the allowance, too"


@pytest.mark.parametrize("which", [("/api/levels/{symbol}", "get")], ids=str)
def test_a_used_up_allowance_says_how_much_and_until_when(caller: Caller, which: tuple[str, str]) -> None:
    MembershipFactory.create(user=caller.user, tier="lite", query_count=100)

    answer = told(caller.call(), which, 429)

    assert (answer["error"], answer["queryCount"], answer["queryLimit"]) == ("Query limit exceeded", 100, 100)


@each_api_route
def test_only_what_the_contract_counts_uses_up_the_allowance(caller: Caller, which: tuple[str, str]) -> None:
    plan = MembershipFactory.create(user=caller.user)
    path, method = which

    caller.call()

    plan.refresh_from_db()
    assert plan.query_count == int(contract()["paths"][path][method]["x-counts-as-query"])


@each_api_route
@pytest.mark.parametrize("query", ["user_id=1&_=1&format=xml", "=&&%00=%00"])
def test_unknown_query_parameters_are_ignored(caller: Caller, which: tuple[str, str], query: str) -> None:
    told(caller.call(query=query), which, caller.route.good)


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/png;q=0.1"])
@each_api_route
def test_whatever_a_client_likes_best_it_gets_json(caller: Caller, which: tuple[str, str], accept: str) -> None:
    response = caller.call(Accept=accept)

    assert (response.status_code, response["Content-Type"]) == (caller.route.good, "application/json")


@pytest.mark.parametrize("which", [which for which in ROUTES if which[0] != "/"], ids=str)
def test_a_trailing_slash_is_another_address_and_no_redirect(caller: Caller, which: tuple[str, str]) -> None:
    response = caller.call(f"{caller.path}/")

    assert response.status_code == 404
    assert response.json()["error"] == "Not found"


class TestMembersThatAreNotTheClients:
    """A body may not set what only we set: whose row it is, its id, its times, where it came from."""

    STRANGER = UUID("11111111-1111-4111-8111-111111111111")
    OLD = "2001-01-01T00:00:00Z"

    @pytest.fixture
    def user(self) -> User:
        return UserFactory.create()

    @pytest.fixture
    def stranger(self) -> User:
        return UserFactory.create(pk=self.STRANGER)

    def send(self, user: User, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = Client().generic(
            method,
            path,
            orjson.dumps(body),
            "application/json",
            headers={"Authorization": f"Bearer {tokens.issue(user)}"},
        )
        assert response.status_code in (200, 201), response.content
        return dict(response.json())

    @property
    def smuggled(self) -> dict[str, Any]:
        whose = {name: str(self.STRANGER) for name in ("user", "user_id", "userId", "owner", "id", "pk")}
        return whose | dict.fromkeys(
            ("created_at", "updated_at", "tracked_at", "triggered_at", "valid_until"), self.OLD
        )

    def test_of_a_new_list(self, user: User, stranger: User) -> None:
        body = {"symbols": ["SPX"], **self.smuggled, "is_default": True}
        made = self.send(user, "POST", "/api/watchlist", body)["watchlist"]

        assert (made["user_id"], made["is_default"]) == (str(user.pk), False)
        assert made["id"] != str(self.STRANGER)
        assert made["created_at"] == made["updated_at"] == "2026-02-10T17:00:05Z"

    def test_of_a_changed_list(self, user: User, stranger: User) -> None:
        mine = own_list(user)
        body = {"name": "Mine", **self.smuggled, "is_default": True}
        changed = self.send(user, "PUT", f"/api/watchlist/{mine.pk}", body)["watchlist"]

        assert (changed["id"], changed["user_id"], changed["is_default"]) == (str(mine.pk), str(user.pk), False)
        assert changed["created_at"] != self.OLD
        assert changed["updated_at"] == "2026-02-10T17:00:05Z"

    def test_of_a_new_setup(self, user: User, stranger: User) -> None:
        ours = {"status": "triggered", "origin": "auto", "resolution": "target", "interrupt": True, "entry": 1}
        made = self.send(
            user, "POST", "/api/tracked-setups", {**IDEA, **self.smuggled, **ours, "detected_setup_id": str(uuid4())}
        )["trackedSetup"]

        assert (made["user_id"], made["status"], made["origin"]) == (str(user.pk), "active", "manual")
        assert (made["resolution"], made["detected_setup_id"], made["entry"]) == (None, None, 101.2)
        assert made["id"] != str(self.STRANGER)
        assert made["created_at"] == made["updated_at"] == made["tracked_at"] == "2026-02-10T17:00:05Z"
        assert (made["triggered_at"], made["valid_until"]) == (None, None)

    def test_of_a_changed_setup(self, user: User, stranger: User) -> None:
        mine = own_setup(user)
        body = {"notes": "mine", **self.smuggled, "symbol": "QQQ", "origin": "auto", "entry": 1, "target": 1}
        changed = self.send(user, "PATCH", f"/api/tracked-setups/{mine.pk}", body)["trackedSetup"]

        assert (changed["id"], changed["user_id"], changed["symbol"]) == (str(mine.pk), str(user.pk), "SPY")
        assert (changed["origin"], changed["entry"], changed["target"]) == ("manual", 101.2, 104.8)
        assert self.OLD not in orjson.dumps(changed).decode()

    def test_of_preferences(self, user: User, stranger: User) -> None:
        changed = self.send(user, "PUT", "/api/preferences", {"orb_period": 30, **self.smuggled})

        assert (changed["orb_period"], changed["updated_at"] != self.OLD) == (30, True)
        assert not hasattr(User.objects.select_related("preferences").get(pk=self.STRANGER), "preferences")
