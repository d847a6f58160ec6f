from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from config.http.errors import InvalidInput, NotFound
from positions import book
from positions.book import Act
from positions.errors import PositionNotOpen, TooManyPositions, VersionConflict
from positions.ledger import Trade
from positions.models import Fill, FillKind, Position
from realtime.models import Event
from tests.factories.accounts import UserFactory
from tests.positions.conftest import TEN, Opener, traded
from tests.positions.pure.test_structures import leg

pytestmark = pytest.mark.django_db
LATER = TEN + timedelta(hours=1)


def trade(position: Position, *trades: tuple[str, str], **more: object) -> Position:
    root = "SPXW" if position.symbol == "SPX" else position.symbol
    made = [traded(*each, root=root) for each in trades]
    return book.trade(position.user_id, position.id, made, Act(at=LATER, now=LATER, **more))


def last_event() -> Event:
    return Event.objects.latest("id")


def test_a_long_call_costs_what_was_paid(opens: Opener) -> None:
    position = opens(("+2C5900", "30"))

    assert (position.strategy, position.direction, position.quantity) == ("call", "long", 2)
    assert (position.entry_price, position.cost, position.realised, position.fees) == (30, 6000, 0, 0)
    assert position.legs.get().contract == "SPXW260220C05900000"
    event = last_event()
    assert (event.type, event.channel, event.user_id) == ("position_changed", "positions", position.user_id)
    assert event.payload["status"] == "open"
    assert event.facts["legs"][0]["open"] == 2
    assert event.facts["fills"][0]["price"] == 30


def test_what_was_sold_short_is_held_short(opens: Opener) -> None:
    position = opens(("-1P5800", "40"))

    assert (position.direction, position.signed_quantity, position.entry_price) == ("short", -1, -40)
    ended = trade(position, ("+1P5800", "20"))

    assert (ended.status, ended.realised, ended.cost, ended.quantity) == ("closed", 2000, 0, 0)
    assert ended.closed_at == LATER


def test_a_part_is_closed_and_the_rest_stays(opens: Opener) -> None:
    position = opens(("+5C5900", "42"), ("-5C6000", "12"))

    left = trade(position, ("-2C5900", "50"), ("+2C6000", "10"))

    assert (left.status, left.strategy, left.quantity, left.entry_price) == ("open", "call_spread", 3, 30)
    assert left.realised == 2 * 100 * ((50 - 10) - 30)
    assert left.cost == 3 * 100 * 30


def test_legs_are_closed_one_by_one(opens: Opener) -> None:
    position = opens(("+1P5700", "1"), ("-1P5800", "3"), ("-1C6000", "3"), ("+1C6100", "1"))
    assert (position.strategy, position.direction, position.entry_price) == ("iron_condor", "short", -4)

    puts = trade(position, ("+1C6000", "0.5"), ("-1C6100", "0.1"))

    assert (puts.strategy, puts.status, puts.entry_price) == ("put_spread", "open", -2)
    assert puts.realised == Decimal(160)
    naked = trade(puts, ("-1P5700", "0.2"))
    assert (naked.strategy, naked.direction, naked.realised) == ("put", "short", Decimal(80))


def test_a_call_becomes_a_spread_when_another_is_sold_against_it(opens: Opener) -> None:
    position = opens(("+1C5900", "50"))

    spread = trade(position, ("-1C6000", "20"))

    assert (spread.strategy, spread.quantity, spread.entry_price) == ("call_spread", 1, 30)


def test_fees_are_spent_when_paid(trader: User) -> None:
    trades = [Trade(leg=leg("+1C5900"), price=Decimal(10), fees=Decimal("0.65"))]
    made = book.open_position(trader.pk, "SPX", trades, at=TEN, now=TEN)
    ended = book.trade(
        trader.pk,
        made,
        [Trade(leg=leg("-1C5900"), price=Decimal(12), fees=Decimal("0.65"))],
        Act(at=LATER, now=LATER, reason="target"),
    )

    assert (ended.realised, ended.fees, ended.close_reason) == (200, Decimal("1.30"), "target")
    event = last_event()
    assert event.type == "position_closed"
    assert event.payload["realizedPnl"] == 198.7
    assert event.facts["reason"] == "target"


@pytest.mark.parametrize(
    ("kind", "price", "status"),
    [
        (FillKind.EXPIRY, "0", "expired"),
        (FillKind.CASH_SETTLEMENT, "12.5", "expired"),
        (FillKind.ASSIGNMENT, "0", "assigned"),
        (FillKind.TRADE, "0", "closed"),
    ],
)
def test_how_it_ended_is_told(opens: Opener, kind: str, price: str, status: str) -> None:
    position = opens(("-1P5800", "40"))
    end = Trade(leg=leg("+1P5800"), price=Decimal(price), kind=FillKind(kind))

    ended = book.trade(position.user_id, position.id, [end], Act(at=LATER, now=LATER))

    assert ended.status == status
    assert ended.realised == 100 * (40 - Decimal(price))


def test_more_than_is_open_cannot_be_closed(opens: Opener) -> None:
    position = opens(("+1C5900", "50"))

    with pytest.raises(InvalidInput, match="SPXW260220C05900000: 1 are open; more cannot be closed"):
        trade(position, ("-2C5900", "60"))

    assert Fill.objects.count() == 1
    assert Position.objects.get().version == position.version


def test_nothing_happens_to_what_has_ended_or_before_it_began(opens: Opener) -> None:
    position = opens(("+1C5900", "50"), at=LATER + timedelta(minutes=1))
    with pytest.raises(InvalidInput, match="at: the position was opened later"):
        trade(position, ("-1C5900", "60"))

    ended = opens(("+1C5900", "50"))
    trade(ended, ("-1C5900", "60"))
    with pytest.raises(PositionNotOpen, match="This position is closed; only an open one can be traded"):
        trade(ended, ("+1C5900", "60"))


def test_opening_nothing_is_refused_and_leaves_nothing(trader: User) -> None:
    both = [traded("+1C5900", "1"), traded("-1C5900", "1")]

    with pytest.raises(InvalidInput, match="nothing stays open"):
        book.open_position(trader.pk, "SPX", both, at=TEN, now=TEN)

    assert not Position.objects.exists()
    assert not Event.objects.exists()


def test_somebody_elses_is_as_if_it_were_not_there(opens: Opener) -> None:
    theirs = opens(("+1C5900", "50"))
    mine = UserFactory()

    with pytest.raises(NotFound, match="There is no such position"):
        book.trade(mine.pk, theirs.id, [traded("-1C5900", "60")], Act(at=LATER, now=LATER))
    with pytest.raises(NotFound):
        book.amend(mine.pk, theirs.id, {"notes": "mine now"}, now=LATER)
    with pytest.raises(NotFound):
        book.remove(mine.pk, theirs.id, now=LATER)

    theirs.refresh_from_db()
    assert (theirs.status, theirs.notes, theirs.version) == ("open", "", theirs.version)


def test_an_old_version_is_refused(opens: Opener) -> None:
    position = opens(("+1C5900", "50"))
    seen = position.version
    book.amend(position.user_id, position.id, {"notes": "first"}, now=LATER, version=seen)

    with pytest.raises(VersionConflict, match=f"you saw version {seen}, it is now version {seen + 1}"):
        book.amend(position.user_id, position.id, {"notes": "second"}, now=LATER, version=seen)

    position.refresh_from_db()
    assert position.notes == "first"


def test_saying_the_same_again_changes_nothing(opens: Opener) -> None:
    position = opens(("+1C5900", "50"), notes="as it is")
    told = Event.objects.count()

    again = book.amend(position.user_id, position.id, {"notes": "as it is"}, now=LATER)

    assert again.version == position.version
    assert Event.objects.count() == told


def test_a_removed_position_leaves_its_events(opens: Opener) -> None:
    position = opens(("+1C5900", "50"))

    book.remove(position.user_id, position.id, now=LATER)

    assert not Fill.objects.exists()
    event = last_event()
    assert (event.payload["status"], event.payload["reason"]) == (None, "removed")
    assert event.facts["fills"][0]["quantity"] == 1


def test_one_request_opens_one_position(trader: User) -> None:
    made = {
        book.open_position(trader.pk, "SPX", [traded("+1C5900", "5")], at=TEN, now=TEN, idempotency_key="a")
        for _ in range(3)
    }

    assert len(made) == 1
    assert Fill.objects.count() == 1


def test_there_are_two_hundred_at_most(trader: User, opens: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "MOST_OPEN", 1)
    first = opens(("+1C5900", "50"))
    with pytest.raises(TooManyPositions, match="You already have 1 open positions"):
        opens(("+1C5900", "50"))

    trade(first, ("-1C5900", "60"))
    opens(("+1C5900", "50"))
    opens(("+1C5900", "50"), of=UserFactory().pk)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_close_it_at_once_one_does(opens: Opener) -> None:
    position = opens(("+1C5900", "50"))

    def close(_: int) -> str:
        try:
            trade(position, ("-1C5900", "60"))
        except PositionNotOpen:
            return "too late"
        finally:
            connection.close()
        return "closed"

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(close, range(8)))

    assert sorted(said) == ["closed", *["too late"] * 7]
    assert Position.objects.get().realised == 1000


def test_one_price_closes_the_whole_or_a_part(opens: Opener) -> None:
    position = opens(("+4C5900", "42"), ("-4C6000", "12"))

    part = book.close(position.user_id, position.id, Decimal(35), Act(at=LATER, now=LATER), units=3)
    assert (part.quantity, part.realised) == (1, 3 * 500)
    with pytest.raises(InvalidInput, match="quantity: expected 1 to 1"):
        book.close(position.user_id, position.id, Decimal(35), Act(at=LATER, now=LATER), units=2)

    whole = book.close(position.user_id, position.id, Decimal(20), Act(at=LATER, now=LATER), fees=Decimal("1.3"))
    assert (whole.status, whole.realised, whole.fees) == ("closed", 500, Decimal("1.3"))
    with pytest.raises(PositionNotOpen, match="can be closed"):
        book.close(position.user_id, position.id, Decimal(20), Act(at=LATER, now=LATER))


def test_what_was_sold_is_bought_back_at_one_price(opens: Opener) -> None:
    condor = opens(("+1P5700", "1"), ("-1P5800", "3"), ("-1C6000", "3"), ("+1C6100", "1"))

    ended = book.close(condor.user_id, condor.id, Decimal("1.5"), Act(at=LATER, now=LATER))

    assert (ended.status, ended.realised) == ("closed", 250)


@pytest.mark.parametrize(
    "row",
    [
        {"status": "open", "closed_at": TEN},
        {"status": "closed", "closed_at": None, "quantity": 0, "cost": 0},
        {"status": "closed", "closed_at": TEN, "quantity": 1, "cost": 0},
        {"strategy": "straddle"},
        {"direction": "flat"},
        {"symbol": ""},
        {"fees": -1},
    ],
)
def test_the_database_refuses_what_cannot_be(opens: Opener, row: dict[str, object]) -> None:
    position = opens(("+1C5900", "50"))

    with pytest.raises(IntegrityError), transaction.atomic():
        Position.objects.filter(pk=position.pk).update(**row)


def test_an_unknown_id_is_not_found(trader: User) -> None:
    with pytest.raises(NotFound):
        book.remove(trader.pk, uuid4(), now=TEN)
