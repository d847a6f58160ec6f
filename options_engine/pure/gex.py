"""Gamma exposure: what dealers must trade when the underlying moves, by strike."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from market.pure.bars import Floats
from options_engine.pure.book import Book
from options_engine.pure.contracts import Bools, days_to_expiry
from options_engine.pure.zero_gamma import ONE_PERCENT, nearest, zero_levels

SHARES = 100.0  # of one contract


@dataclass(frozen=True, slots=True, eq=False)
class GammaProfile:
    """Gamma exposure of one underlying as it stood at one moment, in dollars of delta per 1 % move.

    Attributes
    ----------
    as_of_ts : int
        When the chain was read. [Unix seconds, UTC]
    spot : float
        The underlying then. [USD, or index points]
    expiry : date
        The nearest expiry, whose strikes the arrays are of.
    days_to_expiry : int
        Calendar days from the market date to it.
    strikes : float64, shape (k,)
        Ascending. [USD, or index points]
    call_gex, put_gex : float64, shape (k,)
        Exposure of the calls and of the puts at each strike, both >= 0.
    flip : float or None
        Where the exposure of all expiries changes its sign; None where it does not, in range.
    """

    as_of_ts: int
    spot: float
    expiry: dt.date
    days_to_expiry: int
    strikes: Floats
    call_gex: Floats
    put_gex: Floats
    flip: float | None

    @property
    def net(self) -> Floats:
        """Calls less puts, shape (k,): dealers are taken to be long calls and short puts."""
        return self.call_gex - self.put_gex

    @property
    def is_positive(self) -> bool:
        """Whether dealers dampen moves: the net over all strikes is not negative."""
        return bool(self.net.sum() >= 0)

    @property
    def call_wall(self) -> float | None:
        """The strike of the largest positive net exposure; None without any."""
        return strike_of_most(self.strikes, self.net)

    @property
    def put_wall(self) -> float | None:
        """The strike of the largest negative net exposure; None without any."""
        return strike_of_most(self.strikes, -self.net)

    @property
    def max_strike(self) -> float | None:
        """The strike of the largest absolute net exposure, the lowest of equals; None without any."""
        return strike_of_most(self.strikes, np.abs(self.net))


def strike_of_most(strikes: Floats, weight: Floats) -> float | None:
    """Return the strike of the largest weight, the lowest of equals; None where none is above 0."""
    if not len(weight) or not weight.max() > 0:
        return None
    return float(strikes[int(np.argmax(weight))])


def exposure(
    gamma: Floats, open_interest: Floats, spot: Floats | float, *, multiplier: Floats | float = SHARES
) -> Floats:
    """Return the dollars of delta that each contract's open interest gains when the underlying moves by 1 %.

    Parameters
    ----------
    gamma : float64, shape (n,)
        Of one share. [1/USD]
    open_interest : float64, shape (n,)
        Contracts.
    spot : float or array
        The underlying as each contract's chain was read. [USD, or index points]
    multiplier : float or array
        Shares of one contract.

    Returns
    -------
    float64, shape (n,)
        gamma * open interest * multiplier * spot^2 * 0.01, the sign of calls and puts alike. 0 where gamma or open
        interest is missing or not above 0: such a contract adds nothing.
    """
    counts = (gamma > 0) & (open_interest > 0)
    return np.where(counts, gamma * open_interest * multiplier * spot * spot * ONE_PERCENT, 0.0)


def by_strike(strike: Floats, is_call: Bools, exposures: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the strikes with any exposure, ascending, and the sums over their calls and over their puts.

    Parameters
    ----------
    strike, is_call, exposures : shape (n,)
        Contracts of any expiries.

    Returns
    -------
    strikes, call_gex, put_gex : float64, shape (k,)
        Both sums are at least 0.
    """
    counts = exposures > 0
    strikes, which = np.unique(strike[counts], return_inverse=True)
    calls = np.bincount(which, weights=np.where(is_call[counts], exposures[counts], 0.0), minlength=len(strikes))
    puts = np.bincount(which, weights=np.where(is_call[counts], 0.0, exposures[counts]), minlength=len(strikes))
    return strikes, calls.astype(np.float64), puts.astype(np.float64)


def profile(book: Book, *, spot: float, as_of_ts: int, market_date: dt.date) -> GammaProfile | None:
    """Return the profile of a book: strikes of its nearest live expiry, flip of all of them together.

    Parameters
    ----------
    book : Book
        All expiries that count.
    spot : float
        What the underlying cost when the book was read. [USD, or index points]
    as_of_ts : int
        When that was. [Unix seconds]
    market_date : date
        Its New York date.

    Returns
    -------
    GammaProfile or None
        None where nothing can be said: no price of the underlying, or no live contract with open interest and gamma.
    """
    if not spot > 0:
        return None
    exposures = np.where(book.is_live, exposure(book.gamma, book.open_interest, spot, multiplier=book.multiplier), 0.0)
    counts = exposures > 0
    if not counts.any():
        return None
    expiry = book.expiry[counts].min()
    front = counts & (book.expiry == expiry)
    strikes, call_gex, put_gex = by_strike(book.strike[front], book.is_call[front], exposures[front])
    return GammaProfile(
        as_of_ts=as_of_ts,
        spot=spot,
        expiry=expiry.astype("datetime64[D]").item(),
        days_to_expiry=int(days_to_expiry(expiry, market_date)),
        strikes=strikes,
        call_gex=call_gex,
        put_gex=put_gex,
        flip=nearest(zero_levels(book, spot), spot),
    )
