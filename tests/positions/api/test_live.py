from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from market import feed, vendors
from market.clock import Standing
from positions import tracker
from positions.models import Advice, Position
from realtime.models import Event
from tests.contract.schemas import assert_response
from tests.detectors.conftest import client_of
from tests.factories.accounts import UserFactory
from tests.positions.api.test_positions import sent
from tests.positions.conftest import TEN, Opener
from tests.positions.market import QuotedMarket
from tests.positions.test_advisor import Cycles

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
LIVE, ADVICE, ACK, PORTFOLIO = (f"/api/positions/{rest}" for rest in ("live", "advice", "advice/{id}/ack", "portfolio"))


@pytest.fixture
def api(trader: User) -> APIClient:
    """Return the trader's client."""
    return client_of(trader)


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Iterator[QuotedMarket]:
    """Return a market in which SPX costs 5950."""
    made = QuotedMarket()
    made.share("SPX", 5950.0, TEN)
    monkeypatch.setattr(feed, "quotes", lambda symbols: {s: made.quotes[s] for s in symbols if s in made.quotes})
    with vendors.using(made):
        yield made


def live(api: APIClient) -> dict[str, Any]:
    answer = api.get(LIVE)
    assert_response(answer, LIVE)
    return sent(api, "get", LIVE)


@pytest.fixture
def advised(opens: Opener) -> Advice:
    """Return advice that the trader was told: a call that is 60 % up."""
    cycles = Cycles(opens(("+2C5900", "30")))
    cycles(60, 60)
    return Advice.objects.get()


def test_open_positions_are_valued_now(api: APIClient, market: QuotedMarket, opens: Opener) -> None:
    long, short = opens(("+2C5900", "30")), opens(("-1P5800", "40"))
    market.quote("+2C5900", 49.8, 50.2, at=TEN)
    market.quote("-1P5800", 19.9, 20.1, at=TEN)

    told = live(api)

    rows = {row["id"]: row for row in told["positions"]}
    assert (told["count"], told["timestamp"]) == (2, "2026-02-09T15:00:00Z")
    one = rows[str(long.id)]
    assert (one["currentPrice"], one["currentValue"], one["costBasis"], one["pnl"]) == (50, 10_000, 6_000, 4_000)
    assert (one["pnlPct"], one["maxLoss"], one["maxGain"], one["breakeven"]) == (66.67, 6_000, "unlimited", 5_930)
    other = rows[str(short.id)]
    assert (other["quantity"], other["pnl"], other["maxGain"], other["maxLoss"]) == (-1, 2_000, 4_000, 576_000)
    assert not one["stale"]


def test_nobody_else_is_told(market: QuotedMarket, opens: Opener) -> None:
    opens(("+2C5900", "30"))
    market.quote("+2C5900", 49.8, 50.2, at=TEN)

    assert live(client_of(UserFactory()))["positions"] == []


def test_without_quotes_the_last_good_numbers_are_told_as_such(
    api: APIClient, market: QuotedMarket, opens: Opener, now: Standing
) -> None:
    opens(("+2C5900", "30"))
    assert live(api)["positions"][0]["unavailable"] == ["currentPrice", "currentValue", "pnl", "pnlPct"]
    market.quote("+2C5900", 49.8, 50.2, at=TEN)
    now.forward(minutes=2)
    market.later(now.at)
    tracker.run(now.at)

    market.away.add("SPXW")
    now.forward(minutes=2)
    (row,) = live(api)["positions"]

    assert (row["pnl"], row["stale"], row["asOf"]) == (4_000, True, "2026-02-09T15:02:00Z")


def test_the_portfolio_is_the_sum_of_its_rows(api: APIClient, market: QuotedMarket, opens: Opener) -> None:
    opens(("+2C5900", "30"))
    opens(("-10C5900", "49"))
    market.quote("+2C5900", 89.8, 90.2, at=TEN)

    rows, told = live(api)["positions"], sent(api, "get", PORTFOLIO)

    assert told["count"] == 2
    assert told["totalPnl"] == sum(row["pnl"] for row in rows)
    assert told["totalCostBasis"] == sum(row["costBasis"] for row in rows)
    assert told["portfolioGreeks"]["delta"] == pytest.approx(sum(row["greeks"]["delta"] for row in rows), abs=0.02)
    assert told["dollarDelta"] == pytest.approx(5950 * told["portfolioGreeks"]["delta"], rel=1e-3)
    assert told["risk"]["maxLoss"] == "unlimited"
    assert told["riskAssessment"]["overall"] == "extreme"
    assert "1 position with unlimited loss" in told["riskAssessment"]["warnings"]
    assert [part["symbol"] for part in told["byUnderlying"]] == ["SPX"]
    assert [part["expiry"] for part in told["byExpiry"]] == ["2026-02-20"]
    still = [each for each in told["scenarios"] if each["spotPct"] == each["volatilityPoints"] == 0]
    assert {each["horizon"]: each["pnl"] for each in still}["today"] == 0
    # Eight calls short at a strike of 5900 for 90, the spot at 5950 down 1 %: worth nothing at the end.
    down = {"spotPct": -1, "volatilityPoints": 10, "horizon": "expiry", "pnl": 8 * 100 * 90}
    assert (down in told["scenarios"], told["scenariosLeftOut"]) == (True, 0)


def test_nothing_held_is_nothing(api: APIClient, market: QuotedMarket) -> None:
    told = sent(api, "get", PORTFOLIO)

    assert (told["count"], told["totalPnl"], told["totalPnlPct"]) == (0, 0, 0)
    assert (told["risk"]["maxLoss"], told["riskAssessment"]) == (0, {"overall": "low", "warnings": []})
    assert live(api) == {"positions": [], "count": 0, "timestamp": "2026-02-09T15:00:00Z"}


def test_advice_is_told_while_it_holds(api: APIClient, advised: Advice) -> None:
    answer = api.get(ADVICE)
    assert_response(answer, ADVICE)

    (row,) = sent(api, "get", ADVICE)["advice"]
    assert (row["positionId"], row["type"], row["urgency"]) == (str(advised.position_id), "take_profit", "medium")
    assert row["suggestedAction"]["action"] == "take_partial_profit"
    assert (row["rule"], row["state"], row["evidence"]["threshold"]) == ("profit", "active", 50)


def test_advice_may_be_asked_of_one_position(api: APIClient, advised: Advice) -> None:
    def of(**query: object) -> int:
        answer = api.get(ADVICE, query)
        assert answer.status_code == 200
        return answer.json()["count"]

    assert of(positionId=advised.position_id) == of(position_id=advised.position_id) == 1
    assert of(positionId=uuid4()) == 0
    assert of(positionId=uuid4(), position_id=advised.position_id) == 0
    refused = api.get(ADVICE, {"positionId": "not-a-uuid"})
    assert (refused.status_code, refused.json()["code"]) == (400, "VALIDATION_ERROR")
    assert client_of(UserFactory()).get(ADVICE, {"positionId": advised.position_id}).json()["advice"] == []


@pytest.mark.parametrize(
    ("answer", "state"), [("ack", "acknowledged"), ("snooze", "snoozed"), ("dismiss", "acknowledged")]
)
def test_an_answer_is_kept_and_told(api: APIClient, advised: Advice, answer: str, state: str) -> None:
    told = sent(api, "post", ACK, {"answer": answer}, pk=advised.id)["advice"]

    assert told["state"] == state
    advised.refresh_from_db()
    assert advised.answer == answer
    event = Event.objects.latest("id")
    assert (event.type, event.payload["reason"]) == ("position_advice_changed", answer)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "answer: This field is required"),
        ({"answer": "sell"}, 'answer: "sell" is not a valid choice'),
        ({"answer": "ack", "until": "2026-02-09T16:00:00Z"}, "until: Only a snooze has an end"),
        ({"answer": "snooze", "until": "2026-02-09T14:59:00Z"}, "until: Must lie in the future"),
        ({"answer": "snooze", "until": "later"}, "until: Datetime has wrong format"),
    ],
)
def test_what_is_no_answer_says_why(api: APIClient, advised: Advice, body: dict[str, Any], says: str) -> None:
    refused = sent(api, "post", ACK, body, pk=advised.id, status=400)

    assert says in " | ".join([refused["message"], *refused.get("issues", [])])
    advised.refresh_from_db()
    assert advised.answer in (None, "")


def test_advice_to_somebody_else_is_not_found(api: APIClient, advised: Advice, now: Standing) -> None:
    stranger = client_of(UserFactory())
    for pk in (advised.id, uuid4()):
        assert sent(stranger, "post", ACK, {"answer": "ack"}, pk=pk, status=404)["message"] == "There is no such advice"
    assert sent(api, "post", ACK, {"answer": "ack"}, pk="seven", status=400)["message"].endswith("expected a UUID")

    Position.objects.get().delete()
    assert sent(api, "post", ACK, {"answer": "ack"}, pk=advised.id, status=404)


def test_money_is_rounded_once_and_adds_up(api: APIClient, market: QuotedMarket, opens: Opener, now: Standing) -> None:
    market.share("AAPL", 123.4567, TEN)
    for quantity in (1, 3, 7):
        opens((f"+{quantity}S", "100.0049"), symbol="AAPL")

    rows, told = live(api)["positions"], sent(api, "get", PORTFOLIO)

    assert Decimal(str(told["totalPnl"])) == sum(Decimal(str(row["pnl"])) for row in rows)
    assert Decimal(str(told["totalValue"])) == sum(Decimal(str(row["currentValue"])) for row in rows)
    assert now.at - TEN == timedelta(0)
