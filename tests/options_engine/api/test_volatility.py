from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from rest_framework.test import APIClient

from market import calendar, clock
from market.errors import ProviderUnavailable
from options_engine import volatility_history
from options_engine.models import VolatilityDay
from options_engine.pure import black_scholes, carry, contracts
from tests.factories.options_engine import VolatilityDayFactory
from tests.market.fakes import FakeVendor
from tests.market.past import days
from tests.options_engine import made_up
from tests.options_engine.api.conftest import NOON


def get(api: APIClient, path: str, status: int = 200) -> dict:
    answer = api.get(f"/api/options/{path}")
    assert answer.status_code == status, answer.content
    return answer.json()


@pytest.fixture(autouse=True)
def far(vendor: FakeVendor) -> None:
    """The made-up index has 12 dates within three weeks: tell enough of them to reach beyond thirty days."""
    vendor.chains["SPX"] = made_up.chain("SPX", NOON, 40)


def history(*, count: int, low: float = 0.10, high: float = 0.30, source: str = "stored") -> None:
    sessions = calendar.sessions_before(NOON.date(), count)
    for session, iv in zip(sessions, np.linspace(low, high, count).tolist(), strict=True):
        VolatilityDayFactory.create(session_date=session.date, iv30=iv, source=source)


def test_current_volatility_is_that_of_thirty_days_and_the_front_stands_beside_it(
    api: APIClient, vendor: FakeVendor
) -> None:
    body = get(api, "spx/iv")

    told = vendor.chains["SPX"]
    calls = told.is_call & (np.abs(told.strike / told.spot - 1) < 0.003)
    by_day = {day: float(told.iv[calls & (told.expiry == day)].mean()) for day in np.unique(told.expiry)}
    around = [sigma for day, sigma in by_day.items() if 20 <= (day - np.datetime64("2026-02-10")).astype(int) <= 40]
    assert body["symbol"] == "SPX"
    assert 100 * min(around) - 0.3 <= body["ivRank"]["currentIV"] <= 100 * max(around) + 0.3
    assert body["ivRank"]["frontExpiry"] == "2026-02-10"
    assert body["ivRank"]["frontIV"] != body["ivRank"]["currentIV"]
    assert body["skew"]["skewDirection"] == "put_heavy"
    assert body["skew"]["riskReversal25"] == -body["skew"]["skew25delta"]
    assert body["skew"]["skew25delta"] > 2
    assert body["skew"]["skew10delta"] is None  # the made-up strikes end before it
    assert f"{body['skew']['skew25delta']:.1f}" in body["skew"]["interpretation"]


def test_the_term_structure_reaches_beyond_the_nearest_dates(api: APIClient) -> None:
    term = get(api, "SPX/iv")["termStructure"]

    assert len(term["expirations"]) == 6
    assert term["expirations"][0]["dte"] == 0
    assert term["expirations"][-1]["dte"] > 60
    assert [each["to"] for each in term["forwardVols"]] == [each["date"] for each in term["expirations"]]
    assert term["shape"] in ("contango", "backwardation", "flat")
    # The made-up market has no announcements: weekends and nights are none either.
    assert term["eventKinks"] == []


def test_one_expiry_is_looked_at_when_asked_for(api: APIClient) -> None:
    body = get(api, "SPX/iv?expiry=2026-02-13&maxExpirations=1")

    assert body["skew"]["expiry"] == "2026-02-13"
    assert [each["date"] for each in body["termStructure"]["expirations"]] == ["2026-02-10", "2026-02-13"]
    assert body["ivRank"]["currentIV"] > 0


def test_without_history_there_is_a_current_volatility_and_no_rank(api: APIClient) -> None:
    rank = get(api, "SPX/iv")["ivRank"]

    assert rank["currentIV"] > 0
    assert (rank["ivRank"], rank["ivPercentile"], rank["iv52wkHigh"], rank["iv52wkLow"]) == (None, None, None, None)
    assert (rank["ivTrend"], rank["historySource"], rank["historyDays"]) == ("unknown", None, 0)


def test_sixty_days_that_were_kept_make_the_rank(api: APIClient) -> None:
    history(count=60)

    rank = get(api, "SPX/iv")["ivRank"]

    assert (rank["historySource"], rank["historyDays"], rank["reconstructedDays"]) == ("stored", 60, 0)
    assert (rank["iv52wkLow"], rank["iv52wkHigh"]) == (10.0, 30.0)
    assert rank["ivRank"] == pytest.approx((rank["currentIV"] - 10) / 20 * 100, abs=0.05)
    assert rank["ivPercentile"] == pytest.approx(100 * np.mean(np.linspace(10, 30, 60) <= rank["currentIV"]), abs=0.01)


def test_days_that_were_read_back_are_told_apart(api: APIClient) -> None:
    history(count=60)
    VolatilityDay.objects.filter(iv30__lt=0.2).update(source="reconstructed")

    rank = get(api, "SPX/iv")["ivRank"]

    assert (rank["historySource"], rank["reconstructedDays"]) == ("reconstructed", 30)


def test_realised_volatility_stands_in_alone_and_under_its_name(api: APIClient, vendor: FakeVendor) -> None:
    history(count=59, low=5.0, high=6.0)
    vendor.daily["SPX"] = days(NOON.date(), [(103.0, 99.0, 100.0 + index % 3) for index in range(300)])

    rank = get(api, "SPX/iv")["ivRank"]

    assert (rank["historySource"], rank["historyDays"]) == ("realized_proxy", 252)
    assert rank["iv52wkHigh"] < 100  # none of the 500 points that were kept
    assert rank["ivRank"] is not None


def test_an_answer_lasts_five_minutes_and_a_forced_one_asks_the_vendor(api: APIClient, vendor: FakeVendor) -> None:
    first = get(api, "SPX/iv")
    asked = vendor.calls.total()

    assert get(api, "SPX/iv") == first
    assert vendor.calls.total() == asked
    chains = vendor.calls["option_chain SPX"]
    with clock.standing(NOON + timedelta(seconds=1)):
        forced = get(api, "SPX/iv?forceRefresh=true")
        assert get(api, "SPX/iv") == forced
    assert vendor.calls["option_chain SPX"] == 2 * chains
    with clock.standing(NOON + timedelta(seconds=310)):
        assert get(api, "SPX/iv")["calculatedAt"] != first["calculatedAt"]


def test_the_range_of_strikes_bounds_the_smile_and_nothing_else(api: APIClient, vendor: FakeVendor) -> None:
    usual = get(api, "SPX/iv")
    asked = vendor.calls.total()
    narrow, wide = get(api, "SPX/iv?strikeRange=5"), get(api, "SPX/iv?strikeRange=50")

    assert vendor.calls.total() == asked
    chain = vendor.chains["SPX"]
    listed = np.unique(chain.strike[chain.expiry == np.datetime64(usual["skew"]["expiry"])]).tolist()
    price = usual["currentPrice"]
    centre = min(listed, key=lambda strike: (abs(strike - price), strike))
    for body, each_side in ((narrow, 5), (usual, 20), (wide, 50)):
        rows = body["skew"].pop("smile")
        strikes = [row["strike"] for row in rows]
        at = strikes.index(centre)
        assert at <= each_side
        assert len(strikes) - at - 1 <= each_side
        assert strikes == sorted(set(strikes) & set(listed))
        assert each_side == 50 or len(rows) == 2 * each_side + 1
        deltas = [row["callDelta"] for row in rows]
        assert deltas == sorted(deltas, reverse=True)
        # At the strike nearest to the price the smile says about what it says at the money.
        assert rows[at]["iv"] == pytest.approx(body["skew"]["atmIV"], abs=0.5)
    assert narrow == usual == wide
    other = get(api, f"SPX/iv?strikeRange=5&expiry={usual['termStructure']['expirations'][0]['date']}")
    assert other["skew"]["expiry"] != usual["skew"]["expiry"]
    assert len(other["skew"]["smile"]) == 11


@pytest.mark.parametrize("text", ["4", "51", "-5", "wide", "5.5"])
def test_a_range_of_strikes_that_is_none_is_told_what_is_expected(api: APIClient, text: str) -> None:
    body = get(api, f"SPX/iv?strikeRange={text}", 400)

    assert body["error"] == "VALIDATION_ERROR"
    assert "Expected 5 to 50: strikes on each side of the price." in str(body)


@pytest.mark.parametrize(
    ("path", "status", "label"),
    [
        ("SPX/iv?strikeRange=2", 400, "VALIDATION_ERROR"),
        ("SPX/iv?strikeRange=51", 400, "VALIDATION_ERROR"),
        ("SPX/iv?maxExpirations=0", 400, "VALIDATION_ERROR"),
        ("SPX/iv?maxExpirations=13", 400, "VALIDATION_ERROR"),
        ("SPX/iv?expiry=2026-02-09", 400, "VALIDATION_ERROR"),
        ("SPX$/iv", 400, "VALIDATION_ERROR"),
        ("NVDA/iv", 503, "Data unavailable"),
        ("SPX/iv?expiry=2026-02-14", 503, "Data unavailable"),
        ("SPX/iv-crush", 400, "VALIDATION_ERROR"),
        ("SPX/iv-crush?eventDate=2026-02-09", 400, "VALIDATION_ERROR"),
        ("SPX/iv-crush?eventDate=2026-08-10", 400, "VALIDATION_ERROR"),
        ("SPX/iv-crush?eventDate=2026-02-10&eventTime=before_open", 400, "VALIDATION_ERROR"),
        ("NVDA/iv-crush?eventDate=2026-02-12", 404, "No options found"),
        ("SPX/surface?maxExpirations=13", 400, "VALIDATION_ERROR"),
        ("NVDA/surface", 404, "No options found"),
    ],
)
def test_what_cannot_be_answered_says_why(api: APIClient, path: str, status: int, label: str) -> None:
    body = get(api, path, status)

    assert body["error"] == label
    assert status != 503 or body["retryAfter"] == 30


@pytest.mark.parametrize("part", ["iv", "iv-crush?eventDate=2026-02-12", "surface"])
def test_a_vendor_that_is_away_is_a_503(api: APIClient, vendor: FakeVendor, part: str) -> None:
    vendor.failing["option_chain SPX"] = ProviderUnavailable(provider="fake")

    assert get(api, f"SPX/{part}", 503)["error"] == "Data provider error"


def test_a_chain_without_any_price_says_too_little(api: APIClient, vendor: FakeVendor) -> None:
    told = vendor.chains["SPX"]
    blank = np.full(len(told), np.nan)
    vendor.chains["SPX"] = replace(told, bid=blank, ask=blank, last=blank, iv=blank)

    assert get(api, "SPX/iv", 503)["error"] == "Data unavailable"
    assert get(api, "SPX/surface", 503)["error"] == "Data unavailable"


def test_a_market_without_events_has_no_premium_to_lose(api: APIClient) -> None:
    body = get(api, "SPX/iv-crush?eventDate=2026-02-12")

    assert (body["expiryUsed"], body["reopensAt"]) == ("2026-02-13", "2026-02-13T14:30:00Z")
    assert body["currentIV"] > 0
    assert body["currentStraddle"] == pytest.approx(body["marketStraddle"], rel=0.02)
    if body["reason"]:
        assert (body["estimatedPostEventIV"], body["straddleLoss"], body["basis"]) == (None, None, None)


def test_an_event_that_the_chain_prices_is_read_back(api: APIClient, vendor: FakeVendor) -> None:
    told = vendor.chains["AAPL"]
    # 5 % once, in all that lives through Thursday night: prices are those of the volatilities it leads to.
    ends = contracts.expires_ts(told.expiry, contracts.settles_at_open(told.root), {})
    years = contracts.years_left(ends, NOON.timestamp())
    through = told.expiry > np.datetime64("2026-02-12")
    sigma = np.sqrt(0.28**2 + np.where(through, 0.05**2, 0.0) / years)
    price = black_scholes.value(
        told.spot, told.strike, years, sigma, told.is_call, rate=carry.RATE, dividend=carry.dividend_yield("AAPL")
    ).price
    vendor.chains["AAPL"] = replace(told, bid=np.maximum(price - 0.005, 0.0), ask=price + 0.005, iv=sigma)

    body = get(api, "AAPL/iv-crush?eventDate=2026-02-12")

    assert body["basis"] == "event_variance"
    assert body["eventMovePct"] == pytest.approx(5.0, abs=0.1)
    assert body["baseIV"] == pytest.approx(28.0, abs=0.5)
    assert body["estimatedPostEventIV"] == pytest.approx(28.0, abs=0.5)
    assert body["straddleLoss"] == pytest.approx(body["currentStraddle"] - body["estimatedPostEventStraddle"], abs=2e-4)
    # And the term structure shows where it lies; its move is told on sessions, these prices are made by the hour.
    kinks = get(api, "AAPL/iv?maxExpirations=12")["termStructure"]["eventKinks"]
    assert [(kink["from"] <= "2026-02-12" < kink["to"]) for kink in kinks] == [True]
    assert kinks[0]["impliedMovePct"] == pytest.approx(5.0, abs=0.8)


def test_the_surface_has_no_free_money_in_it(api: APIClient) -> None:
    body = get(api, "SPX/surface?maxExpirations=4")

    report = body["arbitrageReport"]
    assert (report["gridPoints"], report["butterflyFree"], report["calendarFree"]) == (200, True, True)
    assert report["leastDensity"] >= 0
    assert report["leftOut"] == []
    assert len(body["slices"]) == 4
    # Quotes of today's last hours are whole ticks of very little.
    assert body["slices"][0]["rmsePoints"] < 1.0
    assert max(each["rmsePoints"] for each in body["slices"][1:]) < 0.1
    assert {len(each["points"]) for each in body["slices"]} == {25}


def test_the_chain_tells_the_rank_of_the_newest_day_without_a_call(api: APIClient, vendor: FakeVendor) -> None:
    without = get(api, "SPX/chain")
    history(count=61)
    calls = vendor.calls.total()

    body = get(api, "SPX/chain")

    assert "ivRank" not in without
    assert (body["ivRank"], body["ivRankAsOf"]) == (100, "2026-02-09")
    assert vendor.calls.total() == calls


def test_a_rank_that_is_older_than_a_week_is_left_out(api: APIClient) -> None:
    history(count=80)
    VolatilityDay.objects.filter(session_date__gte=NOON.date() - timedelta(days=8)).delete()

    assert "ivRank" not in get(api, "SPX/chain")
    assert len(volatility_history.implied("SPX", NOON.date()).values) > 60
