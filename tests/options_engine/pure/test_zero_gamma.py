from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from options_engine.pure import black_scholes
from options_engine.pure.book import Book
from options_engine.pure.zero_gamma import NetGamma, ZeroLevel, nearest, zero_levels
from tests.options_engine.books import book, joined

NAN = float("nan")


def flip(whole: Book, spot: float) -> float | None:
    return nearest(zero_levels(whole, spot), spot)


def some_book(seed: int = 3, count: int = 400) -> Book:
    """Return calls above 6,000 and puts below it, with a crowd that differs from strike to strike."""
    draw = np.random.default_rng(seed)
    strikes = np.round(draw.uniform(5500, 6500, count) / 5) * 5
    return book(
        [
            (strike, "C" if strike > 6000 else "P", crowd)
            for strike, crowd in zip(strikes, draw.uniform(0, 9000, count), strict=True)
        ],
        days=5,
        sigma=0.14,
    )


# One strike of calls above one of puts, equal volatility and time: the level has a closed form,
# sqrt(K1 K2) exp(-(r - q + sigma^2 / 2) T) (n1 / n2)^(-sigma^2 T / ln(K1 / K2)).
CLOSED_FORM = [
    ((6100, 10_000), (5900, 10_000), 7, 0.16, 6000, 5994.014470),
    ((6100, 20_000), (5900, 10_000), 7, 0.16, 6000, 5933.137277),
    ((6100, 10_000), (5900, 20_000), 7, 0.16, 6000, 6055.516296),
    ((6050, 15_000), (5950, 12_000), 1, 0.14, 6010, 5994.793195),
    ((230, 8_000), (200, 6_000), 30, 0.35, 215, 208.472940),
]


@pytest.mark.parametrize(("calls", "puts", "days", "sigma", "spot", "expected"), CLOSED_FORM)
def test_the_level_of_two_strikes_is_that_of_the_formula(
    calls: tuple[int, int], puts: tuple[int, int], days: int, sigma: float, spot: float, expected: float
) -> None:
    whole = book([(calls[0], "C", calls[1]), (puts[0], "P", puts[1])], days=days, sigma=sigma)

    levels = zero_levels(whole, spot)

    assert [level.level for level in levels] == pytest.approx([expected], abs=1e-4)
    assert [level.rising for level in levels] == [True]


def test_the_exposure_is_that_of_every_contract_repriced() -> None:
    whole = some_book()
    side = np.where(whole.is_call, 1.0, -1.0)

    for spot in (5600.0, 6000.0, 6300.0):
        gamma = black_scholes.gamma(spot, whole.strike, whole.t_years, whole.sigma, rate=0.045, dividend=0.013)
        expected = (side * gamma * whole.open_interest * 100 * spot**2 * 0.01).sum()
        assert NetGamma.of(whole).at(spot) == pytest.approx(expected, rel=1e-10)


def test_the_sign_on_either_side_of_the_price_is_that_of_the_exposure() -> None:
    whole, net = some_book(), NetGamma.of(some_book())

    for spot in (5850.0, 5950.0, 6050.0, 6150.0):
        level = flip(whole, spot)
        assert level is not None
        assert np.sign(net.at(spot)) == np.sign(spot - level)


@pytest.mark.parametrize("spot", [5900.0, 5950.0, 6000.0, 6040.0, 6080.0])
def test_where_the_price_stands_does_not_move_the_level(spot: float) -> None:
    at_home = flip(some_book(), 6000.0)

    assert flip(some_book(), spot) == pytest.approx(at_home, rel=1e-5)


def test_every_crossing_is_told_and_the_nearest_one_is_the_flip() -> None:
    whole = book([(5800, "C", 5000), (6000, "P", 5000), (6200, "C", 5000)], days=1, sigma=0.14)

    levels = zero_levels(whole, 6050.0)

    assert [level.rising for level in levels] == [False, True]
    assert levels[0].level < 6000 < levels[1].level
    assert nearest(levels, 6050.0) == levels[1].level
    assert nearest(levels, 5950.0) == levels[0].level


@pytest.mark.parametrize("side", ["C", "P"])
def test_one_side_alone_crosses_nothing(side: str) -> None:
    assert zero_levels(book([(6000, side, 9000), (6100, side, 100)]), 6000.0) == ()


def test_an_empty_book_crosses_nothing() -> None:
    assert zero_levels(book([]), 6000.0) == ()
    assert nearest((), 6000.0) is None


@pytest.mark.parametrize(("centre", "found"), [(6000, True), (6900, True), (7500, True), (8100, False)])
def test_a_level_is_looked_for_within_three_tenths_of_the_price(centre: float, found: bool) -> None:
    whole = book([(centre + 100, "C", 10_000), (centre - 100, "P", 10_000)], days=1)

    assert (flip(whole, 6000.0) is not None) is found


def test_contracts_that_say_nothing_change_nothing() -> None:
    whole = some_book()
    silent = joined(
        whole,
        book([(6000, "P", 1e6)], days=0),
        book([(6000, "P", 1e6)], sigma=NAN),
        book([(6000, "P", NAN), (6000, "P", 0)]),
    )

    assert zero_levels(silent, 6000.0) == zero_levels(whole, 6000.0)


def test_with_all_sides_swapped_the_levels_stay_and_turn_round() -> None:
    whole = some_book()

    swapped = zero_levels(replace(whole, is_call=~whole.is_call), 6000.0)

    assert swapped == tuple(ZeroLevel(each.level, not each.rising) for each in zero_levels(whole, 6000.0))


@pytest.mark.parametrize("spot", [0.0, -1.0, NAN])
def test_a_price_that_is_none_is_refused(spot: float) -> None:
    with pytest.raises(ValueError, match="expected a number above 0"):
        zero_levels(some_book(), spot)
