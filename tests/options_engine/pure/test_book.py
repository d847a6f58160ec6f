from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from options_engine.pure import black_scholes
from options_engine.pure.book import Book, of_reading
from options_engine.pure.gex import exposure
from options_engine.pure.own_volatilities import Source
from options_engine.pure.reading import read
from options_engine.pure.zero_gamma import NetGamma
from tests.market.chains import chain
from tests.options_engine import made_up

NAN = float("nan")
AS_OF = datetime(2026, 2, 9, 15, tzinfo=UTC)  # 10:00 in New York
YEARS = 30 / 8760  # until the next day's close
LISTED = [(date(2026, 2, 10), "SPXW", 5950.0, "P"), (date(2026, 2, 10), "SPXW", 6050.0, "C")]


def of(*, as_of: datetime = AS_OF, spot: float = 6000.0, **figures: object) -> Book:
    return of_reading(read(chain("SPX", LISTED, spot=spot, as_of=as_of, **figures), {}, european=True, in_session=True))


def test_it_has_the_chains_contracts_and_their_time() -> None:
    book = of(open_interest=[5, NAN], shares_per_contract=[100, 150], iv=0.2)

    assert book.strike.tolist() == [5950, 6050]
    assert book.is_call.tolist() == [False, True]
    assert book.open_interest.tolist() == pytest.approx([5, NAN], nan_ok=True)
    assert book.multiplier.tolist() == [100, 150]
    assert book.t_years.tolist() == [YEARS] * 2


def test_what_was_traded_today_weighs_as_well_as_what_is_open() -> None:
    listed = chain("SPX", LISTED, spot=6000.0, as_of=AS_OF, open_interest=[5, 6], volume=[7, NAN], iv=0.2)
    reading = read(listed, {}, european=True, in_session=True)

    assert of_reading(reading).open_interest.tolist() == [5, 6]
    assert of_reading(reading, weight="volume").open_interest.tolist() == pytest.approx([7, NAN], nan_ok=True)


def test_gamma_is_ours_where_anything_implies_a_volatility_and_the_vendors_elsewhere() -> None:
    book = of(iv=[0.2, NAN], gamma=[0.9, 0.003])

    # Nobody quotes a forward here, so it is the table's.
    ours = black_scholes.gamma(6000.0, 5950.0, YEARS, 0.2, rate=0.045, dividend=0.014)
    assert book.gamma.tolist() == [pytest.approx(float(ours)), 0.003]


def test_volatility_and_forward_are_the_quotes_whatever_the_vendor_says() -> None:
    told = made_up.chain("SPX", AS_OF)
    lied = replace(told, iv=np.full(len(told), 0.9), gamma=np.full(len(told), 0.5))
    reading = read(lied, {}, european=True, in_session=True)

    book = of_reading(reading)

    solved = reading.source == Source.QUOTE
    assert solved.sum() > 0.3 * len(book)
    assert book.sigma[solved].tolist() == reading.sigma[solved].tolist()
    assert (book.gamma[solved] < 0.1).all()
    forward = reading.spot * np.exp((book.rate - book.dividend) * book.t_years)
    assert forward[book.is_live].tolist() == pytest.approx(reading.forward[book.is_live].tolist(), rel=1e-12)


def test_strikes_say_at_the_spot_what_re_pricing_says_there() -> None:
    reading = read(made_up.chain("SPX", AS_OF), {}, european=True, in_session=True)
    book = of_reading(reading)
    known = book.take(np.isfinite(book.sigma))

    sides = np.where(known.is_call, 1.0, -1.0)
    at_spot = sides * exposure(known.gamma, known.open_interest, reading.spot, multiplier=known.multiplier)

    assert at_spot.sum() == pytest.approx(NetGamma.of(book).at(reading.spot), rel=1e-9)


@pytest.mark.parametrize(
    ("iv", "trusted"), [(0.0, False), (0.0099, False), (0.01, True), (4.99, True), (5.0, False), (-1.0, False)]
)
def test_a_volatility_that_a_solver_was_clamped_to_is_none(iv: float, trusted: bool) -> None:
    assert np.isfinite(of(iv=iv).sigma).tolist() == [trusted] * 2


@pytest.mark.parametrize("spot", [NAN, 0.0])
def test_without_a_price_the_vendors_gamma_stands(spot: float) -> None:
    assert of(iv=0.2, gamma=0.003, spot=spot).gamma.tolist() == [0.003, 0.003]


def test_what_has_expired_has_no_gamma_whatever_the_vendor_says() -> None:
    book = of(iv=[0.2, NAN], gamma=0.5, as_of=datetime(2026, 2, 10, 21, tzinfo=UTC))

    assert book.gamma.tolist() == [0.0, 0.0]
    assert book.is_live.tolist() == [False, False]


def test_a_part_of_it_is_a_book() -> None:
    part = of(iv=0.2).take(np.array([False, True]))

    assert (len(part), part.strike.tolist()) == (1, [6050.0])
