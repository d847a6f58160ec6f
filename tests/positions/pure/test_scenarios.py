from __future__ import annotations

from dataclasses import replace
from math import nan

import pytest

from options_engine.pure import black_scholes
from options_engine.pure.carry import RATE, dividend_yield
from positions.pure import scenarios
from positions.pure.facts import PositionFacts
from positions.pure.scenarios import SPOT_MOVES, VOLATILITY_MOVES, Horizon
from tests.positions.pure.made_up import held, position

CALL = held("+2C5900", "80", 110.0, days=11, sigma=0.18)
SOLD = held("-1P5800", "40", 30.0, days=40, sigma=0.22)
SHARES = held("+100S", "590", 595.0, root="SPY")


def pnl(*positions: PositionFacts, spot: float = 0.0, volatility: float = 0.0, at: Horizon = Horizon.NOW) -> float:
    (found,) = [
        each.pnl
        for each in scenarios.of(positions).scenarios
        if (each.spot_move, each.volatility_move, each.horizon) == (spot, volatility, at)
    ]
    return found


def priced(spot: float, strike: float, minutes: float, sigma: float, *, call: bool) -> float:
    told = black_scholes.value(spot, strike, minutes / 525_600, sigma, call, rate=RATE, dividend=dividend_yield("SPX"))
    return float(told.price)


def test_every_move_is_told_once() -> None:
    found = scenarios.of([position(CALL)]).scenarios

    assert len({(each.spot_move, each.volatility_move, each.horizon) for each in found}) == len(found)
    assert len(found) == len(SPOT_MOVES) * len(VOLATILITY_MOVES) * len(Horizon)


@pytest.mark.parametrize("legs", [(CALL,), (SOLD,), (CALL, SOLD), (replace(SHARES, mark=595.0),)])
def test_where_nothing_moves_nothing_is_won(legs) -> None:
    assert pnl(position(*legs)) == 0.0


def test_a_move_is_the_models_on_top_of_the_mark() -> None:
    minutes = CALL.minutes_to_expiry
    now = priced(5950, 5900, minutes, 0.18, call=True)
    then = priced(5950 * 1.03, 5900, minutes - 1440, 0.28, call=True)

    assert pnl(position(CALL), spot=0.03, volatility=0.10, at=Horizon.DAY) == pytest.approx(200 * (then - now))


@pytest.mark.parametrize("spot", SPOT_MOVES)
@pytest.mark.parametrize("volatility", VOLATILITY_MOVES)
def test_at_expiry_only_the_payoff_counts(spot: float, volatility: float) -> None:
    at = 5950 * (1 + spot)

    made = pnl(position(CALL, SOLD), spot=spot, volatility=volatility, at=Horizon.EXPIRY)

    assert made == pytest.approx(200 * (max(at - 5900, 0) - 110) - 100 * (max(5800 - at, 0) - 30))


def test_shares_follow_the_spot_alone() -> None:
    of = position(SHARES, symbol="SPY", spot=595.0)

    told = {pnl(of, spot=-0.05, volatility=move, at=when) for move in VOLATILITY_MOVES for when in Horizon}
    assert told == {-100 * 595 * 0.05}


def test_positions_together_make_what_they_make_alone() -> None:
    one, other = position(CALL), position(SOLD)

    both = {
        (each.spot_move, each.volatility_move, each.horizon): each.pnl for each in scenarios.of([one, other]).scenarios
    }

    for each, alone in zip(scenarios.of([one]).scenarios, scenarios.of([other]).scenarios, strict=True):
        total = both[each.spot_move, each.volatility_move, each.horizon]
        assert total == pytest.approx(each.pnl + alone.pnl, abs=1e-6)


def test_who_is_short_loses_what_who_is_long_wins() -> None:
    sold = replace(CALL, leg=replace(CALL.leg, ratio=-2))

    for long, short in zip(
        scenarios.of([position(CALL)]).scenarios, scenarios.of([position(sold)]).scenarios, strict=True
    ):
        assert long.pnl == pytest.approx(-short.pnl, abs=1e-6)


def test_nothing_falls_below_nothing() -> None:
    cheap = held("+1C6400", "1", 0.05, days=3, sigma=0.30)

    assert pnl(position(cheap), spot=-0.10, volatility=-0.10, at=Horizon.DAY) == pytest.approx(-5.0)


def test_a_volatility_that_would_be_gone_stays_above_nothing() -> None:
    calm = held("+1C5900", "60", 55.0, days=11, sigma=0.08)

    assert pnl(position(calm), volatility=-0.10) < 0


@pytest.mark.parametrize(
    "unknown",
    [
        position(replace(CALL, mark=nan)),
        position(CALL, replace(SOLD, sigma=nan)),
        replace(position(CALL), spot=nan),
    ],
    ids=["mark", "volatility", "spot"],
)
def test_what_has_no_price_is_left_out_and_counted(unknown: PositionFacts) -> None:
    grid = scenarios.of([position(SOLD), unknown])

    assert grid.left_out == 1
    assert grid.scenarios == scenarios.of([position(SOLD)]).scenarios


def test_of_nothing_nothing_is_won() -> None:
    assert {each.pnl for each in scenarios.of([]).scenarios} == {0.0}
