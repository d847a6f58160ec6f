"""The existing front end against the running coach, screen by screen: its requests, its retries, its three sockets.

The coach is set up as docs/existing-front-end.md says: the page's origin on the list, and tokens of an issuer whose
public keys a real server hands out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import httpx
import pytest
from pytest_httpserver import HTTPServer
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.accounts.issuer import AUDIENCE, NAME, Issuer
from tests.contract.frames import assert_frame
from tests.live.front_end import JSON, FrontEnd, PageHost
from tests.live.screens import (
    ADVICE,
    ALERTS,
    ANALYSIS,
    ANALYZE,
    CANCEL_ALERT,
    CHAIN,
    CHANGE_LIST,
    CHART,
    DROP_ALERT,
    DROP_LEAPS,
    DROP_LIST,
    DROP_SETUP,
    EARNINGS,
    EXPIRATIONS,
    GEX,
    HELD,
    IV,
    LEAPS,
    LISTS,
    MATRIX,
    MOVE_SETUP,
    NEW_ALERT,
    NEW_LEAPS,
    NEW_LIST,
    PROJECTION,
    READS,
    SCREENS,
    SEARCH,
    SIMULATE,
    TO_COME,
    TRACK,
    TRACKED,
    ZERO,
    is_usable,
    screens_of,
)
from tests.live.stack import Stack, bearer, eventually, user_id

pytestmark = pytest.mark.live

MEMBER = "3f2b8c64-1f6e-4a0b-9a55-7d0c1e2f3a44"
NOBODYS = "7b0f1c9e-3f5d-4a53-9a0e-4a2a4f0f9b11"
PLACES = {"symbol": "SPX", "id": NOBODYS, "sessionId": NOBODYS}
PRINTED = ("price", "change", "changePct", "volume")
STATUSES = {"active", "triggered", "cancelled"}
IDEA = {
    "source_opportunity_id": "scan-SPX-1",
    "symbol": "SPX",
    "setup_type": "orb_breakout",
    "direction": "bullish",
    "opportunity_data": {"score": 81, "currentPrice": 6012.37, "suggestedTrade": {"entry": 6010, "stopLoss": 5995}},
    "notes": None,
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with HTTPServer(host="127.0.0.1", port=0) as server:
        yield Issuer(server, "first")


@pytest.fixture(scope="module")
def page() -> Iterator[PageHost]:
    host = PageHost()
    yield host
    host.stop()


@pytest.fixture(scope="module")
def coach(issuer: Issuer, page: PageHost) -> Iterator[Stack]:
    running = Stack(
        "front-end",
        ALLOWED_ORIGINS=page.origin,
        EXTERNAL_JWT_ISSUER=NAME,
        EXTERNAL_JWT_AUDIENCE=AUDIENCE,
        EXTERNAL_JWT_JWKS_URL=issuer.url,
    )
    running.start()
    page.start(running.port)
    yield running
    assert running.stop() == 0, "the launcher did not stop cleanly"


@pytest.fixture
def token(issuer: Issuer) -> str:
    return issuer.token("first", sub=MEMBER, email="member@example.com", role="authenticated")


@pytest.fixture
def front_end(coach: Stack, page: PageHost, token: str) -> Iterator[FrontEnd]:
    with FrontEnd(coach.url, page.origin, token) as client:
        yield client


# The screens


def home(front_end: FrontEnd) -> None:
    front_end.get(CHART, query="?timeframe=1D", symbol="SPX")


def ticker(front_end: FrontEnd) -> None:
    minutes = front_end.get(CHART, query="?timeframe=1m", symbol="SPX")["bars"]
    if len(minutes) < 2:
        minutes = front_end.get(CHART, query="?timeframe=1D", symbol="SPX")["bars"]

    assert len(minutes) >= 2


def chart(front_end: FrontEnd) -> None:
    for timeframe in ("1m", "5m", "15m", "1h", "4h", "1D"):
        drawn = front_end.get(CHART, query=f"?timeframe={timeframe}&includeIndicators=true", symbol="spx")
        times = [bar["time"] for bar in drawn["bars"]]
        assert times == sorted(set(times)), "the chart takes ascending times only"


def scanner(front_end: FrontEnd) -> None:
    before = front_end.get(LISTS)["defaultWatchlist"]
    assert before["symbols"]
    made = front_end.call(NEW_LIST, body={"name": "Default", "symbols": [" spx ", "SPX", "aapl"], "isDefault": True})
    assert (made.status_code, made.json()["watchlist"]["symbols"]) == (201, ["SPX", "AAPL"])
    listed = made.json()["watchlist"]["id"]
    changed = front_end.call(CHANGE_LIST, id=listed, body={"symbols": ["SPX", "NDX"]})
    assert changed.status_code == 200
    assert front_end.get(LISTS)["defaultWatchlist"]["symbols"] == ["SPX", "NDX"]

    tracked, again = (front_end.call(TRACK, body=IDEA) for _ in range(2))

    assert (tracked.status_code, tracked.json().get("duplicate", False)) == (201, False)
    assert (again.status_code, again.json()["duplicate"]) == (200, True)
    assert again.json()["trackedSetup"]["id"] == tracked.json()["trackedSetup"]["id"]


def tracked(front_end: FrontEnd) -> None:
    made = front_end.call(TRACK, body=IDEA | {"source_opportunity_id": "scan-SPX-2", "notes": "a second one"})
    setup = made.json()["trackedSetup"]["id"]
    front_end.called.clear()  # the scanner's, not this screen's
    for query in ("", "?", "?status=active"):
        assert setup in [row["id"] for row in front_end.get(TRACKED, query=query)["trackedSetups"]]

    moved = front_end.call(MOVE_SETUP, id=setup, body={"status": "archived"})
    noted = front_end.call(MOVE_SETUP, id=setup, body={"notes": None})
    gone = front_end.call(DROP_SETUP, id=setup, content_type=JSON)

    assert [answer.status_code for answer in (moved, noted, gone)] == [200, 200, 200]
    assert (moved.json()["trackedSetup"]["status"], noted.json()["trackedSetup"]["notes"]) == ("archived", None)
    assert setup not in [row["id"] for row in front_end.get(TRACKED)["trackedSetups"]]
    assert front_end.call(MOVE_SETUP, id=setup, body={"status": "active"}).status_code == 404


def alerts(front_end: FrontEnd) -> None:
    made = [
        front_end.call(NEW_ALERT, body={"symbol": "SPX", "alert_type": kind, "target_value": price, "notes": note})
        for kind, price, note in (
            ("price_above", 99_000.5, "far"),
            ("price_below", 1, None),
            ("level_approach", 9e4, ""),
        )
    ]
    assert [answer.status_code for answer in made] == [201, 201, 201]
    first, second, third = (answer.json()["id"] for answer in made)

    bare = front_end.call(CANCEL_ALERT, id=first)
    empty_json = front_end.call(CANCEL_ALERT, id=second, content_type=JSON)
    again = front_end.call(CANCEL_ALERT, id=first)
    gone = front_end.call(DROP_ALERT, id=third)

    assert [answer.status_code for answer in (bare, empty_json, again, gone)] == [200, 200, 404, 200]
    for query in ("?", "", "?status=cancelled"):
        listed = {row["id"]: row["status"] for row in front_end.get(ALERTS, query=query)["alerts"]}
        assert (listed[first], listed[second], third in listed) == ("cancelled", "cancelled", False)
        assert set(listed.values()) <= STATUSES, "the list breaks on any other"
    assert front_end.get(ALERTS, query="?status=expired")["alerts"] == []


def leaps(front_end: FrontEnd) -> None:
    last = front_end.get(EXPIRATIONS, symbol="SPX")["expirations"][-1]
    chain = front_end.get(CHAIN, query=f"?expiry={last}&strikeRange=5", symbol="SPX")
    strike = chain["options"]["calls"][5]["strike"]  # near the spot: one that has a volatility
    front_end.called.clear()  # the options screen's
    body = {"symbol": "SPX", "option_type": "call", "strike": strike, "entry_price": 410.5, "quantity": 1}
    body |= {"entry_date": "2026-01-05", "expiry_date": last, "notes": ""}
    made = front_end.call(NEW_LEAPS, body=body)
    assert made.status_code == 201
    own = made.json()["position"]["id"]
    assert own in [row["id"] for row in front_end.get(LEAPS)["positions"]]

    projected = front_end.call(PROJECTION, id=own, content_type=JSON)
    again = front_end.call(NEW_LEAPS, body=body | {"quantity": 0})
    gone = [front_end.call(DROP_LEAPS, id=own, content_type=JSON) for _ in range(2)]

    assert projected.status_code == 200
    assert projected.json()["projections"][0]["notes"] == "Current"
    assert (again.status_code, again.json()["error"]) == (400, "VALIDATION_ERROR")
    assert [answer.status_code for answer in gone] == [200, 200]


def positions(front_end: FrontEnd) -> None:
    chain = front_end.get(CHAIN, query="?strikeRange=5", symbol="SPX")
    strike, day = chain["options"]["calls"][5]["strike"], chain["expiry"]
    # So cheap that the advisor has something to say.
    leg = {"kind": "call", "quantity": 2, "strike": strike, "expiry": day, "price": 0.05}
    made = front_end.elsewhere("/api/positions", {"symbol": "SPX", "legs": [leg]})
    assert made.status_code == 201, made.text
    own = made.json()["position"]["id"]
    front_end.called.clear()  # the options screen's

    told = front_end.get(HELD)
    assert [row["id"] for row in told["positions"]] == [own]
    assert (told["count"], told["positions"][0]["quantity"]) == (1, 2)
    eventually(lambda: front_end.get(ADVICE)["count"], seconds=60, why="the advisor has looked twice")
    listed = front_end.get(ADVICE, query=f"?positionId={own}")
    assert {row["positionId"] for row in listed["advice"]} == {own}
    assert "take_profit" in {row["type"] for row in listed["advice"]}


def position_form(front_end: FrontEnd) -> None:
    chain = front_end.get(CHAIN, query="?strikeRange=5", symbol="SPX")
    low, high, day = chain["options"]["calls"][3]["strike"], chain["options"]["calls"][6]["strike"], chain["expiry"]
    front_end.called.clear()  # the options screen's
    # The form sends null for an empty box, and an iron condor with two strikes.
    form = {"symbol": "SPX", "strike": low, "strike2": None, "expiry": day, "quantity": 1, "entryPrice": 12.5}
    form |= {"entryDate": day}

    call = front_end.call(ANALYZE, body={"position": form | {"type": "call"}})
    spread = front_end.call(ANALYZE, body={"position": form | {"type": "call_spread", "strike2": high}})
    condor = front_end.call(ANALYZE, body={"position": form | {"type": "iron_condor", "strike2": high}})
    bare = front_end.call(ANALYZE, body={"position": {**form, "type": "put", "strike": 0}})

    assert [answer.status_code for answer in (call, spread, condor, bare)] == [200, 200, 200, 400]
    assert (call.json()["breakeven"], call.json()["maxGain"]) == (low + 12.5, "unlimited")
    assert call.json()["currentValue"] > 0
    assert spread.json()["maxLoss"] == 1250
    assert condor.json()["maxLoss"] == "varies by strikes"


def symbol_box(front_end: FrontEnd) -> None:
    for text in ("s", "SP", "nvda"):
        found = front_end.get(SEARCH, query=f"?q={text}&limit=20")["results"]
        assert {row["type"] for row in found} <= {"index", "etf", "stock"}
    front_end.get(SEARCH, query="?q=")


def options(front_end: FrontEnd) -> None:
    days = front_end.get(EXPIRATIONS, symbol="SPX")["expirations"]
    assert days == sorted(set(days))
    front_end.get(CHAIN, query=f"?expiry={days[1]}&strikeRange=20", symbol="SPX")
    drawn = front_end.get(GEX, query=f"?expiry={days[1]}&strikeRange=30", symbol="SPX")
    assert drawn["expirationsAnalyzed"] == [days[1]]
    # Within the session there is an expiry every day.
    assert front_end.get(ZERO, symbol="SPX")["hasZeroDTE"] is True
    assert front_end.get(IV, query="?maxExpirations=6", symbol="SPX")["ivRank"]["currentIV"] > 0
    map_ = front_end.get(MATRIX, query="?expirations=5&strikes=50", symbol="SPX")
    pairs = {(cell["expiry"], cell["strike"]) for cell in map_["cells"]}
    # The heat map looks its cells up by the pair.
    assert pairs <= {(expiry, strike) for expiry in map_["expirations"] for strike in map_["strikes"]}
    assert len(pairs) == len(map_["cells"]) > 0


def daily_brief(front_end: FrontEnd) -> None:
    assert front_end.get(GEX, symbol="SPX")["regime"] in ("positive_gamma", "negative_gamma")


def without_a_screen(front_end: FrontEnd) -> None:
    made = front_end.call(NEW_LIST, body={"name": "short-lived", "symbols": ["QQQ"]})
    front_end.called.clear()  # the scanner's

    gone = front_end.call(DROP_LIST, id=made.json()["watchlist"]["id"])

    assert (gone.status_code, gone.json()["success"]) == (200, True)
    shares = {"symbol": "SPX", "type": "stock", "quantity": 10, "entryPrice": 6000, "entryDate": "2026-02-06"}
    both = front_end.call(ANALYZE, body={"positions": [shares, shares | {"quantity": -10}]})
    assert (both.status_code, len(both.json()["positions"])) == (200, 2)
    assert both.json()["portfolio"]["totalPnl"] == 0


def earnings(front_end: FrontEnd) -> None:
    listed = front_end.get(EARNINGS, query="?watchlist=AAPL,NVDA,TSLA,MSFT,META&days=60")
    assert listed["count"] == len(listed["events"]) > 0
    assert front_end.get(ANALYSIS, symbol=listed["events"][0]["symbol"])["earningsDate"] == listed["events"][0]["date"]
    assert front_end.get(ANALYSIS, symbol="SPY")["earningsDate"] is None


PLAYS: dict[str, Callable[[FrontEnd], None]] = {
    "Home": home,
    "Header ticker": ticker,
    "Chart": chart,
    "Options": options,
    "Scanner": scanner,
    "Tracked": tracked,
    "Daily brief": daily_brief,
    "Alerts": alerts,
    "LEAPS": leaps,
    "Positions": positions,
    "Position form (not mounted)": position_form,
    "Earnings": earnings,
    "Symbol box": symbol_box,
    "Client functions without a screen": without_a_screen,
}


def test_every_screen_that_asks_for_something_served_is_played() -> None:
    assert set(PLAYS) == {screen for screen, asked in SCREENS.items() if set(asked) - TO_COME}


@pytest.mark.parametrize("screen", PLAYS)
def test_a_screen_gets_all_it_reads(front_end: FrontEnd, screen: str) -> None:
    front_end.screen = screen

    PLAYS[screen](front_end)

    assert front_end.called == set(SCREENS[screen]) - TO_COME
    wanted = {(asked, path) for (name, asked), paths in READS.items() if name == screen for path in paths}
    assert wanted - front_end.read == set(), "never seen in an answer"


@pytest.mark.parametrize("screen", screens_of(TO_COME))
def test_a_screen_that_is_to_come_is_told_so_in_words_it_can_print(front_end: FrontEnd, screen: str) -> None:
    for operation in sorted(screens_of(TO_COME)[screen]):
        body = ... if operation[1] in ("get", "delete") or operation == PROJECTION else {}
        content_type = JSON if operation == PROJECTION or body == {} else None
        before = front_end.answers

        answer = front_end.call(operation, body=body, content_type=content_type, **PLACES)

        assert (answer.status_code, answer.json()["error"]) == (404, "Not found")
        assert front_end.answers - before == (3 if operation[1] == "get" else 1)


# What goes wrong


def test_refusals_can_be_read_by_the_page(front_end: FrontEnd, coach: Stack, page: PageHost) -> None:
    answers = [
        front_end.call(CHART, query="?timeframe=2m", symbol="SPX"),
        front_end.call(NEW_ALERT, body={"symbol": "SPX", "alert_type": "price_above", "target_value": "6000"}),
        front_end.call(CHANGE_LIST, id=NOBODYS, body={"name": "nobody's"}),
    ]
    with FrontEnd(coach.url, page.origin) as nobody, FrontEnd(coach.url, page.origin, "rubbish") as stranger:
        answers += [nobody.call(LISTS), stranger.call(LISTS), stranger.call(NEW_ALERT, body={})]

    assert [answer.status_code for answer in answers] == [400, 400, 404, 401, 401, 401]


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://127.0.0.1:1"])
def test_a_page_that_is_not_on_the_list_is_refused(coach: Stack, token: str, origin: str) -> None:
    answer = httpx.get(f"{coach.url}/api/watchlist", headers={"Origin": origin, "Authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")
    with pytest.raises(InvalidStatus, match="403"):
        connect(f"{coach.socket_url}?token={token}", origin=origin)  # type: ignore[arg-type]


def test_the_end_to_end_suite_finds_the_service_well_and_signs_in(coach: Stack, page: PageHost) -> None:
    assert httpx.get(f"{coach.url}/health/detailed").is_success
    with FrontEnd(coach.url, page.origin, bearer(1)) as suite:
        assert suite.get(LISTS)["defaultWatchlist"]["user_id"] == user_id(1)
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x-e2e-bypass-auth"}
    answer = httpx.options(f"{coach.url}/api/watchlist", headers={"Origin": page.origin, **asked})
    assert "x-e2e-bypass-auth" in answer.headers["access-control-allow-headers"]


# The three sockets


def say(socket: ClientConnection, **message: object) -> None:
    socket.send(json.dumps(message))


def heard(socket: ClientConnection, *types: str) -> dict[str, object]:
    """Return the next frame of one of these types; every frame on the way is held against both schemas."""
    while True:
        frame: dict[str, object] = json.loads(socket.recv(timeout=30))
        assert_frame(frame)
        if frame["type"] in types:
            return frame


def first(socket: ClientConnection) -> dict[str, object]:
    frame: dict[str, object] = json.loads(socket.recv(timeout=10))
    assert_frame(frame)
    return frame


def test_a_blank_page_connects_and_the_first_it_hears_is_no_error(coach: Stack) -> None:
    with connect(coach.socket_url, origin="null") as socket:  # type: ignore[arg-type]
        say(socket, type="subscribe", symbols=["SPX"], channels=["setups:user-123"])

        status = first(socket)
        assert (status["type"], isinstance(status["session"], str)) == ("status", True)
        assert heard(socket, "error")["message"] == "Forbidden channel: setups:user-123"
        price = heard(socket, "price")
        assert price["symbol"] == "SPX"
        assert [name for name in PRINTED if not is_usable(price[name], "number")] == []


def test_the_tracker_opens_at_the_apis_host_and_stays_connected_without_pushes(coach: Stack, page: PageHost) -> None:
    with connect(coach.socket_url, origin=page.origin) as socket:  # type: ignore[arg-type]
        say(socket, type="subscribe", channels=[f"positions:{MEMBER}"])

        assert first(socket)["type"] == "status"
        assert heard(socket, "error")["code"] == "forbidden_channel"
        say(socket, type="ping")
        assert heard(socket, "pong") == {"type": "pong"}
        say(socket, type="unsubscribe", channels=[f"positions:{MEMBER}"])


def test_the_panel_opens_at_the_pages_host_and_with_a_token_it_hears_its_setups(
    coach: Stack, page: PageHost, front_end: FrontEnd, token: str
) -> None:
    mine, before = f"setups:{MEMBER}", page.forwarded
    with connect(f"ws://127.0.0.1:{page.port}/ws/prices?token={token}", origin=page.origin) as socket:  # type: ignore[arg-type]
        assert first(socket)["type"] == "status"
        say(socket, type="subscribe", channels=[mine])
        assert heard(socket, "ack", "error")["channels"] == [mine]

        made = front_end.call(SIMULATE, body={"symbol": "NDX"})
        assert made.status_code == 201
        detected = heard(socket, "setup_detected")
        assert (detected["channel"], page.forwarded) == (mine, before + 1)
        front_end.call(DROP_SETUP, id=made.json()["trackedSetup"]["id"])
        assert heard(socket, "setup_changed", "setup_update")["channel"] == mine
        say(socket, type="unsubscribe", channels=[mine])


def test_without_a_token_the_panel_is_connected_and_hears_nothing_private(
    coach: Stack, page: PageHost, front_end: FrontEnd
) -> None:
    with connect(f"ws://127.0.0.1:{page.port}/ws/prices", origin=page.origin) as socket:  # type: ignore[arg-type]
        assert first(socket)["type"] == "status"
        say(socket, type="subscribe", channels=[f"setups:{MEMBER}"])
        assert heard(socket, "ack", "error")["type"] == "error"

        front_end.call(SIMULATE, body={"symbol": "QQQ"})

        say(socket, type="ping")
        assert heard(socket, "pong", "setup_detected")["type"] == "pong"


def test_the_price_hook_sends_its_whole_list_again_and_comes_back_after_a_close(coach: Stack, page: PageHost) -> None:
    address = f"ws://127.0.0.1:{page.port}/ws/prices"
    for _ in range(2):
        with connect(address, origin=page.origin) as socket:  # type: ignore[arg-type]
            assert first(socket)["type"] == "status"
            say(socket, type="subscribe", symbols=["SPX"])
            assert heard(socket, "price", "error")["symbol"] == "SPX"
            say(socket, type="subscribe", symbols=["SPX", "SPY"])
            while heard(socket, "price", "error")["symbol"] != "SPY":
                pass


def test_only_the_socket_is_forwarded_by_the_pages_host(coach: Stack, page: PageHost) -> None:
    """What plays the page's host here must not make the rest pass by accident."""
    assert httpx.get(f"{page.origin}/api/watchlist").status_code == 404


def test_the_issuers_keys_were_asked_for_once_or_twice_by_all_of_this(issuer: Issuer, front_end: FrontEnd) -> None:
    front_end.get(LISTS)

    assert 1 <= issuer.asked <= 2  # twice where the tests before took more than five minutes
