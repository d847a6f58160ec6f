from __future__ import annotations

import numpy as np
import pytest

from options_engine.pure import black_scholes
from options_engine.pure.forwards import ForwardReason, Forwards, of_quotes
from options_engine.pure.implied_volatility import solve

SPOT, RATE, DIVIDEND, YEARS = 6000.0, 0.043, 0.0123, 45 / 365
STRIKES = np.array([5900.0, 5950.0, 6000.0, 6050.0, 6100.0])
SIGMAS = np.array([0.165, 0.158, 0.152, 0.147, 0.143])
FORWARD, DISCOUNT = 6022.752620, 0.994712658  # the specification's


def quotes(strikes=STRIKES, sigmas=SIGMAS, *, half=0.05, years=YEARS, noise=0.0, seed=0):
    """Return strike, is_call, bid and ask of calls and puts of one expiry, `half` dollars to each side."""
    strike = np.concatenate([strikes, strikes])
    is_call = np.arange(len(strike)) < len(strikes)
    price = black_scholes.price(
        SPOT, strike, years, np.concatenate([sigmas, sigmas]), is_call, rate=RATE, dividend=DIVIDEND
    )
    price = price + np.random.default_rng(seed).uniform(-noise, noise, len(strike))
    return strike, is_call, price - half, price + half


def fitted(strike, is_call, bid, ask, **more) -> Forwards:
    return of_quotes(np.full(len(strike), np.datetime64("2026-03-20")), strike, is_call, bid, ask, **more)


def test_the_specifications_example_to_a_millionth() -> None:
    strike, is_call, bid, ask = quotes()
    middle = 0.5 * (bid + ask)
    assert (middle[0], middle[4], middle[5], middle[9]) == pytest.approx(
        (206.651886, 86.210546, 84.548301, 163.049492), abs=1e-6
    )

    found = fitted(strike, is_call, bid, ask)

    assert float(found.forward[0]) == pytest.approx(FORWARD, abs=1e-6)
    assert float(found.discount[0]) == pytest.approx(DISCOUNT, abs=1e-9)
    assert (found.pairs.tolist(), found.refused.tolist(), found.reason.tolist()) == ([5], [0], [ForwardReason.FOUND])
    assert float(found.forward_error[0]) < 1e-6


@pytest.mark.parametrize("seed", range(40))
def test_dimes_of_noise_move_the_forward_by_less_than_half_a_basis_point_and_it_knows_how_far(seed: int) -> None:
    found = fitted(*quotes(noise=0.10, half=0.15, seed=seed))

    error = float(found.forward[0]) - FORWARD
    assert abs(error) <= 0.5e-4 * SPOT
    assert 0 < float(found.forward_error[0]) < 0.2


def test_its_own_error_is_the_error_it_makes() -> None:
    made = [fitted(*quotes(noise=0.10, half=0.15, seed=seed)) for seed in range(400)]
    pulls = [(float(each.forward[0]) - FORWARD) / float(each.forward_error[0]) for each in made]

    # Student's t with three degrees of freedom: a standard error is exceeded in 39 % of cases.
    assert 0.30 < np.mean(np.abs(pulls) > 1) < 0.48


@pytest.mark.parametrize("seed", range(20))
def test_a_few_bad_quotes_are_refused(seed: int) -> None:
    draw = np.random.default_rng(seed)
    strikes = np.arange(5700.0, 6300.0, 25.0)
    strike, is_call, bid, ask = quotes(strikes, 0.152 - 0.3 * np.log(strikes / SPOT), noise=0.05, half=0.1, seed=seed)
    bad = draw.choice(len(strikes), 4, replace=False)
    by = draw.uniform(3, 60, 4) * draw.choice([-1, 1], 4)
    bid[bad], ask[bad] = np.maximum(bid[bad] + by, 0.05), np.maximum(ask[bad] + by, 0.15)

    found = fitted(strike, is_call, bid, ask)

    assert float(found.forward[0]) == pytest.approx(FORWARD, abs=0.1)
    assert int(found.refused[0]) == 4
    assert int(found.pairs[0]) == 20


def test_with_a_discount_that_is_known_only_the_forward_is_sought() -> None:
    strike, is_call, bid, ask = quotes(noise=0.10, half=0.15)

    found = fitted(strike, is_call, bid, ask, discount=np.full(len(strike), DISCOUNT))

    assert found.discount.tolist() == [DISCOUNT]
    assert found.discount_error.tolist() == [0.0]
    assert float(found.forward[0]) == pytest.approx(FORWARD, abs=0.1)


def test_a_stale_spot_does_not_split_the_volatilities_of_calls_and_puts() -> None:
    years, strikes = 7 / 365, np.arange(5900.0, 6125.0, 25.0)
    strike, is_call, bid, ask = quotes(strikes, np.full(len(strikes), 0.14), years=years)
    price, at_money = 0.5 * (bid + ask), strike == 6000.0
    found = fitted(strike, is_call, bid, ask)

    ours = solve(price, found.forward[0], strike, years, is_call, discount=found.discount[0]).sigma[at_money]
    stale = 0.997 * SPOT * np.exp((RATE - DIVIDEND) * years)
    naive = solve(price, stale, strike, years, is_call, discount=np.exp(-RATE * years)).sigma[at_money]

    assert (100 * naive).tolist() == pytest.approx([16.66, 11.17], abs=0.01)
    assert abs(ours[0] - ours[1]) <= 0.0005
    assert ours.tolist() == pytest.approx([0.14, 0.14], abs=1e-6)


def test_every_expiry_has_its_own() -> None:
    parts = [quotes(years=years) for years in (7 / 365, 90 / 365)]
    strike, is_call, bid, ask = (np.concatenate(each) for each in zip(*parts, strict=True))
    expiry = np.repeat(np.array(["2026-06-01", "2026-03-01"], dtype="datetime64[D]"), 10)

    found = of_quotes(expiry, strike, is_call, bid, ask)

    assert found.expiry.astype(str).tolist() == ["2026-03-01", "2026-06-01"]
    assert found.forward.tolist() == pytest.approx(
        [SPOT * np.exp((RATE - DIVIDEND) * days / 365) for days in (90, 7)], abs=1e-6
    )
    assert found.discount.tolist() == pytest.approx([np.exp(-RATE * days / 365) for days in (90, 7)], abs=1e-9)


def _without(count: int):
    strike, is_call, bid, ask = quotes()
    bid[:count] = 0.0  # nobody bids for these calls
    return strike, is_call, bid, ask


def _backwards():
    strike, is_call, bid, ask = quotes()
    return strike, ~is_call, bid, ask


def _twice():
    strike, is_call, bid, ask = quotes()
    return tuple(np.concatenate([each, each]) for each in (strike, is_call, bid, ask))


@pytest.mark.parametrize(
    ("made", "reason", "pairs"),
    [
        (_without(3), ForwardReason.TOO_FEW_PAIRS, 2),
        (_without(5), ForwardReason.TOO_FEW_PAIRS, 0),
        (_backwards(), ForwardReason.NO_DISCOUNT, 5),
        (_twice(), ForwardReason.TOO_FEW_PAIRS, 0),
    ],
)
def test_what_cannot_be_had_is_missing_and_says_why(made, reason: ForwardReason, pairs: int) -> None:
    found = fitted(*made)

    assert (found.reason.tolist(), found.pairs.tolist()) == ([reason], [pairs])
    for numbers in (found.forward, found.discount, found.forward_error, found.discount_error):
        assert np.isnan(numbers).all()


def test_missing_quotes_and_no_quotes_at_all() -> None:
    strike, is_call, bid, ask = quotes()
    bid[0], ask[7] = np.nan, np.nan

    assert fitted(strike, is_call, bid, ask).pairs.tolist() == [3]
    none = np.empty(0)
    assert of_quotes(none.astype("datetime64[D]"), none, none.astype(bool), none, none).forward.tolist() == []
