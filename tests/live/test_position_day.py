"""A trading day with two hundred positions of every kind through the whole coach: valued, advised, ended, explained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.conf import settings

from market import calendar
from simulation.vendor import SimulatedVendor
from tests.contract.frames import assert_frame
from tests.live import faulty_market, position_totals
from tests.live.many_positions import (
    OF_EACH,
    STORED_AS,
    STRUCTURES,
    Quotes,
    of_every_structure,
    opening,
    settled_at_the_open,
)
from tests.live.position_listener import PositionListener
from tests.live.stack import Stack, eventually, user_id
from tests.live.vendor_process import EASTERN

# The database is one test's: without the mark on all, that one would run apart from them, and the day twice.
pytestmark = [pytest.mark.live, pytest.mark.django_db]

# The third Friday of a month: everything has options that end on it, and those of indexes settle in two ways.
DAY, WEEK_LATER, MONTH_LATER = date(2026, 2, 20), date(2026, 2, 27), date(2026, 3, 20)
EXPIRIES = (DAY, WEEK_LATER, MONTH_LATER)
EVERY_KIND, MORNING, FEW = 41, 42, 43
USERS = (EVERY_KIND, MORNING, FEW)
POSITIONS = 200
BROKEN = "NVDA"
FAST = 180
ZERO, CENT, DOLLAR = Decimal(0), Decimal("0.01"), Decimal(1)
PARTS = ("delta", "gamma", "theta", "vega", "spread", "fees", "residual")


def at(hour: int, minute: int) -> datetime:
    return datetime.combine(DAY, time(hour, minute), EASTERN)


class Lab(Stack):
    """A coach whose made-up market has the trouble that a file names."""

    # What others do on the machine must not decide.
    START_S = 300.0
    LAUNCHER = "tests.live.faulty_launch"

    def __init__(self, faults: Path) -> None:
        # Not faster than the world until it is ready: the day sets its own pace.
        super().__init__("live-positions", SIMULATION_SPEED="1", **{faulty_market.VARIABLE: str(faults)})
        self.faults = faults
        self._asked: psycopg.Connection[Any] | None = None

    def rows(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """Return what the database answers."""
        # One connection for all: conditions are asked for many times a second.
        if self._asked is None:
            self._asked = self.database()
        return list(self._asked.execute(query, arguments).fetchall())

    def stop(self) -> int:
        """Stop as Ctrl-C does, and return the launcher's exit code."""
        if self._asked is not None:
            self._asked.close()
        return super().stop()

    def stand(self, hour: int, minute: int) -> None:
        """Stop market time at a clock reading of the day."""
        self.clock("--rehearse", "--at", f"{DAY}T{hour:02d}:{minute:02d}:00", "--pause")

    def run(self, speed: int) -> None:
        """Let market time go on."""
        self.clock("--speed", str(speed), "--go")

    def now(self) -> datetime:
        """Return the market time, as the row of the clock has it."""
        ((market_at, wall_at, speed, paused),) = self.rows(
            "SELECT market_at, wall_at, speed, paused FROM market_clockstate"
        )
        passed = timedelta(0) if paused else datetime.now(wall_at.tzinfo) - wall_at
        return market_at + speed * passed

    def pause(self) -> None:
        """Stop market time, and wait until the tracker has valued everything at this instant."""
        self.clock("--pause")
        self.settle_down()

    def settle_down(self, *, but: str = "") -> None:
        """Wait until everything was valued at the instant at which time stands, from prices of then except of one."""
        instant = self.now() - timedelta(seconds=1)
        eventually(
            lambda: self.seen_since(instant) and not self.rows(STALE_OTHERS, but, DAY),
            seconds=240,
            why="everything is valued where time stands",
        )

    def until(self, moment: datetime) -> None:
        """Wait until the tracker has looked at every position that could be priced after a moment of market time."""
        eventually(lambda: self.now() >= moment and self.seen_since(moment), seconds=240, why=f"tracked after {moment}")

    def seen_since(self, moment: datetime) -> bool:
        """Say whether the marks of all open positions were made after a moment, of what is held now."""
        ((open_now, seen),) = self.rows(
            """SELECT count(*), count(*) FILTER (WHERE mark.version = held.version AND mark.seen_at >= %s)
               FROM positions_position AS held LEFT JOIN positions_mark AS mark ON mark.position_id = held.id
               WHERE held.status = 'open'""",
            moment,
        )
        return bool(open_now == seen)


STALE_OTHERS = """
    SELECT 1 FROM positions_mark AS mark JOIN positions_position AS held ON held.id = mark.position_id
    WHERE held.status = 'open' AND mark.stale AND held.symbol <> %s
    -- What has ended and waits for its settlement has no price any more.
    AND NOT EXISTS (SELECT FROM positions_leg AS leg WHERE leg.position_id = held.id AND leg.open_quantity <> 0
        AND leg.expiry <= %s AND leg.settles_at_open)
"""


@dataclass
class Day:
    """What was seen of the day."""

    coach: Lab
    heard: dict[int, PositionListener]
    structures: dict[str, tuple[int, str]] = field(default_factory=dict)
    stopped: str = ""
    partly_closed: list[str] = field(default_factory=list)
    broken: dict[str, Any] = field(default_factory=dict)
    totals: dict[int, tuple[position_totals.Totals, ...]] = field(default_factory=dict)
    shown: dict[int, dict[str, float]] = field(default_factory=dict)
    explained: dict[str, dict[str, Any]] = field(default_factory=dict)

    def on_page(self, number: int) -> dict[str, float]:
        """Return the profit of each open position as a page shows it that heard every frame."""
        newest = self.heard[number].newest
        return {key: newest[key]["pnl"] for key in self.shown[number] if key in newest}

    def of(self, number: int) -> set[str]:
        """Return the ids of a trader's positions."""
        return {position for position, (owner, _) in self.structures.items() if owner == number}


@pytest.fixture(scope="module")
def coach(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    running = Lab(tmp_path_factory.mktemp("faults") / "underlyings")
    running.start()
    yield running
    assert running.stop() == 0, "the launcher did not stop cleanly"


@pytest.fixture(scope="module")
def day(coach: Lab) -> Iterator[Day]:
    """Go through the day, and return what was seen on the way."""
    with ExitStack() as open_things:
        clients = {number: open_things.enter_context(closing(coach.http(number))) for number in USERS}
        for client in clients.values():
            client.get("/api/watchlist").raise_for_status()  # an account is made by its first request
        coach.stand(9, 15)
        heard = {n: open_things.enter_context(PositionListener(coach, number=n)) for n in USERS}
        seen = Day(coach, heard)
        _open_everything(seen, clients)
        _trade(seen, clients)
        _break_quotes(seen, clients)
        coach.kill("worker")
        coach.until(coach.now())
        _compare(seen, clients)
        _end(seen, clients)
        yield seen


def _open_everything(seen: Day, clients: dict[int, httpx.Client]) -> None:
    """Open what settles at the open before it, and the rest ten minutes after it."""
    coach = seen.coach
    for each in settled_at_the_open(Quotes(clients[MORNING]), DAY, MONTH_LATER):
        _open(seen, clients, MORNING, each)
    coach.settle_down()
    coach.stand(9, 40)
    quotes = Quotes(clients[EVERY_KIND])
    for each in of_every_structure(quotes, EXPIRIES):
        _open(seen, clients, EVERY_KIND, each)
    left = POSITIONS - len(seen.structures)
    for number in range(left):
        _open(seen, clients, FEW, opening(quotes, STRUCTURES[number % len(STRUCTURES)], OF_EACH + number, EXPIRIES))
    coach.settle_down()


def _open(seen: Day, clients: dict[int, httpx.Client], number: int, each: Any) -> None:
    made = clients[number].post("/api/positions", json=each.body)
    assert made.status_code == 201, (each, made.text)
    stored = made.json()["position"]
    assert stored["type"] == STORED_AS.get(each.structure, each.structure), stored
    seen.structures[stored["id"]] = (number, each.structure)


def _trade(seen: Day, clients: dict[int, httpx.Client]) -> None:
    """Close parts, single legs and whole positions in the middle of the day, add to others, and set a stop."""
    coach, client = seen.coach, clients[EVERY_KIND]
    coach.run(FAST)
    coach.until(at(10, 45))
    _tell_settlement_values(coach, clients[MORNING])
    # What is told while time stands is seen by the tracker at the moment of the trade.
    coach.pause()
    rows = [row for row in _live(client) if "unavailable" not in row and row["currentPrice"] > 0]
    several = [row for row in rows if abs(row["quantity"]) > 1 and not _ends_today(row)]
    seen.partly_closed = [row["id"] for row in several[:8]]
    for row in several[:8]:
        _act(client, row, "close", price=row["currentPrice"], quantity=1, fees=FEE)
    for row in several[8:12]:
        _act(client, row, "close", price=row["currentPrice"], fees=FEE, reason="enough")
    rows = [row for row in rows if row not in several[:12]]
    for row in [row for row in rows if row["type"] == "iron_condor"][:3]:
        _act(client, row, "trades", legs=[_trade_of(row["legs"][0], -row["legs"][0]["quantity"])])
    for row in [row for row in rows if row["type"] == "call" and row["quantity"] > 0][-3:]:
        _act(client, row, "trades", legs=[_trade_of(row["legs"][0], 1)])
    stop = next(row for row in rows if row["type"] == "put" and row["quantity"] == 1 and not _ends_today(row))
    seen.stopped = stop["id"]
    version = client.get(f"/api/positions/{stop['id']}").json()["position"]["version"]
    told = {"stopPrice": round(10 * stop["currentPrice"], 2), "version": version}
    assert client.patch(f"/api/positions/{stop['id']}", json=told).status_code == 200
    coach.settle_down()


FEE = 0.65


def _tell_settlement_values(coach: Lab, client: httpx.Client) -> None:
    """Tell what the exchange published for the index options whose end leaves doubt."""
    waiting = "SELECT contract FROM positions_leg WHERE awaits = 'settlement_value'"
    eventually(lambda: coach.rows(waiting), why="traders are asked for settlement values")
    for position in client.get("/api/positions", params={"status": "open"}).json()["positions"]:
        for leg in position["legs"]:
            if leg["awaits"] == "settlement_value":
                value = leg["strike"] + 12.5 if leg["kind"] == "call" else leg["strike"] - 7.25
                told = {"contract": leg["contract"], "outcome": "cash_settlement", "settlementValue": value}
                answer = client.post(f"/api/positions/{position['id']}/assign", json=told)
                assert answer.status_code == 200, answer.text


def _live(client: httpx.Client) -> list[dict[str, Any]]:
    answer = client.get("/api/positions/live")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["positions"])


def _ends_today(row: dict[str, Any]) -> bool:
    return bool(row.get("expiry") == DAY.isoformat())


def _act(client: httpx.Client, row: dict[str, Any], act: str, **told: Any) -> None:
    answer = client.post(f"/api/positions/{row['id']}/{act}", json=told)
    assert answer.status_code == 200, (row, answer.text)


def _trade_of(leg: dict[str, Any], quantity: int) -> dict[str, Any]:
    root = leg["contract"][:-15].strip()
    return {
        **{name: leg[name] for name in ("strike", "expiry")},
        "kind": leg["type"],
        "quantity": quantity,
        "price": leg["mark"],
        "root": root,
        "fees": FEE,
    }


def _break_quotes(seen: Day, clients: dict[int, httpx.Client]) -> None:
    """Let one underlying's quotes fail for a quarter of an hour of the market and more."""
    coach = seen.coach
    coach.run(FAST)
    coach.faults.write_text(BROKEN, encoding="utf-8")
    of_broken = "FROM positions_position AS held JOIN positions_mark AS mark ON mark.position_id = held.id"
    of_broken += " WHERE held.status = 'open' AND held.symbol {} %s"
    left = f"SELECT 1 {of_broken.format('=')} AND NOT mark.stale"
    eventually(lambda: not coach.rows(left, BROKEN), seconds=240, why=f"every row of {BROKEN} is stale")
    numbers = f"SELECT held.id, mark.value, mark.unrealised, mark.as_of {of_broken.format('=')} ORDER BY 1"
    seen.broken["first"], began = coach.rows(numbers, BROKEN), coach.now()
    coach.until(began + timedelta(minutes=20))
    coach.clock("--pause")
    coach.settle_down(but=BROKEN)
    seen.broken["later"], seen.broken["at"] = coach.rows(numbers, BROKEN), coach.now()
    seen.broken["rows"] = [row for number in USERS for row in _live(clients[number])]
    seen.broken["others"] = coach.rows(f"SELECT mark.stale, mark.seen_at {of_broken.format('<>')}", BROKEN)
    seen.broken["began"] = began
    seen.broken["last_good"] = {key: row for each in seen.heard.values() for key, row in each.last_good.items()}
    coach.faults.unlink()
    coach.run(FAST)
    stale = f"SELECT 1 {of_broken.format('=')} AND mark.stale"
    eventually(lambda: not coach.rows(stale, BROKEN), seconds=240, why=f"every row of {BROKEN} is live again")


def _compare(seen: Day, clients: dict[int, httpx.Client]) -> None:
    """Stand still before the close, and read every trader's totals from everywhere.

    Values of positions are not stored, and what is lost on the way is followed by the next that moves. Where time
    stands nothing does, so that after a loss it goes on for some minutes. Three losses in a row are none by chance.
    """
    coach, differed = seen.coach, []
    moment = at(15, 30)
    while len(differed) < 3:
        coach.run(FAST)
        coach.until(moment)
        coach.pause()
        try:
            for number in USERS:
                eventually(lambda: _all_say_the_same(seen, clients[number], number), seconds=60)  # noqa: B023
        except AssertionError:
            differed.append(_what_differs(seen, number))
            moment = coach.now() + timedelta(minutes=4)
        else:
            return
    raise AssertionError(differed)


def _all_say_the_same(seen: Day, client: httpx.Client, number: int) -> bool:
    """Read one trader's totals from everywhere; False while the tracker's last look at this instant is under way.

    Time stands, and prices of shortly before are still followed by those of now.
    """
    rows = _live(client)
    seen.shown[number] = _profits(rows)
    if seen.on_page(number) != seen.shown[number]:
        return False
    portfolio = client.get("/api/positions/portfolio").json()
    with seen.coach.database() as database:
        stored = position_totals.of_database(database, user_id(number))
    seen.totals[number] = (position_totals.of_portfolio(portfolio), position_totals.of_rows(rows), stored)
    return _profits(_live(client)) == seen.shown[number]


def _what_differs(seen: Day, number: int) -> str:
    page, shown = seen.on_page(number), seen.shown[number]
    differing = {key: (page.get(key), pnl) for key, pnl in shown.items() if page.get(key) != pnl}
    heard = seen.heard[number]
    told = max((each["updatedAt"] for each in heard.newest.values()), default="never")
    stored = seen.coach.rows(
        "SELECT min(seen_at), max(seen_at), count(*) FILTER (WHERE digest = '') FROM positions_mark"
    )
    troubles = [line for line in seen.coach.lines if " WARNING " in line or " ERROR " in line or "Error:" in line]
    return (
        f"trader {number}: {len(differing)} of {len(shown)} differ, such as {list(differing.items())[:2]}; "
        f"last told {told}, stored {stored}, now {seen.coach.now()}; {heard.connections} connections; {troubles[-12:]}"
    )


def _profits(rows: list[dict[str, Any]]) -> dict[str, float]:
    return {row["id"]: row["pnl"] for row in rows}


def _end(seen: Day, clients: dict[int, httpx.Client]) -> None:
    """Go through the close to the evening, and have the day explained."""
    coach = seen.coach
    coach.run(120)
    kept = "SELECT count(*) FROM positions_day WHERE market_date = %s"
    eventually(lambda: coach.rows(kept, DAY)[0][0], seconds=240, why="the day was kept")
    open_ends = "SELECT 1 FROM positions_leg WHERE open_quantity <> 0 AND expiry <= %s AND awaits = ''"
    eventually(lambda: not coach.rows(open_ends, DAY), seconds=120, why="what ended is settled")
    # Standing still: at this speed the other evening jobs would keep the one that looks back from ever being begun.
    coach.stand(17, 46)
    looked = """SELECT 1 FROM positions_position AS held LEFT JOIN positions_hindsight AS found
                ON found.position_id = held.id WHERE held.status <> 'open' AND found.position_id IS NULL"""
    eventually(lambda: not coach.rows(looked), seconds=120, why="the day was looked back at")
    for position, (number, _) in seen.structures.items():
        answer = clients[number].get(f"/api/positions/{position}/explain", params={"date": DAY.isoformat()})
        assert answer.status_code == 200, answer.text
        seen.explained[position] = answer.json()


def exact(number: float) -> Decimal:
    return Decimal(str(number))


def test_two_hundred_positions_of_every_kind_were_opened(day: Day) -> None:
    kinds = Counter(structure for number, structure in day.structures.values() if number == EVERY_KIND)

    assert len(day.structures) == POSITIONS
    assert kinds == dict.fromkeys(STRUCTURES, OF_EACH)
    sides = day.coach.rows(
        "SELECT DISTINCT leg.kind, sign(quantity) FROM positions_fill JOIN positions_leg AS leg ON leg_id = leg.id"
    )
    assert len(sides) == 6


def test_every_position_was_pushed_to_its_owner_and_to_nobody_else(day: Day) -> None:
    for number, heard in day.heard.items():
        assert heard.owners == {user_id(number)}
        assert set(heard.newest) == day.of(number)
        assert heard.updates > 3 * len(day.of(number))
        assert {row[0] for row in day.coach.rows(OWN_EVENTS, user_id(number))} == set(heard.ids)
        assert heard.ids == sorted(set(heard.ids))


OWN_EVENTS = "SELECT id FROM realtime_event WHERE user_id = %s AND channel = 'positions'"


def test_every_event_keeps_to_the_contract(day: Day) -> None:
    for heard in day.heard.values():
        for frame in heard.frames:
            assert_frame(frame)


def test_advice_is_given_and_told_once(day: Day) -> None:
    told = [frame["data"]["advice"] for heard in day.heard.values() for frame in heard.events("position_advice")]
    first = Counter(advice["id"] for advice in told if advice["notice"] == "created")
    notices = Counter(advice["id"] for advice in told)
    stored = dict(day.coach.rows("SELECT id::text, notices FROM positions_advice WHERE first_told_at IS NOT NULL"))

    assert len({advice["rule"] for advice in told}) >= 3
    assert set(first.values()) == {1}
    assert set(first) == set(notices) == set(stored)
    assert notices == stored
    of_stopped = [advice for advice in told if advice["positionId"] == day.stopped and advice["rule"] == "stop"]
    assert [advice["suggestedAction"]["action"] for advice in of_stopped if advice["notice"] == "created"] == [
        "stop_hit"
    ]


def test_an_underlying_without_quotes_is_stale_with_age_and_all_others_live(day: Day) -> None:
    broken = day.broken
    rows = {row["id"]: row for row in broken["rows"] if row["symbol"] == BROKEN}

    assert len(rows) > 10
    assert broken["first"] == broken["later"]
    for key, value, unrealised, as_of in broken["later"]:
        row = rows[str(key)]
        assert row["stale"]
        assert exact(row["marketValue"]) == value
        assert exact(row["pnl"]) == unrealised
        assert datetime.fromisoformat(row["asOf"]) == as_of
        assert as_of < broken["at"] - timedelta(minutes=15)
        good = broken["last_good"][str(key)]
        assert (good["stale"], good["pnl"]) == (False, row["pnl"])
    assert not any(row["stale"] for row in broken["rows"] if row["symbol"] != BROKEN)
    assert len(broken["others"]) > 100
    assert not any(stale or seen_at < broken["began"] for stale, seen_at in broken["others"])


@pytest.mark.parametrize("number", USERS)
def test_totals_are_the_sums_of_the_rows_and_of_the_database(day: Day, number: int) -> None:
    portfolio, rows, stored = day.totals[number]

    position_totals.assert_totals_are_the_same(portfolio, rows, stored)
    assert (rows.count, rows.stale, rows.unpriced) == (len(day.shown[number]), 0, 0)


LEDGER = """
    SELECT held.id, held.status, held.realised, held.fees, held.cost,
        sum(-fill.quantity * fill.price * leg.multiplier), sum(fill.fees)
    FROM positions_position AS held JOIN positions_leg AS leg ON leg.position_id = held.id
    JOIN positions_fill AS fill ON fill.leg_id = leg.id GROUP BY held.id
"""


def test_realised_profit_is_that_of_the_cash_ledger(day: Day) -> None:
    ledger = day.coach.rows(LEDGER)

    assert len(ledger) == POSITIONS
    for position, status, realised, fees, cost, cash, paid in ledger:
        assert fees == paid, position
        assert cash == realised - cost, position
        assert cost == 0 or status == "open", position
    assert sum(status != "open" for _, status, *_ in ledger) > 50


ENDS = """
    SELECT held.symbol, leg.kind, leg.strike, leg.settles_at_open, fill.kind, fill.quantity, fill.price, fill.filled_at,
        (SELECT sum(shares.quantity) FROM positions_fill AS shares JOIN positions_leg AS stock
            ON stock.id = shares.leg_id WHERE stock.position_id = held.id AND stock.kind = 'stock'
            AND shares.price = leg.strike AND shares.kind = fill.kind)
    FROM positions_fill AS fill JOIN positions_leg AS leg ON leg.id = fill.leg_id
    JOIN positions_position AS held ON held.id = leg.position_id
    WHERE fill.kind <> 'trade' AND leg.kind <> 'stock'
"""


@pytest.fixture
def closes() -> dict[str, Decimal]:
    """The official closes of the day, as the made-up market has them."""
    session = calendar.session(DAY)
    assert session is not None
    market = SimulatedVendor(settings.SIMULATION_SEED)
    symbols = ("SPX", "NDX", "SPY", "QQQ", "AAPL", "NVDA")
    told = {each: market.daily_bars(each, DAY, DAY, now=session.post_at).close[-1] for each in symbols}
    return {symbol: Decimal(f"{close:.4f}") for symbol, close in told.items()}


def test_options_ended_at_what_their_underlying_closed_at(day: Day, closes: dict[str, Decimal]) -> None:
    ends = [row for row in day.coach.rows(ENDS) if not row[3]]

    for symbol, kind, strike, _, how, quantity, price, ended_at, shares in ends:
        worth = max(closes[symbol] - strike if kind == "call" else strike - closes[symbol], ZERO)
        assert ended_at == at(16, 0)
        if how == "cash_settlement":
            assert price == worth > 0
            continue
        assert price == 0
        assert (how == "expiry") == (worth < CENT), (symbol, kind, strike, how)
        if how != "expiry":
            assert (how == "exercise") == (quantity < 0)
            assert abs(shares) >= 100 * abs(quantity)
    assert {how for *_, how, _, _, _, _ in ends} == {"expiry", "cash_settlement", "exercise", "assignment"}


def test_what_settles_at_the_open_expired_or_was_told(day: Day) -> None:
    ends = [(row[4], row[7]) for row in day.coach.rows(ENDS) if row[3]]

    assert Counter(how for how, _ in ends) == {"expiry": 4, "cash_settlement": 4}
    assert {ended_at for how, ended_at in ends} == {at(9, 30)}


def test_each_end_was_told_once(day: Day) -> None:
    ended = {
        str(key): pnl
        for key, pnl in day.coach.rows(
            "SELECT id, round(realised - fees, 2) FROM positions_position WHERE status <> 'open'"
        )
    }
    told = [frame["data"] for heard in day.heard.values() for frame in heard.events("position_closed")]

    assert Counter(data["positionId"] for data in told) == dict.fromkeys(ended, 1)
    assert {data["positionId"]: exact(data["realizedPnl"]).quantize(CENT) for data in told} == ended


KEPT = """
    SELECT held.id, held.status, held.realised - held.fees - held.cost, coalesce(sum(
        leg.open_quantity * leg.multiplier * round(coalesce(
            (kept.legs -> leg.contract ->> 'mark')::numeric, kept.spot::numeric), 4)), 0)
    FROM positions_position AS held JOIN positions_leg AS leg ON leg.position_id = held.id
    LEFT JOIN positions_day AS kept ON kept.position_id = held.id AND kept.market_date = %s GROUP BY held.id
"""


def test_the_day_is_explained_to_the_cent(day: Day) -> None:
    made = {str(key): (status, round(cash + value, 2)) for key, status, cash, value in day.coach.rows(KEPT, DAY)}

    for position, told in day.explained.items():
        parts = told["explained"]
        assert parts is not None, (day.structures[position], told)
        status, pnl = made[position]
        assert exact(parts["pnl"]).quantize(CENT) == pnl, (day.structures[position], status, told)
        assert sum((exact(parts[name]) for name in PARTS), ZERO) == exact(parts["pnl"]), told
        for name in (*PARTS, "pnl"):
            legs = sum((exact(leg[name]) for leg in told["legs"]), ZERO)
            assert abs(legs - exact(parts[name])) <= CENT * len(told["legs"]), (name, told)
        assert told["unexplained"] == [], (day.structures[position], told)
    assert len(day.explained) == POSITIONS


ENDED_AT_THE_CLOSE = """
    SELECT held.id FROM positions_position AS held JOIN positions_leg AS leg ON leg.position_id = held.id
    WHERE held.closed_at = %s GROUP BY held.id HAVING bool_and(leg.expiry = %s AND NOT leg.settles_at_open)
"""


def test_settlement_leaves_nothing_of_the_days_profit_unexplained(day: Day) -> None:
    ended = [str(key) for (key,) in day.coach.rows(ENDED_AT_THE_CLOSE, at(16, 0), DAY)]

    assert len(ended) > 30
    for position in ended:
        parts = {name: exact(day.explained[position]["explained"][name]) for name in PARTS}
        left, moved = abs(parts.pop("residual")), sum(map(abs, parts.values()))
        # The fewer looks at the day, the longer the steps and the more each leaves over.
        assert left <= max(DOLLAR, moved / 50), (day.structures[position], day.explained[position])


def test_the_day_is_kept_of_what_lives_on(day: Day) -> None:
    rows = day.coach.rows(
        """SELECT held.status, kept.position_id IS NOT NULL FROM positions_position AS held
           LEFT JOIN positions_day AS kept ON kept.position_id = held.id AND kept.market_date = %s""",
        DAY,
    )

    assert all(kept for status, kept in rows if status == "open")


def test_closed_positions_are_looked_back_at_with_what_was_done(day: Day) -> None:
    rows = day.coach.rows(
        """SELECT round(held.realised - held.fees, 2), found.outcomes FROM positions_position AS held
           LEFT JOIN positions_hindsight AS found ON found.position_id = held.id WHERE held.status <> 'open'"""
    )

    assert all(found is not None and Decimal(found["actual"]["net"]) == made for made, found in rows)


def test_nothing_was_lost_on_the_way(day: Day) -> None:
    log = day.coach.lines

    assert [log[place : place + 40] for place, line in enumerate(log) if "Traceback" in line] == []
