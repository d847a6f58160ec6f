"""A whole day of the vendor massive through the whole coach, over a wire that breaks: nothing lost or invented."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

import httpx
import numpy as np
import pytest
from websockets.sync.client import connect

from coach.demo import DEMO_SYMBOLS
from detectors import backgrounds
from detectors.pure import break_retest, engine, gamma_squeeze, level_test
from market import calendar, clock, history, vendors
from market.pure.bars import Bars
from market.pure.panel import Panel, assemble
from market.pure.sessions import Session
from market.symbols import PROXIES
from options_engine import profiles
from simulation.vendor import SimulatedVendor
from tests.coach.reading import Node, read
from tests.contract.frames import assert_frame
from tests.live.stack import Stack, bearer, eventually
from tests.live.vendor_process import EASTERN, Run, VendorProcess, start_together

# The database is one test's: without the mark on all, that one would run apart from them, and the day twice.
pytestmark = [pytest.mark.live, pytest.mark.django_db]

KEY, SEED = "a-key-that-no-log-may-show", 20260209
# The clocks went forward on the Sunday before: Friday's close was at 21:00 UTC, Monday's is at 20:00.
DAY = date(2026, 3, 9)
SPEED, CLOSING_SPEED = 360.0, 30.0
# What the plan allows in a minute, and what the coach is told that it allows.
CALLS_A_MINUTE = 1200
USERS = range(30, 42)
SNAPSHOTS = "/v2/snapshot/locale/us/markets/stocks/tickers"
INDICES = "/v3/snapshot/indices"
BARS = "/v2/aggs/ticker/{ticker}/range/{multiplier}/{timespan}/{first}/{last}"


def at(hour: int, minute: int, day: date = DAY) -> datetime:
    return datetime.combine(day, time(hour, minute), EASTERN)


@pytest.fixture(scope="module")
def vendor() -> Iterator[VendorProcess]:
    with VendorProcess(key=KEY, seed=SEED) as running:
        yield running


@pytest.fixture(scope="module")
def coach(vendor: VendorProcess) -> Iterator[Stack]:
    """A coach of its own, whose vendor is massive and whose massive is ours."""
    running = Stack(
        "live-vendor",
        MARKET_PROVIDER="massive",
        MARKET_PROVIDER_API_KEY=KEY,
        MARKET_PROVIDER_BASE_URL=vendor.url,
        MARKET_PROVIDER_RPM=str(CALLS_A_MINUTE),
        LOG_LEVEL="INFO",
    )
    running.start()
    yield running
    assert running.stop() == 0, "the launcher did not stop cleanly"


@pytest.fixture(scope="module")
def day(coach: Stack, vendor: VendorProcess) -> dict[str, Any]:
    """Run the session with trouble on the wire, and return what was seen on the way."""
    vendor.tell("plan", calls_per_minute=CALLS_A_MINUTE)
    for number in USERS:
        with closing(coach.http(number)) as client:
            default = client.get("/api/watchlist").json()["defaultWatchlist"]
            client.put(f"/api/watchlist/{default['id']}", json={"symbols": list(DEMO_SYMBOLS)}).raise_for_status()
    run = start_together(coach, vendor, at(9, 25), SPEED)
    seen: dict[str, Any] = {}
    _broken_morning(run, vendor)
    seen |= _outage(run, coach, vendor)
    seen["quiet"] = _quiet_hour(run, vendor)
    run.until(at(15, 55))
    # The session is written down two minutes after the bell, once: by then the feed must have had its last rounds.
    start_together(coach, vendor, at(15, 56), CLOSING_SPEED)
    eventually(lambda: _is_kept(coach), why="the finished session is in the database")
    eventually(lambda: _is_read(coach), why="the detectors have read its last minutes")
    coach.clock("--pause")
    seen["stats"] = vendor.stats()
    return seen


def _broken_morning(run: Run, vendor: VendorProcess) -> None:
    """Let every kind of passing trouble strike, a stretch each."""
    run.until(at(9, 50))
    vendor.fault("429", times=2, retry_after=1)
    run.until(at(10, 20))
    vendor.fault("500", probability=0.3)
    run.until(at(10, 50))
    vendor.tell("faults/clear")
    vendor.fault("truncated", probability=0.3)
    vendor.fault("fields_missing", path=SNAPSHOTS, times=2, fields=["min"])
    vendor.fault("nan_text", path=SNAPSHOTS, times=1, fields=["c", "p"])
    run.until(at(11, 20))
    vendor.tell("faults/clear")
    vendor.fault("hang", times=1)
    vendor.fault("reset", times=2)
    vendor.fault("502", times=2)
    vendor.fault("wrong_type", times=2)
    run.until(at(11, 50))
    vendor.tell("faults/clear")
    vendor.fault("results_null", path=INDICES, times=2)
    vendor.fault("delay", probability=0.2, seconds=0.4)
    run.until(at(12, 20))
    vendor.tell("faults/clear")


def _outage(run: Run, coach: Stack, vendor: VendorProcess) -> dict[str, Any]:
    """Have the vendor fail at every call for long enough, and see what the coach says meanwhile."""
    run.until(at(12, 40))
    vendor.fault("500")
    stale = eventually(lambda: _frame_if(coach, "SPY", stale=True), seconds=30, why="SPY's price is marked stale")
    with signed_in(coach) as browser:
        page = read(browser.get("/coach/").content)
        prices = browser.get("/coach/prices", params={"symbols": "SPY,SPX"}).json()["prices"]
    vendor.tell("faults/clear")
    fresh = eventually(lambda: _frame_if(coach, "SPY", stale=False), seconds=60, why="SPY's price is of now again")
    return {"stale": stale, "fresh": fresh, "page": page, "prices": prices, "back_at": run.now()}


def _quiet_hour(run: Run, vendor: VendorProcess) -> dict[str, Any]:
    """Count what the coach asks while nothing is wrong."""
    run.until(at(15, 0))
    before, began = vendor.stats(), run.now()
    run.until(at(15, 50))
    after = vendor.stats()
    calls = {name: after["routes"].get(name, 0) - before["routes"].get(name, 0) for name in (SNAPSHOTS, INDICES, BARS)}
    return {"calls": calls, "wall_s": (run.now() - began).total_seconds() / SPEED}


def _is_kept(coach: Stack) -> bool:
    with coach.database() as database:
        found = database.execute(
            "SELECT count(*) FROM market_sessionbars WHERE session_date = %s AND complete AND symbol = ANY(%s)",
            [DAY, list(DEMO_SYMBOLS)],
        ).fetchone()
    return found == (len(DEMO_SYMBOLS),)


def _is_read(coach: Stack) -> bool:
    with coach.database() as database:
        found = database.execute(
            "SELECT count(*) FROM detectors_symbolcursor WHERE scanned_ts = %s AND symbol = ANY(%s)",
            [int(at(15, 59).timestamp()), list(DEMO_SYMBOLS)],
        ).fetchone()
    return found == (len(DEMO_SYMBOLS),)


def _frame_if(coach: Stack, symbol: str, **wanted: bool) -> dict[str, Any] | None:
    """Return the next price frame of a symbol if it says what is wanted."""
    with connect(f"{coach.socket_url}?token={bearer(30)}") as socket:
        socket.send(json.dumps({"type": "subscribe", "symbols": [symbol]}))
        while True:
            frame = json.loads(socket.recv(timeout=20))
            assert_frame(frame)
            if frame["type"] == "price":
                return frame if all(frame[name] is value for name, value in wanted.items()) else None


@contextmanager
def signed_in(coach: Stack) -> Iterator[httpx.Client]:
    """Return a client with the demo trader's session."""
    with coach.http() as client:
        client.get("/accounts/sign-in").raise_for_status()
        password = coach.store.secrets()["demo_password"]
        form = {"username": "demo", "password": password, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
        answer = client.post("/accounts/sign-in", data=form, headers={"Referer": coach.url})
        assert answer.status_code == 302, answer.text
        yield client


def truth(symbol: str, session: Session) -> Bars:
    """Return the session's minutes as the vendor's market made them."""
    return SimulatedVendor(SEED).minute_bars(symbol, session.pre_at, session.close_at, now=session.post_at)


def session_of_the_day() -> Session:
    session = calendar.session(DAY)
    assert session is not None
    return session


def stored(coach: Stack) -> dict[str, Bars]:
    """Return the minutes that the coach keeps of the day, until the close."""
    session = session_of_the_day()
    with coach.database() as database:
        rows = database.execute(
            "SELECT symbol, packed FROM market_sessionbars WHERE session_date = %s", [DAY]
        ).fetchall()
    return {symbol: Bars.unpack(packed).until(session.close_ts - 60) for symbol, packed in rows}


@pytest.mark.parametrize("symbol", DEMO_SYMBOLS)
def test_every_minute_is_the_vendors_and_none_is_missing(coach: Stack, day: dict[str, Any], symbol: str):
    known = truth(symbol, session_of_the_day())

    kept = stored(coach)[symbol]

    assert kept.ts.tolist() == known.ts.tolist()
    np.testing.assert_array_equal(kept.rows()[:, :6], known.rows()[:, :6])


def test_the_session_began_an_hour_earlier_in_utc_than_on_friday(coach: Stack, day: dict[str, Any]):
    first = datetime.fromtimestamp(int(stored(coach)["SPX"].ts[0]), EASTERN)

    with closing(coach.http(30)) as client:
        body = client.get("/api/chart/SPX", params={"timeframe": "1D"}).json()

    known = SimulatedVendor(SEED).daily_bars("SPX", DAY - timedelta(days=7), DAY, now=session_of_the_day().post_at)
    assert (first, first.utcoffset()) == (at(9, 30), timedelta(hours=-4))
    told = {bar["time"]: bar["close"] for bar in body["bars"]}
    assert {int(ts): close for ts, close in zip(known.ts, known.close, strict=True)}.items() <= told.items()


def test_a_price_that_stood_still_was_marked_with_its_age(day: dict[str, Any]):
    stale, fresh, page = day["stale"], day["fresh"], day["page"]

    assert (stale["stale"], stale["delayed"], stale["simulated"]) == (True, False, False)
    assert datetime.fromisoformat(stale["timestamp"]) < day["back_at"] - timedelta(minutes=20)
    assert [price["stale"] for price in day["prices"]] == [True, True]
    marked = {node.attributes["data-as-of"] for node in _live_cells(page) if "data-as-of" in node.attributes}
    assert marked
    assert all(re.fullmatch(r"as of 1[12]:\d\d ET", words) for words in marked)
    assert (fresh["stale"], fresh["delayed"]) == (False, False)


def _live_cells(page: Node) -> list[Node]:
    return [node for node in page.everything() if node.attributes.get("data-cell") == "price"]


def test_the_calls_stay_within_the_plan_and_do_not_grow_with_users(day: dict[str, Any]):
    stats, quiet = day["stats"], day["quiet"]
    rounds = quiet["wall_s"] + 2  # the beat starts one a second at most

    assert stats["refused_by_plan"] == 0
    assert stats["keys_in_addresses"] == 0
    assert [problem for problem in stats["problems"] if problem.startswith("400")] == []
    # A round is one question about stocks, one about indexes, and one for each symbol that missed minutes; the chains
    # of the profiles, which at this speed are read as often, ask for the price of their symbol beside them.
    snapshots = rounds * (1 + len(profiles.SYMBOLS))
    assert 0 < quiet["calls"][SNAPSHOTS] <= snapshots
    assert 0 < quiet["calls"][INDICES] <= snapshots
    assert quiet["calls"][BARS] <= rounds * len(DEMO_SYMBOLS) + len(DEMO_SYMBOLS)


def test_the_detections_are_those_of_the_engine_over_the_true_bars(coach: Stack, day: dict[str, Any]):
    session = session_of_the_day()
    with vendors.using(SimulatedVendor(SEED)), clock.standing(session.close_at + timedelta(minutes=10)):
        panel = _panel(session)
        wanted, _ = engine.detect(panel, close_ts=session.close_ts, background=backgrounds.of(panel, session))

    with coach.database() as database:
        rows = database.execute(
            """SELECT symbol, setup_type, direction, fingerprint, occurrence, extract(epoch FROM bar_at)::bigint
               FROM detectors_detectedsetup WHERE session_date = %s AND source = 'engine'""",
            [DAY],
        ).fetchall()

    known = {(*found.key, found.bar_ts) for found in wanted if _hangs_on_bars_alone(*found.key[:2])}
    assert {row for row in rows if _hangs_on_bars_alone(*row[:2])} == known
    assert len(known) > 20


def _hangs_on_bars_alone(symbol: str, setup_type: str) -> bool:
    # Levels of gamma are those of the moments at which chains were read, and at this speed a read takes minutes.
    return symbol not in profiles.SYMBOLS or setup_type not in (
        break_retest.SETUP_TYPE,
        gamma_squeeze.SETUP_TYPE,
        level_test.SETUP_TYPE,
    )


def _panel(session: Session) -> Panel:
    past = history.past(DEMO_SYMBOLS, session.date)
    return assemble(
        {symbol: truth(symbol, session) for symbol in (*DEMO_SYMBOLS, "DIA")},
        open_ts=session.open_ts,
        close_ts=session.close_ts,
        proxies=PROXIES,
        atr={symbol: found.atr14 for symbol, found in past.items()},
        prev_close={symbol: found.prev_close for symbol, found in past.items()},
    ).only(sorted(DEMO_SYMBOLS))


def test_gamma_profiles_were_made_of_the_vendors_chains(coach: Stack, day: dict[str, Any]):
    with coach.database() as database:
        found = database.execute(
            "SELECT symbol, spot, as_of FROM options_engine_gammasnapshot WHERE session_date = %s", [DAY]
        ).fetchall()

    assert found
    for symbol, spot, as_of in found:
        # A chain is read in wall seconds, each of them six minutes of this market.
        around = truth(symbol, session_of_the_day()).between(*(int(as_of.timestamp()) + 60 * at for at in (-30, 30)))
        assert around.low.min() <= spot <= around.high.max(), (symbol, as_of)


def test_data_of_a_delayed_plan_say_so_everywhere(coach: Stack, vendor: VendorProcess, day: dict[str, Any]):
    vendor.tell("plan", delay_s=900)
    start_together(coach, vendor, at(11, 0, DAY + timedelta(days=1)), 60)

    frame = eventually(lambda: _frame_if(coach, "SPY", delayed=True), seconds=30, why="SPY's price says it is delayed")
    with signed_in(coach) as browser:
        eventually(lambda: _all_delayed(browser), why="every price says it is delayed")
        home = read(browser.get("/coach/").content)
        chart = read(browser.get("/coach/chart/", params={"symbol": "SPX", "tf": "5m"}).content)

    assert frame["stale"] is False
    for page in (home, chart):
        assert "hidden" not in page.one("delayed-plan").attributes
        assert "tracked ones do not move" in page.one("delayed-banner").text()
        assert "hidden" not in page.one("delayed-banner").attributes
    assert "Delayed" in home.one("spx-card").text()
    assert all("Delayed" in home.one(f"watch-{symbol}").text() for symbol in DEMO_SYMBOLS)
    assert "Delayed" in chart.one("panel-chart").text()


def _all_delayed(browser: httpx.Client) -> bool:
    prices = browser.get("/coach/prices", params={"symbols": ",".join(DEMO_SYMBOLS)}).json()["prices"]
    return len(prices) == len(DEMO_SYMBOLS) and all(price["delayed"] for price in prices)


def test_the_log_holds_no_traceback_and_no_key(coach: Stack, day: dict[str, Any]):
    log = "\n".join(coach.lines)

    assert [coach.lines[at : at + 40] for at, line in enumerate(coach.lines) if "Traceback" in line] == []
    assert KEY not in log
    assert "market.massive.bad_question" not in log
