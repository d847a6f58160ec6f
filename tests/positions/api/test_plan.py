from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from positions import book, hindsight
from positions.book import Act
from positions.models import TradingPlan
from tests.detectors.conftest import client_of
from tests.factories.accounts import UserFactory
from tests.positions.api.test_positions import sent
from tests.positions.conftest import TEN, Opener

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
PLAN, TODAY, HINDSIGHT = "/api/plan", "/api/plan/today", "/api/positions/{id}/hindsight"
STRICT = {
    "maxLossTrade": 250.5,
    "maxLossDay": 500,
    "maxTradesDay": 3,
    "noTradeWindows": [{"from": "09:30", "to": "09:45"}, {"from": "09:50", "to": "10:30", "weekdays": [4, 0]}],
    "noZeroDteAfter": "14:00",
}
NONE = dict.fromkeys(("maxLossTrade", "maxLossDay", "maxTradesDay", "noZeroDteAfter")) | {"noTradeWindows": []}


@pytest.fixture
def api(trader: User) -> APIClient:
    """Return the trader's client."""
    return client_of(trader)


def test_without_a_plan_there_are_no_limits(api: APIClient) -> None:
    told = sent(api, "get", PLAN)

    assert told == {"plan": NONE, "version": 0, "updatedAt": None, "loosened": [], "loosenedInSession": False}
    assert not TradingPlan.objects.exists()


def test_a_plan_is_told_as_it_was_written(api: APIClient) -> None:
    written = sent(api, "put", PLAN, STRICT)

    windows = [{"from": "09:30", "to": "09:45", "weekdays": [0, 1, 2, 3, 4]}]
    windows.append({"from": "09:50", "to": "10:30", "weekdays": [0, 4]})
    assert written["plan"] == {**STRICT, "noTradeWindows": windows}
    assert (written["version"], written["loosened"]) == (1, [])
    assert sent(api, "get", PLAN) == written


def test_what_is_left_out_is_no_limit_and_is_said_to_be_looser(api: APIClient) -> None:
    sent(api, "put", PLAN, STRICT)

    told = sent(api, "put", PLAN, {"maxLossDay": 501, "maxTradesDay": 3, "version": 1})

    assert told["plan"] == {**NONE, "maxLossDay": 501, "maxTradesDay": 3}
    assert sorted(told["loosened"]) == ["maxLossDay", "maxLossTrade", "noTradeWindows", "noZeroDteAfter"]
    assert told["loosenedInSession"] is True


def test_who_has_not_seen_the_newest_version_is_told(api: APIClient) -> None:
    sent(api, "put", PLAN, STRICT)

    refused = sent(api, "put", PLAN, {"version": 0}, status=409)

    assert refused["message"] == "Your plan has changed meanwhile: you saw version 0, it is now version 1"
    assert TradingPlan.objects.get().max_trades_day == 3


@pytest.mark.parametrize(
    ("member", "value", "where"),
    [
        ("maxLossTrade", 0, "maxLossTrade"),
        ("maxLossTrade", -1, "maxLossTrade"),
        ("maxLossDay", "500", "maxLossDay"),
        ("maxLossDay", 100_000_001, "maxLossDay"),
        ("maxTradesDay", 0, "maxTradesDay"),
        ("maxTradesDay", 1.5, "maxTradesDay"),
        ("maxTradesDay", 1001, "maxTradesDay"),
        ("noZeroDteAfter", "2 pm", "noZeroDteAfter"),
        ("noZeroDteAfter", "24:00", "noZeroDteAfter"),
        ("noTradeWindows", [{"from": "10:00", "to": "10:00"}], "noTradeWindows"),
        ("noTradeWindows", [{"to": "10:00"}], "noTradeWindows"),
        ("noTradeWindows", [{"from": "09:00", "to": "10:00", "weekdays": [7]}], "noTradeWindows"),
        ("noTradeWindows", [{"from": "09:00", "to": "10:00", "weekdays": []}], "noTradeWindows"),
        ("noTradeWindows", [{"from": "09:00", "to": "10:00"}] * 21, "noTradeWindows"),
        ("noTradeWindows", {"from": "09:00", "to": "10:00"}, "noTradeWindows"),
        ("noTradeWindows", None, "noTradeWindows"),
        ("version", -1, "version"),
    ],
)
def test_what_makes_no_plan_is_refused_by_name(api: APIClient, member: str, value: Any, where: str) -> None:
    told = sent(api, "put", PLAN, {**STRICT, member: value}, status=400)

    assert where in " ".join([told["message"], *told.get("issues", [])])
    assert not TradingPlan.objects.exists()


def test_the_day_against_the_plan(api: APIClient, trader: User, opens: Opener) -> None:
    sent(api, "put", PLAN, {**STRICT, "maxLossTrade": None})
    done = opens(("+1C5900", "10"))
    book.close(trader.pk, done.pk, Decimal(6), Act(at=TEN, now=TEN), fees=Decimal(1))

    told = sent(api, "get", TODAY)

    assert (told["marketDate"], told["result"], told["realized"], told["open"]) == ("2026-02-09", -401, -401, 0)
    assert (told["lossUsedPct"], told["lossLeft"], told["nearLoss"]) == (80.2, 99, True)
    assert (told["tradesOpened"], told["tradesLeft"], told["unknown"]) == (1, 2, [])
    assert told["closedWindow"] == {"from": "09:50", "to": "10:30", "weekdays": [0, 4]}
    (breach,) = told["breaches"]
    assert (breach["rule"], breach["severity"], breach["positionId"]) == ("no_trade_window", "breach", str(done.pk))
    assert breach["symbol"] == "SPX"


def test_the_day_without_a_plan(api: APIClient, opens: Opener) -> None:
    held = opens(("+1C5900", "10"))

    told = sent(api, "get", TODAY)

    for member in ("lossUsedPct", "lossLeft", "tradesLeft", "closedWindow"):
        assert told[member] is None, member
    assert (told["tradesOpened"], told["unknown"], told["breaches"]) == (1, [str(held.pk)], [])


def test_hindsight_is_null_until_the_evening(
    api: APIClient, trader: User, opens: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hindsight.history, "prev_close", lambda _symbol, _before: float("nan"))
    position = opens(("+1C5900", "10"))
    book.close(trader.pk, position.pk, Decimal(6), Act(at=TEN, now=TEN))
    assert sent(api, "get", HINDSIGHT, pk=position.pk) == {"hindsight": None}
    hindsight.look_back(TEN + timedelta(hours=8))

    told = sent(api, "get", HINDSIGHT, pk=position.pk)["hindsight"]

    assert (told["positionId"], told["complete"]) == (str(position.pk), False)
    actual, *others = told["outcomes"]
    assert (actual["policy"], actual["net"], actual["againstActual"], actual["why"]) == ("actual", -400, 0, None)
    assert [(each["policy"], each["net"], each["why"]) for each in others] == [
        ("advice", None, "no_advice"),
        ("entry_close", None, "no_prices"),
        ("bracket", None, "no_prices"),
        ("expiry", None, "not_expired"),
    ]


def test_hindsight_of_somebody_elses_position_looks_missing(api: APIClient, opens: Opener) -> None:
    hers = opens(("+1C5900", "10"), of=UserFactory.create().pk)

    for pk in (hers.pk, uuid4()):
        sent(api, "get", HINDSIGHT, pk=pk, status=404)
    sent(api, "get", HINDSIGHT, pk="no-id", status=400)
