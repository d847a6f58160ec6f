from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from market import history
from market.clock import Standing
from positions import book, hindsight
from positions.book import Act
from positions.models import Advice, AdviceUrgency, Hindsight, MarkMinute, Position
from tests.positions.conftest import TEN, Opener, traded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

ELEVEN, TWO = TEN + timedelta(hours=1), TEN + timedelta(hours=4)
CLOSE = TEN + timedelta(hours=6)
EVENING = CLOSE + timedelta(hours=1, minutes=45)
EXPIRY = date(2026, 2, 20)


@pytest.fixture
def closes(monkeypatch: pytest.MonkeyPatch) -> dict[date, float]:
    """Let the underlying's official closes be these, by the date after them."""
    told: dict[date, float] = {}
    monkeypatch.setattr(history, "prev_close", lambda _symbol, before: told.get(before, float("nan")))
    return told


def path(contract: str, *, at_ten: str, at_eleven: str, until: datetime = CLOSE) -> None:
    """Write a minute after another: one bid until eleven, another one from then on, the ask 0.20 above it."""
    rows, at = [], TEN
    while at < until:
        bid = Decimal(at_ten if at < ELEVEN else at_eleven)
        rows.append(MarkMinute(contract=contract, at=at, mark=bid + Decimal("0.1"), bid=bid, ask=bid + Decimal("0.2")))
        at += timedelta(minutes=1)
    MarkMinute.objects.bulk_create(rows)


def advised(position: Position, at: datetime, action: Mapping[str, Any], *, rule: str = "profit") -> None:
    Advice.objects.create(
        user_id=position.user_id, position=position, rule=rule, type="take_profit", state="active",
        urgency=AdviceUrgency.HIGH, message="", action=action, evidence={}, confidence=1.0, facts={}, value=1.0,
        last_value=1.0, looked_at=at, expires_at=at + timedelta(hours=1), created_at=at, first_told_at=at,
    )  # fmt: skip


def sell(contract: str, quantity: int = 1) -> dict[str, Any]:
    return {"action": "close_or_convert", "orders": [{"contract": contract, "side": "sell", "quantity": quantity}]}


def closed(opens: Opener, *, at: datetime = TWO) -> tuple[Position, str]:
    """Return a call bought at ten for 10 and sold for 6, and its contract."""
    position = opens(("+1C5900", "10"))
    book.trade(position.user_id, position.pk, [traded("-1C5900", "6", fees="1")], Act(at=at, now=at))
    return position, position.legs.get().contract


def net(position: Position) -> dict[str, str | None]:
    row = Hindsight.objects.get(pk=position.pk)
    return {policy: outcome["net"] or outcome["why"] for policy, outcome in row.outcomes.items()}


def test_a_day_is_looked_back_at_in_the_evening(opens: Opener, closes: dict[date, float], now: Standing) -> None:
    position, contract = closed(opens)
    path(contract, at_ten="9.90", at_eleven="19.50")
    advised(position, ELEVEN, sell(contract))

    assert hindsight.look_back(EVENING) == {"made": 1, "settled": 0}

    assert net(position) == {
        "actual": "-401.00",
        "advice": "949.00",
        "entry_close": "949.00",
        "bracket": "949.00",  # never up by a hundred percent: out at the close
        "expiry": "not_expired",
    }
    row = Hindsight.objects.get()
    assert (row.complete, row.computed_at) == (False, EVENING)
    assert row.outcomes["bracket"]["exitAt"] == (CLOSE - timedelta(minutes=1)).isoformat()
    assert row.outcomes["advice"]["exitAt"] == ELEVEN.isoformat()


def test_it_is_done_once_and_the_expiry_is_filled_in(opens: Opener, closes: dict[date, float]) -> None:
    position, contract = closed(opens)
    path(contract, at_ten="9.90", at_eleven="19.50")
    hindsight.look_back(EVENING)
    before = net(position)
    MarkMinute.objects.all().delete()
    at_close = EVENING.replace(day=20)
    assert hindsight.look_back(EVENING) == {"made": 0, "settled": 0}
    assert hindsight.look_back(at_close) == {"made": 0, "settled": 0}  # nobody tells the close yet

    closes[EXPIRY + timedelta(days=1)] = 5925.5
    assert hindsight.look_back(at_close - timedelta(hours=4)) == {"made": 0, "settled": 0}  # it is not over
    assert hindsight.look_back(at_close) == {"made": 0, "settled": 1}
    assert hindsight.look_back(at_close) == {"made": 0, "settled": 0}

    assert net(position) == {**before, "expiry": "1550.00"}
    assert Hindsight.objects.get().complete


def test_what_ended_today_waits_for_the_close(opens: Opener, closes: dict[date, float]) -> None:
    closed(opens)

    assert hindsight.look_back(CLOSE - timedelta(seconds=1)) == {"made": 0, "settled": 0}
    assert hindsight.look_back(CLOSE) == {"made": 1, "settled": 0}


def test_without_minutes_or_advice_only_what_was_done_is_known(opens: Opener, closes: dict[date, float]) -> None:
    position, contract = closed(opens)
    advised(position, TWO + timedelta(hours=1), sell(contract))  # it had ended
    advised(position, CLOSE + timedelta(minutes=5), sell(contract), rule="loss")

    hindsight.look_back(EVENING)

    assert net(position) == {
        "actual": "-401.00", "advice": "no_advice", "entry_close": "no_prices", "bracket": "no_prices",
        "expiry": "not_expired",
    }  # fmt: skip


@pytest.mark.parametrize("action", ["stop_near", "tighten_stop"])
def test_what_only_points_at_a_limit_is_not_followed(opens: Opener, closes: dict[date, float], action: str) -> None:
    position, contract = closed(opens)
    path(contract, at_ten="9.90", at_eleven="19.50")
    advised(position, ELEVEN, {**sell(contract), "action": action})

    hindsight.look_back(EVENING)

    assert net(position)["advice"] == "no_advice"


def test_what_is_open_is_left_alone(opens: Opener, closes: dict[date, float]) -> None:
    opens(("+1C5900", "10"))

    assert hindsight.look_back(EVENING) == {"made": 0, "settled": 0}


def test_shares_have_no_expiry_and_are_complete(opens: Opener, closes: dict[date, float]) -> None:
    position = opens(("+100S", "590"), symbol="SPY")
    book.close(position.user_id, position.pk, Decimal(591), Act(at=TWO, now=TWO))

    hindsight.look_back(EVENING)

    assert net(position)["expiry"] == "no_expiry"
    assert Hindsight.objects.get().complete
