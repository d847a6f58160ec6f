"""Rolling and converting: one act each, once, told, and held against the plan."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import User
from config.http.errors import InvalidInput, NotFound
from positions import book, plan, wire
from positions.book import Act
from positions.errors import NotPossible, PositionNotOpen, TooManyPositions, VersionConflict
from positions.ledger import Trade
from positions.models import Fill, Leg, PlanBreach, Position
from positions.pure.plan_rules import Plan
from realtime.models import Event
from tests.factories.accounts import UserFactory
from tests.positions.conftest import TEN, Opener, contract, traded
from tests.positions.pure.test_structures import leg

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
D = Decimal
MARCH = date(2026, 3, 13)
NOW = Act(at=TEN, now=TEN)


def later(text: str, price: str, *, fees: str = "0", root: str = "SPXW") -> Trade:
    """Return a trade in an option of March."""
    return Trade(leg=replace(leg(text, root=root), expiry=MARCH), price=D(price), fees=D(fees))


def rolled(
    position: Position, closing: Sequence[Trade], opening: Sequence[Trade], act: Act = NOW, **more: object
) -> tuple[Position, Position]:
    return book.roll(position.user_id, position.id, closing, opening, act, **more)


def test_a_roll_closes_one_and_opens_another_in_one_act(opens: Opener) -> None:
    position = opens(("+2C5900", "30"), tags=["orb"], stop_price=D(15), notes="mine")

    old, new = rolled(
        position, [traded("-2C5900", "92", fees="1.3")], [later("+2C5950", "110", fees="1.3")], replace(NOW, reason="")
    )

    assert (old.status, old.realised, old.fees, old.close_reason) == ("closed", 12_400, D("1.3"), "rolled")
    assert (new.status, new.source, new.rolled_from_id, new.cost) == ("open", "roll", old.id, 22_000)
    assert (new.tags, new.stop_price, new.notes, new.net_priced) == (["orb"], None, "", False)
    told = {each["id"]: each for each in wire.positions(Position.objects.all())}
    assert (told[old.id]["rolledInto"], told[old.id]["rolledFrom"]) == (new.id, None)
    assert (told[new.id]["rolledInto"], told[new.id]["rolledFrom"]) == (None, old.id)


def test_a_roll_is_told_of_both(opens: Opener) -> None:
    position = opens(("+2C5900", "30"))

    old, new = rolled(position, [traded("-2C5900", "92")], [later("+2C5950", "110")])

    _, closed, opened = Event.objects.order_by("id")
    assert [closed.type, opened.type] == ["position_closed", "position_changed"]
    assert closed.payload["realizedPnl"] == 12_400
    assert (closed.facts["reason"], closed.facts["rolledInto"]) == ("rolled", str(new.id))
    assert (opened.payload["reason"], opened.payload["previousStatus"], opened.payload["status"]) == (
        *("rolled", None),
        "open",
    )
    assert opened.facts["rolledFrom"] == str(old.id)
    assert opened.user_id == closed.user_id == position.user_id


def test_a_structure_is_rolled_whole(opens: Opener) -> None:
    spread = opens(("+2C5900", "80"), ("-2C6000", "30"))
    closing = [traded("-2C5900", "112"), traded("+2C6000", "60")]

    old, new = rolled(spread, closing, [later("+2C5950", "100"), later("-2C6050", "55")])

    # 52 for what cost 50, two units.
    assert (old.status, old.realised) == ("closed", 400)
    assert (new.strategy, new.quantity, new.entry_price) == ("call_spread", 2, 45)


def test_the_same_key_rolls_once(opens: Opener) -> None:
    position = opens(("+2C5900", "30"))
    both = [traded("-2C5900", "92")], [later("+2C5950", "110")]

    first = rolled(position, *both, key="a")
    again = rolled(position, *both, key="a")

    assert [each.id for each in again] == [each.id for each in first]
    assert (Position.objects.count(), Fill.objects.count(), Event.objects.count()) == (2, 3, 3)
    with pytest.raises(PositionNotOpen, match="This position is closed; only an open one can be rolled"):
        rolled(position, *both, key="b")
    other = opens(("+2C5900", "30"), idempotency_key="c")
    with pytest.raises(InvalidInput, match="Idempotency-Key: it has opened another position"):
        rolled(other, *both, key="c")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", [None, "a"])
def test_of_many_rolls_at_once_one_wins(opens: Opener, key: str | None) -> None:
    position = opens(("+2C5900", "30"))

    def roll(_: int) -> str:
        try:
            return str(rolled(position, [traded("-2C5900", "92")], [later("+2C5950", "110")], key=key)[1].id)
        except PositionNotOpen:
            return "too late"
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(roll, range(8)))

    new = Position.objects.get(rolled_from=position)
    # With one key all are told of the same roll; without, only one rolled.
    others = "too late" if key is None else str(new.id)
    assert sorted(said) == sorted([str(new.id), *[others] * 7])
    assert Position.objects.count() == 2
    assert Fill.objects.count() == 3


@pytest.mark.parametrize(
    ("closing", "opening", "says"),
    [
        ([("-1C5900", "92")], [("+1C5950", "110")], r"expected -2 SPXW260220C05900000, \+2 SPXW260220C06000000"),
        ([("-2C5900", "92")], [("+2C5950", "110")], r"closes all options that are held"),
        ([("+2C5900", "92"), ("-2C6000", "9")], [("+2C5950", "110")], r"closes all options that are held"),
        ([("-2C5900", "92"), ("+2C6000", "9")], [], "opening: expected options"),
        ([("-2C5900", "92"), ("+2C6000", "9")], [("+10S", "110")], "opening: expected options"),
        ([("-2C5900", "92"), ("+2C6000", "9")], [("+1C5950", "1"), ("-1C5950", "1")], "so that nothing stays open"),
    ],
)
def test_what_is_no_roll_leaves_everything_as_it_was(
    opens: Opener, closing: list[tuple[str, str]], opening: list[tuple[str, str]], says: str
) -> None:
    spread = opens(("+2C5900", "80"), ("-2C6000", "30"))
    told = Event.objects.count()

    with pytest.raises(InvalidInput, match=says):
        rolled(
            spread,
            [traded(*each) for each in closing],
            [traded(*each) if "S" in each[0] else later(*each) for each in opening],
        )

    assert (Position.objects.count(), Fill.objects.count(), Event.objects.count()) == (1, 2, told)
    assert Position.objects.get().version == spread.version


def test_options_beside_shares_are_rolled_where_they_are(opens: Opener) -> None:
    covered = opens(("+100S", "500"), ("-1C510", "4"), symbol="SPY")

    old, new = rolled(covered, [traded("+1C510", "6", root="SPY")], [later("-1C520", "7", root="SPY")])

    assert old.id == new.id == Position.objects.get().id
    assert (old.status, old.realised, old.rolled_from_id) == ("open", -200, None)
    held = {each.contract: each.open_quantity for each in Leg.objects.exclude(open_quantity=0)}
    assert held == {"SPY": 100, "SPY260313C00520000": -1}
    assert Event.objects.latest("id").payload["reason"] == "rolled"


def test_shares_alone_are_not_rolled(opens: Opener) -> None:
    shares = opens(("+100S", "500"), symbol="SPY")

    with pytest.raises(NotPossible, match="cannot be rolled: it has no options"):
        rolled(shares, [traded("-100S", "6", root="SPY")], [later("-1C520", "7", root="SPY")])


def test_a_roll_counts_as_an_opening_of_the_plan(opens: Opener, trader: User) -> None:
    position = opens(("+2C5900", "30"))
    plan.replace(trader.pk, Plan(max_loss_trade=D(10_000), max_trades_day=1), now=TEN - timedelta(hours=1))

    old, new = rolled(position, [traded("-2C5900", "92")], [later("+2C5950", "110")])

    # Written all the same: what the new one can lose is the 22 000 that it cost, and it is the second of the day.
    assert (old.status, new.status) == ("closed", "open")
    broken = {each.rule: (each.position, each.value) for each in PlanBreach.objects.all()}
    assert broken == {"max_loss_trade": (new.id, 22_000), "max_trades_day": (new.id, 2)}
    assert [each.type for each in Event.objects.order_by("id")][-2:] == ["plan_breached"] * 2


def test_who_has_as_many_as_he_may_can_still_roll(opens: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    position = opens(("+2C5900", "30"))
    monkeypatch.setattr(book, "MOST_OPEN", 1)

    rolled(position, [traded("-2C5900", "92")], [later("+2C5950", "110")])

    with pytest.raises(TooManyPositions):
        opens(("+2C5900", "30"))


def test_versions_owners_and_times_are_checked(opens: Opener) -> None:
    position = opens(("+2C5900", "30"))
    both = [traded("-2C5900", "92")], [later("+2C5950", "110")]

    with pytest.raises(VersionConflict):
        rolled(position, *both, replace(NOW, version=position.version + 1))
    with pytest.raises(InvalidInput, match="at: the position was opened later"):
        rolled(position, *both, replace(NOW, at=TEN - timedelta(days=1)))
    with pytest.raises(NotFound):
        book.roll(UserFactory().pk, position.id, *both, NOW)

    assert Position.objects.get().version == position.version


def test_the_old_one_may_be_removed_and_the_new_one_stays(opens: Opener) -> None:
    old, new = rolled(opens(("+2C5900", "30")), [traded("-2C5900", "92")], [later("+2C5950", "110")])

    book.remove(old.user_id, old.id, now=TEN)

    left = Position.objects.get()
    assert (left.id, left.rolled_from_id) == (new.id, None)


# Converting


@pytest.mark.parametrize(
    ("text", "strike", "strategy"), [("+2C5900", 6000, "call_spread"), ("+2P5900", 5800, "put_spread")]
)
def test_a_sale_makes_a_bought_option_a_spread(opens: Opener, text: str, strike: int, strategy: str) -> None:
    position = opens((text, "30"))

    made = book.convert(position.user_id, position.id, D(strike), D("12.5"), NOW, fees=D("1.3"))

    assert (made.id, made.strategy, made.quantity, made.entry_price) == (position.id, strategy, 2, D("17.5"))
    assert (made.cost, made.fees) == (3500, D("1.3"))
    with pytest.raises(NotPossible, match="cannot be converted: only one bought call or put"):
        book.convert(position.user_id, position.id, D(strike), D("12.5"), NOW)


def test_what_was_set_on_the_options_price_says_nothing_of_the_spread(opens: Opener) -> None:
    position = opens(("+2C5900", "30"), stop_price=D(15), target_price=D(6000), target_on_underlying=True)

    made = book.convert(position.user_id, position.id, D(6000), D(12), NOW)

    assert (made.stop_price, made.target_price, made.target_on_underlying) == (None, 6000, True)
    made.refresh_from_db()
    assert (made.stop_price, made.target_price) == (None, 6000)


def test_what_cannot_be_converted_is_left_alone(opens: Opener) -> None:
    sold, position = opens(("-2C5900", "30")), opens(("+2C5900", "30"))

    with pytest.raises(NotPossible):
        book.convert(sold.user_id, sold.id, D(6000), D(12), NOW)
    with pytest.raises(InvalidInput, match="strike: 5900 is the one that is held"):
        book.convert(position.user_id, position.id, D(5900), D(12), NOW)

    assert Fill.objects.count() == 2
    assert position.legs.get().contract == contract("+2C5900")
