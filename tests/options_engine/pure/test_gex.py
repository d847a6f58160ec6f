from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from options_engine.pure import black_scholes
from options_engine.pure.book import Book
from options_engine.pure.gex import GammaProfile, by_strike, exposure, profile
from tests.options_engine.books import EXPIRY, book, joined

NAN = float("nan")
MONDAY, AS_OF = date(2026, 2, 9), 1_770_649_500
LATER = np.datetime64("2026-02-13", "D")

# Two expiries, read at 6,000 and at 6,002: strike, side, contracts open, gamma.
PINNED = [
    (6000, True, 10_000, 0.0050, 6000),
    (6020, True, 8_000, 0.0040, 6000),
    (6000, False, 9_000, 0.0045, 6000),
    (5980, False, 7_000, 0.0042, 6000),
    (6000, True, 11_000, 0.0051, 6002),
    (6040, True, 7_500, 0.0038, 6002),
    (6000, False, 9_500, 0.0044, 6002),
    (5960, False, 6_000, 0.0040, 6002),
]


def test_the_pinned_vector_to_the_dollar() -> None:
    strike, is_call, interest, gamma, spot = (np.array(column) for column in zip(*PINNED, strict=True))

    strikes, calls, puts = by_strike(strike, is_call, exposure(gamma, interest, spot))

    net = np.rint(calls - puts).astype(int)
    assert strikes.tolist() == [5960, 5980, 6000, 6020, 6040]
    assert net.tolist() == [-864_576_096, -1_058_400_000, 857_143_257, 1_152_000_000, 1_026_684_114]
    assert net.sum() == 1_112_851_275


@pytest.mark.parametrize(
    ("gamma", "interest"), [(0.0, 10.0), (-0.1, 10.0), (NAN, 10.0), (0.1, 0.0), (0.1, -1.0), (0.1, NAN)]
)
def test_a_contract_without_gamma_or_interest_adds_nothing(gamma: float, interest: float) -> None:
    assert exposure(np.array([gamma]), np.array([interest]), 100.0).tolist() == [0.0]


def test_an_adjusted_contract_counts_with_its_own_shares() -> None:
    usual, adjusted = exposure(np.array([0.01] * 2), np.array([5.0] * 2), 100.0, multiplier=np.array([100.0, 150.0]))

    assert (usual, adjusted) == (500.0, 750.0)


def test_strikes_without_exposure_are_left_out() -> None:
    strikes, calls, puts = by_strike(
        np.array([90.0, 100.0, 110.0]), np.array([True, False, True]), np.array([0, 5.0, 7.0])
    )

    assert (strikes.tolist(), calls.tolist(), puts.tolist()) == ([100, 110], [0, 7], [5, 0])


def made(whole: Book, spot: float = 6000.0) -> GammaProfile:
    found = profile(whole, spot=spot, as_of_ts=AS_OF, market_date=MONDAY)
    assert found is not None
    return found


NEAR = book([(6100, "C", 10_000), (5900, "P", 10_000), (5900, "C", 2_000)], days=1, gamma=[0.001, 0.002, 0.002])
FAR = book([(6200, "C", 50_000), (5800, "P", 9_000)], days=4, expiry=LATER, gamma=[0.0005, 0.0004])


def test_a_profile_has_the_strikes_of_the_nearest_expiry() -> None:
    found = made(joined(FAR, NEAR))

    assert (found.as_of_ts, found.spot, found.expiry, found.days_to_expiry) == (AS_OF, 6000.0, date(2026, 2, 10), 1)
    assert found.strikes.tolist() == [5900, 6100]
    assert found.call_gex.tolist() == pytest.approx([0.002 * 2_000 * 36e6, 0.001 * 10_000 * 36e6])
    assert found.put_gex.tolist() == pytest.approx([0.002 * 10_000 * 36e6, 0.0])


def test_its_flip_is_that_of_all_expiries_together() -> None:
    alone, together = made(NEAR).flip, made(joined(NEAR, FAR)).flip

    assert alone is not None
    assert together is not None
    assert together < alone - 1  # the calls of the far expiry weigh more than its puts


def test_two_roots_of_one_date_are_one_expiry() -> None:
    morning = replace(NEAR, t_years=NEAR.t_years * 0.7)
    found = made(joined(NEAR, morning))

    assert found.call_gex.tolist() == pytest.approx((2 * made(NEAR).call_gex).tolist())


def test_what_has_expired_is_not_the_nearest() -> None:
    over = replace(NEAR, t_years=np.zeros(len(NEAR)))

    found = made(joined(over, FAR))

    assert (found.expiry, found.days_to_expiry, found.strikes.tolist()) == (date(2026, 2, 13), 4, [5800, 6200])


def test_an_expiry_that_nobody_holds_is_not_the_nearest() -> None:
    unheld = replace(NEAR, open_interest=np.zeros(len(NEAR)))

    assert made(joined(unheld, FAR)).expiry == date(2026, 2, 13)


@pytest.mark.parametrize("spot", [0.0, -1.0, NAN])
def test_without_a_price_there_is_no_profile(spot: float) -> None:
    assert profile(NEAR, spot=spot, as_of_ts=AS_OF, market_date=MONDAY) is None


def test_without_open_contracts_there_is_no_profile() -> None:
    assert profile(book([]), spot=6000.0, as_of_ts=AS_OF, market_date=MONDAY) is None
    assert profile(book([(6000, "C", 5)]), spot=6000.0, as_of_ts=AS_OF, market_date=MONDAY) is None  # gamma unknown


def test_a_flip_that_is_nowhere_is_none() -> None:
    assert made(book([(6000, "C", 5)], gamma=[0.01])).flip is None


def test_a_contract_of_which_nothing_is_known_changes_nothing() -> None:
    unknown = book([(6000, "C", NAN), (6050, "P", 10)], sigma=NAN)
    with_it, without = made(joined(NEAR, unknown)), made(NEAR)

    for name in ("strikes", "call_gex", "put_gex"):
        assert getattr(with_it, name).tolist() == getattr(without, name).tolist()
    assert with_it.flip == without.flip


def test_walls_and_regime_are_read_off_the_strikes() -> None:
    found = made(book([(5900, "P", 9), (5950, "P", 4), (6000, "C", 3), (6100, "C", 8)], gamma=[0.001] * 4))

    assert (found.call_wall, found.put_wall, found.max_strike) == (6100, 5900, 5900)
    assert not found.is_positive
    assert made(book([(5900, "P", 9), (6100, "C", 9)], gamma=[0.001] * 2)).is_positive  # a tie dampens
    assert made(book([(5900, "P", 9)], gamma=[0.001])).call_wall is None
    assert made(book([(5900, "C", 9)], gamma=[0.001])).put_wall is None


def test_strikes_of_equal_weight_give_the_lowest() -> None:
    assert made(book([(5900, "P", 9), (6100, "C", 9)], gamma=[0.001] * 2)).max_strike == 5900


def test_a_profile_without_strikes_has_no_walls() -> None:
    none = np.empty(0)
    empty = GammaProfile(AS_OF, 6000.0, MONDAY, 0, none, none, none, None)

    assert (empty.call_wall, empty.put_wall, empty.max_strike, empty.is_positive) == (None, None, None, True)


def test_numbers_in_dollars_scale_with_the_price() -> None:
    """A fund at a tenth of its index, ten times as many contracts of a tenth of the delta each."""
    index = book([(6100, "C", 10_000), (5900, "P", 20_000)], days=2)
    fund = replace(index, strike=index.strike / 10, open_interest=index.open_interest * 10)

    def with_gamma(whole: Book, spot: float) -> Book:
        gamma = black_scholes.gamma(spot, whole.strike, whole.t_years, whole.sigma, rate=0.045, dividend=0.013)
        return replace(whole, gamma=gamma)

    large, small = made(with_gamma(index, 6000.0)), made(with_gamma(fund, 600.0), spot=600.0)
    assert small.call_gex.tolist() == pytest.approx(large.call_gex.tolist())
    assert large.flip is not None
    assert small.flip == pytest.approx(large.flip / 10)


def test_the_nearest_expiry_is_of_new_york() -> None:
    assert EXPIRY.item() == made(NEAR).expiry
