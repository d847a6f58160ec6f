from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.pure.chain import COLUMNS, Chain
from market.pure.sessions import make_session
from options_engine.pure import american, carry
from options_engine.pure.own_volatilities import Source
from options_engine.pure.quotes import Verdict
from options_engine.pure.reading import Carry, Reading, read
from tests.market.chains import chain
from tests.options_engine import made_up

NOON = datetime(2026, 2, 10, 17, 0, 5, tzinfo=UTC)
DAY, AHEAD = date(2026, 2, 10), date(2026, 3, 20)


def reading_of(told: Chain, *, european: bool = True) -> Reading:
    return read(told, {DAY: make_session(DAY)}, european=european, in_session=True)


def spx() -> Chain:
    return made_up.chain("SPX", NOON, 8)


def with_(told: Chain, at: int, **figures: float) -> Chain:
    """Return the chain with some figures of one contract changed."""
    changed = {name: getattr(told, name).copy() for name in figures}
    for name, value in figures.items():
        changed[name][at] = value
    return replace(told, **changed)


def at_the_money(told: Chain, *, call: bool = True, day: date = DAY) -> int:
    away = np.where(
        (told.is_call == call) & (told.expiry == np.datetime64(day)), np.abs(told.strike - told.spot), np.inf
    )
    return int(np.argmin(away))


def test_volatilities_are_those_the_market_was_made_with() -> None:
    told = spx()

    found = reading_of(told)

    near = np.abs(told.strike / told.spot - 1) < 0.02
    # Of today's far wings nobody bids for; there the vendor's stand.
    assert set(found.source[near].tolist()) == {Source.QUOTE, Source.TWIN, Source.VENDOR}
    assert np.isin(found.source[near], (Source.QUOTE, Source.TWIN)).mean() > 0.95
    np.testing.assert_allclose(found.sigma[near], told.iv[near], atol=4e-3)
    np.testing.assert_allclose(found.greeks.delta[near], told.delta[near], atol=0.01)


def test_in_the_money_a_contract_has_the_volatility_of_its_twin() -> None:
    found = reading_of(spx())
    chain_ = found.chain

    twins = found.source == Source.TWIN
    for at in np.flatnonzero(twins)[::37].tolist():
        same = (
            (chain_.strike == chain_.strike[at])
            & (chain_.expiry == chain_.expiry[at])
            & (chain_.root == chain_.root[at])
        )
        assert len(set(found.sigma[same].tolist())) == 1


@pytest.mark.parametrize(
    ("figures", "source", "verdict"),
    [
        ({"bid": 30.0, "ask": 20.0}, Source.VENDOR, Verdict.CROSSED),
        ({"bid": np.nan, "ask": np.nan}, Source.LAST, Verdict.NO_QUOTE),
        ({"bid": np.nan, "ask": np.nan, "last": np.nan}, Source.VENDOR, Verdict.NO_QUOTE),
        ({"bid": np.nan, "ask": np.nan, "last": np.nan, "iv": np.nan}, Source.NONE, Verdict.NO_QUOTE),
        ({"bid": np.nan, "ask": np.nan, "last": np.nan, "iv": 0.0}, Source.NONE, Verdict.NO_QUOTE),
    ],
)
def test_what_a_contract_without_a_good_quote_has(figures: dict[str, float], source: Source, verdict: Verdict) -> None:
    told = spx()
    at = at_the_money(told, call=told.spot < told.strike[at_the_money(told)])

    found = reading_of(with_(told, at, **figures))

    assert (found.source[at], found.verdict[at]) == (source, verdict)
    assert np.isnan(found.sigma[at]) == (source is Source.NONE)
    assert np.isnan(found.greeks.delta[at]) == (source is Source.NONE)


def test_an_ask_that_nobody_bids_against_counts_where_nothing_else_is_known() -> None:
    told = spx()
    found, alone = reading_of(told), reading_of(replace(told, iv=np.full(len(told), np.nan)))

    unbid = (told.bid == 0) & (found.verdict == Verdict.GOOD) & (told.is_call == (told.strike > told.spot))
    assert unbid.sum() > 10
    assert set(found.source[unbid].tolist()) == {Source.VENDOR}
    assert set(alone.source[unbid].tolist()) == {Source.ASK}
    assert np.isfinite(alone.sigma[unbid]).all()


def test_am_and_pm_contracts_of_a_date_end_and_stand_for_themselves() -> None:
    friday = made_up.chain("SPX", datetime(2026, 2, 18, 17, 0, 5, tzinfo=UTC), 3)
    found = read(friday, {}, european=True, in_session=True)

    on_day = found.chain.expiry == np.datetime64("2026-02-20")
    morning, evening = on_day & found.at_open, on_day & ~found.at_open
    assert morning.any()
    assert found.expires[evening][0] - found.expires[morning][0] == 6.5 * 3600
    assert len(np.unique(found.forward[morning])) == len(np.unique(found.forward[evening])) == 1


def test_without_pairs_the_forward_is_the_tables() -> None:
    listed = [(AHEAD, "AAPL", 100.0, "C"), (AHEAD, "AAPL", 110.0, "C")]
    told = chain("AAPL", listed, spot=100.0, as_of=NOON, bid=[4.0, 1.0], ask=[4.1, 1.05])

    found = reading_of(told, european=False)

    years = found.t_years
    expected = 100.0 * np.exp((carry.RATE - carry.dividend_yield("AAPL")) * years)
    assert set(found.carry.tolist()) == {Carry.TABLE}
    np.testing.assert_allclose(found.forward, expected)


def test_an_american_put_is_not_read_as_a_european_one() -> None:
    strikes = np.arange(180.0, 262.0, 4.0)
    listed = [(AHEAD, "AAPL", float(strike), side) for strike in strikes for side in ("C", "P")]
    plain = chain("AAPL", listed, spot=220.0, as_of=NOON)
    years = (make_session(AHEAD).close_ts - NOON.timestamp()) / (365 * 86_400)
    worth = american.value(220.0, plain.strike, years, 0.30, plain.is_call, rate=carry.RATE, dividend=0.005).price
    told = replace(plain, bid=worth - 0.005, ask=worth + 0.005)

    found = reading_of(told, european=False)

    out = found.source == Source.QUOTE
    assert out.sum() >= 18
    np.testing.assert_allclose(found.sigma[out], 0.30, atol=2e-3)
    # A deep put is worth its exercise: the model says so, and its delta is that of a share sold.
    deep = (plain.strike == 260.0) & ~plain.is_call
    assert found.greeks.price[deep] == pytest.approx(worth[deep], abs=0.02)


def test_what_has_expired_is_counted_apart() -> None:
    evening = replace(spx(), as_of=datetime(2026, 2, 10, 21, 0, 1, tzinfo=UTC))

    found = reading_of(evening)

    today = evening.expiry == np.datetime64(DAY)
    assert found.quality()["expired"] == int(today.sum())
    assert np.isnan(found.sigma[today]).all()


def test_without_a_spot_nothing_is_valued() -> None:
    found = reading_of(replace(spx(), spot=float("nan")))

    assert np.isnan(found.greeks.price).all()


@pytest.mark.parametrize("symbol", ["SPX", "AAPL"])
def test_the_counts_add_up(symbol: str) -> None:
    told = with_(with_(made_up.chain(symbol, NOON, 4), 3, bid=np.nan), 7, bid=9_999.0)

    told_of = reading_of(told, european=symbol == "SPX").quality()

    assert told_of["contracts"] == told_of["expired"] + told_of["quoted"] + sum(told_of["filtered"].values())
    assert sum(told_of["filtered"].values()) >= 2


@given(st.integers(0, 400))
def test_a_contract_of_which_nothing_is_known_changes_no_other(at: int) -> None:
    told = made_up.chain("SPY", NOON, 2)
    at %= len(told)
    blank = with_(told, at, **dict.fromkeys(("bid", "ask", "last", "iv", "delta", "gamma", "theta", "vega"), np.nan))
    others = np.arange(len(told)) != at

    whole, without = reading_of(blank, european=False), reading_of(blank.take(others), european=False)

    np.testing.assert_array_equal(whole.sigma[others], without.sigma)
    np.testing.assert_array_equal(whole.forward[others], without.forward)


def test_a_part_of_a_reading_is_as_it_was_read_among_all() -> None:
    found = reading_of(spx())
    calls = found.take(found.chain.is_call)

    assert len(calls) == int(found.chain.is_call.sum())
    assert {len(getattr(calls.chain, name)) for name in COLUMNS} == {len(calls)}
    np.testing.assert_array_equal(calls.greeks.vega, found.greeks.vega[found.chain.is_call])
