"""Vanna and charm exposure: what dealers must trade when volatility moves, and as time passes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.pure.bars import Floats
from options_engine.pure import black_scholes
from options_engine.pure.book import Book
from options_engine.pure.dealers import USUAL, Model


@dataclass(frozen=True, slots=True, eq=False)
class Exposures:
    """Exposures of what dealers are taken to hold, by strike.

    Attributes
    ----------
    strikes : float64, shape (k,)
        Those with open contracts that have a volatility, ascending. [USD, or index points]
    delta : float64, shape (k,)
        What is held, in dollars of the underlying. [USD]
    vanna : float64, shape (k,)
        What `delta` gains when every volatility rises by a point. [USD/point]
    charm : float64, shape (k,)
        What `delta` gains as a calendar day passes. [USD/day]
    """

    strikes: Floats
    delta: Floats
    vanna: Floats
    charm: Floats

    @property
    def total_delta(self) -> float:
        """The sum over all strikes. [USD]"""
        return float(self.delta.sum())

    @property
    def total_vanna(self) -> float:
        """The sum over all strikes. [USD/point]"""
        return float(self.vanna.sum())

    @property
    def total_charm(self) -> float:
        """The sum over all strikes. [USD/day]"""
        return float(self.charm.sum())


def of_book(book: Book, spot: float, model: Model = USUAL) -> Exposures:
    """Return the exposures of a book at a spot, all its expiries together.

    Each is the Greek times open interest, shares a contract and spot, with the sign of what dealers hold. A contract
    that has expired, or without volatility or open interest, adds nothing, and its strike is not listed for its sake.

    Raises
    ------
    ValueError
        If the spot is not above 0.
    """
    if not spot > 0:
        raise ValueError(f"spot={spot:g}: expected a number above 0")
    with np.errstate(invalid="ignore"):
        known = book.take(book.is_live & np.isfinite(book.sigma) & (book.open_interest != 0))
    known = known.take(np.isfinite(known.open_interest))
    contracts = (spot, known.strike, known.t_years, known.sigma, known.is_call)
    first = black_scholes.value(*contracts, rate=known.rate, dividend=known.dividend)
    higher = black_scholes.higher_greeks(*contracts, rate=known.rate, dividend=known.dividend)
    dollars = model.sides(known.is_call) * known.open_interest * known.multiplier * spot
    strikes, which = np.unique(known.strike, return_inverse=True)
    delta, vanna, charm = (
        np.bincount(which, weights=dollars * greek, minlength=len(strikes)).astype(np.float64)
        for greek in (first.delta, higher.vanna, higher.charm)
    )
    return Exposures(strikes=strikes, delta=delta, vanna=vanna, charm=charm)
