"""The volatility of each contract of a chain, from its most trusted source, and what early exercise adds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from market.pure.bars import Floats
from market.pure.chain import Chain
from options_engine.pure import american, american_volatility, implied_volatility
from options_engine.pure.black_scholes import Valuation
from options_engine.pure.contracts import Bools
from options_engine.pure.implied_volatility import ImpliedVolatility, Reason, Reasons
from options_engine.pure.quotes import LEAST_IV, MOST_IV, Judged, Verdict, judge_volatility

Codes = npt.NDArray[np.int8]

# Nearer to its end early exercise is worth less than a tick, and the forward's yield is mostly noise.
EARLY_FROM_YEARS: Final = 2.0 / 365.0


class Source(IntEnum):
    """Where a contract's volatility comes from."""

    NONE = 0
    QUOTE = 1  # its own quote
    TWIN = 2  # the quote of the other side of its strike, which is out of the money
    LAST = 3  # its own last trade of the day
    VENDOR = 4
    ASK = 5  # the ask alone, its own or its twin's: nobody bids


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What the contracts of a chain are priced with, every array of shape (n,)."""

    chain: Chain
    european: bool
    t_years: Floats
    rate: Floats
    dividend: Floats
    forward: Floats

    @property
    def spot(self) -> float:
        """What the underlying cost, NaN when nobody said. [USD, or index points]."""
        return self.chain.spot if self.chain.spot > 0 else np.nan

    @property
    def is_out(self) -> Bools:
        """Which are out of the money, by their forward; at it the call is."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.chain.is_call == (self.chain.strike >= self.forward))


def volatilities(terms: Terms, judged: Judged) -> tuple[Floats, Codes, Reasons, Judged]:
    """Return each contract's volatility, its `Source`, why its own price implies none, and the quotes judged by it.

    Read on the side out of the money, from the middle of the quote; in the money a contract has that of its twin. Where
    the quote says nothing the last trade of the day does, the vendor where that does not, and an ask that nobody bids
    against where nothing else is known.
    """
    chain = terms.chain
    quoted = _solve(terms, np.where(judged.good, 0.5 * (chain.bid + chain.ask), np.nan), refused=~judged.good)
    judged = judge_volatility(judged, np.where(terms.is_out, quoted.sigma, np.nan))
    read = np.where(judged.good & terms.is_out, quoted.sigma, np.nan)
    # Where nobody bids the middle is half the ask, whatever the option is worth: the wings would rise out of nothing.
    with np.errstate(invalid="ignore"):
        own, asked = np.where(chain.bid > 0, read, np.nan), np.where(chain.bid > 0, np.nan, read)
    twin, twin_asked = _twins(terms, own), _twins(terms, asked)
    waits = terms.is_out & np.isnan(own) & (chain.last > 0) & (judged.verdict == Verdict.NO_QUOTE)
    traded = _solve(terms, np.where(waits, chain.last, np.nan)).sigma if waits.any() else np.full(len(chain), np.nan)
    with np.errstate(invalid="ignore"):
        plausible = (traded >= LEAST_IV) & (traded <= MOST_IV)
        vendor = np.where((terms.t_years > 0) & (chain.iv >= LEAST_IV) & (chain.iv < MOST_IV), chain.iv, np.nan)
    # In the order of trust.
    told = [(own, Source.QUOTE), (twin, Source.TWIN), (np.where(plausible, traded, np.nan), Source.LAST)]
    told += [(vendor, Source.VENDOR), (asked, Source.ASK), (twin_asked, Source.ASK)]
    ranks = [np.isfinite(sigma) for sigma, _ in told]
    sigma = np.select(ranks, [sigma for sigma, _ in told], np.nan)
    source = np.select(ranks, [source for _, source in told], Source.NONE)
    return sigma, source.astype(np.int8), quoted.reason, judged


def _solve(terms: Terms, price: Floats, *, refused: Bools | bool = False) -> ImpliedVolatility:
    chain = terms.chain
    found = implied_volatility.solve(
        price,
        terms.forward,
        chain.strike,
        terms.t_years,
        chain.is_call,
        discount=np.exp(-terms.rate * terms.t_years),
        refused=refused,
    )
    early = terms.is_out & (found.reason == Reason.SOLVED) & (terms.t_years >= EARLY_FROM_YEARS)
    if terms.european or not early.any() or not terms.spot > 0:
        return found
    sigma = found.sigma.copy()
    american_sigma = american_volatility.solve(
        price[early],
        terms.spot,
        chain.strike[early],
        terms.t_years[early],
        chain.is_call[early],
        rate=terms.rate[early],
        dividend=terms.dividend[early],
    ).sigma
    sigma[early] = np.where(np.isfinite(american_sigma), american_sigma, sigma[early])
    return replace(found, sigma=sigma)


def _twins(terms: Terms, own: Floats) -> Floats:
    """Return for contracts in the money what the one of the same strike, expiry and root out of the money has."""
    chain = terms.chain
    _, root = np.unique(chain.root, return_inverse=True)
    keys = np.stack([root.astype(np.float64), chain.expiry.astype(np.int64).astype(np.float64), chain.strike])
    _, which = np.unique(keys, axis=1, return_inverse=True)
    which = which.ravel()
    known = np.isfinite(own)
    told = np.full(int(which.max(initial=-1)) + 1, np.nan)
    told[which[known]] = own[known]
    return np.where(terms.is_out, np.nan, told[which])


def exercised_early(terms: Terms, sigma: Floats, greeks: Valuation) -> Valuation:
    """Return the Greeks with price and delta of American contracts where exercise is near enough to matter."""
    matters = ~terms.is_out & np.isfinite(sigma) & (terms.t_years >= EARLY_FROM_YEARS)
    if not matters.any() or not terms.spot > 0:
        return greeks
    price, delta = greeks.price.copy(), greeks.delta.copy()
    found = american.value(
        terms.spot,
        terms.chain.strike[matters],
        terms.t_years[matters],
        sigma[matters],
        terms.chain.is_call[matters],
        rate=terms.rate[matters],
        dividend=terms.dividend[matters],
    )
    price[matters], delta[matters] = found.price, found.delta
    return replace(greeks, price=price, delta=delta)
