"""Reading the few contracts that somebody holds: in the money without the other side of their strike beside them."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from market.pure.bars import Floats
from options_engine.pure import american_volatility, black_scholes, implied_volatility
from options_engine.pure.black_scholes import Valuation
from options_engine.pure.contracts import Bools
from options_engine.pure.own_volatilities import EARLY_FROM_YEARS, Terms, exercised_early
from options_engine.pure.quotes import LEAST_IV, MOST_IV, Verdict
from options_engine.pure.reading import Reading


def completed(reading: Reading) -> Reading:
    """Return the reading with volatilities and Greeks of good quotes in the money that nothing else told.

    A whole chain reads a contract in the money from its twin out of the money, whose quote says more. Here there may be
    none; then its own quote has to do.
    """
    alone = np.isnan(reading.sigma) & (reading.verdict == Verdict.GOOD) & (reading.t_years > 0)
    if not alone.any() or not reading.spot > 0:
        return reading
    part = reading.take(alone)
    terms = Terms(part.chain, part.european, part.t_years, part.rate, part.dividend, part.forward)
    sigma = _implied(terms, part.middle)
    greeks = black_scholes.value(
        terms.spot, part.chain.strike, part.t_years, sigma, part.chain.is_call, rate=part.rate, dividend=part.dividend
    )
    if not part.european:
        greeks = exercised_early(terms, sigma, greeks)
    return replace(reading, sigma=_with(reading.sigma, alone, sigma), greeks=_all_with(reading.greeks, alone, greeks))


def _implied(terms: Terms, price: Floats) -> Floats:
    """Return the volatility of each price, with early exercise where it is far enough away; NaN where none is."""
    chain = terms.chain
    discount = np.exp(-terms.rate * terms.t_years)
    found = implied_volatility.solve(
        price, terms.forward, chain.strike, terms.t_years, chain.is_call, discount=discount
    ).sigma
    early = terms.t_years >= EARLY_FROM_YEARS
    if not terms.european and early.any():
        found = _with(
            found,
            early,
            american_volatility.solve(
                price[early],
                terms.spot,
                chain.strike[early],
                terms.t_years[early],
                chain.is_call[early],
                rate=terms.rate[early],
                dividend=terms.dividend[early],
            ).sigma,
        )
    with np.errstate(invalid="ignore"):
        return np.where((found >= LEAST_IV) & (found <= MOST_IV), found, np.nan)


def _with(whole: Floats, where: Bools, part: Floats) -> Floats:
    made = whole.copy()
    made[where] = part
    return made


def _all_with(whole: Valuation, where: Bools, part: Valuation) -> Valuation:
    return Valuation(
        **{each.name: _with(getattr(whole, each.name), where, getattr(part, each.name)) for each in fields(Valuation)}
    )
