"""Stops and targets as they are set: percent and price, on the position and on the underlying."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from accounts.models import User
from config.http.errors import InvalidInput, NotFound
from positions import book, stops
from positions.book import Act
from positions.errors import PositionNotOpen, VersionConflict
from positions.models import Position
from positions.pure.stops import Wanted, price_of
from realtime.models import Event
from tests.factories.accounts import UserFactory
from tests.positions.conftest import TEN, Opener

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
D = Decimal


def set_on(position: Position, **more: object) -> Position:
    spot, version = more.pop("spot", math.nan), more.pop("version", None)
    return stops.set_on(position.user_id, position.id, more, now=TEN, spot=spot, version=version)


# By hand: a unit that cost 30 and is half lost is at 15; of 40 received, 100 % lost is 80, 80 % won is 8; -2 % of 5950.
@pytest.mark.parametrize(
    ("wanted", "entry", "bought", "price"),
    [
        (Wanted(price=D("12.35")), "30", True, "12.35"),
        (Wanted(pct=D(-50)), "30", True, "15"),
        (Wanted(pct=D("-33.3")), "30", True, "20.01"),
        (Wanted(pct=D(150)), "30", True, "75"),
        (Wanted(pct=D(-100)), "-40", False, "80"),
        (Wanted(pct=D(80)), "-40", False, "8"),
        (Wanted(pct=D(-2), on_underlying=True), "30", True, "5831"),
        (Wanted(pct=D(2), on_underlying=True), "-40", False, "6069"),
        (Wanted(pct=D("33.333")), "0.03", True, "0.04"),
    ],
)
def test_percents_as_prices(wanted: Wanted, entry: str, bought: bool, price: str) -> None:
    assert price_of(wanted, entry=D(entry), bought=bought, spot=5950.0) == D(price)


@pytest.mark.parametrize(
    ("wanted", "entry", "bought", "spot", "says"),
    [
        (Wanted(pct=D(-100)), "30", True, 5950.0, "comes to 0.0000; expected a price above 0"),
        (Wanted(pct=D(100)), "-40", False, 5950.0, "expected a price above 0"),
        (Wanted(pct=D(-10)), "0", True, 5950.0, "it cost nothing"),
        (Wanted(pct=D(-10), on_underlying=True), "30", True, math.nan, "the price of the underlying is not known"),
    ],
)
def test_percents_that_are_no_price(wanted: Wanted, entry: str, bought: bool, spot: float, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        price_of(wanted, entry=D(entry), bought=bought, spot=spot)


def test_one_of_price_and_percent_is_told() -> None:
    for both in ({}, {"price": D(1), "pct": D(1)}):
        with pytest.raises(ValueError, match="one of the two"):
            Wanted(**both)


def test_set_changed_and_cleared(opens: Opener) -> None:
    position = opens(("+2C5900", "30"))

    both = set_on(position, stop=Wanted(pct=D(-50)), target=Wanted(price=D(6000), on_underlying=True))
    assert (both.stop_price, both.stop_on_underlying) == (15, False)
    assert (both.target_price, both.target_on_underlying, both.version) == (6000, True, position.version + 1)
    told = Event.objects.latest("id")
    assert (told.type, told.payload["reason"]) == ("position_changed", "amended")
    assert told.facts["amended"] == ["stop_price", "target_on_underlying", "target_price"]

    left = set_on(position, target=None)
    assert (left.stop_price, left.target_price, left.target_on_underlying) == (15, None, False)
    assert set_on(position, target=None).version == left.version


def test_a_percent_on_the_underlying_needs_its_price(opens: Opener) -> None:
    position = opens(("+2C5900", "30"))
    wanted = Wanted(pct=D(-2), on_underlying=True)

    with pytest.raises(InvalidInput, match="stop: the price of the underlying is not known"):
        set_on(position, stop=wanted)
    made = set_on(position, stop=wanted, spot=5950.0)

    assert (made.stop_price, made.stop_on_underlying) == (5831, True)


def test_only_his_own_open_position_at_the_version_he_saw(opens: Opener, trader: User) -> None:
    position = opens(("+2C5900", "30"))

    with pytest.raises(VersionConflict):
        set_on(position, stop=Wanted(price=D(1)), version=position.version + 1)
    with pytest.raises(NotFound):
        stops.set_on(UserFactory().pk, position.id, {"stop": None}, now=TEN)
    book.close(trader.pk, position.id, D(1), Act(at=TEN, now=TEN))
    with pytest.raises(PositionNotOpen, match="This position is closed; only an open one can be given a stop"):
        set_on(position, stop=Wanted(price=D(1)))
