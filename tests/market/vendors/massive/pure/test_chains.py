from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.pure.chain import FIGURES, Chain
from market.vendors.massive.pure import chains, wire
from market.vendors.massive.pure.chains import Spot

NOW = datetime(2026, 2, 10, 20, 41, tzinfo=UTC)
TODAY_NS = 1770756000000000000
ROW: dict[str, Any] = {
    "details": {
        "ticker": "O:SPY260220C00600000",
        "contract_type": "call",
        "exercise_style": "american",
        "expiration_date": "2026-02-20",
        "strike_price": 600,
        "shares_per_contract": 100,
    },
    "day": {"close": 5.6, "volume": 8123, "previous_close": 5.2, "last_updated": TODAY_NS},
    "last_quote": {"bid": 5.5, "ask": 5.6, "last_updated": 1770756059000000000, "timeframe": "REAL-TIME"},
    "greeks": {"delta": 0.52, "gamma": 0.021, "theta": -0.11, "vega": 0.07},
    "implied_volatility": 0.19,
    "open_interest": 5400,
    "underlying_asset": {
        "ticker": "SPY",
        "price": 601.2,
        "last_updated": 1770756058000000000,
        "timeframe": "REAL-TIME",
    },
}


def made(*rows: dict[str, Any], now: datetime = NOW, **said: Any) -> Chain:
    decoded = wire.decode(msgspec.json.encode({"results": list(rows)}), wire.OptionChain).results or []
    given = {"delayed": False, "partial": False} | said
    return chains.chain("SPY", chains.contracts(decoded), chains.spot(decoded, now=now), now=now, **given)


def figures(row: dict[str, Any]) -> dict[str, float]:
    chain = made(row)
    return {name: float(getattr(chain, name)[0]) for name in FIGURES}


def test_a_row_becomes_a_contract() -> None:
    chain = made(ROW)

    assert (chain.symbol, chain.spot, chain.as_of, chain.delayed, chain.partial) == ("SPY", 601.2, NOW, False, False)
    assert (chain.root.tolist(), chain.expiries, chain.strike.tolist()) == (["SPY"], [date(2026, 2, 20)], [600.0])
    assert (chain.is_call.tolist(), chain.shares_per_contract.tolist()) == ([True], [100.0])
    assert figures(ROW) == {
        "bid": 5.5,
        "ask": 5.6,
        "last": 5.6,
        "volume": 8123.0,
        "open_interest": 5400.0,
        "iv": 0.19,
        "delta": 0.52,
        "gamma": 0.021,
        "theta": -0.11,
        "vega": 0.07,
    }


def test_both_stamps_are_carried_and_their_distance_is_known() -> None:
    chain = made(ROW)

    assert (chain.spot_ts, chain.quotes_ts, chain.skew_s) == (1770756058.0, 1770756059.0, 1.0)


def test_a_day_of_last_week_says_that_nothing_was_traded_today() -> None:
    stale = figures(ROW | {"day": ROW["day"] | {"last_updated": TODAY_NS - 6 * 86_400 * 10**9}})

    assert math.isnan(stale["last"])
    assert stale["volume"] == 0


def test_a_contract_that_never_traded_says_nothing() -> None:
    never = figures(ROW | {"day": {}})

    assert math.isnan(never["last"])
    assert math.isnan(never["volume"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"implied_volatility": 5, "greeks": {"delta": 1, "gamma": 0, "theta": 0.002, "vega": 0}},  # the solver's limit
        {"implied_volatility": 5.0},
        {"implied_volatility": 7.3},
    ],
)
def test_a_clamped_volatility_is_none_and_takes_its_greeks_along(wrong: dict[str, Any]) -> None:
    found = figures(ROW | wrong)

    assert all(math.isnan(found[name]) for name in ("iv", "delta", "gamma", "theta", "vega"))
    assert found["open_interest"] == 5400


@pytest.mark.parametrize("iv", [0, -0.2, "NaN"])
def test_no_volatility_is_below_zero(iv: object) -> None:
    assert math.isnan(figures(ROW | {"implied_volatility": iv})["iv"])


@pytest.mark.parametrize(
    "greeks", [{}, {"delta": 0.5}, {"delta": 0.5, "gamma": 0.02, "theta": -0.1}, {**ROW["greeks"], "vega": "NaN"}]
)
def test_greeks_come_all_four_or_not_at_all(greeks: dict[str, Any]) -> None:
    found = figures(ROW | {"greeks": greeks})

    assert all(math.isnan(found[name]) for name in ("delta", "gamma", "theta", "vega"))
    assert found["iv"] == 0.19


@pytest.mark.parametrize(
    ("quote", "bid", "ask"),
    [
        ({"bid": 0, "ask": 0.05}, 0.0, 0.05),  # nobody's bid
        ({"bid": 0, "ask": 0}, 0.0, math.nan),
        ({"bid": 5.7, "ask": 5.6}, math.nan, math.nan),  # crossed
        ({"bid": -1, "ask": 5.6}, math.nan, 5.6),
        ({"bid": 5.5}, 5.5, math.nan),
        ({}, math.nan, math.nan),
    ],
)
def test_quotes_are_sane_or_missing(quote: dict[str, Any], bid: float, ask: float) -> None:
    found = figures(ROW | {"last_quote": quote})

    assert [found["bid"], found["ask"]] == pytest.approx([bid, ask], nan_ok=True)


def test_contracts_stand_in_order_once_each_and_others_are_dropped() -> None:
    def named(ticker: str, kind: str = "call") -> dict[str, Any]:
        return ROW | {"details": ROW["details"] | {"ticker": ticker, "contract_type": kind}}

    chain = made(
        named("O:SPXW260220P00600000", "put"),
        named("O:SPXW260220C00600000"),
        named("O:SPX260220C00700000"),
        named("O:SPXW260219C00900000"),
        named("O:SPXW260220C00600000") | {"open_interest": 1},  # a page told it again
        named("O:SPXW260220C000600000"),  # no ticker
        named("O:SPX260220C00800000", "other"),
        {"day": {}},
    )

    expected = [("SPXW", 900.0, True), ("SPX", 700.0, True), ("SPXW", 600.0, True), ("SPXW", 600.0, False)]
    assert list(zip(chain.root.tolist(), chain.strike.tolist(), chain.is_call.tolist(), strict=True)) == expected
    assert chain.open_interest.tolist() == [5400.0] * 4


@pytest.mark.parametrize(
    ("asset", "spot"),
    [
        ({"value": 6000.5, "last_updated": 1770756058000000000}, 6000.5),
        ({"price": 0, "value": 6000.5, "last_updated": 1770756058000000000}, 6000.5),
        ({"price": 601.0}, math.nan),  # without a stamp nobody knows how old it is
        ({"price": 601.0, "last_updated": 1770766059000000000}, math.nan),  # made in the future
        ({"price": "NaN", "last_updated": 1770756058000000000}, math.nan),
        ({}, math.nan),
    ],
)
def test_the_spot_is_a_price_or_a_value_with_a_stamp(asset: dict[str, Any], spot: float) -> None:
    assert made(ROW | {"underlying_asset": asset}).spot == pytest.approx(spot, nan_ok=True)


def test_the_newest_spot_of_several_pages_counts() -> None:
    older = ROW | {"underlying_asset": {"price": 590.0, "last_updated": 1770756000000000000}}
    other = older | {"details": ROW["details"] | {"ticker": "O:SPY260220C00605000"}}

    rows = wire.decode(msgspec.json.encode({"results": [other, ROW]}), wire.OptionChain).results
    assert chains.spot(rows, now=NOW) == Spot(601.2, datetime(2026, 2, 10, 20, 40, 58, tzinfo=UTC))


@pytest.mark.parametrize("where", ["last_quote", "underlying_asset"])
def test_one_delayed_part_makes_the_chain_delayed(where: str) -> None:
    assert made(ROW | {where: ROW[where] | {"timeframe": "DELAYED"}}).delayed
    assert made(ROW, delayed=True).delayed
    assert not made(ROW).delayed


@given(
    st.sets(st.sampled_from([name for name in ROW if name != "details"])),
    st.sets(st.sampled_from(["bid", "ask", "close", "volume", "delta", "vega", "price", "last_updated"])),
)
def test_no_zero_that_was_not_on_the_wire(gone: set[str], inner: set[str]) -> None:
    row = {
        name: {key: value for key, value in part.items() if key not in inner or name == "details"}
        if isinstance(part, dict)
        else part
        for name, part in ROW.items()
        if name not in gone
    }

    chain = made(row)

    assert len(chain) == 1
    assert not any((getattr(chain, name) == 0).any() for name in FIGURES)
    assert chain.spot != 0


def test_a_chain_of_everything_survives_its_packed_form() -> None:
    chain = Chain.unpack(made(ROW, partial=True).pack())

    assert (chain.partial, chain.spot_ts, chain.quotes_ts) == (True, 1770756058.0, 1770756059.0)


def test_twelve_thousand_rows_are_read_without_loss() -> None:
    rows = [
        ROW | {"details": ROW["details"] | {"ticker": f"O:SPXW{day:%y%m%d}C{strike:08d}"}}
        for day in (date(2026, 2, 11) + timedelta(days=n) for n in range(24))
        for strike in range(5_000_000, 7_500_000, 5_000)
    ]
    body = msgspec.json.encode({"status": "OK", "results": rows})
    decoded = wire.decode(body, wire.OptionChain).results
    chain = chains.chain("SPX", chains.contracts(decoded), None, now=NOW, delayed=False, partial=False)

    assert len(chain) == 12_000
    assert np.isfinite(chain.gamma).all()
