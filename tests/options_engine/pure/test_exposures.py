from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from options_engine.pure.book import Book
from options_engine.pure.exposures import of_book
from tests.options_engine.books import book, joined

SPOT = 6000.0


def wide() -> Book:
    """Return calls and puts of four expiries with a smile, from tomorrow to half a year."""
    draw = np.random.default_rng(5)
    strikes = np.arange(5400.0, 6625.0, 25.0)
    parts = [
        book(
            [(k, side, float(draw.integers(0, 5000))) for k in strikes.tolist() for side in "CP"],
            days=days,
            sigma=sigma,
        )
        for days, sigma in ((1.0, 0.14), (7.0, 0.15), (45.0, 0.17), (180.0, 0.19))
    ]
    whole = joined(*parts)
    return replace(whole, sigma=whole.sigma - 0.3 * np.log(whole.strike / SPOT))


def test_vanna_is_what_the_books_delta_gains_with_a_point_of_volatility() -> None:
    whole, step = wide(), 1e-3
    up, down = (of_book(replace(whole, sigma=whole.sigma + 0.01 * by), SPOT) for by in (step, -step))

    found = of_book(whole, SPOT)

    assert found.total_vanna == pytest.approx((up.total_delta - down.total_delta) / (2 * step), rel=1e-4)
    slopes = (up.delta - down.delta) / (2 * step)
    assert found.vanna.tolist() == pytest.approx(slopes.tolist(), rel=1e-4, abs=1e-4 * np.abs(slopes).max())


def test_charm_is_what_the_books_delta_gains_as_a_day_passes() -> None:
    whole, step = wide(), 1e-3
    later, earlier = (of_book(replace(whole, t_years=whole.t_years - by / 365), SPOT) for by in (step, -step))

    found = of_book(whole, SPOT)

    assert found.total_charm == pytest.approx((later.total_delta - earlier.total_delta) / (2 * step), rel=1e-4)
    slopes = (later.delta - earlier.delta) / (2 * step)
    assert found.charm.tolist() == pytest.approx(slopes.tolist(), rel=1e-4, abs=1e-4 * np.abs(slopes).max())


def test_a_whole_point_and_a_whole_day_of_a_long_book() -> None:
    whole = replace(wide(), t_years=np.full(len(wide()), 2.0))
    up, down = (of_book(replace(whole, sigma=whole.sigma + by), SPOT).total_delta for by in (0.01, -0.01))
    later, earlier = (of_book(replace(whole, t_years=whole.t_years - by / 365), SPOT).total_delta for by in (1, -1))

    found = of_book(whole, SPOT)

    # Calls less puts: each is hundreds of times their difference.
    assert found.total_vanna == pytest.approx((up - down) / 2, abs=5e-3 * np.abs(found.vanna).sum())
    assert found.total_charm == pytest.approx((later - earlier) / 2, rel=1e-4)


def test_one_call_by_hand() -> None:
    # Vanna -0.0999523796 per 1.00 and charm -0.00051416653 a day, the specification's; 10 contracts of 100 shares.
    whole = book([(5900.0, "C", 10.0)], days=30, sigma=0.15)
    whole = replace(whole, dividend=np.array([0.014]))

    found = of_book(whole, 5900.0)

    assert found.strikes.tolist() == [5900.0]
    assert found.total_vanna == pytest.approx(-0.000999523796328 * 1000 * 5900)
    assert found.total_charm == pytest.approx(-0.00051416653382 * 1000 * 5900)


def test_an_empty_book_is_exposed_to_nothing() -> None:
    found = of_book(book([]), SPOT)

    assert (found.total_delta, found.total_vanna, found.total_charm) == (0.0, 0.0, 0.0)
    assert found.strikes.tolist() == []


def test_signs_turn_with_the_open_interest() -> None:
    whole = wide()
    found, turned = of_book(whole, SPOT), of_book(replace(whole, open_interest=-whole.open_interest), SPOT)

    assert turned.vanna.tolist() == (-found.vanna).tolist()
    assert turned.charm.tolist() == (-found.charm).tolist()


def test_what_is_not_known_adds_nothing() -> None:
    whole = wide()
    unknown = joined(
        whole, book([(5000.0, "C", 100.0), (5001.0, "P", 100.0), (5002.0, "P", np.nan), (5003.0, "C", 0.0)])
    )
    sigma, years = unknown.sigma.copy(), unknown.t_years.copy()
    sigma[-4], years[-3] = np.nan, 0.0

    found, alone = of_book(replace(unknown, sigma=sigma, t_years=years), SPOT), of_book(whole, SPOT)

    assert found.strikes.tolist() == alone.strikes.tolist()
    assert found.vanna.tolist() == alone.vanna.tolist()


def test_a_contract_counts_with_its_own_shares() -> None:
    whole = wide()
    bigger = of_book(replace(whole, multiplier=whole.multiplier * 1.5), SPOT)

    assert bigger.total_vanna == pytest.approx(1.5 * of_book(whole, SPOT).total_vanna)


@pytest.mark.parametrize("spot", [0.0, -1.0, float("nan")])
def test_a_spot_that_is_none_is_refused(spot: float) -> None:
    with pytest.raises(ValueError, match="expected a number above 0"):
        of_book(wide(), spot)
