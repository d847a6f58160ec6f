"""What rules want to know of markets: gathered from what is kept, with few queries and hardly a call."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from market import clock, vendors
from market.errors import ProviderUnavailable
from market.models import EconomicEvent
from market.vendors.reference import Dividend, Told
from options_engine.models import EarningsEvent, OpeningStraddle, TreasuryYields
from options_engine.pure.session_clock import share_left
from positions import market_facts
from positions.pure.facts import MarketFacts
from tests.factories.market import EconomicEventFactory
from tests.factories.options_engine import GammaSnapshotFactory, VolatilityDayFactory
from tests.market.fakes import FakeVendor
from tests.market.past import days, eastern, minutes

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 2, 9)
NOON = eastern("2026-02-09T12:00:05").astimezone(UTC)
SYMBOLS = ("SPX", "AAPL")


class DividendVendor(FakeVendor):
    """Tells dividends, and can be asked for all else that such vendors know."""

    def _untold(self, *_: object, **__: object) -> None:
        raise AssertionError("nobody is to ask for that")

    holidays = market_now = splits = treasury_yields = corporate_events = _untold
    contracts = contract_marks = indicator = _untold

    def __init__(self, **known: object) -> None:
        super().__init__(**known)
        self.paid: list[Dividend] = []

    def dividends(self, symbol: str, first: date, last: date, *, now: datetime) -> Told[Dividend]:
        self._called(f"dividends {symbol}")
        rows = tuple(each for each in self.paid if each.symbol == symbol and first <= each.ex_date <= last)
        return Told(rows, now, self.name)


@pytest.fixture(autouse=True)
def vendor() -> Iterator[DividendVendor]:
    fake = DividendVendor(
        minutes={
            "SPX": minutes("2026-02-09T09:30", [(5912.0, 5904.0, 5911.0)], volume=math.nan),
            "AAPL": minutes("2026-02-09T09:30", [(201.0, 199.0, 200.0)]),
        },
        daily={
            "SPX": days(MONDAY, [], quiet=(5920.0, 5880.0, 5900.0)),
            "AAPL": days(MONDAY, [], quiet=(202.0, 198.0, 200.0)),
        },
    )
    with vendors.using(fake):
        yield fake


def facts(symbol: str = "AAPL", now: datetime = NOON) -> MarketFacts:
    with clock.standing(now):
        return market_facts.of_symbols(SYMBOLS, now)[symbol]


def test_where_the_session_stands() -> None:
    found = facts()

    assert (found.now, found.is_open) == (NOON, True)
    assert (found.minutes_open, found.minutes_left) == (pytest.approx(150 + 1 / 12), pytest.approx(240 - 1 / 12))
    assert (found.close_at, found.next_close_at) == (
        datetime(2026, 2, 9, 21, tzinfo=UTC),
        datetime(2026, 2, 10, 21, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("at", "close_at", "next_close_at"),
    [
        ("2026-02-09T08:00", "2026-02-09T21:00", "2026-02-10T21:00"),
        ("2026-02-09T16:00", "2026-02-10T21:00", "2026-02-11T21:00"),
        ("2026-02-14T12:00", "2026-02-17T21:00", "2026-02-18T21:00"),  # a Saturday before a holiday
        ("2026-11-25T20:00", "2026-11-27T18:00", "2026-11-30T21:00"),  # the half day after Thanksgiving
    ],
)
def test_while_nobody_trades(at: str, close_at: str, next_close_at: str) -> None:
    found = facts(now=eastern(at))

    assert not found.is_open
    assert math.isnan(found.minutes_open)
    assert math.isnan(found.minutes_left)
    assert found.close_at == datetime.fromisoformat(close_at).replace(tzinfo=UTC)
    assert found.next_close_at == datetime.fromisoformat(next_close_at).replace(tzinfo=UTC)


def test_levels_lie_on_both_sides_the_nearest_first() -> None:
    found = facts("SPX")

    assert found.atr == 40.0
    assert found.resistances == tuple(sorted(found.resistances))
    assert found.supports == tuple(sorted(found.supports, reverse=True))
    assert 5920.0 in found.resistances
    assert 5880.0 in found.supports
    assert min(found.resistances) > 5911.0 >= max(found.supports)


def test_without_levels_all_else_is_told(vendor: DividendVendor) -> None:
    vendor.failing["daily_bars AAPL"] = ProviderUnavailable(provider="fake")
    EarningsEvent.objects.create(symbol="AAPL", date=MONDAY, source="test", first_seen=NOON, updated_at=NOON)

    found = facts()
    assert math.isnan(found.atr)
    assert (found.resistances, found.supports, found.report_date) == ((), (), MONDAY)
    assert facts("SPX").atr == 40.0


@pytest.mark.parametrize(
    ("minutes_ago", "flip"), [(0, 5994.5), (15, 5994.5), (16, None), (-5, None)], ids=["now", "at", "old", "ahead"]
)
def test_the_newest_flip_while_it_says_something(minutes_ago: int, flip: float | None) -> None:
    mark = NOON - timedelta(minutes=minutes_ago)
    GammaSnapshotFactory(mark=mark, flip=5994.5)
    GammaSnapshotFactory(mark=NOON - timedelta(hours=2), flip=5900.0)

    found = facts("SPX").gamma_flip
    assert math.isnan(found) if flip is None else found == flip


def test_the_move_that_is_left_is_the_straddle_of_the_open_used_up() -> None:
    OpeningStraddle.objects.create(
        symbol="SPX", session_date=MONDAY, strike=5900, price=50.0, spot=5901, as_of=NOON - timedelta(hours=2)
    )

    left = float(
        share_left(NOON.timestamp(), *(int(eastern(f"2026-02-09T{at}").timestamp()) for at in ("09:30", "16:00")))
    )
    assert facts("SPX").move_left == pytest.approx(50 * math.sqrt(left))
    assert math.isnan(facts("AAPL").move_left)
    assert math.isnan(facts("SPX", NOON - timedelta(hours=3)).move_left)


def test_the_next_report_that_is_due() -> None:
    for days_ahead, status in [(-1, "confirmed"), (2, "postponed"), (3, "estimated"), (5, "confirmed")]:
        EarningsEvent.objects.create(
            symbol="AAPL",
            date=MONDAY + timedelta(days=days_ahead),
            status=status,
            source="test",
            first_seen=NOON,
            updated_at=NOON,
        )

    assert facts().report_date == MONDAY + timedelta(days=3)
    assert facts("SPX").report_date is None


@pytest.mark.parametrize(("count", "known"), [(19, False), (20, True), (21, True)])
def test_what_options_usually_imply_is_the_middle_of_the_kept_days(count: int, known: bool) -> None:
    for back in range(count):
        VolatilityDayFactory(session_date=MONDAY - timedelta(days=1 + back), iv30=0.20 if back else 0.90)

    found = facts("SPX").base_volatility
    assert found == 0.20 if known else math.isnan(found)


def test_the_next_release_of_high_impact() -> None:
    EconomicEventFactory(at=NOON - timedelta(minutes=1), name="over")
    EconomicEventFactory(at=NOON + timedelta(hours=1), name="of little", impact=EconomicEvent.Impact.MEDIUM)
    cpi = EconomicEventFactory(at=NOON + timedelta(days=2), name="CPI")
    EconomicEventFactory(at=NOON + timedelta(days=3), name="later")

    assert (facts().macro_at, facts().macro_name) == (cpi.at, "CPI")


def dividend(ex_date: date, amount: float = 0.25) -> Dividend:
    return Dividend("AAPL", ex_date, amount, 4, "CD", None, None, None)


@pytest.mark.parametrize(
    ("ex_date", "sessions"),
    [(date(2026, 2, 9), 0), (date(2026, 2, 10), 1), (date(2026, 2, 13), 4), (date(2026, 2, 17), 5)],
)
def test_the_next_dividend_and_the_sessions_to_it(vendor: DividendVendor, ex_date: date, sessions: int) -> None:
    vendor.paid = [dividend(ex_date + timedelta(days=30)), dividend(ex_date)]

    found = facts()
    assert (found.ex_date, found.dividend, found.ex_sessions) == (ex_date, 0.25, sessions)


def test_dividends_are_asked_for_once_an_hour_and_never_of_an_index(vendor: DividendVendor) -> None:
    vendor.paid = [dividend(date(2026, 2, 11))]
    for minute in range(0, 50, 10):
        facts(now=NOON + timedelta(minutes=minute))
    assert (vendor.calls["dividends AAPL"], vendor.calls["dividends SPX"]) == (1, 0)

    facts(now=NOON + timedelta(minutes=61))
    assert vendor.calls["dividends AAPL"] == 2


def test_a_vendor_that_is_away_or_knows_no_dividends(vendor: DividendVendor) -> None:
    vendor.failing["dividends AAPL"] = ProviderUnavailable(provider="fake")
    for second in range(0, 60, 15):
        found = facts(now=NOON + timedelta(seconds=second))
    assert (found.ex_date, found.ex_sessions, vendor.calls["dividends AAPL"]) == (None, None, 1)
    assert math.isnan(found.dividend)

    with vendors.using(FakeVendor()):
        assert facts().ex_date is None


def test_the_rate_is_that_of_the_treasury_where_it_is_known() -> None:
    assert facts().rate == 0.045
    TreasuryYields.objects.create(date=MONDAY - timedelta(days=3), by_tenor=[[0.08, 4.0], [1.0, 4.0]], source="test")

    assert facts().rate == pytest.approx(2 * math.log1p(0.02))


def test_queries_do_not_grow_with_symbols(vendor: DividendVendor) -> None:
    with clock.standing(NOON):
        market_facts.of_symbols(SYMBOLS, NOON)
        vendor.calls.clear()
        counts = []
        for symbols in (["SPX"], SYMBOLS):
            with CaptureQueriesContext(connection) as seen:
                market_facts.of_symbols(symbols, NOON)
            counts.append(len(seen))

    assert counts[0] == counts[1] <= 7
    assert not vendor.calls
