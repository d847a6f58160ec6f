"""What acts would come to: amounts by hand, every contract listed, nothing priced that nobody quotes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import numpy as np
import pytest

from accounts.models import User
from config.http.errors import InvalidInput, NotFound
from market import clock, feed, vendors
from market.errors import ProviderUnavailable
from market.pure.chain import Chain
from market.pure.contract_names import names
from options_engine import readings
from positions import book, listed_contracts, previews
from positions.book import Act
from positions.errors import NotPossible, NotQuoted, PositionNotOpen, QuotesAreOld
from positions.models import Position
from positions.previews import ClosePreview
from positions.pure.conversion import Conversion
from positions.pure.roll import Roll
from positions.pure.stops import Wanted
from tests.factories.accounts import UserFactory
from tests.market.fakes import FakeVendor
from tests.positions.conftest import Opener, traded
from tests.positions.pure.made_up import NOW, TODAY
from tests.positions.test_listed_contracts import spx

pytestmark = pytest.mark.django_db
D = Decimal
HELD = date(2026, 2, 20)  # 11 days
NEXT = date(2026, 3, 13)  # 32 days


@pytest.fixture(autouse=True)
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeVendor]:
    """SPX at 5950 and its chain at 15 %, at noon on Monday."""
    readings._read.clear()
    listed_contracts._kept.clear()
    fake = FakeVendor()
    fake.chains["SPX"] = spx()
    monkeypatch.setattr(feed, "quotes", lambda _symbols: {})
    with vendors.using(fake), clock.standing(NOW):
        yield fake


def quoted(vendor: FakeVendor, day: date, strike: float, *, is_call: bool = True) -> tuple[float, float]:
    """Return bid and ask as the vendor has them."""
    at = place(vendor.chains["SPX"], day, strike, is_call=is_call)
    return float(vendor.chains["SPX"].bid[at]), float(vendor.chains["SPX"].ask[at])


def place(chain: Chain, day: date, strike: float, *, is_call: bool = True) -> int:
    (found,) = np.nonzero((chain.expiry == np.datetime64(day)) & (chain.strike == strike) & (chain.is_call == is_call))
    return int(found[0])


def requoted(
    vendor: FakeVendor,
    day: date,
    strike: float,
    bid: float,
    ask: float,
    *,
    is_call: bool = True,
    **more: float,
) -> None:
    """Have the vendor quote one contract otherwise."""
    chain = vendor.chains["SPX"]
    at = place(chain, day, strike, is_call=is_call)
    changed = {}
    for name, figure in {"bid": bid, "ask": ask, **more}.items():
        changed[name] = getattr(chain, name).copy()
        changed[name][at] = figure
    vendor.chains["SPX"] = replace(chain, **changed)


def closing(position: Position, **more: object) -> ClosePreview:
    return previews.of_close(position.user_id, position.id, now=NOW, **more)


def rolls(position: Position, **more: object) -> list[Roll]:
    return previews.of_roll(position.user_id, position.id, now=NOW, **more)


def conversions(position: Position, **more: object) -> list[Conversion]:
    return previews.of_conversion(position.user_id, position.id, now=NOW, **more)


# Closing


def test_a_spread_is_closed_at_the_middles_of_its_legs(vendor: FakeVendor, opens: Opener) -> None:
    requoted(vendor, HELD, 5900, 112.0, 112.4)
    requoted(vendor, HELD, 6000, 60.5, 60.7)
    spread = opens(("+2C5900", "80"), ("-2C6000", "30"))

    told = closing(spread)

    assert [(leg.quantity, leg.bid, leg.ask, leg.mid, leg.limit) for leg in told.legs] == [
        (-2, D("112.0"), D("112.4"), D("112.2"), D("112.2")),
        (2, D("60.5"), D("60.7"), D("60.6"), D("60.6")),
    ]
    # 112.2 - 60.6 for what cost 50, two units; at once the bid less the ask: 112.0 - 60.7.
    assert (told.units, told.price, told.price_at_once, told.realised) == (2, D("51.6"), D("51.3"), D("320"))
    assert (told.stale, told.fees, told.version) == (False, 0, spread.version)


def test_what_was_sold_is_bought_back(vendor: FakeVendor, opens: Opener) -> None:
    requoted(vendor, HELD, 5900, 20.0, 20.2, is_call=False)
    told = closing(opens(("-3P5900", "40")))

    (leg,) = told.legs
    assert (leg.quantity, leg.limit, leg.at_once) == (3, D("20.1"), D("20.2"))
    assert (told.price, told.price_at_once, told.realised) == (D("20.1"), D("20.2"), D("5970"))


@pytest.mark.parametrize("units", [1, 2, 3])
def test_the_preview_of_a_part_wins_what_closing_it_does(vendor: FakeVendor, opens: Opener, units: int) -> None:
    position = opens(("+1C5900", "80"), ("-1C6000", "30"))
    book.trade(position.user_id, position.id, [traded("+2C5900", "90"), traded("-2C6000", "35")], Act(at=NOW, now=NOW))

    told = closing(position, units=units)
    assert told.price is not None
    ended = book.close(position.user_id, position.id, told.price, Act(at=NOW, now=NOW), units=units)

    assert round(ended.realised, 2) == told.realised
    assert ended.quantity == 3 - units


def test_more_units_than_there_are_cannot_be_closed(opens: Opener) -> None:
    with pytest.raises(InvalidInput, match="quantity: expected 1 to 2"):
        closing(opens(("+2C5900", "80")), units=3)


def test_old_quotes_are_told_with_their_age_and_nothing_is_priced_from_them(
    vendor: FakeVendor, opens: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    position = opens(("+1C5900", "80"))
    vendor.failing["contract_marks"] = ProviderUnavailable(provider="fake")

    told = closing(position)

    (leg,) = told.legs
    assert (told.stale, told.price, told.price_at_once, told.realised, leg.limit) == (True, None, None, None, None)


def test_a_model_price_is_no_limit(vendor: FakeVendor, opens: Opener) -> None:
    position = opens(("+1C5900", "80"), ("-1C6000", "30"))
    requoted(vendor, HELD, 6000, np.nan, np.nan, iv=0.15)

    told = closing(position)

    assert [leg.leg.source for leg in told.legs] == ["quote", "model"]
    assert told.facts.value is not None
    assert not told.stale
    assert [leg.limit is None for leg in told.legs] == [False, True]
    assert (told.price, told.price_at_once, told.realised) == (None, None, None)


# Stops


@pytest.mark.parametrize(
    ("legs", "pct", "price"),
    [
        ([("+2C5900", "30")], "-50", "15"),
        ([("+2C5900", "30")], "100", "60"),
        ([("-1P5800", "40")], "-100", "80"),
        ([("-1P5800", "40")], "50", "20"),
        ([("+1C5900", "80"), ("-1C6000", "30")], "-33", "33.5"),
        ([("+1P5700", "1"), ("-1P5800", "3"), ("-1C6000", "3"), ("+1C6100", "1")], "80", "0.8"),
    ],
)
def test_a_percent_of_the_premium_and_its_price(
    opens: Opener, legs: list[tuple[str, str]], pct: str, price: str
) -> None:
    position = opens(*legs)

    told = previews.of_stop(position.user_id, position.id, now=NOW, target=Wanted(pct=D(pct)))
    back = previews.of_stop(position.user_id, position.id, now=NOW, target=Wanted(price=D(price)))

    assert told.target is not None
    assert (told.target.price, told.target.pct) == (D(price), D(pct))
    assert told.target == back.target
    assert told.stop is None


def test_how_far_a_stop_is(vendor: FakeVendor, opens: Opener) -> None:
    requoted(vendor, HELD, 5900, 39.9, 40.1)
    position = opens(("+2C5900", "30"), stop_price=D(25), target_price=D(5890), target_on_underlying=True)

    told = previews.of_stop(position.user_id, position.id, now=NOW)

    assert told.mark == 40
    assert told.stop is not None
    assert told.target is not None
    assert (told.stop.price, told.stop.away, told.stop.away_pct, told.stop.reached) == (25, -15, D("-37.5"), False)
    assert (told.stop.pct, told.target.away, told.target.pct) == (D("-16.67"), -60, D("-1.01"))
    assert told.target.reached  # a call wins upwards, and 5950 is above 5890


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Wanted(pct=D(-100)), "stop: comes to 0.0000; expected a price above 0"),
        (Wanted(pct=D(-150), on_underlying=True), "expected a price above 0"),
    ],
)
def test_a_percent_that_is_no_price_is_refused(opens: Opener, wanted: Wanted, says: str) -> None:
    position = opens(("+2C5900", "30"))

    with pytest.raises(InvalidInput, match=says):
        previews.of_stop(position.user_id, position.id, now=NOW, stop=wanted)


# Rolling


def test_the_net_of_a_roll_is_that_of_its_quotes(vendor: FakeVendor, opens: Opener) -> None:
    requoted(vendor, HELD, 5900, 93.4, 94.0)
    requoted(vendor, NEXT, 5900, 141.0, 141.4)
    position = opens(("+2C5900", "30"))

    (same,) = rolls(position, strike=D(5900), expiry=NEXT)

    # Sold at 93.4, bought at 141.4, two of a hundred; at the middles 93.7 and 141.2.
    assert same.net == pytest.approx(-9_600)
    assert same.net_at_limits == pytest.approx(-9_500)
    assert same.basis == pytest.approx(30 + 48)
    assert same.breakevens == (5978,)
    assert [(each.contract, each.quantity) for each in (*same.closing, *same.opening)] == [
        ("SPXW260220C05900000", -2),
        ("SPXW260313C05900000", 2),
    ]


@pytest.mark.parametrize(
    "legs",
    [
        [("+2C5900", "30")],
        [("-1P5900", "40")],
        [("+1C5900", "80"), ("-1C6000", "30")],
        [("+1P5825", "1"), ("-1P5850", "3"), ("-1C6000", "3"), ("+1C6025", "1")],
    ],
)
def test_every_suggestion_is_listed_and_within_its_quotes(
    vendor: FakeVendor, opens: Opener, legs: list[tuple[str, str]]
) -> None:
    found = rolls(opens(*legs))

    chain = vendor.chains["SPX"]
    listed = set(zip(names(chain.root, chain.expiry, chain.is_call, chain.strike), chain.bid, chain.ask, strict=True))
    assert found
    for each in found:
        orders = (*each.closing, *each.opening)
        assert {(order.contract, order.bid, order.ask) for order in orders} <= listed
        assert 25 <= (each.expiry - TODAY).days <= 45
        least = sum(-o.quantity * 100 * (o.ask if o.quantity > 0 else o.bid) for o in orders)
        most = sum(-o.quantity * 100 * (o.bid if o.quantity > 0 else o.ask) for o in orders)
        assert each.net == pytest.approx(least)
        assert least <= each.net_at_limits <= most


def test_a_window_and_a_date_narrow_the_expiries(opens: Opener) -> None:
    position = opens(("+2C5900", "30"))

    assert {each.days for each in rolls(position)} == {30, 32, 38}
    assert {each.days for each in rolls(position, first_days=20, last_days=28)} == {24, 25}
    assert {each.days for each in rolls(position, expiry=TODAY + timedelta(days=45))} == {45}
    assert {(each.days, each.strike) for each in rolls(position, strike=D(6000))} == {
        (30, 6000),
        (32, 6000),
        (38, 6000),
    }
    assert rolls(position, first_days=300, last_days=400) == []


def test_within_its_own_expiry_another_strike_is_a_roll(vendor: FakeVendor, opens: Opener) -> None:
    position = opens(("+1C5900", "30"))

    (up,) = rolls(position, strike=D(6000), expiry=HELD)

    bid, ask = quoted(vendor, HELD, 5900)[0], quoted(vendor, HELD, 6000)[1]
    assert up.net == pytest.approx(100 * (bid - ask))
    for nothing in ({}, {"strike": D(5900)}):
        with pytest.raises(InvalidInput, match="strike: within its own expiry only another one is a roll"):
            rolls(position, expiry=HELD, **nothing)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"strike": D(5903)}, "strike: 5903 is not listed for .*; the nearest that are: 5875, 5900, 5925, 5950"),
        ({"expiry": date(2026, 3, 14)}, "expiry: nothing of SPXW expires on 2026-03-14; the nearest dates: .*03-13"),
        ({"expiry": date(2026, 2, 13)}, "expiry: expected none before 2026-02-20"),
    ],
)
def test_what_is_not_listed_is_refused_with_what_is(opens: Opener, asked: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        rolls(opens(("+2C5900", "30")), **asked)


def test_what_cannot_be_rolled_is_told(opens: Opener) -> None:
    with pytest.raises(NotPossible, match="This position cannot be rolled: it has no options"):
        rolls(opens(("+10S", "100"), symbol="AAPL"))


def test_a_strike_that_nobody_quotes_has_no_net(vendor: FakeVendor, opens: Opener) -> None:
    requoted(vendor, NEXT, 6000, np.nan, np.nan)

    with pytest.raises(NotQuoted, match="Nobody quotes the 6000 strike"):
        rolls(opens(("+2C5900", "30")), strike=D(6000), expiry=NEXT)


def test_while_the_vendor_is_away_nothing_is_priced(vendor: FakeVendor, opens: Opener) -> None:
    position = opens(("+2C5900", "30"))
    vendor.failing["option_expiries SPX"] = ProviderUnavailable(provider="fake")

    with pytest.raises(ProviderUnavailable):
        rolls(position)
    vendor.failing = {"option_chain SPX": ProviderUnavailable(provider="fake")}
    for ask in (rolls, conversions):
        with pytest.raises(ProviderUnavailable):
            ask(position)


def test_from_old_quotes_nothing_is_priced(vendor: FakeVendor, opens: Opener) -> None:
    position = opens(("+2C5900", "30"))
    vendor.failing["contract_marks"] = ProviderUnavailable(provider="fake")

    for ask, what in ((rolls, "roll"), (conversions, "conversion")):
        with pytest.raises(QuotesAreOld, match=f"The quotes of SPX are not of now, so that no {what} is priced"):
            ask(position)


# Converting


def test_limits_of_a_conversion_are_those_of_its_payoff(vendor: FakeVendor, opens: Opener) -> None:
    requoted(vendor, HELD, 6000, 42.7, 42.9)
    position = opens(("+2C5900", "30"))

    (sold,) = conversions(position, strike=D(6000))

    # Paid 30, received 42.7: 12.7 a share cannot be lost any more; the width of 100 comes on top.
    assert (sold.credit, sold.locked_in, sold.max_loss, sold.max_gain) == (8_540, 2_540, 0, 22_540)
    assert [(sold.order.contract, sold.order.quantity)] == [("SPXW260220C06000000", -2)]


@pytest.mark.parametrize(("text", "price"), [("+2C5900", "90"), ("+1P6000", "85"), ("+3C5975", "40")])
def test_every_conversion_equals_its_payoff_grid(vendor: FakeVendor, opens: Opener, text: str, price: str) -> None:
    position = opens((text, price))
    leg = position.legs.get()
    found = conversions(position)

    assert found
    sign = 1 if leg.kind == "call" else -1
    for each in found:
        bid, _ = quoted(vendor, HELD, each.strike, is_call=sign > 0)
        grid = np.union1d(np.linspace(0, 12_000, 4801), [float(leg.strike), each.strike])
        worth = np.maximum(sign * (grid - float(leg.strike)), 0) - np.maximum(sign * (grid - each.strike), 0)
        made = 100 * leg.open_quantity * (worth - float(price) + bid)
        assert float(each.max_gain) == pytest.approx(made.max())
        assert float(each.max_loss) == pytest.approx(max(-made.min(), 0))
        assert float(each.credit) == pytest.approx(100 * leg.open_quantity * bid)


@pytest.mark.parametrize(
    ("strike", "says"),
    [
        (D(6001), "strike: 6001 is not listed for 2026-02-20; the nearest that are: 5975, 6000, 6025, 6050"),
        (D(5925), "strike: expected one above 5950, beyond both the strike held and the spot"),
    ],
)
def test_a_strike_that_does_not_fit_is_refused(opens: Opener, strike: Decimal, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        conversions(opens(("+2C5900", "30")), strike=strike)


@pytest.mark.parametrize("legs", [[("-1C5900", "30")], [("+1C5900", "80"), ("-1C6000", "30")]])
def test_only_one_bought_option_can_be_converted(opens: Opener, legs: list[tuple[str, str]]) -> None:
    with pytest.raises(NotPossible, match="cannot be converted: only one bought call or put"):
        conversions(opens(*legs))


# Whose


@pytest.mark.parametrize("ask", [previews.of_close, previews.of_stop, previews.of_roll, previews.of_conversion])
def test_another_traders_position_looks_missing_and_an_ended_one_is_told(opens: Opener, trader: User, ask) -> None:
    hers = opens(("+2C5900", "30"), of=UserFactory().pk)
    ended = opens(("+2C5900", "30"))
    book.close(trader.pk, ended.id, D(20), Act(at=NOW, now=NOW))

    for missing in (hers.id, uuid4()):
        with pytest.raises(NotFound):
            ask(trader.pk, missing, now=NOW)
    with pytest.raises(PositionNotOpen, match="This position is closed; only an open one can be"):
        ask(trader.pk, ended.id, now=NOW)


def test_what_was_advised_comes_first(opens: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    position = opens(("+2C5900", "30"))
    usual = rolls(position)
    second = tuple(order.contract for order in usual[1].opening)
    monkeypatch.setattr(
        "positions.listed_choices.advice_rows.suggested", lambda _ids: {(position.id, "roll"): list(second)}
    )

    assert rolls(position)[0].opening == usual[1].opening
