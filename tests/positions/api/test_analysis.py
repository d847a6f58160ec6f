"""POST /api/positions/analyze: the cases of the specification, both forms, what is refused, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from market import feed, vendors
from market.clock import Standing
from market.errors import ProviderUnavailable, RateLimited
from options_engine.pure import black_scholes
from options_engine.pure.contracts import YEAR_S
from positions.models import Position
from tests.contract.schemas import assert_response
from tests.detectors.conftest import client_of
from tests.factories.accounts import MembershipFactory
from tests.market.fakes import bars
from tests.positions.api.test_positions import sent
from tests.positions.conftest import TEN, Opener
from tests.positions.market import QuotedMarket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
ANALYZE, ALIAS, LIVE = "/api/positions/analyze", "/api/options/analyze", "/api/positions/live"
CALL = {
    "symbol": "SPX", "type": "call", "strike": 5900, "expiry": "2026-02-20", "quantity": 2, "entryPrice": 30,
    "entryDate": "2026-02-06",
}  # fmt: skip
SPREAD = CALL | {"type": "call_spread", "strike2": 6000, "quantity": 5}
PUT = CALL | {"type": "put", "strike": 5800, "quantity": -1, "entryPrice": 40}
CONDOR = CALL | {"type": "iron_condor", "strikes": [5700, 5800, 6000, 6100], "quantity": 1, "entryPrice": 20}
STOCK = {"symbol": "SPY", "type": "stock", "quantity": 100, "entryPrice": 580, "entryDate": "2026-02-09"}


@pytest.fixture
def api(trader: User) -> APIClient:
    """Return the trader's client."""
    return client_of(trader)


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Iterator[QuotedMarket]:
    """Return a market in which SPX costs 5950 and SPY 590."""
    made = QuotedMarket()
    made.share("SPX", 5950.0, TEN)
    made.share("SPY", 590.0, TEN)
    monkeypatch.setattr(feed, "quotes", lambda symbols: {s: made.quotes[s] for s in symbols if s in made.quotes})
    with vendors.using(made):
        yield made


def analysed(api: APIClient, position: dict[str, Any], path: str = ANALYZE) -> dict[str, Any]:
    """Return the analysis of one position, held against the contract."""
    answer = api.post(path, {"position": position}, format="json")
    assert answer.status_code == 200, answer.content
    if path == ANALYZE:
        assert_response(answer, ANALYZE, "post")
    return sent(api, "post", path, {"position": position})


def refused(api: APIClient, body: Any) -> dict[str, Any]:
    answer = api.post(ANALYZE, body, format="json")
    assert answer.status_code == 400, answer.content
    return assert_response(answer, ANALYZE, "post")


class TestThePinnedCases:
    """Section 2 of the specification, with its corrections."""

    def test_a_bought_call(self, api: APIClient, market: QuotedMarket) -> None:
        market.share("SPX", 5930.0, TEN)
        market.quote("+1C5900", 49.8, 50.2, at=TEN)

        told = analysed(api, CALL)

        assert (told["costBasis"], told["currentValue"], told["pnl"], told["pnlPct"]) == (6_000, 10_000, 4_000, 66.67)
        assert (told["maxLoss"], told["maxGain"], told["breakeven"]) == (6_000, "unlimited", 5_930)
        assert (told["breakevens"], told["pnlPctOfMaxRisk"], told["priceSource"]) == ([5_930], 66.67, "quote")
        assert (told["daysHeld"], told["daysToExpiry"], told["stale"]) == (3, 11, False)
        assert 0 < told["greeks"]["delta"] < 200
        assert "unavailable" not in told

    def test_a_call_that_lost(self, api: APIClient, market: QuotedMarket) -> None:
        market.quote("+1C5900", 19.9, 20.1, at=TEN)

        told = analysed(api, CALL | {"quantity": 1, "entryPrice": 50})

        assert (told["pnl"], told["pnlPct"]) == (-3_000, -60)

    def test_a_sold_put(self, api: APIClient, market: QuotedMarket) -> None:
        market.quote("+1P5800", 19.9, 20.1, at=TEN)

        told = analysed(api, PUT)

        assert (told["pnl"], told["maxGain"], told["maxLoss"]) == (2_000, 4_000, 576_000)
        assert (told["currentValue"], told["marketValue"], told["breakeven"]) == (2_000, -2_000, 5_760)
        assert told["greeks"]["delta"] > 0

    def test_a_debit_spread(self, api: APIClient, market: QuotedMarket) -> None:
        told = analysed(api, SPREAD)
        one = analysed(api, SPREAD | {"quantity": 1, "entryPrice": 25})

        assert (told["maxGain"], told["maxLoss"], told["breakeven"]) == (35_000, 15_000, 5_930)
        assert one["riskRewardRatio"] == 3

    def test_a_credit_spread(self, api: APIClient, market: QuotedMarket) -> None:
        told = analysed(api, SPREAD | {"quantity": -5})

        assert (told["maxGain"], told["maxLoss"], told["breakeven"]) == (15_000, 35_000, 5_930)

    def test_a_spread_is_worth_what_both_of_its_legs_are(
        self, api: APIClient, market: QuotedMarket, now: Standing
    ) -> None:
        expiry = date(2026, 2, 9) + timedelta(days=45)
        years = (datetime(2026, 3, 26, 20, tzinfo=TEN.tzinfo) - TEN).total_seconds() / YEAR_S
        worth = 0.0
        for side, strike in ((1, 5900.0), (-1, 6000.0)):
            price = float(black_scholes.price(5950.0, strike, years, 0.15, True, rate=0.045, dividend=0.014))
            worth += side * price
            name = market.quote(f"+1C{strike:.0f}", price - 0.1, price + 0.1, at=TEN)
            market.told[name.replace("260220", f"{expiry:%y%m%d}")] = market.told.pop(name)
        market.told = {name: _named(mark, name) for name, mark in market.told.items()}

        told = analysed(api, SPREAD | {"quantity": 1, "entryPrice": 50, "expiry": expiry.isoformat()})

        assert worth == pytest.approx(51.56, abs=0.05)
        assert told["currentValue"] == pytest.approx(100 * worth, abs=0.02)
        assert told["pnlPct"] == pytest.approx(3.12, abs=0.1)

    def test_a_condor_can_lose_its_wider_wing(self, api: APIClient, market: QuotedMarket) -> None:
        for text, price in (("+1P5700", 4.0), ("+1P5800", 10.0), ("+1C6000", 11.0), ("+1C6100", 3.0)):
            market.quote(text, price - 0.1, price + 0.1, at=TEN)

        told = analysed(api, CONDOR)

        assert (told["maxGain"], told["maxLoss"], told["breakevens"]) == (2_000, 8_000, [5_780, 6_020])
        assert (told["currentValue"], told["pnl"]) == (1_400, 600)
        assert 0 < told["probabilityOfProfit"] < 1

    def test_shares_follow_their_price(self, api: APIClient, market: QuotedMarket) -> None:
        told = analysed(api, STOCK)

        assert (told["costBasis"], told["pnl"], told["daysToExpiry"]) == (58_000, 1_000, 0)
        assert (told["maxGain"], told["maxLoss"], told["greeks"]["delta"]) == ("unlimited", 58_000, 100)
        short = analysed(api, STOCK | {"quantity": -100})
        assert (short["pnl"], short["maxGain"], short["maxLoss"]) == (-1_000, 58_000, "unlimited")

    def test_without_a_quote_nothing_is_made_up(self, api: APIClient, market: QuotedMarket) -> None:
        told = analysed(api, CALL)

        assert (told["currentValue"], told["pnl"], told["stale"], told["priceSource"]) == (0, 0, True, "none")
        assert set(told["unavailable"]) == {"currentPrice", "currentValue", "pnl", "pnlPct", "greeks"}
        assert (told["costBasis"], told["maxLoss"], told["breakeven"]) == (6_000, 6_000, 5_930)
        assert "SPXW260220C05900000 is not listed: the market knows no such contract." in told["warnings"]


def _named(mark: Any, name: str) -> Any:
    return type(mark)(**{**{each: getattr(mark, each) for each in mark.__dataclass_fields__}, "ticker": name})


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("+2C5900@30", CALL),
        ("-1P5800@40", PUT),
        ("+5C5900@30 -5C6000@0", SPREAD),
        ("+1P5700@0 -1P5800@20 -1C6000@0 +1C6100@0", CONDOR),
    ],
)
def test_it_says_what_the_tracker_says_of_the_same_position_held(
    api: APIClient, market: QuotedMarket, opens: Opener, text: str, form: dict[str, Any]
) -> None:
    for name, price in (("5700", 4.0), ("5800", 10.0)):
        market.quote(f"+1P{name}", price - 0.1, price + 0.1, at=TEN)
    for name, price in (("5900", 80.0), ("6000", 21.0), ("6100", 3.0)):
        market.quote(f"+1C{name}", price - 0.1, price + 0.1, at=TEN)
    opens(*(tuple(each.split("@")) for each in text.split()))

    (held,), told = api.get(LIVE).json()["positions"], analysed(api, form | {"entryDate": "2026-02-09"})

    same = set(held) & set(told)
    assert {"pnl", "currentValue", "greeks", "maxLoss", "maxGain", "breakevens", "probabilityOfProfit"} <= same
    assert {name: told[name] for name in same - {"legs"}} == {name: held[name] for name in same - {"legs"}}
    assert [leg["mark"] for leg in told["legs"]] == [leg["mark"] for leg in held["legs"]]


def test_legs_make_the_structure_that_they_are(api: APIClient, market: QuotedMarket) -> None:
    legs = [
        {"kind": "call", "quantity": 2, "strike": 5900, "expiry": "2026-02-20", "price": 60, "fees": 1.3},
        {"kind": "call", "quantity": -2, "strike": 6000, "expiry": "2026-02-20", "price": 20},
    ]
    market.quote("+1C5900", 79.9, 80.1, at=TEN)
    market.quote("+1C6000", 20.9, 21.1, at=TEN)

    told = analysed(api, {"symbol": "SPX", "entryDate": "2026-02-09", "legs": legs})

    assert (told["position"]["type"], told["position"]["quantity"], told["position"]["entryPrice"]) == (
        "call_spread", 2, 40,
    )  # fmt: skip
    assert (told["costBasis"], told["pnl"], told["fees"], told["netPnl"]) == (8_000, 3_800, 1.3, 3_798.7)
    assert (told["maxGain"], told["maxLoss"]) == (12_000, 8_000)


def test_the_same_contract_twice_is_one_leg(api: APIClient, market: QuotedMarket) -> None:
    leg = {"kind": "call", "quantity": 1, "strike": 5900, "expiry": "2026-02-20", "price": 30}

    told = analysed(api, {"symbol": "SPX", "entryDate": "2026-02-09", "legs": [leg, leg | {"price": 40}]})

    assert [(each["quantity"], each["averagePrice"]) for each in told["legs"]] == [(2, 35)]


def test_a_calendar_is_drawn_with_what_lives_on_by_our_model(api: APIClient, market: QuotedMarket) -> None:
    near = market.quote("+1C6000", 20.9, 21.1, at=TEN)
    far = near.replace("260220", "260320")
    market.told[far] = _named(market.told[near], far)
    market.told[far] = type(market.told[far])(
        **{
            **{name: getattr(market.told[far], name) for name in market.told[far].__dataclass_fields__},
            "bid": 69.9,
            "ask": 70.1,
        }
    )
    legs = [
        {"kind": "call", "quantity": -1, "strike": 6000, "expiry": "2026-02-20", "price": 21},
        {"kind": "call", "quantity": 1, "strike": 6000, "expiry": "2026-03-20", "price": 70},
    ]

    told = analysed(api, {"symbol": "SPX", "entryDate": "2026-02-09", "legs": legs})

    assert told["limitsByModel"] is True
    best = max(told["payoff"], key=lambda point: point["atExpiry"])
    assert best["price"] == pytest.approx(6_000, abs=60)
    assert best["atExpiry"] == pytest.approx(told["maxGain"], rel=0.03)


def test_todays_curve_passes_through_what_it_is_worth_now(api: APIClient, market: QuotedMarket) -> None:
    market.quote("+1C5900", 79.9, 80.1, at=TEN)
    market.quote("+1C6000", 20.9, 21.1, at=TEN)

    told = analysed(api, SPREAD)

    at = {point["price"]: point for point in told["payoff"]}
    assert at[5950]["today"] == pytest.approx(told["pnl"], abs=0.001 * told["currentValue"])
    assert (at[5900]["atExpiry"], at[6000]["atExpiry"], at[5930]["atExpiry"]) == (-15_000, 35_000, 0)
    assert min(point["atExpiry"] for point in told["payoff"]) == -told["maxLoss"]
    assert max(point["atExpiry"] for point in told["payoff"]) == told["maxGain"]


class TestAPriceThatIsTold:
    def test_counts_where_the_market_tells_none(self, api: APIClient, market: QuotedMarket) -> None:
        told = analysed(api, CALL | {"currentPrice": 45})

        assert (told["currentPrice"], told["currentValue"], told["pnl"]) == (45, 9_000, 3_000)
        assert (told["priceSource"], told["unavailable"]) == ("client", ["greeks"])
        assert "The market tells no price; it is valued at the one that you told." in told["warnings"]

    def test_counts_for_nothing_where_the_market_tells_one(self, api: APIClient, market: QuotedMarket) -> None:
        market.quote("+1C5900", 49.8, 50.2, at=TEN)

        told = analysed(api, CALL | {"currentPrice": 45})

        assert (told["currentPrice"], told["priceSource"]) == (50, "quote")

    def test_of_what_was_sold_is_a_price_to_pay(self, api: APIClient, market: QuotedMarket) -> None:
        told = analysed(api, PUT | {"currentPrice": 15})

        assert (told["marketValue"], told["pnl"]) == (-1_500, 2_500)


class TestAStructureWhoseContractsAreNotTold:
    """The existing form sends at most two strikes."""

    def test_a_condor_of_two_strikes_can_win_its_credit(self, api: APIClient, market: QuotedMarket) -> None:
        told = analysed(api, CONDOR | {"strikes": None, "strike": 5800, "strike2": 6000} | {"strikes": [5800, 6000]})

        assert (told["maxGain"], told["maxLoss"], told["breakeven"]) == (2_000, "varies by strikes", None)
        assert (told["costBasis"], told["daysToExpiry"], told["priceSource"]) == (2_000, 11, "none")

    def test_a_spread_of_one_strike_has_unknown_limits(self, api: APIClient, market: QuotedMarket) -> None:
        told = analysed(api, SPREAD | {"strike2": None})

        assert (told["maxGain"], told["maxLoss"], told["costBasis"]) == ("unknown", "unknown", 15_000)
        assert "greeks" in told["unavailable"]

    def test_a_told_price_values_it(self, api: APIClient, market: QuotedMarket) -> None:
        told = analysed(api, SPREAD | {"strike2": None, "currentPrice": 35})

        assert (told["currentPrice"], told["currentValue"], told["pnl"]) == (35, 17_500, 2_500)

    def test_a_single_option_ignores_the_second_box(self, api: APIClient, market: QuotedMarket) -> None:
        assert analysed(api, CALL | {"strike2": 6000})["maxLoss"] == 6_000


class TestWhatIsRefused:
    @pytest.mark.parametrize("lacking", ["strike", "expiry"])
    def test_an_option_without_strike_or_expiry_in_both_forms(
        self, api: APIClient, market: QuotedMarket, lacking: str
    ) -> None:
        bad = {name: value for name, value in CALL.items() if name != lacking}

        one, more = refused(api, {"position": bad}), refused(api, {"positions": [CALL, bad]})

        assert (one["error"], more["error"]) == ("Invalid position", "Invalid position")
        assert f"positions.1 has no {lacking}" in more["message"]

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"entryDate": "2026-02-21"}, "Must not lie before the entry"),
            ({"quantity": 0}, "Must not be 0"),
            ({"quantity": 100_001}, "at most 100000"),
            ({"entryPrice": 0}, "greater than 0"),
            ({"entryPrice": 0.00001}, "greater than 0"),
            ({"entryPrice": True}, "Expected a number"),
            ({"type": "other"}, "not a valid choice"),
            ({"symbol": "S P X"}, "symbol"),
            ({"root": "SPY"}, "root: expected SPX or SPXW"),
            ({"type": "call_spread", "strike2": 5900}, "different strikes"),
            ({"strike": 5900.12345}, "no name of an option contract"),
            ({"expiry": "2126-02-20"}, "no name of an option contract"),
            ({"legs": []}, "legs"),
        ],
    )
    def test_what_makes_no_sense(self, api: APIClient, market: QuotedMarket, change: dict[str, Any], said: str) -> None:
        told = refused(api, {"position": CALL | change})

        assert told["error"] == "VALIDATION_ERROR"
        assert said in " | ".join([told["message"], *told["details"]["issues"]])

    def test_both_forms_at_once_or_neither_or_too_many(self, api: APIClient, market: QuotedMarket) -> None:
        for body in ({}, {"position": CALL, "positions": [CALL]}, {"positions": []}, {"positions": [CALL] * 101}):
            assert refused(api, body)["error"] == "VALIDATION_ERROR"

    def test_legs_that_leave_nothing_open(self, api: APIClient, market: QuotedMarket) -> None:
        leg = {"kind": "call", "quantity": 1, "strike": 5900, "expiry": "2026-02-20", "price": 30}
        told = refused(
            api, {"position": {"symbol": "SPX", "entryDate": "2026-02-09", "legs": [leg, leg | {"quantity": -1}]}}
        )

        assert "nothing stays open" in told["message"]

    @pytest.mark.parametrize(
        "problem", [ProviderUnavailable(provider="fake", reason="x"), RateLimited(provider="fake", retry_after=9.0)]
    )
    def test_a_vendor_that_is_away_is_a_503_unless_a_price_is_told(
        self, api: APIClient, market: QuotedMarket, problem: Exception
    ) -> None:
        def fails(*_: object, **__: object) -> None:
            raise problem

        market.contract_marks = fails  # type: ignore[method-assign,assignment]

        answer = api.post(ANALYZE, {"position": CALL}, format="json")

        assert answer.status_code == 503
        told = assert_response(answer, ANALYZE, "post")
        assert (told["error"], told["retryAfter"]) == ("Data provider error", 30)
        assert analysed(api, CALL | {"currentPrice": 45})["pnl"] == 3_000
        both = api.post(ANALYZE, {"positions": [CALL, STOCK]}, format="json")
        assert [each["stale"] for each in both.json()["positions"]] == [True, False]


def test_several_are_valued_with_one_question_and_summed(api: APIClient, market: QuotedMarket) -> None:
    market.quote("+1C5900", 79.9, 80.1, at=TEN)
    market.quote("+1C6000", 20.9, 21.1, at=TEN)
    market.quote("+1P5800", 19.9, 20.1, at=TEN)

    answer = api.post(ANALYZE, {"positions": [CALL, SPREAD, PUT, STOCK]}, format="json")
    told = assert_response(answer, ANALYZE, "post")

    assert market.asked == [3]
    rows, whole = told["positions"], told["portfolio"]
    assert [row["pnl"] for row in rows] == [10_000, 14_500, 2_000, 1_000]
    assert (whole["totalPnl"], whole["totalCostBasis"]) == (27_500, 6_000 + 15_000 + 4_000 + 58_000)
    assert (whole["risk"]["maxLoss"], whole["risk"]["maxGain"]) == (6_000 + 15_000 + 576_000 + 58_000, "unlimited")
    assert whole["riskAssessment"]["overall"] in ("high", "extreme")
    assert all("payoff" not in row for row in rows)


def test_a_hundred_positions_are_one_question(api: APIClient, market: QuotedMarket) -> None:
    body = {"positions": [CALL | {"strike": 5500 + 5 * step} for step in range(100)]}

    assert len(sent(api, "post", ANALYZE, body)["positions"]) == 100
    assert market.asked == [100]


def test_shares_that_no_feed_follows_are_asked_for(api: APIClient, market: QuotedMarket) -> None:
    market.minutes["KO"] = bars(TEN - timedelta(minutes=5), [70.0, 70.5, 71.0])

    told = analysed(api, STOCK | {"symbol": "KO", "entryPrice": 70})

    assert (told["currentPrice"], told["pnl"], told["priceSource"]) == (71, 100, "last_trade")


def test_what_has_expired_says_so(api: APIClient, market: QuotedMarket) -> None:
    told = analysed(api, CALL | {"entryDate": "2026-01-05", "expiry": "2026-01-16"})

    assert (told["daysToExpiry"], told["daysHeld"], told["currentValue"]) == (0, 35, 0)
    assert told["warnings"][-1] == "It expired on 2026-01-16: only its settlement says what it was worth."


def test_days_are_new_yorks(api: APIClient, market: QuotedMarket, now: Standing) -> None:
    found = []
    for hour in (4, 6):  # of Tuesday in UTC; in New York 23:00 on Monday, and 1:00 on Tuesday
        now.move_to(TEN.replace(day=10, hour=hour))
        told = analysed(api, CALL | {"entryDate": "2026-02-09"})
        found.append((told["daysHeld"], told["daysToExpiry"]))

    assert found == [(0, 11), (1, 10)]


def test_nothing_is_stored_and_the_alias_answers_alike(api: APIClient, market: QuotedMarket) -> None:
    market.quote("+1C5900", 49.8, 50.2, at=TEN)

    assert analysed(api, CALL) == analysed(api, CALL, ALIAS)
    assert not Position.objects.exists()


def test_each_call_costs_one_query_however_many_positions(api: APIClient, trader: User, market: QuotedMarket) -> None:
    plan = MembershipFactory.create(user=trader, tier="lite", query_count=98)

    first = api.post(ANALYZE, {"positions": [CALL, PUT, STOCK]}, format="json")
    second = api.post(ALIAS, {"position": STOCK}, format="json")
    third = api.post(ANALYZE, {"position": STOCK}, format="json")

    assert [first.status_code, second.status_code, third.status_code] == [200, 200, 429]
    assert third.json()["error"] == "Query limit exceeded"
    plan.refresh_from_db()
    assert plan.query_count == 100


def test_forms_send_floats_with_noise(api: APIClient, market: QuotedMarket) -> None:
    assert analysed(api, CALL | {"entryPrice": 0.1 + 0.2})["costBasis"] == 60
