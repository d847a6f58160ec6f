"""No trader reads, changes or hears what is another's: every route and every private channel, tried by somebody else.

Every address of the service has a row in `PROBES`; one without fails the first test. Bob calls each with every method
and with all of Ann's ids in path, query and body. Three things must hold: nothing of hers stands in an answer, none of
her rows has changed, and he is answered as if she did not exist.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from django.apps import apps
from django.db.models import Model, Q
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts import tokens
from accounts.models import Preferences, User
from detectors.models import Alert, DetectedSetup, TrackedSetup
from detectors.pure.identity import tracked_id
from market.models import Following, Watchlist
from positions import plan
from positions.models import Leaps, Position
from positions.pure.plan_rules import Plan
from realtime import hub, log
from realtime.channels import Channel
from realtime.models import Event
from realtime.routing import nowhere, websocket_urlpatterns
from tests.factories.accounts import MembershipFactory, PreferencesFactory, UserFactory
from tests.factories.detectors import (
    AlertFactory,
    AttentionFactory,
    DetectedSetupFactory,
    HearingFactory,
    TrackedSetupFactory,
)
from tests.factories.market import WatchlistFactory
from tests.factories.positions import TEN, LeapsFactory, held_call
from tests.factories.realtime import EventFactory
from tests.market.fakes import FakeVendor
from tests.realtime.acts import changed, commit, in_thread
from tests.realtime.client import Client as Socket

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
READS = ("GET", "HEAD", "OPTIONS")

# What stands in Ann's rows and nowhere else. Bob sends none of it, so an answer to him that has it has it from her.
NOTES, LIST, SYMBOL, MUTED, IDEA = "annsnotes", "annslist", "ZZANN", "anns_type", "annsidea"
LIMIT = "43217.19"
SECRETS = (NOTES, LIST, SYMBOL, MUTED, IDEA, LIMIT, "ann@anns.example")
PASSWORD = "anns-own-password"


@dataclass(frozen=True)
class Probe:
    """How Bob tries an address.

    `path` fills its parameters with the kinds of Ann's rows whose ids go there: `list`, `setup`, `alert`, `position` or
    `leaps`; with `detection`, which is everybody's; or with a plain text.
    `names_hers` says that the address itself names a row of hers, so that a method it knows answers 404.
    `shows` are the secrets that Ann herself finds there: without them the test would prove nothing. `query` is added
    to the one that all addresses get, `body` to what all writes send.
    """

    path: dict[str, str] = field(default_factory=dict)
    names_hers: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    query: str = ""
    body: dict[str, Any] = field(default_factory=dict)


A_SETUP = {"setup_id": "setup"}
A_LEAPS = {"leaps_id": "leaps"}
A_POSITION = {"position_id": "position"}
A_ROLL = {
    "closing": [{"contract": "SPY260220C00600000", "price": 1}],
    "opening": [{"contract": "SPY260320C00600000", "quantity": 1, "price": 1}],
}
A_DETECTION = {"detection_id": "detection"}
PROBES = {
    "": Probe(),
    "health": Probe(),
    "health/ready": Probe(),
    "health/detailed": Probe(),
    "health/workers": Probe(),
    "api/schema/": Probe(),
    "api/docs/": Probe(),
    "api/auth/token": Probe(),
    "api/preferences": Probe(shows=(MUTED,)),
    "api/levels/<str:symbol>": Probe({"symbol": "SPX"}),
    "api/chart/<str:symbol>": Probe({"symbol": "SPX"}),
    "api/symbols/search": Probe(),
    "api/options/<str:symbol>/chain": Probe({"symbol": "SPX"}),
    "api/options/<str:symbol>/expirations": Probe({"symbol": "SPX"}),
    "api/options/<str:symbol>/0dte": Probe({"symbol": "SPX"}),
    "api/options/<str:symbol>/gex": Probe({"symbol": "SPX"}),
    "api/options/<str:symbol>/matrix": Probe({"symbol": "SPX"}),
    "api/options/<str:symbol>/iv": Probe({"symbol": "SPX"}),
    "api/options/<str:symbol>/iv-crush": Probe({"symbol": "SPX"}, query="eventDate=2026-02-11"),
    "api/options/<str:symbol>/surface": Probe({"symbol": "SPX"}, query="maxExpirations=1"),
    "api/earnings/calendar": Probe(shows=(SYMBOL,)),
    "api/earnings/<str:symbol>/analysis": Probe({"symbol": "SPX"}),
    "api/earnings/<str:symbol>/iv-crush": Probe({"symbol": "SPX"}),
    "api/earnings/<str:symbol>/history": Probe({"symbol": "SPX"}),
    "api/watchlist": Probe(shows=(LIST, SYMBOL)),
    "api/watchlist/<str:pk>": Probe({"pk": "list"}, names_hers=("PUT", "DELETE")),
    "api/tracked-setups": Probe(shows=(NOTES, SYMBOL, IDEA)),
    "api/tracked-setups/bulk": Probe(),
    "api/tracked-setups/e2e/simulate-detected": Probe(),
    "api/tracked-setups/<str:pk>": Probe({"pk": "setup"}, names_hers=("PATCH", "DELETE")),
    "api/setups/detected": Probe(),
    "api/alerts": Probe(shows=(NOTES, SYMBOL)),
    "api/alerts/<str:pk>": Probe({"pk": "alert"}, names_hers=("PUT",), body={"status": "cancelled"}),
    "api/alerts/<str:pk>/cancel": Probe({"pk": "alert"}, names_hers=("POST",)),
    "api/positions/live": Probe(shows=(SYMBOL,)),
    "api/positions/advice": Probe(),
    "api/positions/advice/<str:pk>/ack": Probe({"pk": "position"}, names_hers=("POST",), body={"answer": "ack"}),
    "api/positions/analyze": Probe(body={"position": {}}),
    "api/options/analyze": Probe(body={"position": {}}),
    "api/positions/portfolio": Probe(shows=(SYMBOL,)),
    "api/positions": Probe(shows=(NOTES, SYMBOL)),
    "api/positions/<str:pk>": Probe(
        {"pk": "position"}, names_hers=("GET", "PATCH", "DELETE"), shows=(NOTES, SYMBOL), body={"version": 2}
    ),
    "api/positions/<str:pk>/hindsight": Probe({"pk": "position"}, names_hers=("GET",)),
    "api/plan": Probe(shows=(LIMIT,)),
    "api/plan/today": Probe(),
    "api/positions/<str:pk>/close": Probe({"pk": "position"}, names_hers=("POST",), body={"price": 1}),
    "api/positions/<str:pk>/explain": Probe({"pk": "position"}, names_hers=("GET",)),
    "api/positions/<str:pk>/assign": Probe(
        {"pk": "position"}, names_hers=("POST",), body={"contract": "SPY260220C00600000", "quantity": 1}
    ),
    "api/positions/<str:pk>/trades": Probe(
        {"pk": "position"}, names_hers=("POST",), body={"legs": [{"kind": "stock", "quantity": 1, "price": 1}]}
    ),
    "api/positions/<str:pk>/stop": Probe({"pk": "position"}, names_hers=("POST",), body={"stop": {"price": 1}}),
    "api/positions/<str:pk>/close-preview": Probe({"pk": "position"}, names_hers=("POST",)),
    "api/positions/<str:pk>/roll-preview": Probe({"pk": "position"}, names_hers=("POST",)),
    "api/positions/<str:pk>/roll": Probe({"pk": "position"}, names_hers=("POST",), body=A_ROLL),
    "api/positions/<str:pk>/convert-preview": Probe({"pk": "position"}, names_hers=("POST",)),
    "api/positions/<str:pk>/convert": Probe({"pk": "position"}, names_hers=("POST",), body={"strike": 610, "price": 1}),
    "api/leaps": Probe(shows=(NOTES, SYMBOL)),
    "api/leaps/<str:pk>": Probe({"pk": "leaps"}, names_hers=("GET", "PUT"), shows=(NOTES, SYMBOL)),
    "api/leaps/<str:pk>/roll-calculation": Probe({"pk": "leaps"}, names_hers=("POST",)),
    "api/leaps/<str:pk>/greeks-projection": Probe({"pk": "leaps"}, names_hers=("POST",)),
    "accounts/sign-in": Probe(),
    "accounts/sign-up": Probe(),
    "accounts/sign-out": Probe(),
    "coach": Probe(),
    "coach/": Probe(shows=(LIST, SYMBOL)),
    "coach/today": Probe(),
    "coach/prices": Probe(),
    "coach/detections": Probe(),
    "coach/detections/<uuid:detection_id>": Probe(A_DETECTION, shows=(NOTES,)),
    "coach/detections/<uuid:detection_id>/data": Probe(A_DETECTION),
    "coach/scanner/": Probe(shows=(LIST, SYMBOL)),
    "coach/chart/": Probe(shows=(SYMBOL,), query="symbol=SPY"),
    "coach/chart/data": Probe(query="symbol=SPY"),
    "coach/chart/gex": Probe(query="symbol=SPX"),
    "coach/options/": Probe(shows=(SYMBOL,), query="symbol=SPX"),
    "coach/options/rows": Probe(query="symbol=SPX"),
    "coach/options/contract": Probe(query="symbol=SPX&contract=SPXW260210C06000000"),
    "coach/options/gex": Probe(query="symbol=SPX"),
    "coach/options/iv": Probe(query="symbol=SPX"),
    "coach/options/zero": Probe(query="symbol=SPX"),
    "coach/heatmap/": Probe(shows=(SYMBOL,), query="symbol=SPX"),
    "coach/heatmap/data": Probe(query="symbol=SPX"),
    "coach/heatmap/cell": Probe(query="symbol=SPX"),
    "coach/earnings/": Probe(shows=(SYMBOL,)),
    "coach/positions/analyze/": Probe(query="analyze=1"),
    "coach/positions/analyze/track": Probe(),
    "coach/leaps/": Probe(shows=(NOTES, SYMBOL)),
    "coach/leaps/add": Probe(),
    "coach/leaps/<uuid:leaps_id>/projection": Probe(A_LEAPS, names_hers=("GET",), shows=(SYMBOL,)),
    "coach/leaps/<uuid:leaps_id>/roll": Probe(A_LEAPS, names_hers=("GET",), shows=(SYMBOL,), query="strike=600"),
    "coach/leaps/<uuid:leaps_id>/edit": Probe(A_LEAPS, names_hers=("GET", "POST"), shows=(NOTES, SYMBOL)),
    "coach/leaps/<uuid:leaps_id>/delete": Probe(A_LEAPS, names_hers=("GET", "POST"), shows=(SYMBOL,)),
    "coach/positions/": Probe(shows=(NOTES, SYMBOL)),
    "coach/positions/closed/": Probe(),
    "coach/positions/plan": Probe(shows=(LIMIT,)),
    "coach/positions/plan/today": Probe(),
    "coach/positions/rows": Probe(),
    "coach/positions/<uuid:position_id>/day": Probe(A_POSITION, names_hers=("GET",)),
    "coach/positions/advice/<uuid:advice_id>": Probe({"advice_id": "position"}, names_hers=("POST",)),
    "coach/positions/<uuid:position_id>/close": Probe(A_POSITION, names_hers=("GET", "POST"), shows=(SYMBOL,)),
    "coach/positions/<uuid:position_id>/limits": Probe(A_POSITION, names_hers=("GET", "POST"), shows=(SYMBOL,)),
    "coach/positions/<uuid:position_id>/roll": Probe(A_POSITION, names_hers=("GET", "POST"), shows=(SYMBOL,)),
    "coach/positions/<uuid:position_id>/convert": Probe(A_POSITION, names_hers=("GET", "POST"), shows=(SYMBOL,)),
    "coach/tracked/": Probe(shows=(NOTES, SYMBOL)),
    "coach/tracked/rows": Probe(shows=(NOTES, SYMBOL)),
    "coach/tracked/export.csv": Probe(shows=(NOTES, SYMBOL)),
    "coach/tracked/bulk": Probe(),
    "coach/tracked/<uuid:setup_id>/status": Probe(A_SETUP, names_hers=("POST",)),
    "coach/tracked/<uuid:setup_id>/notes": Probe(A_SETUP, names_hers=("GET", "POST"), shows=(NOTES,)),
    "coach/tracked/<uuid:setup_id>/delete": Probe(A_SETUP, names_hers=("GET", "POST"), shows=(SYMBOL,)),
    "coach/settings/": Probe(),
    "admin/": Probe(),  # all of it: its own test below
}
each_route = pytest.mark.parametrize("route", PROBES, ids=lambda route: route or "/")


@dataclass(frozen=True)
class World:
    """Ann, what she has, and Bob, who has the same kinds of things."""

    ann: User
    bob: User
    watchlist: Watchlist
    setup: TrackedSetup
    automatic: TrackedSetup
    alert: Alert
    position: Position
    leaps: Leaps

    @property
    def ids(self) -> dict[str, str]:
        hers = {"list": self.watchlist, "setup": self.setup, "alert": self.alert}
        hers |= {"position": self.position, "leaps": self.leaps}
        shared = {"detection": str(self.automatic.detected_setup_id)}
        return {kind: str(row.pk) for kind, row in hers.items()} | shared

    def address(self, route: str) -> str:
        probe, filled = PROBES[route], route
        for name, kind in probe.path.items():
            filled = re.sub(rf"<\w+:{name}>", self.ids.get(kind, kind), filled)
        return f"/{filled}"

    @property
    def query(self) -> str:
        """Return every parameter of every route that could name something of hers."""
        ids = f"{self.setup.pk},{self.automatic.pk}"
        whose = dict.fromkeys(("user", "user_id", "userId", "owner"), str(self.ann.pk))
        return urlencode({**whose, **self.ids, "ids": ids, "id": self.setup.pk})

    @property
    def body(self) -> dict[str, Any]:
        """Return what any route's write takes, aimed at her rows."""
        hers = {**self.ids, "user": str(self.ann.pk), "user_id": str(self.ann.pk), "username": "ann"}
        rows = {"id": self.ids["setup"], "pk": self.ids["setup"], "ids": [str(self.setup.pk), str(self.automatic.pk)]}
        change = {"status": "archived", "notes": "bob was here", "name": "bob was here", "isDefault": True}
        new = {"symbols": ["SPY"], "symbol": "SPY", "setup_type": "x", "direction": "bullish", "opportunity_data": {}}
        alert = {"alert_type": "price_above", "target_value": 1_000_000}
        leaps = {"option_type": "call", "strike": 550, "entry_price": 52, "quantity": 1, "newStrike": 600}
        leaps |= {"entry_date": "2026-01-12", "expiry_date": "2026-12-18", "current_value": 1}
        source = {"source_opportunity_id": f"det-{self.automatic.detected_setup_id}", "orb_period": 30}
        rest = {"password": "wrong", "next": "/coach/tracked/"}
        return {**hers, **rows, **change, **new, **alert, **leaps, **source, **rest}


def of_two(user: User, *, symbol: str, word: str) -> tuple[Watchlist, TrackedSetup, Alert, Position, Leaps]:
    Watchlist.objects.filter(user=user).delete()
    Following.objects.filter(user=user).delete()
    own = WatchlistFactory.create(user=user, name=f"{word}list", symbols=[symbol, "SPY"], is_default=True)
    Following.objects.bulk_create(Following(user=user, symbol=each, auto_track=True) for each in own.symbols)
    setup = TrackedSetupFactory.create(
        user=user, symbol=symbol, notes=f"{word}notes", source_opportunity_id=f"{word}idea"
    )
    PreferencesFactory.create(
        user=user, muted_types=[f"{word.removesuffix('s')}s_type"], quiet_from=time(1), quiet_to=time(2)
    )
    MembershipFactory.create(user=user)
    EventFactory.create(user=user, symbol=symbol, payload={"notes": f"{word}notes"})
    HearingFactory.create(user=user, symbol=symbol)
    AttentionFactory.create(user=user)
    alert = AlertFactory.create(user=user, symbol=symbol, notes=f"{word}notes")
    limit = Decimal(LIMIT) if word == "anns" else Decimal(1000)
    plan.replace(user.pk, Plan(max_loss_day=limit, max_loss_trade=Decimal(1)), now=TEN)
    position = held_call(user, symbol=symbol, notes=f"{word}notes")
    leaps = LeapsFactory.create(user=user, symbol=symbol, notes=f"{word}notes")
    return own, setup, alert, position, leaps


@pytest.fixture
def world(db: None, vendor: FakeVendor) -> World:
    ann = UserFactory.create(username="ann", email="ann@anns.example", password=PASSWORD)
    bob = UserFactory.create(username="bob", email="bob@bobs.example")
    found = DetectedSetupFactory.create(session_date="2026-02-10")
    watchlist, setup, alert, position, leaps = of_two(ann, symbol=SYMBOL, word="anns")
    of_two(bob, symbol="ZZBOB", word="bobs")
    automatic = TrackedSetupFactory.create(
        id=tracked_id(found.pk, ann.pk), user=ann, detected_setup=found, origin="auto", notes=NOTES,
        opportunity_data=None,
    )  # fmt: skip
    return World(ann, bob, watchlist, setup, automatic, alert, position, leaps)


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """Yield every address of the service; the admin's count as one."""
    for each in (resolver or get_resolver()).url_patterns:
        route = f"{prefix}{each.pattern}"
        if isinstance(each, URLPattern) or route == "admin/":
            yield route
        else:
            yield from routes(each, route)


def client_of(user: User, *, bearer: bool) -> Client:
    """Return a client of this user by token or, as his browser, by session."""
    if bearer:
        return Client(headers={"Authorization": f"Bearer {tokens.issue(user)}"})
    signed_in = Client()
    signed_in.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return signed_in


def call(user: User, world: World, route: str, method: str) -> HttpResponse:
    """Have a user try an address; the API by token with JSON, a page by session with a form."""
    client = client_of(user, bearer=route.startswith("api/"))
    address = f"{world.address(route)}?{world.query}&{PROBES[route].query}"
    if method in READS:
        return client.generic(method, address)
    if route.startswith("api/"):
        return client.generic(method, address, orjson.dumps(world.body | PROBES[route].body), "application/json")
    body = {**world.body, "action": "delete"}
    return client.generic(method, address, urlencode(body, doseq=True), "application/x-www-form-urlencoded")


def text_of(response: HttpResponse) -> str:
    told = (b"".join(response.streaming_content) if response.streaming else response.content).decode()  # type: ignore[attr-defined]
    return told + repr(dict(response.headers))


def rows_of(user: User) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table of ours that points at this user, and his own."""
    found = {"user": list(User.objects.filter(pk=user.pk).values())}
    for model in apps.get_models():
        for column in _owners(model):
            rows = model._default_manager.filter(Q(**{column: user.pk})).order_by("pk").values()
            found[f"{model._meta.label}.{column}"] = list(rows)
    return found


def _owners(model: type[Model]) -> list[str]:
    if model._meta.app_label in ("admin", "sessions"):
        return []
    fields = (each for each in model._meta.get_fields() if getattr(each, "attname", None))
    return [each.name for each in fields if each.related_model is User or each.attname == "user_id"]


def test_every_address_has_a_probe() -> None:
    assert set(routes()) == set(PROBES)


def test_what_bob_sends_holds_none_of_her_secrets(world: World) -> None:
    sent = world.query + orjson.dumps(world.body).decode() + "".join(world.address(route) for route in PROBES)

    assert [secret for secret in SECRETS if secret in sent] == []


def test_the_snapshot_sees_every_kind_of_row_she_has(world: World) -> None:
    tables = {name for name, rows in rows_of(world.ann).items() if rows}

    assert tables >= {
        "accounts.Membership.user", "accounts.Preferences.user", "detectors.Attention.user", "detectors.Hearing.user",
        "detectors.Alert.user", "detectors.TrackedSetup.user", "market.Following.user", "market.Watchlist.user",
        "positions.Leaps.user", "positions.PlanBreach.user", "positions.PlanChange.user", "positions.Position.user",
        "positions.TradingPlan.user", "realtime.Event.user", "user",
    }  # fmt: skip


@pytest.mark.parametrize("route", [route for route, probe in PROBES.items() if probe.shows], ids=str)
def test_she_herself_finds_it_there(world: World, route: str) -> None:
    told = text_of(call(world.ann, world, route, "GET"))

    assert [secret for secret in PROBES[route].shows if secret not in told] == []


@each_route
@pytest.mark.parametrize("method", [*METHODS, "HEAD", "OPTIONS"])
def test_an_answer_to_somebody_else_holds_nothing_of_hers_and_changes_nothing(
    world: World, route: str, method: str
) -> None:
    before = rows_of(world.ann)

    response = call(world.bob, world, route, method)

    told = text_of(response)
    assert [secret for secret in SECRETS if secret in told] == []
    if method in PROBES[route].names_hers:
        assert response.status_code == 404
    else:
        # Where no worker runs, health says so sooner or later.
        assert response.status_code < 500 or (route.startswith("health/") and response.status_code == 503)
    assert rows_of(world.ann) == before


@each_route
def test_without_signing_in_nothing_of_hers_is_told_or_changed(world: World, route: str) -> None:
    before, stranger = rows_of(world.ann), Client()
    address = f"{world.address(route)}?{world.query}&{PROBES[route].query}"

    told = [stranger.generic(method, address, orjson.dumps(world.body), "application/json") for method in METHODS]

    assert [secret for secret in SECRETS for response in told if secret in text_of(response)] == []
    assert [response.status_code for response in told if response.status_code >= 500 and "health" not in route] == []
    assert rows_of(world.ann) == before


@each_route
def test_he_is_answered_as_if_she_did_not_exist(world: World, route: str) -> None:
    call(world.bob, world, route, "GET")  # what is computed once is computed now

    with_her = comparable(call(world.bob, world, route, "GET"))
    for model in (TrackedSetup, Alert, Leaps, Watchlist, Following, Preferences):
        model.objects.filter(user=world.ann).delete()

    assert comparable(call(world.bob, world, route, "GET")) == with_her


def comparable(response: HttpResponse) -> tuple[int, str]:
    """Return status and text without what differs from one request to the next."""
    told = (b"".join(response.streaming_content) if response.streaming else response.content).decode()  # type: ignore[attr-defined]
    changing = (
        r'(?:csrfmiddlewaretoken" value=|csrf-token" content=|nonce=)"[^"]+"',
        r'"(?:requestId|timestamp|uptime|latency|nextRunAt)":[^,}]+',
    )
    return response.status_code, re.sub("|".join(changing), "", told)


def test_her_setups_are_not_his_even_by_the_detection_they_share(world: World) -> None:
    response = client_of(world.bob, bearer=True).get("/api/setups/detected")
    hers = client_of(world.ann, bearer=True).get("/api/setups/detected")

    assert [row["tracked_setup_id"] for row in response.json()["detections"]] == [None]
    assert [row["tracked_setup_id"] for row in hers.json()["detections"]] == [str(world.automatic.pk)]
    assert DetectedSetup.objects.count() == 1


@pytest.mark.parametrize("act", [{"action": "delete"}, {"action": "set_status", "status": "archived"}])
def test_her_setups_in_a_bulk_are_not_found(world: World, act: dict[str, str]) -> None:
    before = rows_of(world.ann)
    hers = [str(world.setup.pk), str(world.automatic.pk)]
    bobs = client_of(world.bob, bearer=True)

    response = bobs.post("/api/tracked-setups/bulk", {**act, "ids": hers}, content_type="application/json")

    assert response.json() == {"updated": [], "unchanged": [], "conflicts": [], "notFound": hers}
    assert rows_of(world.ann) == before


def test_the_admin_is_for_staff(world: World) -> None:
    bobs = client_of(world.bob, bearer=False)
    addresses = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in apps.get_models()]

    told = [bobs.get(address) for address in ("/admin/", *addresses, f"/admin/accounts/user/{world.ann.pk}/change/")]

    assert {response.status_code for response in told} <= {302, 404}
    assert {response["Location"].split("?")[0] for response in told if response.status_code == 302} == {"/admin/login/"}


def test_deleting_her_alert_is_answered_and_leaves_it(world: World) -> None:
    before = rows_of(world.ann)

    response = client_of(world.bob, bearer=True).delete(f"/api/alerts/{world.alert.pk}")

    assert (response.status_code, response.json()) == (200, {"success": True})
    assert rows_of(world.ann) == before


def test_deleting_her_leaps_is_answered_and_leaves_it(world: World) -> None:
    before = rows_of(world.ann)

    response = client_of(world.bob, bearer=True).delete(f"/api/leaps/{world.leaps.pk}")

    assert (response.status_code, response.json()) == (200, {"success": True})
    assert rows_of(world.ann) == before


# The socket


@pytest.fixture
async def running(transactional_db: None, vendor: FakeVendor) -> AsyncIterator[hub.Hub]:
    started = hub.of_this_process()
    await started.known()
    yield started
    await hub.stop()


def test_there_is_one_socket() -> None:
    served = [each for each in websocket_urlpatterns if each.callback is not nowhere]

    assert [str(each.pattern) for each in served] == [r"^ws(?:/(?:prices/?)?)?$"]


@pytest.mark.parametrize("channel", Channel.values)
async def test_nobody_else_hears_a_private_channel(running: hub.Hub, channel: str) -> None:
    ann, bob = [await _user(name) for name in ("ann", "bob")]
    (earlier,) = await commit(changed(ann, 1, channel=channel))
    hers = f"{channel}:{ann.pk}"

    async with Socket(user=ann) as listening, Socket(user=bob) as other, Socket() as visitor:
        await listening.subscribe(channels=[channel])
        refused = [
            frame["rejected"]
            for socket in (other, visitor)
            for frame in await socket.subscribe(channels=[hers, hers.upper(), channel], since=earlier - 1)
            if frame["type"] == "ack"
        ]
        await commit(changed(ann, 2, channel=channel))
        await listening.receive_output(timeout=10)  # by now it has gone out to whoever hears it

        assert [await socket.silence() for socket in (other, visitor)] == [[], []]
        assert [{each["code"] for each in rejected} for rejected in refused] == [{"forbidden_channel"}] * 2
        assert [len(rejected) for rejected in refused] == [2, 3]


async def _user(name: str) -> User:
    return await in_thread(lambda: UserFactory.create(username=name))


def test_every_event_she_has_is_hers_alone(world: World) -> None:
    heard = log.replay(world.bob.pk, Channel.values, since=0, upto=log.newest())

    assert {each.entry.user_id for each in heard or ()} == {world.bob.pk}
    assert Event.objects.filter(user=world.ann).exists()
