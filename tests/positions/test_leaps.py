"""LEAPS with the market: what is kept, what is refreshed, what stays unknown, and how many there may be."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.db import connection

from accounts.models import User
from market import clock, feed, vendors
from market.clock import Standing
from market.errors import ProviderUnavailable
from positions import holdings, leaps, leaps_market, leaps_outlook, tasks
from positions.errors import LeapsNotFound, ProjectionUnknown, RollUnknown, TooManyLeaps
from positions.leaps_market import Told, Wanted
from positions.models import Leaps
from positions.pure.roll_calculator import PriceSource
from tests.factories.accounts import UserFactory
from tests.factories.positions import LeapsFactory
from tests.market.chains import chain
from tests.market.fakes import FakeVendor
from tests.positions import long_dated
from tests.positions.long_dated import EXPIRY, LATER, TEN, spy

pytestmark = pytest.mark.django_db

AWAY = ProviderUnavailable(provider="fake", reason="no answer")
BOUGHT = {
    "symbol": "SPY",
    "option_type": "CALL",
    "strike": Decimal(600),
    "entry_price": Decimal(45),
    "entry_date": date(2026, 1, 12),
    "expiry_date": EXPIRY,
    "quantity": 2,
}


@pytest.fixture
def now() -> Iterator[Standing]:
    with clock.standing(TEN) as hand:
        yield hand


@pytest.fixture
def vendor(now: Standing) -> Iterator[FakeVendor]:
    fake = long_dated.vendor()
    with vendors.using(fake):
        yield fake


@pytest.fixture
def trader() -> User:
    return UserFactory.create()


class TestWhatTheMarketSays:
    def test_the_quote_and_its_twin_make_value_volatility_and_greeks(self, vendor: FakeVendor, trader: User) -> None:
        row = leaps.add(trader.pk, BOUGHT, now=TEN)

        assert (row.current_value, row.current_underlying) == (Decimal("50.0000"), Decimal("600.0000"))
        assert row.value_source == "quote"
        assert row.contract == "SPY261218C00600000"
        assert row.value_at == TEN
        assert 0.15 < float(row.current_iv or 0) < 0.22
        assert 0.5 < float(row.current_delta or 0) < 0.7
        assert float(row.current_theta or 0) < 0
        stored = Leaps.objects.get(pk=row.pk)
        assert {name: getattr(stored, name) for name in leaps._TOLD} == {
            name: getattr(row, name) for name in leaps._TOLD
        }

    def test_ten_of_them_are_one_question(self, vendor: FakeVendor, trader: User) -> None:
        rows = [LeapsFactory.create(user=trader, strike=600 + 20 * (number % 2)) for number in range(10)]

        leaps.refresh(rows, now=TEN)

        assert vendor.calls["contract_marks"] == 1

    def test_the_feed_s_price_comes_before_the_vendor_s(
        self, vendor: FakeVendor, trader: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        quote = vendor.snapshot(["SPY"], now=TEN)["SPY"].quote
        monkeypatch.setattr(feed, "quotes", lambda _symbols: {"SPY": quote})
        before = vendor.calls["snapshot"]

        assert leaps_market.spots(["SPY"], TEN)["SPY"].price == 600.0
        assert vendor.calls["snapshot"] == before

    def test_what_stands_beside_the_quote_is_the_last_resort(self, vendor: FakeVendor) -> None:
        del vendor.minutes["SPY"]
        option = Wanted("SPY", True, 600.0, EXPIRY)

        assert leaps_market.told([option], TEN)[option].spot.price == 600.0

    def test_a_last_trade_is_told_as_one(self, vendor: FakeVendor, trader: User) -> None:
        vendor.chains["SPY"] = spy(bid=np.nan, ask=np.nan, last=48.0, iv=0.2)

        row = leaps.add(trader.pk, BOUGHT, now=TEN)

        assert (row.current_value, row.value_source, row.current_iv) == (
            Decimal("48.0000"),
            "last_trade",
            Decimal("0.2000"),
        )

    def test_long_dated_index_options_are_looked_for_where_they_settle_at_the_open(self, vendor: FakeVendor) -> None:
        listed = [(EXPIRY, root, 6_000.0, "C") for root in ("SPX", "SPXW")]
        vendor.chains["SPX"] = chain("SPX", listed, spot=6_000.0, as_of=TEN, bid=[400.0, 410.0], ask=[402.0, 412.0])
        both = Wanted("SPX", True, 6_000.0, EXPIRY)
        assert leaps_market.told([both], TEN)[both].contract == "SPX261218C06000000"

        only = chain("SPX", listed[1:], spot=6_000.0, as_of=TEN, bid=410.0, ask=412.0)
        vendor.chains["SPX"] = only
        later = TEN + timedelta(minutes=2)
        assert leaps_market.told([both], later)[both].contract == "SPXW261218C06000000"

    def test_what_nobody_knows_stays_unknown(self, vendor: FakeVendor, trader: User) -> None:
        row = leaps.add(trader.pk, BOUGHT | {"symbol": "ZZTOP"}, now=TEN)

        assert {name: getattr(row, name) for name in leaps._TOLD} == dict.fromkeys(leaps._TOLD) | {"contract": ""}

    @pytest.mark.parametrize("failing", ["contract_marks", "snapshot"])
    def test_an_outage_leaves_the_last_numbers_with_their_age(
        self, vendor: FakeVendor, trader: User, failing: str
    ) -> None:
        row = leaps.add(trader.pk, BOUGHT, now=TEN)
        vendor.failing[failing] = AWAY

        leaps.refresh([row], now=TEN + timedelta(minutes=5))

        stored = Leaps.objects.get(pk=row.pk)
        assert (stored.current_value, stored.current_underlying) == (Decimal(50), Decimal(600))
        assert stored.value_at == TEN if failing == "contract_marks" else stored.underlying_at is not None

    def test_one_that_has_expired_is_left_as_it_was(self, vendor: FakeVendor) -> None:
        row = LeapsFactory.create(expiry_date=date(2026, 2, 6))

        assert leaps.refresh([row], now=TEN) == {row.pk: Told()}
        assert vendor.calls["contract_marks"] == 0

    def test_notes_that_are_saved_meanwhile_stay(self, vendor: FakeVendor, trader: User) -> None:
        old = leaps.add(trader.pk, BOUGHT, now=TEN)
        Leaps.objects.filter(pk=old.pk).update(notes="new thesis", current_value=1)
        old.current_value = Decimal(1)

        leaps.refresh([old], now=TEN)

        stored = Leaps.objects.get(pk=old.pk)
        assert (stored.notes, stored.current_value) == ("new thesis", Decimal(50))


class TestEntryGreeks:
    def test_of_one_bought_today_they_are_those_of_now(self, vendor: FakeVendor, trader: User) -> None:
        row = leaps.add(trader.pk, BOUGHT | {"entry_date": TEN.date(), "entry_delta": Decimal("0.5")}, now=TEN)

        stored = Leaps.objects.get(pk=row.pk)
        assert stored.entry_delta == Decimal("0.5")
        assert stored.entry_theta == stored.current_theta is not None

    def test_of_an_earlier_one_they_are_unknown_and_a_zero_is_a_zero(self, vendor: FakeVendor, trader: User) -> None:
        row = leaps.add(trader.pk, BOUGHT | {"entry_gamma": Decimal(0)}, now=TEN)

        assert (row.entry_delta, row.entry_gamma) == (None, Decimal(0))


class TestHowMany:
    @pytest.mark.usefixtures("vendor")
    def test_an_eleventh_is_refused_and_one_removed_makes_room(self, trader: User) -> None:
        rows = LeapsFactory.create_batch(10, user=trader)
        LeapsFactory.create_batch(3)
        with pytest.raises(TooManyLeaps):
            leaps.add(trader.pk, BOUGHT, now=TEN)

        leaps.remove(trader.pk, rows[0].pk)

        assert leaps.add(trader.pk, BOUGHT, now=TEN).pk
        assert Leaps.objects.owned_by(trader.pk).count() == 10

    @pytest.mark.usefixtures("vendor")
    @pytest.mark.django_db(transaction=True)
    def test_of_many_at_once_ten_are_kept(self) -> None:
        trader = UserFactory.create()
        LeapsFactory.create_batch(7, user=trader)

        def attempt(_: int) -> bool:
            try:
                leaps.add(trader.pk, BOUGHT | {"symbol": "ZZTOP"}, now=TEN)
            except TooManyLeaps:
                return False
            finally:
                connection.close()
            return True

        with ThreadPoolExecutor(6) as pool:
            added = list(pool.map(attempt, range(8)))

        assert sum(added) == 3
        assert Leaps.objects.owned_by(trader.pk).count() == 10


class TestWhatItsTraderSays:
    def test_a_value_is_kept_with_who_said_it(self, now: Standing, trader: User) -> None:
        row = LeapsFactory.create(user=trader)

        leaps.change(trader.pk, row.pk, {"current_value": Decimal("61.5")}, now=TEN)

        stored = Leaps.objects.get(pk=row.pk)
        assert (stored.current_value, stored.value_source, stored.value_at) == (Decimal("61.5"), "client", TEN)
        assert stored.underlying_at == row.underlying_at

    def test_notes_do_not_make_old_numbers_new(self, now: Standing, trader: User) -> None:
        row = LeapsFactory.create(user=trader)

        leaps.change(trader.pk, row.pk, {"notes": None}, now=TEN + timedelta(days=1))

        assert Leaps.objects.get(pk=row.pk).value_at == row.value_at

    def test_nobody_else_s_is_found(self, now: Standing, trader: User) -> None:
        row = LeapsFactory.create()

        with pytest.raises(LeapsNotFound):
            leaps.change(trader.pk, row.pk, {"notes": "mine"}, now=TEN)
        with pytest.raises(LeapsNotFound):
            leaps.one(trader.pk, row.pk)
        leaps.remove(trader.pk, row.pk)
        assert Leaps.objects.filter(pk=row.pk, notes=None).exists()


class TestOutlook:
    def test_a_projection_begins_at_the_value_of_the_market(self, vendor: FakeVendor, trader: User) -> None:
        """The model is the quote's middle but for early exercise, which the forward from parity does not see."""
        row = leaps.add(trader.pk, BOUGHT, now=TEN)
        told = leaps.refresh([row], now=TEN)[row.pk]

        made = leaps_outlook.project(row, told, TEN)

        assert made.points[0].value == pytest.approx(50.0, abs=1.0)
        assert made.points[0].dte == 312
        assert made.market.dividend == pytest.approx(told.dividend)
        assert made.points[-1].expired

    def test_forward_volatility_comes_from_the_term_structure(self, vendor: FakeVendor, trader: User) -> None:
        row = leaps.add(trader.pk, BOUGHT, now=TEN)
        told = leaps.refresh([row], now=TEN)[row.pk]
        term = leaps_market.term("SPY", EXPIRY, TEN)

        made = leaps_outlook.project(row, told, TEN)

        assert [round(days) for days, _ in term] == [312, 340]
        assert made.points[0].forward_sigma == pytest.approx(float(row.current_iv or 0), rel=0.01)
        assert made.points[3].forward_value == pytest.approx(made.points[3].value, rel=0.05)

    def test_without_chains_only_that_is_missing(self, vendor: FakeVendor, trader: User) -> None:
        row = leaps.add(trader.pk, BOUGHT, now=TEN)
        vendor.failing["option_expiries SPY"] = AWAY

        made = leaps_outlook.project(row, Told(), TEN)

        assert np.isnan(made.points[0].forward_value)
        assert made.points[0].value > 0

    @pytest.mark.parametrize(
        ("unknown", "said"),
        [
            ({"current_underlying": None}, "the price of SPY"),
            ({"current_iv": None}, "the implied volatility of the option"),
            (
                {"current_iv": Decimal(0), "current_underlying": Decimal(0)},
                "the price of SPY and the implied volatility",
            ),
        ],
    )
    def test_what_is_not_known_is_named(self, now: Standing, unknown: dict[str, Any], said: str) -> None:
        row = LeapsFactory.create(**unknown)

        with pytest.raises(ProjectionUnknown, match=said):
            leaps_outlook.project(row, Told(), TEN)
        with pytest.raises(RollUnknown, match=said):
            leaps_outlook.roll(row, Told(), Decimal(600), None, TEN)

    def test_one_that_is_over_needs_no_volatility(self, now: Standing) -> None:
        row = LeapsFactory.create(expiry_date=date(2026, 2, 6), current_iv=None)

        (only,) = leaps_outlook.project(row, Told(), TEN).points

        assert (only.value, only.expired) == (50.0, True)

    def test_a_roll_sells_at_the_bid_and_buys_at_the_ask(self, vendor: FakeVendor, trader: User) -> None:
        row = leaps.add(trader.pk, BOUGHT, now=TEN)
        told = leaps.refresh([row], now=TEN)[row.pk]

        offer = leaps_outlook.roll(row, told, Decimal(620), LATER, TEN)

        assert (offer.roll.current.price, offer.roll.new.price) == (49.8, 44.2)
        assert offer.roll.net == pytest.approx(2 * 100 * 5.6)
        assert offer.roll.true_breakeven == pytest.approx(620 + 45 - 5.6)
        assert offer.new.contract == "SPY270115C00620000"

    def test_a_roll_to_what_is_not_listed_is_priced_by_the_model_and_says_so(
        self, vendor: FakeVendor, trader: User
    ) -> None:
        row = leaps.add(trader.pk, BOUGHT, now=TEN)
        told = leaps.refresh([row], now=TEN)[row.pk]

        offer = leaps_outlook.roll(row, told, Decimal(611), None, TEN)

        assert (offer.roll.new.source, offer.new.contract) == (PriceSource.MODEL, "")
        assert offer.roll.new.sigma == pytest.approx(float(row.current_iv or 0), abs=1e-4)

    @pytest.mark.parametrize(("at", "left", "held"), [(TEN, 312, 29), (datetime(2026, 12, 19, 2, tzinfo=UTC), 0, 341)])
    def test_days_are_those_of_new_york(self, at: datetime, left: int, held: int) -> None:
        row = LeapsFactory.build(user=None)

        assert (leaps_outlook.days_left(row, at), leaps_outlook.days_held(row, at)) == (left, held)


class TestTheClose:
    def test_every_one_that_is_alive_is_written(self, vendor: FakeVendor) -> None:
        alive = LeapsFactory.create_batch(3, strike=600, current_value=None)
        over = LeapsFactory.create(strike=600, expiry_date=date(2026, 2, 6))
        unknown = LeapsFactory.create(symbol="ZZTOP")

        assert tasks.refresh_leaps() == {"seen": 4, "priced": 3}

        assert set(Leaps.objects.filter(current_value=50).values_list("pk", flat=True)) == {row.pk for row in alive}
        assert Leaps.objects.get(pk=over.pk).current_value == Leaps.objects.get(pk=unknown.pk).current_value == 60

    def test_the_feed_is_asked_for_their_underlyings(self, now: Standing) -> None:
        LeapsFactory.create(symbol="KO")
        LeapsFactory.create(symbol="PEP", expiry_date=date(2026, 2, 6))

        assert holdings.symbols() == {"KO"}
