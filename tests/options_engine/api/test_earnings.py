from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import User
from config.redis import client, key
from market import calendar as trading_days
from market import clock, vendors, watchlists
from market.clock import Standing
from market.errors import ProviderUnavailable, RateLimited
from market.vendors.protocol import SymbolInfo
from options_engine import readings
from options_engine.models import EarningsEvent, EarningsReaction
from options_engine.pure import crush_grid
from options_engine.pure.event_variance import AtTheMoney
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.options_engine import VolatilityDayFactory
from tests.options_engine import earnings_market, made_up
from tests.options_engine.earnings_market import EXAMPLE, NEAR, REPORT, SHARE, TONIGHT, EarningsVendor, reports_on

pytestmark = pytest.mark.django_db
AWAY = ProviderUnavailable(provider="fake", reason="no answer")


@pytest.fixture
def vendor() -> Iterator[EarningsVendor]:
    made = earnings_market.vendor()
    with vendors.using(made):
        yield made


@pytest.fixture
def european(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Read the share's options as the specification's example values them: exercised at expiry only."""
    monkeypatch.setattr(readings, "INDEXES", readings.INDEXES | {SHARE})
    readings._read.clear()
    yield
    readings._read.clear()


@pytest.fixture(autouse=True)
def now() -> Iterator[Standing]:
    with clock.standing(TONIGHT) as hand:
        yield hand


@pytest.fixture
def user() -> User:
    return UserFactory.create()


@pytest.fixture
def api(vendor: EarningsVendor, user: User) -> APIClient:
    return client_of(user)


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(user)}")
    return client


def get(api: APIClient, path: str, status: int = 200) -> dict:
    answer = api.get(f"/api/earnings/{path}")
    assert answer.status_code == status, answer.content
    return answer.json()


@pytest.mark.usefixtures("european")
def test_the_worked_example_of_the_specification(api: APIClient) -> None:
    body = get(api, "acme/analysis")

    assert (body["symbol"], body["earningsDate"], body["daysUntil"]) == (SHARE, "2026-02-12", 0)
    assert body["expectedMove"] == {"points": 12.73, "pct": 5.79, "basis": "event"}
    assert body["currentIV"] == 62.0
    assert body["eventMove"] == {"std": 6.22, "expectedAbs": 4.97, "baseIV": 31.87, "reason": None}
    assert [row["actualMove"] for row in body["historicalMoves"]] == list(earnings_market.MOVES)
    assert {row["direction"] for row in body["historicalMoves"]} == {"up"}
    assert (body["avgHistoricalMove"], body["historyStats"]["median"]) == (4.85, 5.0)
    assert (body["moveOverpricing"], body["eventOverpricing"]) == (19.32, 2.4)
    assert body["straddlePricing"]["assessment"] == body["straddlePricing"]["eventAssessment"] == "fair"
    assert body["straddlePricing"]["referenceExpiry"] == NEAR.isoformat()
    assert (body["projectedIVCrushPct"], body["crushMethod"]) == (48.6, "event_variance")
    # Eight ups of eight are a bias; the event's own move is fairly priced, so that nothing else is suggested.
    assert [card["name"] for card in body["suggestedStrategies"]] == ["Bull Call Spread"]


def test_expected_moves_that_nobody_kept_are_0_and_named(api: APIClient) -> None:
    body = get(api, "acme/analysis")

    assert {row["expectedMove"] for row in body["historicalMoves"]} == {0}
    assert {tuple(row["unavailable"]) for row in body["historicalMoves"]} == {("expectedMove",)}
    assert body["unavailable"] == ["historicalMoves.expectedMove"]
    assert body["preEarningsIVRank"] is None


def test_the_rank_is_that_of_the_kept_days(api: APIClient) -> None:
    days = trading_days.sessions_before(TONIGHT.date(), 62)
    for at, session in enumerate(days):
        VolatilityDayFactory.create(symbol=SHARE, session_date=session.date, iv30=0.20 + 0.001 * at)

    # The newest is above all before it.
    assert get(api, "acme/analysis")["preEarningsIVRank"] == 100.0


@pytest.mark.usefixtures("european")
def test_the_straddle_after_the_report_is_priced_anew_at_the_next_open(api: APIClient) -> None:
    body = get(api, "acme/iv-crush")

    opens, ends = (trading_days.session(day) for day in (date(2026, 2, 13), NEAR))
    years = (ends.close_at - opens.open_at).total_seconds() / 86_400 / 365
    money = AtTheMoney(220.0, 220.0, 0.62, 5 / 365, 0.045)
    assert (body["ivDrop"], body["ivDropPct"]) == (30.13, 48.6)
    assert body["estimatedPostEventIV"] == round(100 * EXAMPLE.base_sigma, 2) == 31.87
    assert body["repricedAt"] == "2026-02-13T14:30:00Z"
    assert body["estimatedPostEventStraddle"] == pytest.approx(money.straddle(EXAMPLE.base_sigma, years), abs=0.002)
    assert body["straddleLoss"] == pytest.approx(12.7315 - body["estimatedPostEventStraddle"], abs=0.001)
    # With the four days that the specification gives it: 5.85, where a share of today's price would be 6.54.
    assert crush_grid.straddle(money, [0.48604], [0.0], 4 / 365)[0, 0] == pytest.approx(5.854, abs=0.001)


def test_the_curve_answers_every_crush_and_a_move_of_the_share(api: APIClient) -> None:
    still, moved = get(api, "acme/iv-crush?crushPct=40"), get(api, "acme/iv-crush?crushPct=40&spotMovePct=4")

    assert [point["crushPct"] for point in still["curve"]] == list(range(0, 91, 5))
    assert still["estimatedPostEventStraddle"] == still["curve"][8]["straddle"]
    assert still["crushMethod"] == "given"
    assert (still["breakevenCrushPct"], still["breakevenReason"]) == (None, "never_wins")
    assert get(api, "acme/iv-crush?spotMovePct=8")["breakevenReason"] == "never_loses"
    assert moved["estimatedPostEventStraddle"] > still["estimatedPostEventStraddle"]
    assert moved["breakevenReason"] is None
    at_breakeven = get(api, f"acme/iv-crush?crushPct={moved['breakevenCrushPct']}&spotMovePct=4")
    assert at_breakeven["straddleLoss"] == pytest.approx(0.0, abs=0.002)
    values = [point["straddle"] for point in moved["curve"]]
    assert values == sorted(values, reverse=True)


def test_a_repeated_call_within_four_hours_asks_for_neither_dates_nor_history(
    api: APIClient, vendor: EarningsVendor, now: Standing
) -> None:
    get(api, "acme/analysis")
    assert vendor.calls.total() <= 12
    asked = {name: vendor.calls[name] for name in ("earnings_calendar", "earnings_history ACME", "daily_bars ACME")}

    now.forward(minutes=180)
    again = get(api, "acme/analysis")

    assert asked == {"earnings_calendar": 1, "earnings_history ACME": 1, "daily_bars ACME": 1}
    assert {name: vendor.calls[name] for name in asked} == asked
    assert len(again["historicalMoves"]) == 8


def test_the_calendar_of_a_list_is_pinned_as_the_contract_has_it(api: APIClient, vendor: EarningsVendor) -> None:
    vendor.coming += [reports_on("AAPL", date(2026, 2, 20)), reports_on("NVDA", date(2026, 2, 20), None)]

    body = get(api, "calendar?watchlist=nvda,aapl&days=10")
    again = get(api, "calendar?watchlist=nvda&watchlist=aapl&days=10")

    assert (body["watchlist"], body["daysAhead"], body["count"]) == (["NVDA", "AAPL"], 10, 2)
    assert [(row["symbol"], row["time"], row["timeKnown"]) for row in body["events"]] == [
        ("AAPL", "AMC", True),
        ("NVDA", "DURING", False),
    ]
    assert body["events"] == again["events"]
    assert {(row["confirmed"], row["status"], row["source"]) for row in body["events"]} == {
        (False, "estimated", "fake")
    }
    assert (body["degraded"], body["sources"][0]["trouble"]) == (False, None)


@pytest.mark.parametrize(("days", "count"), [(7, 0), (8, 1), (60, 2)])
def test_the_window_includes_its_last_day_and_the_order_of_questions_does_not_matter(
    api: APIClient, vendor: EarningsVendor, days: int, count: int
) -> None:
    vendor.coming = [reports_on(SHARE, date(2026, 2, 20)), reports_on(SHARE, REPORT + timedelta(days=60))]
    get(api, "calendar?watchlist=ACME&days=3")

    assert get(api, f"calendar?watchlist=ACME&days={days}")["count"] == count
    assert vendor.calls["earnings_calendar"] == 1


def test_a_report_today_is_still_today_in_the_evening_of_new_york(api: APIClient, now: Standing) -> None:
    now.forward(minutes=210)  # 00:30 in London

    body = get(api, "calendar?watchlist=ACME")

    assert [(row["date"], row["daysUntil"]) for row in body["events"]] == [("2026-02-12", 0)]


def test_without_a_list_the_callers_own_is_looked_up_and_nobody_elses(
    api: APIClient, vendor: EarningsVendor, user: User
) -> None:
    stranger = UserFactory.create()
    for owner, symbol in ((user, "ACME"), (stranger, "NVDA")):
        watchlists.change(owner, watchlists.default_list(owner).pk, symbols=[symbol])
    vendor.coming.append(reports_on("NVDA", REPORT))
    vendor.known["NVDA"] = SymbolInfo("NVDA", "NVIDIA", "stock")

    mine = get(api, f"calendar?user={stranger.pk}&user_id={stranger.pk}&owner={stranger.username}")
    theirs = get(client_of(stranger), "calendar")

    assert (mine["watchlist"], [row["symbol"] for row in mine["events"]]) == (["ACME"], ["ACME"])
    assert (theirs["watchlist"], [row["symbol"] for row in theirs["events"]]) == (["NVDA"], ["NVDA"])


@pytest.mark.parametrize(
    "path",
    [
        "calendar?days=0",
        "calendar?days=61",
        "calendar?watchlist=AAPL$",
        f"calendar?watchlist={','.join(f'S{n}' for n in range(26))}",
        "aapl$/analysis",
        "acme/iv-crush?crushPct=91",
        "acme/iv-crush?spotMovePct=16",
        "acme/iv-crush?eventDate=2026-02-11",
        "acme/history?limit=21",
    ],
)
def test_what_cannot_be_is_refused_before_any_work(api: APIClient, vendor: EarningsVendor, path: str) -> None:
    assert get(api, path, 400)["error"] == "VALIDATION_ERROR"
    assert vendor.calls.total() == 0


def test_whoever_is_not_signed_in_is_refused(vendor: EarningsVendor) -> None:
    for path in ("calendar", "acme/analysis", "acme/iv-crush", "acme/history"):
        assert APIClient().get(f"/api/earnings/{path}").status_code == 401
    assert vendor.calls.total() == 0


def test_a_fund_reports_nothing_and_gets_no_structure_for_it(api: APIClient, vendor: EarningsVendor) -> None:
    vendor.chains["SPY"] = made_up.chain("SPY", TONIGHT)
    vendor.coming.append(reports_on("SPY", REPORT))

    body = get(api, "SPY/analysis")
    calendar = get(api, "calendar?watchlist=SPY,SPX,ACME")

    assert (body["earningsDate"], body["reason"]) == (None, "not_a_reporting_issuer")
    assert body["expectedMove"]["basis"] == "nearest_expiry"
    assert body["projectedIVCrushPct"] is None
    assert [card["setup"]["type"] for card in body["suggestedStrategies"]] == ["wait_for_confirmation"]
    assert (calendar["watchlist"], calendar["notReporting"]) == (["SPY", "SPX", "ACME"], ["SPY", "SPX"])
    assert [row["symbol"] for row in calendar["events"]] == ["ACME"]


def test_a_report_that_nobody_knows_leaves_the_nearest_expiry(api: APIClient, vendor: EarningsVendor) -> None:
    vendor.coming = []

    body = get(api, "acme/analysis")

    assert (body["earningsDate"], body["daysUntil"], body["reason"]) == (None, None, "no_date_known")
    assert body["expectedMove"]["basis"] == "nearest_expiry"
    assert [card["name"] for card in body["suggestedStrategies"]] == ["Wait for Post-Earnings Setup"]


def test_the_next_report_is_found_75_days_ahead_and_not_shown_in_the_calendar(
    api: APIClient, vendor: EarningsVendor
) -> None:
    vendor.coming = [reports_on(SHARE, REPORT + timedelta(days=75))]

    assert get(api, "calendar?watchlist=ACME&days=60")["events"] == []
    assert get(api, "acme/analysis", 503)["reason"] == "no_options"  # nothing listed lives that long
    assert EarningsEvent.objects.get(date__gte=REPORT).date == REPORT + timedelta(days=75)


@pytest.mark.parametrize("symbol", ["ACME", "GHOST"])
def test_no_options_are_a_503_that_says_so(api: APIClient, vendor: EarningsVendor, symbol: str) -> None:
    vendor.chains.clear()

    body = get(api, f"{symbol}/analysis", 503)

    assert (body["error"], body["retryAfter"], body["reason"]) == ("Data unavailable", 30, "no_options")
    assert isinstance(body["message"], str)


@pytest.mark.parametrize("trouble", [AWAY, RateLimited(provider="fake", retry_after=9.0)])
def test_a_vendor_that_is_away_is_a_503_and_the_calendar_stays(
    api: APIClient, vendor: EarningsVendor, trouble: Exception
) -> None:
    get(api, "calendar?watchlist=ACME")
    vendor.failing["option_chain ACME"] = trouble

    body = get(api, "acme/analysis", 503)

    assert (body["error"], body["retryAfter"], body["reason"]) == ("Data unavailable", 30, "provider")
    assert body["message"] == str(trouble)
    assert get(api, "acme/iv-crush", 503)["error"] == "Data provider error"
    assert get(api, "calendar?watchlist=ACME")["count"] == 1


def test_an_outage_is_no_empty_calendar(api: APIClient, vendor: EarningsVendor, now: Standing) -> None:
    vendor.failing["earnings_calendar"] = AWAY
    nothing = get(api, "calendar?watchlist=ACME", 503)
    del vendor.failing["earnings_calendar"]
    now.forward(minutes=20)
    get(api, "calendar?watchlist=ACME")
    vendor.failing["earnings_calendar"] = AWAY
    now.forward(minutes=24 * 60)

    stored = get(api, "calendar?watchlist=ACME&days=1")

    assert (nothing["error"], nothing["retryAfter"]) == ("Data provider error", 30)
    assert (stored["degraded"], stored["sources"][0]["trouble"]) == (True, str(AWAY))
    assert stored["sources"][0]["ageMinutes"] == 24 * 60
    assert EarningsEvent.objects.filter(symbol=SHARE, date__gte=REPORT).count() == 1


def test_history_that_cannot_be_measured_anew_is_shown_with_its_age(
    api: APIClient, vendor: EarningsVendor, now: Standing
) -> None:
    get(api, "acme/history")
    EarningsReaction.objects.filter(date__lt=date(2025, 8, 1)).delete()
    vendor.failing["daily_bars ACME"] = AWAY
    now.forward(minutes=24 * 60)

    body = get(api, "acme/history")

    assert (body["degraded"], body["trouble"], body["count"]) == (True, str(AWAY), 2)
    assert body["measuredAt"] == "2026-02-12T21:00:00Z"
    EarningsReaction.objects.all().delete()
    assert get(api, "acme/history", 503)["error"] == "Data provider error"


def test_a_card_has_listed_strikes_live_prices_and_what_it_can_win_and_lose(api: APIClient) -> None:
    (card,) = get(api, "acme/analysis")["suggestedStrategies"]

    buy, sell = card["legs"]
    assert (buy["action"], buy["type"], buy["strike"]) == ("buy", "call", 220.0)
    assert (sell["action"], sell["strike"]) == ("sell", 232.5)  # the listed one nearest to 232.73
    paid = round(100 * (buy["price"] - sell["price"]), 2)
    assert card["netPremium"] == pytest.approx(-paid, abs=0.01)
    assert card["maxLossAmount"] == pytest.approx(paid, abs=0.01)
    assert card["maxGainAmount"] == pytest.approx(1250 - paid, abs=0.02)
    assert card["breakevens"] == [pytest.approx(220 + paid / 100, abs=0.01)]
    assert card["expectedMaxLoss"] == f"${card['maxLossAmount']:,.2f} a spread"
    assert card["probabilityMethod"] == "implied_distribution"
    assert 25 < card["probability"] < 45
    assert card["expectedProfit"] == pytest.approx(-card["tradingCost"], abs=1.0)


def test_a_strike_that_is_not_listed_is_the_next_one(api: APIClient, vendor: EarningsVendor) -> None:
    told = vendor.chains[SHARE]
    vendor.chains[SHARE] = told.take((told.strike != 232.5) | ~told.is_call)

    (card,) = get(api, "acme/analysis")["suggestedStrategies"]

    assert card["legs"][1]["strike"] == 235.0  # nearer to 232.73 than 230


def test_a_leg_without_a_quote_leaves_the_card_without_amounts(api: APIClient, vendor: EarningsVendor) -> None:
    told = vendor.chains[SHARE]
    lost = (told.strike == 232.5) & told.is_call
    told.bid[lost] = told.ask[lost] = float("nan")

    (card,) = get(api, "acme/analysis")["suggestedStrategies"]

    assert (card["legs"], card["maxLossAmount"], card["probabilityMethod"]) == ([], None, "rule")
    assert card["expectedMaxLoss"] == "Unknown: a leg has no quote"


def test_an_event_smaller_than_the_width_of_the_quotes_is_none(api: APIClient, vendor: EarningsVendor) -> None:
    vendor.chains[SHARE] = earnings_market.options(event=0.2, half=0.6)

    body = get(api, "acme/analysis")

    assert body["eventMove"] == {"std": None, "expectedAbs": None, "baseIV": None, "reason": "within_quotes"}
    assert (body["eventOverpricing"], body["crushMethod"]) == (None, "heuristic")
    # The straddle of five days stands for it.
    assert (body["verdict"]["basis"], body["verdict"]["assessment"]) == ("straddle", "underpriced")


def test_a_quiet_term_structure_has_no_event_however_steep(api: APIClient, vendor: EarningsVendor) -> None:
    vendor.coming = [reports_on(SHARE, date(2026, 2, 20))]
    week, month = date(2026, 2, 17), date(2026, 3, 17)
    assert (week, month) == (NEAR, earnings_market.FAR)
    vendor.chains[SHARE] = earnings_market.options(days=(week, date(2026, 2, 24), month))

    body = get(api, "acme/analysis")

    # The first expiry holds what looks like an event, and ends before the report: it says nothing of it.
    assert body["straddlePricing"]["referenceExpiry"] == "2026-02-24"
    assert body["eventMove"]["std"] is None
    assert body["eventMove"]["reason"] in ("no_event_premium", "within_quotes")


@pytest.mark.parametrize("path", ["calendar?watchlist=ACME", "acme/analysis", "acme/iv-crush", "acme/history"])
def test_each_question_costs_one_of_the_allowance_and_one_too_many_is_refused(
    api: APIClient, user: User, vendor: EarningsVendor, path: str
) -> None:
    plan = MembershipFactory.create(user=user, tier="lite", query_count=99)

    get(api, path)
    plan.refresh_from_db()
    asked = vendor.calls.total()
    refused = get(api, path, 429)

    assert (plan.query_count, refused["error"]) == (100, "Query limit exceeded")
    assert vendor.calls.total() == asked


@pytest.mark.parametrize("path", ["calendar?watchlist=ACME", "acme/analysis", "acme/iv-crush", "acme/history"])
def test_a_minutes_requests_may_be_used_up(api: APIClient, settings: Settings, path: str) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"general": 1}
    get(api, path)

    assert get(api, path, 429)["error"] == "Too many requests"


@pytest.mark.parametrize("path", ["acme", "acme/analysis/more", "acme/crush"])
def test_what_is_no_address_is_a_404(api: APIClient, vendor: EarningsVendor, path: str) -> None:
    assert "error" in get(api, path, 404)
    assert vendor.calls.total() == 0


def test_the_limits_of_every_card_are_those_of_a_walk_over_prices(api: APIClient, vendor: EarningsVendor) -> None:
    """Dear, cheap and fair, up and down: each structure's amounts against its legs at every price of a dime."""
    seen = set()
    for scale, sign in ((0.3, 1), (3.0, 1), (0.3, -1), (3.0, -1), (1.0, -1)):
        EarningsReaction.objects.all().delete()
        moves = tuple(sign * scale * move for move in earnings_market.MOVES)
        vendor.daily[SHARE] = earnings_market.daily(vendor.results[SHARE], moves=moves)
        client().delete(*[*client().keys(key("daily", "*")), *client().keys(key("answer", "earnings", "*")), "-"])
        for card in get(api, "acme/analysis")["suggestedStrategies"]:
            seen.add(card["setup"]["type"])
            prices = np.arange(0.0, 800.0, 0.1)
            won = np.full(len(prices), card["netPremium"] / 100)
            for leg in card["legs"]:
                gap = prices - leg["strike"] if leg["type"] == "call" else leg["strike"] - prices
                won += (1 if leg["action"] == "buy" else -1) * leg["quantity"] * np.maximum(gap, 0.0)
            cents = pytest.approx
            if card["maxLossAmount"] is not None:
                assert -100 * won.min() == cents(card["maxLossAmount"], abs=0.02)
            if card["maxGainAmount"] is not None:
                assert 100 * won.max() == cents(card["maxGainAmount"], abs=0.02)
            steep = {
                "short_strangle": "maxLossAmount",
                "long_straddle": "maxGainAmount",
                "long_strangle": "maxGainAmount",
            }
            unlimited = steep.get(card["setup"]["type"])
            assert [name for name in ("maxLossAmount", "maxGainAmount") if card[name] is None] == (
                [unlimited] if unlimited else []
            )
            assert card["definedRisk"] == (card["maxLossAmount"] is not None)
            crossed = prices[1:][np.sign(won[1:]) != np.sign(won[:-1])]
            assert len(crossed) >= len(card["breakevens"]) > 0
            assert all(np.abs(crossed - at).min() <= 0.11 for at in card["breakevens"])
            # By the options' own odds nothing wins: what is lost on average is what trading costs.
            assert card["expectedProfit"] == cents(-card["tradingCost"], abs=1.5)
            assert 0 < card["probability"] < 100
    assert seen == {
        *("iron_condor", "short_strangle", "long_straddle", "long_strangle"),
        *("bull_call_spread", "bear_put_spread"),
    }


def test_three_past_reports_give_no_verdict_and_no_structure(api: APIClient, vendor: EarningsVendor) -> None:
    vendor.results[SHARE] = vendor.results[SHARE][-3:]
    vendor.daily[SHARE] = earnings_market.daily(vendor.results[SHARE], moves=(0.4, 0.5, 0.6))

    body = get(api, "acme/analysis")

    assert body["moveOverpricing"] > 900
    assert (body["straddlePricing"]["assessment"], body["straddlePricing"]["lowConfidence"]) == ("fair", True)
    assert body["verdict"]["assessment"] is None
    assert body["verdict"]["reason"] == "fewer than four past reports to compare with"
    assert [card["setup"]["type"] for card in body["suggestedStrategies"]] == ["wait_for_confirmation"]


@pytest.mark.parametrize(
    ("timing", "expiry"), [("after", "2026-02-20"), (None, "2026-02-20"), ("before", "2026-02-13")]
)
def test_options_that_die_before_the_news_are_passed_over(
    api: APIClient, vendor: EarningsVendor, timing: str | None, expiry: str
) -> None:
    friday = date(2026, 2, 13)
    vendor.coming = [reports_on(SHARE, friday, timing)]
    vendor.chains[SHARE] = earnings_market.options(days=(friday, date(2026, 2, 20), earnings_market.FAR))

    assert get(api, "acme/analysis")["straddlePricing"]["referenceExpiry"] == expiry


def test_a_straddle_that_ends_before_the_next_open_is_worth_its_distance_from_the_strike(
    api: APIClient, vendor: EarningsVendor, now: Standing
) -> None:
    """News during the last session of an option is in the price by its close: nothing is left but what it pays."""
    friday = date(2026, 2, 13)
    vendor.coming = [reports_on(SHARE, friday, None)]
    get(api, "calendar?watchlist=ACME")
    EarningsEvent.objects.filter(symbol=SHARE, date=friday).update(time="DURING")
    vendor.chains[SHARE] = earnings_market.options(days=(friday, date(2026, 2, 20), earnings_market.FAR))

    still, moved = get(api, "acme/iv-crush?crushPct=30"), get(api, "acme/iv-crush?crushPct=30&spotMovePct=5")

    assert still["referenceExpiry"] == friday.isoformat()
    assert still["estimatedPostEventStraddle"] == pytest.approx(0.0, abs=0.01)
    assert moved["estimatedPostEventStraddle"] == pytest.approx(11.0, abs=0.01)
