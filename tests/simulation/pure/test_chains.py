from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from market.pure.chain import Chain
from options_engine.pure import black_scholes, carry
from options_engine.pure.contracts import years_left
from simulation.pure.chains import Moment, chain
from simulation.pure.contracts import Expiry
from simulation.pure.listings import LISTINGS
from tests.simulation.days import SEED, stamp

MONDAY, TUESDAY, FRIDAY = date(2026, 2, 9), date(2026, 2, 10), date(2026, 2, 13)
NOW = stamp(MONDAY, 10, 30)
EXPIRIES = [
    Expiry(day, "SPXW", at_open=False, cycle="daily", session=row, expires_ts=stamp(day, 16))
    for row, day in enumerate((MONDAY, TUESDAY, FRIDAY))
]
DAYS = np.array([0.5, 1.5, 4.5])
MOMENT = Moment(MONDAY, NOW, spot=6912.35, close=6903.0, level=1.1, traded=0.2)


def of(symbol: str = "SPX", moment: Moment = MOMENT, *, seed: int = SEED) -> Chain:
    return chain(seed, LISTINGS[symbol], EXPIRIES, DAYS, moment)


SPX = of()


def ends(found: Chain) -> np.ndarray:
    by_day = {np.datetime64(each.day, "D"): each.expires_ts for each in EXPIRIES}
    return np.array([by_day[day] for day in found.expiry])


def worth(found: Chain) -> np.ndarray:
    """Return what each contract is worth at its own volatility, unrounded."""
    return black_scholes.price(
        found.spot,
        found.strike,
        years_left(ends(found), NOW),
        found.iv,
        found.is_call,
        rate=carry.RATE,
        dividend=carry.dividend_yield(found.symbol),
    )


def test_every_strike_is_there_as_call_and_put_of_every_expiry() -> None:
    keys = set(zip(SPX.expiry.tolist(), SPX.strike.tolist(), SPX.is_call.tolist(), strict=True))

    assert len(keys) == len(SPX) == 3 * 2 * len(np.unique(SPX.strike))
    assert SPX.expiries == [MONDAY, TUESDAY, FRIDAY]
    assert (SPX.symbol, SPX.spot, SPX.as_of.timestamp(), SPX.delayed) == ("SPX", 6912.35, NOW, False)
    assert set(SPX.root.tolist()) == {"SPXW"}
    assert set(SPX.shares_per_contract.tolist()) == {100.0}


def test_one_seed_is_one_chain() -> None:
    assert of().pack() == SPX.pack()
    assert of(seed=SEED + 1).open_interest.tolist() != SPX.open_interest.tolist()


def test_every_number_is_there_but_trades_that_were_not_made() -> None:
    for name in ("bid", "ask", "volume", "open_interest", "iv", "delta", "gamma", "theta", "vega"):
        assert np.isfinite(getattr(SPX, name)).all(), name
    assert (np.isfinite(SPX.last) == (SPX.volume > 0)).all()


def test_what_a_contract_is_worth_lies_between_bid_and_ask() -> None:
    value = worth(SPX)

    assert (SPX.bid <= value + 1e-9).all()
    assert (SPX.ask >= value - 1e-9).all()
    assert (SPX.ask > SPX.bid).all()
    traded = SPX.volume > 0
    assert (SPX.last[traded] >= SPX.bid[traded]).all()
    assert (SPX.last[traded] <= SPX.ask[traded]).all()


def test_quotes_are_narrow_near_the_money_and_wide_far_from_it() -> None:
    mid = 0.5 * (SPX.bid + SPX.ask)
    share = (SPX.ask - SPX.bid) / mid
    near = np.abs(SPX.strike / SPX.spot - 1) < 0.003
    cheap = (mid < 0.5) & (mid > 0.05)

    assert share[near].max() < 0.05
    assert share[cheap].mean() > 0.3
    sane = mid >= 1
    assert (SPX.ask - SPX.bid)[sane].max() < (0.25 * mid[sane]).max()


@pytest.mark.parametrize(("symbol", "below", "above"), [("SPX", 0.05, 0.10), ("SPY", 0.01, 0.01), ("NVDA", 0.01, 0.05)])
def test_prices_are_in_the_ticks_of_their_exchange(symbol: str, below: float, above: float) -> None:
    price = LISTINGS[symbol].price
    found = of(symbol, replace(MOMENT, spot=price, close=price))
    for quote in (found.bid, found.ask):
        tick = np.where(worth(found) < 3, below, above)
        assert np.abs(quote / tick - np.rint(quote / tick)).max() < 1e-6


def by_strike(of_expiry: int, *, calls: bool) -> tuple[np.ndarray, np.ndarray]:
    row = (SPX.expiry == np.datetime64(EXPIRIES[of_expiry].day)) & (SPX.is_call == calls)
    return SPX.strike[row], worth(SPX)[row]


@pytest.mark.parametrize("expiry", [0, 1, 2])
@pytest.mark.parametrize("calls", [True, False])
def test_no_vertical_and_no_butterfly_has_a_negative_price(expiry: int, calls: bool) -> None:
    strike, value = by_strike(expiry, calls=calls)
    slope = np.diff(value) / np.diff(strike)

    assert (slope <= 1e-12).all() if calls else (slope >= -1e-12).all()
    assert (np.abs(slope) <= 1).all()
    assert (np.diff(slope) >= -1e-9).all()


def test_more_time_is_more_variance_at_every_strike() -> None:
    strike, t_years = SPX.strike, years_left(ends(SPX), NOW)
    along = np.log(strike / SPX.spot) - (carry.RATE - carry.dividend_yield("SPX")) * t_years
    grid = np.linspace(-0.05, 0.05, 200)
    totals = []
    for each in EXPIRIES:
        row = (SPX.expiry == np.datetime64(each.day)) & SPX.is_call
        totals.append(np.interp(grid, along[row], (SPX.iv**2 * t_years)[row]))

    assert (np.diff(totals, axis=0) > 0).all()


def test_open_interest_stands_all_day_and_volume_only_grows() -> None:
    later = of(moment=replace(MOMENT, now_ts=NOW + 3600, spot=6950.0, level=1.3, traded=0.4))

    assert later.open_interest.tolist() == SPX.open_interest.tolist()
    assert later.strike.tolist() == SPX.strike.tolist()
    assert (later.volume >= SPX.volume).all()
    assert later.volume.sum() > 1.9 * SPX.volume.sum()


def test_nothing_has_traded_before_the_open() -> None:
    early = of(moment=replace(MOMENT, traded=0.0))

    assert early.volume.tolist() == [0.0] * len(early)
    assert np.isnan(early.last).all()


def test_fear_makes_options_dear() -> None:
    afraid = of(moment=replace(MOMENT, level=1.8))

    assert (afraid.iv > SPX.iv).all()


def test_the_last_minute_is_still_a_chain() -> None:
    last = replace(MOMENT, now_ts=stamp(MONDAY, 15, 59) + 59, traded=1.0)
    found = chain(SEED, LISTINGS["SPX"], EXPIRIES[:1], np.array([0.0]), last)

    assert np.isfinite(found.gamma).all()
    assert found.gamma.max() > 0
