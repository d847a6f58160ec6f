"""Books written out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from options_engine.pure.book import Book

EXPIRY = np.datetime64("2026-02-10", "D")
# Strike, side, contracts open.
Contract = tuple[float, str, float]


def book(
    contracts: Sequence[Contract],
    *,
    days: float = 7.0,
    sigma: float = 0.16,
    expiry: np.datetime64 = EXPIRY,
    gamma: Sequence[float] | None = None,
) -> Book:
    """Return a book of contracts with one expiry and one volatility, at 4.5 % and a yield of 1.3 %."""
    strikes, sides, interest = zip(*contracts, strict=True) if contracts else ((), (), ())

    def alike(number: float) -> np.ndarray:
        return np.full(len(strikes), number, dtype=np.float64)

    return Book(
        expiry=np.full(len(strikes), expiry),
        strike=np.array(strikes, dtype=np.float64),
        is_call=np.array([side == "C" for side in sides], dtype=np.bool_),
        open_interest=np.array(interest, dtype=np.float64),
        t_years=alike(days / 365),
        sigma=alike(sigma),
        gamma=alike(np.nan) if gamma is None else np.array(gamma, dtype=np.float64),
        multiplier=alike(100.0),
        rate=alike(0.045),
        dividend=alike(0.013),
    )


def joined(*books: Book) -> Book:
    """Return one book of several."""
    names = Book.__dataclass_fields__
    return Book(*(np.concatenate([getattr(each, name) for each in books]) for name in names))
