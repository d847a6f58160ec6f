from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from accounts.models import User
from market import feed, vendors
from market.clock import Standing
from market.pure.chain import Chain
from options_engine.pure import reading
from positions import kept_marks, open_positions, tracker
from positions.models import Mark, Position
from positions.pure.facts import MarkSource, PositionFacts
from realtime import position_values
from tests.factories.accounts import UserFactory
from tests.positions.conftest import TEN, Opener
from tests.positions.market import QuotedMarket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

Pushes = list[dict[UUID, dict[UUID, dict[str, object]]]]


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Iterator[QuotedMarket]:
    made = QuotedMarket()
    made.share("SPX", 5950.0, TEN)
    monkeypatch.setattr(feed, "quotes", lambda symbols: {s: made.quotes[s] for s in symbols if s in made.quotes})
    with vendors.using(made):
        yield made


@pytest.fixture
def pushes(monkeypatch: pytest.MonkeyPatch) -> Pushes:
    told: Pushes = []

    def publish(snapshots: dict[UUID, dict[UUID, dict[str, object]]], *, at: datetime) -> bool:
        assert all(each["updatedAt"] == at for positions in snapshots.values() for each in positions.values())
        told.append(snapshots)
        return True

    monkeypatch.setattr(position_values, "publish", publish)
    return told


def told(pushes: Pushes) -> set[UUID]:
    """Return the positions that the last cycle told."""
    return {position for positions in pushes[-1].values() for position in positions}


def facts(position: Position, now: Standing) -> PositionFacts:
    (found,) = tracker.facts_of(ids=[position.pk], now=now.at)
    return found


def test_a_cycle_stores_what_a_spread_is_worth_leg_by_leg(
    market: QuotedMarket, opens: Opener, pushes: Pushes, now: Standing
) -> None:
    # The specification's example: the long leg alone would be +227 %.
    spread = opens(("+1C5900", "80"), ("-1C6000", "30"))
    market.quote("+1C5900", 112.0, 112.4, at=TEN)
    market.quote("+1C6000", 60.5, 60.78, at=TEN)

    done = tracker.run(now.at)

    (mark,) = Mark.objects.all()
    assert (mark.position_id, mark.value, mark.unrealised) == (spread.pk, Decimal("5156.00"), Decimal("156.00"))
    assert mark.pnl_pct == pytest.approx(3.12)
    assert (mark.stale, mark.as_of, mark.source, mark.underlying) == (False, TEN, "quote", 5950.0)
    assert (done.positions, done.users, done.contracts, done.moved, done.stored, done.stale) == (1, 1, 2, 1, 1, 0)
    assert told(pushes) == {spread.pk}
    snapshot = pushes[-1][spread.user_id][spread.pk]
    assert (snapshot["currentPrice"], snapshot["pnl"], snapshot["maxLoss"], snapshot["maxGain"]) == (
        51.56,
        156.0,
        5000.0,
        5000.0,
    )


def test_what_did_not_move_is_neither_written_nor_told(
    market: QuotedMarket, opens: Opener, pushes: Pushes, now: Standing
) -> None:
    still, moving = opens(("+1C5900", "80")), opens(("+1P5900", "40"))
    market.quote("+1C5900", 112.0, 112.4, at=TEN)
    market.quote("+1P5900", 40.0, 40.4, at=TEN)
    tracker.run(now.at)
    # No model: Greeks would move with every second.
    for name, mark in market.told.items():
        market.told[name] = replace(mark, iv=float("nan"))
    market.quotes.clear()
    now.forward(seconds=15)
    tracker.run(now.at)

    now.forward(seconds=15)
    market.quote("+1P5900", 41.0, 41.4, at=now.at)
    before = Mark.objects.get(pk=still.pk).seen_at
    done = tracker.run(now.at)

    assert (done.moved, done.stored, told(pushes)) == (1, 1, {moving.pk})
    assert Mark.objects.get(pk=still.pk).seen_at == before
    now.forward(seconds=46)
    market.later(now.at)
    done = tracker.run(now.at)
    assert (done.moved, done.stored) == (0, 1)  # the other was written half a minute ago
    assert told(pushes) == set()
    assert Mark.objects.get(pk=still.pk).as_of == now.at


def test_quotes_of_one_underlying_fail_and_the_others_live(
    market: QuotedMarket, opens: Opener, pushes: Pushes, now: Standing
) -> None:
    """P20: the rows are stale with their age, what is stored of them stays, and everybody else's move."""
    market.share("SPY", 600.0, TEN)
    broken, fine = opens(("+1C5900", "80")), opens(("-2P590", "4"), symbol="SPY")
    market.quote("+1C5900", 112.0, 112.4, at=TEN)
    market.quote("-2P590", 3.0, 3.02, root="SPY", at=TEN)
    tracker.run(now.at)
    numbers = Mark.objects.filter(pk=broken.pk).values(
        "value", "unrealised", "pnl_pct", "delta", "gamma", "theta", "vega", "rho", "underlying", "legs", "as_of"
    )
    before = numbers.get()

    market.away = {"SPXW"}
    now.forward(seconds=15)
    market.quote("-2P590", 3.5, 3.52, root="SPY", at=now.at)
    done = tracker.run(now.at)

    assert (len(done.failed), done.stale, done.moved) == (1, 1, 2)
    assert numbers.get() == before
    assert Mark.objects.get(pk=broken.pk).stale
    assert Mark.objects.get(pk=fine.pk).unrealised == Decimal("98.00")
    assert not Mark.objects.get(pk=fine.pk).stale
    snapshot = pushes[-1][broken.user_id][broken.pk]
    assert (snapshot["stale"], snapshot["asOf"], snapshot["currentValue"]) == (True, TEN, 11220.0)
    kept = facts(broken, now)
    assert (kept.stale, kept.as_of, kept.value) == (True, TEN, Decimal("11220.00"))

    # And back: live again, told again.
    market.away = set()
    now.forward(seconds=15)
    market.later(now.at)
    assert tracker.run(now.at).stale == 0
    assert pushes[-1][broken.user_id][broken.pk]["stale"] is False


def test_a_position_that_never_had_a_price_says_so_and_not_what_it_cost(
    market: QuotedMarket, opens: Opener, pushes: Pushes, now: Standing
) -> None:
    position = opens(("+1C5900", "80"))

    done = tracker.run(now.at)

    assert (done.missing, done.stale) == ((open_positions.read()[0].legs[0].contract,), 1)
    mark = Mark.objects.get()
    assert (mark.value, mark.unrealised, mark.stale, mark.source) == (None, None, True, "none")
    snapshot = pushes[-1][position.user_id][position.pk]
    assert {name: snapshot[name] for name in ("currentPrice", "currentValue", "pnl", "pnlPct")} == {
        "currentPrice": 0,
        "currentValue": 0,
        "pnl": 0,
        "pnlPct": 0,
    }
    assert snapshot["unavailable"] == ["currentPrice", "currentValue", "pnl", "pnlPct"]
    assert (snapshot["stale"], snapshot["costBasis"]) == (True, 8000.0)


def test_stock_follows_the_feed_within_a_cycle(market: QuotedMarket, opens: Opener, now: Standing) -> None:
    """P5 and P14: one share counts once, in the store as in the push."""
    market.share("AAPL", 100.0, TEN)
    position = opens(("+100S", "95"), symbol="AAPL")
    tracker.run(now.at)
    assert Mark.objects.get().unrealised == Decimal("500.00")

    now.forward(seconds=15)
    market.share("AAPL", 101.25, now.at)
    done = tracker.run(now.at)

    assert (done.contracts, market.asked) == (0, [])
    mark = Mark.objects.get(pk=position.pk)
    assert (mark.value, mark.unrealised, mark.delta, mark.source) == (
        Decimal("10125.00"),
        Decimal("625.00"),
        100.0,
        "last_trade",
    )


def test_a_gain_of_five_thousand_percent_is_kept(market: QuotedMarket, opens: Opener, now: Standing) -> None:
    opens(("+1C5900", "1"))
    market.quote("+1C5900", 50.9, 51.1, at=TEN)

    tracker.run(now.at)

    assert Mark.objects.get().pnl_pct == 5000.0


@pytest.mark.parametrize("trouble", [None, SystemExit(1)], ids=["Redis refuses", "the worker dies"])
def test_what_was_written_and_not_told_is_told_by_the_next_cycle_though_nothing_moves(
    market: QuotedMarket,
    opens: Opener,
    monkeypatch: pytest.MonkeyPatch,
    now: Standing,
    trouble: BaseException | None,
) -> None:
    sent: Pushes = []

    def publish(snapshots: dict[UUID, dict[UUID, dict[str, object]]], *, at: datetime) -> bool:
        sent.append(snapshots)
        if len(sent) == 1 and trouble is not None:
            raise trouble
        return len(sent) > 1

    monkeypatch.setattr(position_values, "publish", publish)
    position = opens(("+1C5900", "80"))
    market.quote("+1C5900", 90.0, 90.4, at=TEN)

    with suppress(SystemExit):
        tracker.run(now.at)
    tracker.run(now.at)
    tracker.run(now.at)

    assert Mark.objects.get().unrealised == Decimal("1020.00")
    assert [set(told.get(position.user_id, {})) for told in sent] == [{position.pk}, {position.pk}, set()]


def test_each_trader_is_told_of_his_own(market: QuotedMarket, opens: Opener, pushes: Pushes, now: Standing) -> None:
    other: User = UserFactory()
    mine, theirs = opens(("+1C5900", "80")), opens(("-1C5900", "80"), of=other.pk)
    market.quote("+1C5900", 90.0, 90.4, at=TEN)

    tracker.run(now.at)

    assert {user: set(positions) for user, positions in pushes[-1].items()} == {
        mine.user_id: {mine.pk},
        other.pk: {theirs.pk},
    }
    assert Mark.objects.get(pk=mine.pk).unrealised == -Mark.objects.get(pk=theirs.pk).unrealised == Decimal("1020.00")
    assert [each.id for each in tracker.facts_of(user_id=other.pk, now=now.at)] == [theirs.pk]


def test_facts_have_the_holdings_of_now_at_the_prices_of_the_last_cycle(
    market: QuotedMarket, opens: Opener, now: Standing
) -> None:
    position = opens(("+2C5900", "80"))
    market.quote("+2C5900", 90.0, 90.4, at=TEN)
    tracker.run(now.at)
    stored = Mark.objects.get()
    live = facts(position, now)
    assert (live.value, live.unrealised, live.pnl_pct) == (stored.value, stored.unrealised, stored.pnl_pct)
    assert (live.legs[0].source, live.legs[0].bid, live.legs[0].quoted_at) == (MarkSource.QUOTE, 90.0, TEN)

    position.legs.update(open_quantity=1, cost=8000)
    Position.objects.update(quantity=1, cost=8000, version=2)

    assert (facts(position, now).value, facts(position, now).unrealised) == (Decimal("9020.00"), Decimal("1020.00"))


def test_facts_that_the_tracker_has_not_looked_at_lately_are_stale(
    market: QuotedMarket, opens: Opener, now: Standing
) -> None:
    position = opens(("+1C5900", "80"))
    assert facts(position, now).stale  # nobody has seen it yet
    market.quote("+1C5900", 90.0, 90.4, at=TEN)
    tracker.run(now.at)

    now.forward(seconds=180)
    assert not facts(position, now).stale
    now.forward(seconds=1)
    assert facts(position, now).stale


def test_live_values_ask_the_market_and_store_nothing(market: QuotedMarket, opens: Opener, now: Standing) -> None:
    position = opens(("+1C5900", "80"))
    market.quote("+1C5900", 90.0, 90.4, at=TEN)

    (found,) = tracker.live(user_id=position.user_id, now=now.at)

    assert (found.value, found.stale) == (Decimal("9020.00"), False)
    assert not Mark.objects.exists()


@pytest.mark.parametrize("what", ["traded", "removed", "closed"])
def test_what_changed_while_it_was_valued_is_left_to_the_next_cycle(
    market: QuotedMarket,
    opens: Opener,
    pushes: Pushes,
    now: Standing,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    position, other = opens(("+1C5900", "80")), opens(("+1C5900", "70"))
    market.quote("+1C5900", 90.0, 90.4, at=TEN)
    write: Callable[..., set[UUID]] = kept_marks.write

    def late(rows: list[dict[str, object]]) -> set[UUID]:
        mine = Position.objects.filter(pk=position.pk)
        if what == "removed":
            mine.delete()
        elif what == "traded":
            mine.update(version=9)
        else:
            mine.update(status="closed", quantity=0, cost=0, closed_at=TEN)
        return write(rows)

    monkeypatch.setattr(kept_marks, "write", late)
    tracker.run(now.at)

    assert set(Mark.objects.values_list("pk", flat=True)) == told(pushes) == {other.pk}


def test_a_cycle_costs_the_same_questions_for_one_position_as_for_many(
    market: QuotedMarket, opens: Opener, now: Standing, django_assert_num_queries: Callable[..., object]
) -> None:
    market.quote("+1C5900", 90.0, 90.4, at=TEN)
    opens(("+1C5900", "80"))
    with django_assert_num_queries(8):
        tracker.run(now.at)
    for _ in range(5):
        opens(("+1C5900", "80"))
    now.forward(seconds=15)
    market.later(now.at)

    with django_assert_num_queries(
        8
    ):  # positions, legs, rates, digests, the write, trades of now twice, what was shown
        tracker.run(now.at)
    assert market.asked == [1, 1]


def test_in_the_evening_the_quotes_of_the_close_are_the_newest_there_can_be(
    market: QuotedMarket, opens: Opener, now: Standing
) -> None:
    close = TEN.replace(hour=21)
    opens(("+1C5900", "80"))
    market.quote("+1C5900", 90.0, 90.4, at=close)
    now.move_to(close + timedelta(hours=5))

    assert tracker.run(now.at).stale == 0
    mark = Mark.objects.get()
    assert (mark.stale, mark.as_of) == (False, close)


def test_numbers_that_no_formula_takes_are_one_underlyings_trouble(
    market: QuotedMarket,
    opens: Opener,
    now: Standing,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken, fine = opens(("+1C5900", "80")), opens(("+1P590", "4"), symbol="SPY")
    market.quote("+1C5900", 112.0, 112.4, at=TEN)
    market.quote("+1P590", 3.0, 3.02, root="SPY", at=TEN)
    read = reading.read

    def picky(chain: Chain, *args: object, **options: object) -> reading.Reading:
        if chain.symbol == "SPX":
            raise ValueError("spot is infinite")
        return read(chain, *args, **options)

    monkeypatch.setattr(reading, "read", picky)
    done = tracker.run(now.at)

    assert (done.failed, done.stale) == (("SPX",), 1)
    assert Mark.objects.get(pk=broken.pk).value is None
    assert Mark.objects.get(pk=fine.pk).value == Decimal("301.00")
    assert [record.message for record in caplog.records] == ["positions.pricing.failed"]
