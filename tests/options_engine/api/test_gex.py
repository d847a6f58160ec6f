from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from rest_framework.test import APIClient

from market import clock
from market.errors import ProviderUnavailable, RateLimited
from market.pure.chain import Chain
from options_engine.pure.dealers import MODELS
from tests.market.chains import chain
from tests.market.fakes import FakeVendor
from tests.options_engine.api.conftest import NOON
from tests.options_engine.api.test_chains import get

ASKED = "option_chain SPX"
# What is said of the chain and of the moment, and not computed from its contracts.
OF_THE_CHAIN = ("dataQuality", "cached", "calculatedAt")


def appended(whole: Chain, silent: Chain) -> Chain:
    """Return a chain with more contracts behind its own."""
    arrays = {name: each for name in Chain.__dataclass_fields__ if isinstance(each := getattr(whole, name), np.ndarray)}
    return replace(whole, **{name: np.concatenate([each, getattr(silent, name)]) for name, each in arrays.items()})


def test_a_profile_says_what_the_contract_wants_and_where_it_comes_from(api: APIClient) -> None:
    body = get(api, "spx/gex")

    assert (body["symbol"], body["calculatedAt"]) == ("SPX", "2026-02-10T17:00:05Z")
    assert len(body["expirationsAnalyzed"]) == 6
    assert body["expirationsAnalyzed"][0] == "2026-02-10"
    strikes = [row["strike"] for row in body["gexByStrike"]]
    assert strikes == sorted(strikes)
    assert len(strikes) == 61
    assert abs(strikes[30] - body["spotPrice"]) <= 2.5
    assert all(row["gexValue"] == pytest.approx(row["callGex"] + row["putGex"], abs=2) for row in body["gexByStrike"])
    assert (body["oiAsOf"], body["asOf"], body["delayed"], body["stale"]) == (
        "2026-02-09",
        "2026-02-10T17:00:05Z",
        False,
        False,
    )
    assert body["dataQuality"]["ivSolved"] > 0.7 * body["dataQuality"]["contracts"]
    assert (body["flipMethod"], body["flipRange"], body["repricedShare"]) == ("repriced", 0.3, 1.0)
    assert body["regime"] == ("positive_gamma" if body["netGex"] >= 0 else "negative_gamma")
    assert body["netGex"] == pytest.approx(body["callGex"] + body["putGex"], abs=2)


def test_the_sign_at_the_price_is_that_of_its_side_of_the_flip(api: APIClient) -> None:
    for symbol in ("SPX", "SPY", "AAPL"):
        body = get(api, f"{symbol}/gex")
        if body["flipPoint"] is None:
            continue
        nearest = min(body["zeroGammaLevels"], key=lambda each: abs(each["level"] - body["spotPrice"]))
        assert nearest["level"] == body["flipPoint"]
        above = body["spotPrice"] > body["flipPoint"]
        assert (body["netGex"] > 0) == (above == (nearest["direction"] == "rising"))


def test_the_range_bounds_the_rows_and_no_total(api: APIClient) -> None:
    narrow, wide = get(api, "SPX/gex?strikeRange=5"), get(api, "SPX/gex?strikeRange=50")

    assert (len(narrow["gexByStrike"]), len(wide["gexByStrike"])) == (11, 101)
    assert narrow["strikesAnalyzed"] == wide["strikesAnalyzed"] > 101
    for body in (narrow, wide):
        del body["gexByStrike"]
        del body["cached"]
    assert narrow == wide


def test_dates_add_up_and_one_date_is_asked_for_by_itself(api: APIClient) -> None:
    body = get(api, "SPX/gex?maxExpirations=3")
    alone = [get(api, f"SPX/gex?expiry={day}") for day in body["expirationsAnalyzed"]]

    assert [each["expirationsAnalyzed"] for each in alone] == [[day] for day in body["expirationsAnalyzed"]]
    assert body["netGex"] == pytest.approx(sum(each["netGex"] for each in alone), abs=5)
    assert [each["netGex"] for each in body["byExpiry"]] == pytest.approx([each["netGex"] for each in alone], abs=2)
    assert sum(each["share"] for each in body["byExpiry"]) == pytest.approx(1.0, abs=1e-5)


def test_models_stand_side_by_side_by_open_interest_and_by_volume(api: APIClient) -> None:
    body = get(api, "SPX/gex")

    assert [each["name"] for each in body["models"]] == [model.name for model in MODELS]
    usual, short, _ = body["models"]
    assert body["model"] == usual["name"]
    for name, value in usual["byOpenInterest"].items():
        assert body[name] == value
    assert short["byOpenInterest"]["netGex"] == pytest.approx(-body["grossGex"], abs=1)
    assert short["byOpenInterest"]["flipPoint"] is None
    assert usual["byVolume"]["grossGex"] > 0
    assert usual["byVolume"]["grossGex"] != body["grossGex"]
    assert all(each["assumption"] and each["source"] for each in body["models"])


def test_where_nothing_has_traded_there_is_nothing_by_volume(api: APIClient, vendor: FakeVendor) -> None:
    told = vendor.chains["SPX"]
    vendor.chains["SPX"] = replace(told, volume=np.full(len(told), np.nan))

    body = get(api, "SPX/gex")

    assert {each["byVolume"] for each in body["models"]} == {None}
    assert {row["volumeGex"] for row in body["gexByStrike"]} == {None}


def test_no_flip_is_an_answer_and_unknown_gammas_are_named(api: APIClient, vendor: FakeVendor) -> None:
    told = vendor.chains["SPX"]
    vendor.chains["SPX"] = replace(told, open_interest=np.where(told.is_call, told.open_interest, np.nan))

    body = get(api, "SPX/gex")

    assert (body["flipPoint"], body["zeroGammaLevels"], body["putWall"]) == (None, [], None)
    assert "no flip within 30 %" in body["implication"]
    assert body["regime"] == "positive_gamma"
    for row in body["gexByStrike"]:
        assert (row["putGamma"], row["putOI"], row["unavailable"]) == (0, 0, ["putGamma", "putOI"])
        assert row["callOI"] > 0


def test_a_contract_of_which_nothing_is_known_changes_no_number(api: APIClient, vendor: FakeVendor) -> None:
    told = vendor.chains["SPX"]
    day = told.expiries[1]
    before = get(api, "SPX/gex")
    silent = chain("SPX", [(day, "SPXW", 6123.45, "C"), (day, "SPXW", 6000.0, "P")], spot=told.spot, as_of=told.as_of)
    vendor.chains["SPX"] = appended(told, silent)

    with clock.standing(NOON + timedelta(seconds=1)):
        after = get(api, "SPX/gex?forceRefresh=true")

    assert after["dataQuality"]["contracts"] == before["dataQuality"]["contracts"] + 2
    for name in OF_THE_CHAIN:
        del before[name]
        del after[name]
    assert after == before


def test_an_answer_lasts_five_minutes_and_a_refresh_goes_down_to_the_vendor(api: APIClient, vendor: FakeVendor) -> None:
    first = get(api, "SPX/gex")
    told = vendor.chains["SPX"]
    vendor.chains["SPX"] = replace(told, spot=told.spot + 40)

    with clock.standing(NOON + timedelta(seconds=120)):
        kept = get(api, "SPX/gex")
        assert (first["cached"], kept["cached"], vendor.calls[ASKED]) == (False, True, 1)
        assert kept["spotPrice"] == first["spotPrice"]
        fresh = get(api, "SPX/gex?forceRefresh=1")
        assert (fresh["cached"], fresh["spotPrice"], vendor.calls[ASKED]) == (False, first["spotPrice"] + 40, 2)
        assert get(api, "SPX/gex")["spotPrice"] == fresh["spotPrice"]
    with clock.standing(NOON + timedelta(seconds=500)):
        assert get(api, "SPX/gex")["cached"] is False
    assert vendor.calls[ASKED] == 3


def test_while_the_vendor_is_away_an_older_profile_says_so_and_is_not_kept(api: APIClient, vendor: FakeVendor) -> None:
    get(api, "SPX/gex")
    vendor.failing[ASKED] = ProviderUnavailable(provider="fake")

    with clock.standing(NOON + timedelta(seconds=400)):
        away = get(api, "SPX/gex")
        assert (away["stale"], away["degraded"], away["asOf"]) == (True, ["stale"], "2026-02-10T17:00:05Z")
    del vendor.failing[ASKED]
    vendor.chains["SPX"] = replace(vendor.chains["SPX"], as_of=NOON + timedelta(seconds=420))
    with clock.standing(NOON + timedelta(seconds=420)):
        assert get(api, "SPX/gex")["degraded"] == []


@pytest.mark.parametrize(
    ("path", "status", "label"),
    [
        ("SPX/gex?strikeRange=3", 400, "VALIDATION_ERROR"),
        ("SPX/gex?strikeRange=51", 400, "VALIDATION_ERROR"),
        ("SPX/gex?maxExpirations=0", 400, "VALIDATION_ERROR"),
        ("SPX/gex?maxExpirations=13", 400, "VALIDATION_ERROR"),
        ("SPX/gex?expiry=2026-99-99", 400, "VALIDATION_ERROR"),
        ("SPX/gex?expiry=2026-02-09", 400, "VALIDATION_ERROR"),
        ("SPX/gex?forceRefresh=yes", 400, "VALIDATION_ERROR"),
        ("SPX$/gex", 400, "VALIDATION_ERROR"),
        ("SPX/gex?expiry=2026-02-14", 404, "No options found"),
        ("NVDA/gex", 404, "No options found"),
    ],
)
def test_what_cannot_be_answered_says_why(
    api: APIClient, vendor: FakeVendor, path: str, status: int, label: str
) -> None:
    assert get(api, path, status)["error"] == label
    if status == 400:
        assert vendor.calls.total() == 0


@pytest.mark.parametrize("figures", [{"open_interest": 0.0}, {"open_interest": np.nan}])
def test_what_nobody_holds_says_too_little(api: APIClient, vendor: FakeVendor, figures: dict[str, float]) -> None:
    told = vendor.chains["SPX"]
    vendor.chains["SPX"] = replace(told, **{name: np.full(len(told), value) for name, value in figures.items()})

    body = get(api, "SPX/gex", 503)

    assert (body["error"], body["retryAfter"]) == ("Data unavailable", 30)
    assert "no contract is known to be open" in body["message"]


def test_a_date_that_is_over_says_too_little(api: APIClient, vendor: FakeVendor) -> None:
    after = NOON.replace(hour=21, minute=5)
    vendor.chains["SPX"] = replace(vendor.chains["SPX"], as_of=after)

    with clock.standing(after):
        assert get(api, "SPX/gex?expiry=2026-02-10", 503)["error"] == "Data unavailable"
        assert "2026-02-10" not in get(api, "SPX/gex")["expirationsAnalyzed"]


def test_without_a_price_there_is_no_profile(api: APIClient, vendor: FakeVendor) -> None:
    vendor.chains["SPX"] = replace(vendor.chains["SPX"], spot=np.nan)

    body = get(api, "SPX/gex", 503)

    assert (body["error"], body["retryAfter"]) == ("Data unavailable", 30)


@pytest.mark.parametrize(
    "trouble", [ProviderUnavailable(provider="fake"), RateLimited(provider="fake", retry_after=2.0)]
)
def test_a_vendor_that_is_away_is_a_503(api: APIClient, vendor: FakeVendor, trouble: Exception) -> None:
    vendor.failing[ASKED] = trouble

    body = get(api, "SPX/gex", 503)

    assert body["error"] == "Data provider error"
    assert body["retryAfter"] > 0


def test_crossed_quotes_are_dropped_and_counted(api: APIClient, vendor: FakeVendor) -> None:
    clean = get(api, "SPX/gex")
    told = vendor.chains["SPX"]
    crossed = np.arange(len(told)) % 20 == 0
    bid, ask = np.where(crossed, told.ask, told.bid), np.where(crossed, told.bid, told.ask)
    vendor.chains["SPX"] = replace(told, bid=bid, ask=ask)

    with clock.standing(NOON + timedelta(seconds=1)):
        body = get(api, "SPX/gex?forceRefresh=true")

    assert body["dataQuality"]["filtered"]["crossed"] > 20
    assert body["netGex"] == pytest.approx(clean["netGex"], abs=0.01 * clean["grossGex"])
