from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from rest_framework.test import APIClient

from market import clock, demand
from market.errors import ProviderUnavailable
from options_engine import opening_straddles
from options_engine.models import OpeningStraddle
from tests.market.fakes import FakeVendor
from tests.market.past import minutes
from tests.options_engine import made_up
from tests.options_engine.api.conftest import NOON

AT_OPEN = datetime(2026, 2, 10, 14, 31, 20, tzinfo=UTC)


def get(api: APIClient, path: str, status: int = 200) -> dict:
    answer = api.get(f"/api/options/{path}")
    assert answer.status_code == status, answer.content
    return answer.json()


@pytest.fixture
def opened(vendor: FakeVendor) -> None:
    """SPX opened at 6,000."""
    vendor.minutes["SPX"] = minutes("2026-02-10T09:30", [(6001.0, 5999.0, 6000.0)] * 150)


@pytest.mark.usefixtures("opened")
def test_without_a_capture_the_opening_straddle_is_inferred_and_says_so(api: APIClient) -> None:
    body = get(api, "SPX/0dte")

    move = body["expectedMove"]
    assert body["hasZeroDTE"] is True
    assert (move["openStraddleSource"], move["minutesLeft"]) == ("inferred", 239)
    assert move["totalExpectedMove"] == pytest.approx(
        move["remainingMove"] / (239 + 55 / 60) ** 0.5 * 390**0.5, rel=1e-4
    )
    assert move["usedMove"] == pytest.approx(abs(body["expectedMove"]["currentPrice"] - 6000.0), abs=1e-3)
    assert body["thetaClock"]["projections"][-1]["time"] == "16:00 ET"
    assert body["thetaClock"]["projections"][0]["pctRemaining"] == 100.0
    assert len(body["topContracts"]) == 8
    volumes = [row["volume"] for row in body["topContracts"]]
    assert volumes == sorted(volumes, reverse=True)


@pytest.mark.usefixtures("opened")
def test_a_captured_straddle_stands_all_day(api: APIClient, vendor: FakeVendor) -> None:
    OpeningStraddle.objects.create(
        symbol="SPX", session_date=AT_OPEN.date(), strike=6000, price=41.5, spot=6000, as_of=AT_OPEN
    )

    move = get(api, "SPX/0dte")["expectedMove"]

    assert (move["totalExpectedMove"], move["openStraddleSource"]) == (41.5, "captured")
    assert move["openStraddleAt"] == "2026-02-10T14:31:20Z"


def test_without_bars_the_open_is_not_invented(api: APIClient) -> None:
    move = get(api, "SPX/0dte")["expectedMove"]

    assert (move["openPrice"], move["usedMove"]) == (0, 0)
    assert {"openPrice", "usedMove", "usedPct"} <= set(move["unavailable"])


def test_strike_and_side_choose_the_contract(api: APIClient, vendor: FakeVendor) -> None:
    spot = vendor.chains["SPX"].spot

    body = get(api, f"SPX/0dte?strike={spot - 23}&type=put&chain=1")

    assert body["thetaClock"]["type"] == body["gammaProfile"]["type"] == "put"
    assert abs(body["thetaClock"]["strike"] - (spot - 23)) <= 2.5
    assert len(body["chain"]) > 100
    assert body["gammaProfile"]["currentDelta"] < 0


def test_a_symbol_without_an_expiry_today_names_the_next_one(api: APIClient) -> None:
    body = get(api, "AAPL/0dte")

    assert (body["hasZeroDTE"], body["topContracts"], body["expectedMove"]) == (False, [], None)
    assert body["message"] == "No options of AAPL expire today. The next expiry is 2026-02-13."


def test_a_symbol_without_options_says_so(api: APIClient) -> None:
    assert get(api, "NVDA/0dte")["message"] == "There are no options of NVDA."


def test_after_the_close_todays_options_have_expired(api: APIClient, vendor: FakeVendor) -> None:
    evening = datetime(2026, 2, 10, 21, 0, 1, tzinfo=UTC)
    vendor.chains["SPX"] = made_up.chain("SPX", NOON).take(
        made_up.chain("SPX", NOON).expiry > np.datetime64("2026-02-10")
    )
    with clock.standing(evening):
        body = get(api, "SPX/0dte")

    assert body["hasZeroDTE"] is False
    assert "2026-02-11" in body["message"]


def test_am_settled_options_are_over_on_their_morning(api: APIClient, vendor: FakeVendor) -> None:
    friday = datetime(2026, 2, 20, 15, 0, 5, tzinfo=UTC)
    whole = made_up.chain("SPX", friday)
    with clock.standing(friday):
        vendor.chains["SPX"] = whole
        roots = {row["contract"][:4] for row in get(api, "SPX/0dte?chain=1")["chain"]}

    assert roots == {"SPXW"}


@pytest.mark.parametrize("query", ["type=invalid", "strike=0", "strike=-5", "strike=nan", "chain=maybe"])
def test_a_bad_question_is_refused(api: APIClient, query: str) -> None:
    assert get(api, f"SPX/0dte?{query}", 400)["error"] == "VALIDATION_ERROR"


def test_an_outage_is_told_as_one(api: APIClient, vendor: FakeVendor) -> None:
    vendor.failing["option_chain SPX"] = ProviderUnavailable(provider="fake")

    assert get(api, "SPX/0dte", 503)["error"] == "Data provider error"


class TestCapture:
    @pytest.fixture(autouse=True)
    def _wanted(self, db: None, vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(demand, "symbols", lambda: frozenset({"SPX", "AAPL", "NVDA", "SPY"}))
        for symbol in ("SPX", "SPY", "AAPL"):
            vendor.chains[symbol] = made_up.chain(symbol, AT_OPEN)

    def test_each_symbol_with_options_today_is_captured_once(self, vendor: FakeVendor) -> None:
        with clock.standing(AT_OPEN):
            first = opening_straddles.capture(AT_OPEN)
            second = opening_straddles.capture(AT_OPEN + timedelta(minutes=1))

        assert (first.captured, first.none) == (("SPX", "SPY"), ("AAPL", "NVDA"))
        assert second.captured == ()
        row = opening_straddles.of("SPX", AT_OPEN.date())
        told = vendor.chains["SPX"]
        at = (told.expiry == np.datetime64("2026-02-10")) & (told.strike == row.strike)
        assert row.price == pytest.approx(float((0.5 * (told.bid + told.ask))[at].sum()))

    @pytest.mark.parametrize("later", [timedelta(seconds=-30), timedelta(minutes=5)])
    def test_it_is_an_opening_straddle_for_five_minutes_only(self, later: timedelta) -> None:
        with clock.standing(AT_OPEN + later):
            assert opening_straddles.capture(AT_OPEN + later).captured == ()
        assert OpeningStraddle.objects.count() == 0

    def test_one_symbol_that_fails_leaves_the_others(self, vendor: FakeVendor) -> None:
        vendor.failing["option_chain SPX"] = ProviderUnavailable(provider="fake")

        with clock.standing(AT_OPEN):
            done = opening_straddles.capture(AT_OPEN)

        assert (done.captured, done.failed) == (("SPY",), ("SPX",))
