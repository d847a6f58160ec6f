from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from options_engine.pure import black_scholes
from options_engine.pure.book import Book, of_chain
from tests.market.chains import chain

NAN = float("nan")
AS_OF = datetime(2026, 2, 9, 15, tzinfo=UTC)  # 10:00 in New York
EXPIRY = date(2026, 2, 10)
END = int(datetime(2026, 2, 10, 21, tzinfo=UTC).timestamp())
LISTED = [(EXPIRY, "SPXW", 5950.0, "P"), (EXPIRY, "SPXW", 6050.0, "C")]


def of(*, end: int = END, spot: float = 6000.0, **figures: object) -> Book:
    listed = chain("SPX", LISTED, spot=spot, as_of=AS_OF, **figures)
    return of_chain(listed, np.full(len(LISTED), end), rate=0.045, dividend=0.014)


def test_it_has_the_chains_contracts_and_their_time() -> None:
    book = of(open_interest=[5, NAN], shares_per_contract=[100, 150], iv=0.2)

    assert book.strike.tolist() == [5950, 6050]
    assert book.is_call.tolist() == [False, True]
    assert book.open_interest.tolist() == pytest.approx([5, NAN], nan_ok=True)
    assert book.multiplier.tolist() == [100, 150]
    assert book.t_years.tolist() == [30 * 3600 / (365 * 86_400)] * 2
    assert (book.rate.tolist(), book.dividend.tolist()) == ([0.045] * 2, [0.014] * 2)


def test_gamma_is_ours_where_there_is_a_volatility_and_the_vendors_elsewhere() -> None:
    book = of(iv=[0.2, NAN], gamma=[0.9, 0.003])

    ours = black_scholes.gamma(6000.0, 5950.0, 30 / 8760, 0.2, rate=0.045, dividend=0.014)
    assert book.gamma.tolist() == [pytest.approx(float(ours)), 0.003]


@pytest.mark.parametrize(
    ("iv", "trusted"), [(0.0, False), (0.0099, False), (0.01, True), (4.99, True), (5.0, False), (-1.0, False)]
)
def test_a_volatility_that_a_solver_was_clamped_to_is_none(iv: float, trusted: bool) -> None:
    assert np.isfinite(of(iv=iv).sigma).tolist() == [trusted] * 2


@pytest.mark.parametrize("spot", [NAN, 0.0])
def test_without_a_price_the_vendors_gamma_stands(spot: float) -> None:
    assert of(iv=0.2, gamma=0.003, spot=spot).gamma.tolist() == [0.003, 0.003]


def test_what_has_expired_has_no_gamma_whatever_the_vendor_says() -> None:
    book = of(iv=[0.2, NAN], gamma=0.5, end=int(AS_OF.timestamp()))

    assert book.gamma.tolist() == [0.0, 0.0]
    assert book.is_live.tolist() == [False, False]


def test_a_part_of_it_is_a_book() -> None:
    part = of(iv=0.2).take(np.array([False, True]))

    assert (len(part), part.strike.tolist()) == (1, [6050.0])
