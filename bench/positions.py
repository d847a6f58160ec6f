"""A cycle of the position tracker: questions of the vendor and seconds, against asking for one position at a time."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from bench import database  # first: it has Django stand, which models need

# isort: split
from accounts.models import User
from bench.row import Row, median_ms
from config.redis import client
from market import clock, contract_marks, vendors
from market import quotes as quote_store
from market.pure.contract_marks import Mark, of_chain
from market.pure.contract_names import names, parse
from market.vendors.protocol import NAN, Quote
from market.vendors.reference import Told
from positions import contracts, open_positions, pricing, tracker
from positions.models import Direction, Leg, Position, Strategy
from positions.pure.holding import Held, holding
from positions.pure.structures import Kind
from positions.pure.structures import Leg as Spec
from positions.pure.valuation import Marked, value
from simulation.vendor import SimulatedVendor
from tests.market.fakes import FakeVendor

BENCH = "positions"
SYMBOLS = (
    *("SPX", "NDX", "RUT", "SPY", "QQQ", "IWM", "DIA", "AAPL", "MSFT", "NVDA"),
    *("AMZN", "META", "GOOGL", "TSLA", "AMD", "NFLX", "AVGO", "JPM", "XOM", "COST"),
)
POSITIONS, OF_ONE = 5_000, 200
A_USER = 20  # positions
MOST_CALLS = 60
LOOPED = 60  # positions of the loop, scaled
ANSWER_S = 0.05  # what a vendor takes
DATES = 8
NOON = datetime(2026, 2, 9, 17, tzinfo=UTC)
# Of each twenty: bought and sold calls and puts, spreads, an iron condor, shares.
KINDS = ("single",) * 13 + ("spread",) * 5 + ("condor", "stock")


def run(*, quick: bool = False) -> list[Row]:
    """Measure a cycle in which everything moves, one in which nothing does, and one trader's list."""
    count = POSITIONS // 50 if quick else POSITIONS
    with _market(SYMBOLS[:4] if quick else SYMBOLS) as board:
        return [*_everybody(board, count, looped=LOOPED // 10 if quick else LOOPED), *_one_trader(board)]


@dataclass(frozen=True)
class Board:
    """A market at two moments, fifteen seconds apart, and the vendor that tells it."""

    vendor: Slow
    hand: clock.Standing
    marks: tuple[dict[str, Mark], dict[str, Mark]]
    spots: tuple[dict[str, float], dict[str, float]]

    def show(self, moment: int) -> None:
        """Have the vendor and the feed tell one of the moments, as that of now."""
        self.vendor.told = self.marks[moment]
        now = self.hand.at
        quotes = {name: Quote(name, spot, spot, NAN, now) for name, spot in self.spots[moment].items()}
        with client().pipeline() as pipe:
            quote_store.replace_all(pipe, quotes)
            pipe.execute()


class Slow(FakeVendor):
    """A vendor that knows what it was given and takes its time for each answer."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, Mark] = {}
        self.asked = 0

    def contract_marks(self, tickers: Collection[str], *, now: datetime) -> Told[Mark]:
        """Return the rows."""
        self.asked += 1
        time.sleep(ANSWER_S)
        return Told(tuple(self.told[name] for name in tickers if name in self.told), as_of=now, source=self.name)


@contextmanager
def _market(symbols: tuple[str, ...]) -> Iterator[Board]:
    vendor = Slow()
    with database.fresh(), clock.standing(NOON) as hand, vendors.using(vendor):
        told = [_moment(SimulatedVendor(7), symbols, NOON + timedelta(seconds=seconds)) for seconds in (0, 15)]
        yield Board(vendor, hand, (told[0][0], told[1][0]), (told[0][1], told[1][1]))


def _moment(
    simulated: SimulatedVendor, symbols: tuple[str, ...], now: datetime
) -> tuple[dict[str, Mark], dict[str, float]]:
    marks, spots = {}, {}
    for symbol in symbols:
        chain = simulated.option_chain(symbol, expiries=DATES, now=now)
        listed = names(chain.root, chain.expiry, chain.is_call, chain.strike)
        marks.update({mark.ticker: mark for mark in of_chain(chain, listed)})
        spots[symbol] = chain.spot
    return marks, spots


def _everybody(board: Board, count: int, *, looped: int) -> list[Row]:
    held = _hold(board, list(board.spots[0]), count, a_user=A_USER)
    board.show(0)
    tracker.run(board.hand.at)
    database.analyse()
    label = f"{count:,} positions on {len(board.spots[0])} underlyings"
    _later(board, 1)
    done, seconds, work_s, calls = _cycle(board)
    if done.moved < 0.9 * count or done.stale or done.failed:
        raise AssertionError(f"{label}: {done}")
    loop_s, loop_calls = _one_at_a_time(board, held[:looped])
    _later(board, 1, seconds=1)
    quiet, quiet_s, *_ = _cycle(board)
    scale = count / looped
    questions = -(-done.contracts // contract_marks.BATCH)
    if calls > MOST_CALLS:
        raise AssertionError(f"{label}: {calls} calls")
    return [
        Row(BENCH, label, "vendor calls a cycle", calls, "calls", must_be=questions),
        Row(
            *(BENCH, label, f"a cycle in which {done.moved:,} move", round(seconds, 2), "s"),
            *(round(loop_s * scale, 1), "one at a time (scaled)", round(loop_s * scale / seconds, 1)),
        ),
        Row(BENCH, label, "its work on one processor", round(work_s, 2), "s"),
        Row(BENCH, label, "vendor calls of that loop", round(loop_calls * scale), "calls"),
        Row(BENCH, label, f"a cycle a second later, {quiet.moved:,} moved", round(quiet_s, 2), "s"),
        Row(BENCH, label, "legs to facts, prices known", round(_valuation_ms(board)), "ms"),
    ]


def _valuation_ms(board: Board) -> float:
    now, held = board.hand.at, open_positions.read()
    prices = pricing.of(held, now=now)
    marked = [Marked(position=each, marks=prices.marks[each.symbol], spot=prices.spots[each.symbol]) for each in held]
    return median_ms(lambda: value(marked, now=now), runs=3)


def _one_trader(board: Board) -> list[Row]:
    held = _hold(board, ["SPX"], OF_ONE, a_user=OF_ONE)
    board.hand.forward(seconds=120)
    board.show(0)
    owner = open_positions.read(ids=held[:1])[0].user_id
    before, started = board.vendor.asked, time.perf_counter()
    found = tracker.live(user_id=owner, now=board.hand.at)
    seconds = time.perf_counter() - started
    if len(found) != OF_ONE or any(each.value is None for each in found):
        raise AssertionError(f"{len(found)} of {OF_ONE} positions have a value")
    label = f"{OF_ONE} positions of one trader, 1 underlying"
    return [
        Row(BENCH, label, "vendor calls", board.vendor.asked - before, "calls"),
        Row(BENCH, label, "valued from the market of now", round(seconds, 2), "s"),
    ]


def _later(board: Board, moment: int, *, seconds: float = 15) -> None:
    board.hand.forward(seconds=seconds)
    board.show(moment)


def _cycle(board: Board) -> tuple[tracker.Cycle, float, float, int]:
    """Return what a cycle did, its seconds on the wall and of the processor, and the calls of the vendor."""
    before, started, worked = board.vendor.asked, time.perf_counter(), time.process_time()
    done = tracker.run(board.hand.at)
    return done, time.perf_counter() - started, time.process_time() - worked, board.vendor.asked - before


def _one_at_a_time(board: Board, ids: list[uuid.UUID]) -> tuple[float, int]:
    """Value positions in a loop, each with a question of its own: how the service before this one did it."""
    before, started = board.vendor.asked, time.perf_counter()
    for each in ids:
        tracker.live(ids=[each], now=board.hand.at + timedelta(seconds=60))  # nobody has asked within a minute
        _forget_marks()
    return time.perf_counter() - started, board.vendor.asked - before


def _forget_marks() -> None:
    # What one position has asked for the next would find, and the loop of old had no such store.
    names = list(client().scan_iter(match="*:mark:*", count=1000))
    if names:
        client().delete(*names)


def _hold(board: Board, symbols: list[str], count: int, *, a_user: int) -> list[uuid.UUID]:
    """Open so many positions, of every kind, in turn on each of the symbols; return their ids."""
    draw = np.random.default_rng(count)
    users = User.objects.bulk_create(
        User(id=uuid.uuid4(), username=f"p{count}-{n}", email="") for n in range(-(-count // a_user))
    )
    listed = _listed(board, symbols)
    positions, legs = [], []
    for number in range(count):
        symbol = symbols[number % len(symbols)]
        specs = _specs(KINDS[number // len(symbols) % len(KINDS)], symbol, listed[symbol], draw)
        position, its = _position(users[number // a_user], symbol, specs, board)
        positions.append(position)
        legs += its
    Position.objects.bulk_create(positions, batch_size=1_000)
    Leg.objects.bulk_create(legs, batch_size=1_000)
    return [position.id for position in positions]


def _listed(board: Board, symbols: list[str]) -> dict[str, list[Spec]]:
    """Return each symbol's quoted contracts within a tenth of the spot, calls and puts."""
    found: dict[str, list[Spec]] = {symbol: [] for symbol in symbols}
    roots = {contracts.root_of(symbol, None): symbol for symbol in symbols}
    for name, mark in board.marks[0].items():
        told = parse(name)
        symbol = roots.get(told.root)
        if symbol and mark.bid > 0 and abs(float(told.strike) / board.spots[0][symbol] - 1) < 0.1:  # noqa: PLR2004 -- said above
            found[symbol].append(Spec(Kind.CALL if told.is_call else Kind.PUT, 1, told.strike, told.expiry, told.root))
    return found


def _specs(kind: str, symbol: str, listed: list[Spec], draw: np.random.Generator) -> list[Spec]:
    if kind == "stock":
        return [Spec(Kind.STOCK, int(draw.integers(1, 500)), None, None, symbol)]
    first = listed[int(draw.integers(len(listed)))]
    units = int(draw.integers(1, 10)) * int(draw.choice([-1, 1]))
    if kind == "single":
        return [_of(first, units)]
    row = [each for each in listed if (each.expiry, each.root) == (first.expiry, first.root)]
    calls = sorted((each for each in row if each.kind is Kind.CALL), key=lambda each: each.strike)
    puts = sorted((each for each in row if each.kind is Kind.PUT), key=lambda each: each.strike)
    if kind == "spread" or min(len(calls), len(puts)) < 4:  # noqa: PLR2004 -- two strikes on either side
        pair = calls if len(calls) > 1 else puts
        at = int(draw.integers(len(pair) - 1))
        return [_of(pair[at], units), _of(pair[at + 1], -units)]
    return [_of(puts[0], 1), _of(puts[1], -1), _of(calls[-2], -1), _of(calls[-1], 1)]


def _of(spec: Spec, ratio: int) -> Spec:
    return Spec(spec.kind, ratio, spec.strike, spec.expiry, spec.root)


def _position(user: User, symbol: str, specs: list[Spec], board: Board) -> tuple[Position, list[Leg]]:
    prices = [_entry(board, symbol, spec) for spec in specs]
    held = [
        Held(spec, contracts.multiplier(spec), spec.ratio * contracts.multiplier(spec) * price)
        for spec, price in zip(specs, prices, strict=True)
    ]
    whole = holding(held)
    at = NOON - timedelta(days=3)
    position = Position(
        user=user,
        symbol=symbol,
        strategy=Strategy(whole.strategy.value),
        direction=Direction.LONG if whole.bought else Direction.SHORT,
        quantity=whole.units,
        entry_price=whole.entry_price,
        cost=whole.cost,
        **dict.fromkeys(("opened_at", "created_at", "updated_at"), at),
    )
    legs = [
        Leg(
            position=position,
            number=number,
            kind=each.leg.kind.value,
            root=each.leg.root,
            contract=contracts.name(each.leg),
            strike=each.leg.strike,
            expiry=each.leg.expiry,
            multiplier=each.multiplier,
            open_quantity=each.leg.ratio,
            average_price=price,
            cost=each.cost,
            realised=Decimal(0),
        )
        for number, (each, price) in enumerate(zip(held, prices, strict=True))
    ]
    return position, legs


def _entry(board: Board, symbol: str, spec: Spec) -> Decimal:
    """Return a price of about now."""
    if spec.kind is Kind.STOCK:
        return Decimal(f"{board.spots[0][symbol]:.2f}")
    return Decimal(f"{board.marks[0][contracts.name(spec)].mid:.2f}")
