from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from simulation.pure.contracts import Cycle, Expiry, strike_numbers, strikes
from simulation.pure.interest import Crowd, crowd, crowd_of, traded_share
from simulation.pure.listings import LISTINGS
from tests.simulation.days import SEED

MONDAY, TUESDAY = date(2026, 2, 9), date(2026, 2, 10)
CLOSE = 6903.0


def expiry(day: date = TUESDAY, cycle: Cycle = "daily", root: str = "SPXW") -> Expiry:
    return Expiry(day, root, at_open=False, cycle=cycle, session=0, expires_ts=0)


def of(which: Expiry, *, symbol: str = "SPX", close: float = CLOSE, seed: int = SEED, day: date = MONDAY) -> Crowd:
    listing = LISTINGS[symbol]
    return crowd(seed, listing, which, strike_numbers(listing, close), day=day, close=close)


def many(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the strikes of SPX and what is open at them on average over many seeds."""
    mean = np.mean([of(expiry(), seed=seed).open_interest[side] for seed in range(40)], axis=0)
    return strikes(LISTINGS["SPX"], strike_numbers(LISTINGS["SPX"], CLOSE)), mean


def test_the_same_seed_has_the_same_crowd() -> None:
    assert of(expiry()).open_interest.tolist() == of(expiry()).open_interest.tolist()
    assert of(expiry()).open_interest.tolist() != of(expiry(), seed=SEED + 1).open_interest.tolist()
    assert of(expiry()).open_interest.tolist() != of(replace(expiry(), root="SPX")).open_interest.tolist()


def test_contracts_are_whole_and_none_is_missing() -> None:
    found = of(expiry())

    assert (found.open_interest == np.rint(found.open_interest)).all()
    assert (found.open_interest >= 0).all()
    assert (found.day_volume > 0).all()


def test_calls_stand_above_the_price_and_puts_below() -> None:
    (strike, calls), (_, puts) = many(0), many(1)

    assert (strike * calls).sum() / calls.sum() > CLOSE > (strike * puts).sum() / puts.sum()


def test_crowds_gather_at_round_strikes() -> None:
    strike, calls = many(0)
    near = np.abs(strike - 6950) < 60
    hundreds, fifties, others = strike % 100 == 0, strike % 100 == 50, strike % 25 != 0

    assert calls[near & hundreds].mean() > 1.5 * calls[near & fifties].mean()
    assert calls[near & fifties].mean() > 1.5 * calls[near & others].mean()


def test_a_strikes_own_noise_does_not_hang_on_how_many_are_listed() -> None:
    low, high = (strike_numbers(LISTINGS["SPX"], close) for close in (6800.0, 7000.0))
    both = np.intersect1d(low, high)
    one = crowd(SEED, LISTINGS["SPX"], expiry(), low, day=MONDAY, close=CLOSE).open_interest[:, np.isin(low, both)]
    other = crowd(SEED, LISTINGS["SPX"], expiry(), high, day=MONDAY, close=CLOSE).open_interest[:, np.isin(high, both)]

    assert one.tolist() == other.tolist()


def test_a_monthly_holds_more_than_a_weekly_and_that_more_than_a_daily() -> None:
    totals = [of(expiry(cycle=cycle)).open_interest.sum() for cycle in ("daily", "weekly", "monthly")]

    assert totals[0] < totals[1] < totals[2]


def test_what_expires_today_trades_many_times_over() -> None:
    today, later = of(expiry(MONDAY)), of(expiry(date(2026, 3, 6)))

    assert today.day_volume.sum() > 1.5 * today.open_interest.sum()
    assert later.day_volume.sum() < 0.5 * later.open_interest.sum()


def test_options_of_a_fund_lean_as_those_of_its_index() -> None:
    def lean(symbol: str, close: float, day: date) -> float:
        calls, puts = of(expiry(day), symbol=symbol, close=close).open_interest.sum(axis=1)
        return float(np.log(calls / puts))

    days = [date(2026, 3, day) for day in range(2, 28)]
    both = np.corrcoef([lean("SPX", 6900.0, day) for day in days], [lean("SPY", 690.0, day) for day in days])
    assert both[0, 1] > 0.7


@pytest.mark.parametrize(("large", "small"), [("SPX", "NDX"), ("SPY", "QQQ"), ("NVDA", "KO"), ("KO", "SMCI")])
def test_who_trades_more_has_more_contracts(large: str, small: str) -> None:
    assert crowd_of(LISTINGS[large]) > crowd_of(LISTINGS[small]) >= 50


@pytest.mark.parametrize(
    ("minutes_since_open", "minutes", "expected"),
    [(-5.0, 390, 0.0), (0.0, 390, 0.0), (390.0, 390, 1.0), (500.0, 390, 1.0), (300.0, 210, 210 / 390)],
)
def test_volume_grows_from_the_open_to_the_close(minutes_since_open: float, minutes: int, expected: float) -> None:
    assert traded_share(minutes_since_open, minutes) == pytest.approx(expected)


def test_volume_comes_in_the_shape_of_a_u() -> None:
    by_hour = np.diff([traded_share(minute, 390) for minute in range(0, 391, 65)])

    assert by_hour[0] > by_hour[1] > by_hour[2]
    assert by_hour[-1] > by_hour[-2]
