from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from rest_framework.test import APIClient

from market.errors import ProviderUnavailable
from tests.market.fakes import FakeVendor


def get(api: APIClient, path: str, status: int = 200) -> dict:
    answer = api.get(f"/api/options/{path}")
    assert answer.status_code == status, answer.content
    return answer.json()


def test_a_chain_has_ten_strikes_on_each_side_of_the_money_as_calls_and_puts(api: APIClient) -> None:
    body = get(api, "spx/chain")

    calls, puts = body["options"]["calls"], body["options"]["puts"]
    assert (body["symbol"], body["expiry"], body["daysToExpiry"]) == ("SPX", "2026-02-10", 0)
    assert [row["strike"] for row in calls] == [row["strike"] for row in puts] == sorted(row["strike"] for row in puts)
    assert len(calls) == 21
    assert calls[10]["strike"] == body["atmStrike"]
    assert abs(body["currentPrice"] - body["atmStrike"]) <= 2.5
    assert {row["root"] for row in calls} == {"SPXW"}


def test_greeks_and_volatilities_are_ours_with_the_vendors_beside_them(api: APIClient, vendor: FakeVendor) -> None:
    row = get(api, "SPX/chain?expiry=2026-02-13")["options"]["calls"][10]

    told = vendor.chains["SPX"]
    which = (told.expiry == np.datetime64("2026-02-13")) & told.is_call & (told.strike == row["strike"])
    assert row["ivSource"] in ("quote", "twin")
    assert row["impliedVolatility"] == pytest.approx(told.iv[which][0], abs=2e-3)
    assert row["delta"] == pytest.approx(told.delta[which][0], abs=5e-3)
    assert row["provider"]["delta"] == pytest.approx(told.delta[which][0])
    assert row["rho"] > 0
    assert row["unavailable"] == []
    assert row["contract"] == f"SPXW260213C{round(1000 * row['strike']):08d}"


def test_what_nobody_knows_is_named_and_greeks_are_null(api: APIClient, vendor: FakeVendor) -> None:
    told = vendor.chains["SPX"]
    blank = np.full(len(told), np.nan)
    vendor.chains["SPX"] = replace(told, bid=blank, ask=blank, last=blank, iv=blank, volume=blank, open_interest=blank)

    row = get(api, "SPX/chain")["options"]["puts"][0]

    assert {row[name] for name in ("delta", "gamma", "theta", "vega", "rho", "mark", "ivSource")} == {None}
    assert set(row["unavailable"]) == {
        *("last", "bid", "ask", "volume", "openInterest", "impliedVolatility", "extrinsicValue")
    }


def test_a_date_with_two_roots_shows_the_one_that_settles_at_the_close(api: APIClient) -> None:
    monthly = "2026-02-20"

    default, at_open = get(api, f"SPX/chain?expiry={monthly}"), get(api, f"SPX/chain?expiry={monthly}&root=SPX")

    assert (default["root"], default["settlement"]) == ("SPXW", "PM")
    assert (at_open["root"], at_open["settlement"]) == ("SPX", "AM")
    strikes = [row["strike"] for row in default["options"]["calls"]]
    assert len(strikes) == len(set(strikes))


@pytest.mark.parametrize(
    ("path", "status", "label"),
    [
        ("SPX/chain?strikeRange=51", 400, "VALIDATION_ERROR"),
        ("SPX/chain?expiry=2026-99-99", 400, "VALIDATION_ERROR"),
        ("SPX/chain?expiry=2026-02-09", 400, "VALIDATION_ERROR"),
        ("SPX/chain?forceRefresh=yes", 400, "VALIDATION_ERROR"),
        ("SPX$/chain", 400, "VALIDATION_ERROR"),
        ("SPX/chain?expiry=2026-02-14", 404, "No options found"),
        ("SPX/chain?root=NDX", 404, "No options found"),
        ("NVDA/chain", 404, "No options found"),
    ],
)
def test_what_cannot_be_answered_says_why(api: APIClient, path: str, status: int, label: str) -> None:
    assert get(api, path, status)["error"] == label


def test_an_expired_date_is_told_what_would_be_right(api: APIClient) -> None:
    body = get(api, "SPX/chain?expiry=2026-02-09", 400)

    assert "from 2026-02-10 on" in body["details"]["issues"][0]


def test_while_the_vendor_is_away_the_last_chain_is_shown_as_stale(api: APIClient, vendor: FakeVendor) -> None:
    fresh = get(api, "SPX/chain")
    vendor.failing["option_chain SPX"] = ProviderUnavailable(provider="fake")

    assert fresh["stale"] is False
    assert get(api, "SPX/chain")["stale"] is False
    assert get(api, "AAPL/chain")["stale"] is False
    vendor.failing["option_chain SPY"] = ProviderUnavailable(provider="fake")
    away = get(api, "SPY/chain", 503)
    assert (away["error"], away["retryAfter"]) == ("Data provider error", 30)


def test_expirations_name_roots_settlement_and_cycle(api: APIClient) -> None:
    body = get(api, "SPX/expirations")

    assert body["count"] == len(body["expirations"]) == 12
    assert body["expirations"][0] == "2026-02-10"
    assert {"date": "2026-02-20", "root": "SPX", "settlement": "AM", "daysToExpiry": 10, "cycle": "monthly"} in body[
        "details"
    ]
    assert date.fromisoformat(body["expirations"][-1]) > date(2026, 2, 20)


def test_a_symbol_without_options_has_no_expirations(api: APIClient) -> None:
    assert get(api, "NVDA/expirations") == {"symbol": "NVDA", "expirations": [], "count": 0, "details": []}
