"""Gamma exposure in full: by strike and by expiry, by each dealer model, at every spot around this one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np

from market.pure.bars import Floats
from options_engine.pure import exposures, gex
from options_engine.pure.book import Book
from options_engine.pure.contracts import Bools
from options_engine.pure.dealers import MODELS, USUAL, Model
from options_engine.pure.exposures import Exposures
from options_engine.pure.gex import strike_of_most
from options_engine.pure.zero_gamma import REACHES, STEPS, NetGamma, ZeroLevel, nearest, zero_levels

MOST_KEY_LEVELS: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class Strikes:
    """What is open at each strike of some expiries together; arrays of shape (k,).

    Attributes
    ----------
    strike : float64
        Those with any exposure, ascending. [USD, or index points]
    call_gex, put_gex : float64
        Exposure of the calls and of the puts, both >= 0. [USD of delta per 1 % move]
    call_gamma, put_gamma : float64
        Of one share, weighed by contracts; NaN where none is open. [1/USD]
    call_count, put_count : float64
        Contracts; NaN where nobody says.
    """

    strike: Floats
    call_gex: Floats
    put_gex: Floats
    call_gamma: Floats
    put_gamma: Floats
    call_count: Floats
    put_count: Floats

    @property
    def gross(self) -> Floats:
        """Calls and puts together, shape (k,)."""
        return self.call_gex + self.put_gex

    def net(self, model: Model = USUAL) -> Floats:
        """Return what dealers are taken to be exposed to, shape (k,)."""
        return model.calls * self.call_gex + model.puts * self.put_gex


@dataclass(frozen=True, slots=True)
class KeyLevel:
    """A strike whose exposure stands out; `kind` is `magnet` of the largest, else `support` or `resistance`."""

    strike: float
    value: float
    kind: str


@dataclass(frozen=True, slots=True)
class View:
    """What one dealer model makes of a book.

    Attributes
    ----------
    model : Model
    call_gex, put_gex : float
        With their signs, so that they add up to `net`. [USD of delta per 1 % move]
    call_wall, put_wall, max_strike : float or None
        The strike of the largest positive, negative, absolute net exposure.
    key_levels : tuple of KeyLevel
        The strongest first.
    zero_levels : tuple of ZeroLevel
        Ascending; empty where the net keeps its sign within 30 % of the spot.
    flip : float or None
        The one nearest to the spot.
    vanna, charm : float
        What the dealers' delta gains with a point of volatility, as a day passes. [USD]
    """

    model: Model
    call_gex: float
    put_gex: float
    call_wall: float | None
    put_wall: float | None
    max_strike: float | None
    key_levels: tuple[KeyLevel, ...]
    zero_levels: tuple[ZeroLevel, ...]
    flip: float | None
    vanna: float
    charm: float

    @property
    def net(self) -> float:
        """What is left of calls and puts. [USD of delta per 1 % move]."""
        return self.call_gex + self.put_gex

    @property
    def is_positive(self) -> bool:
        """Whether dealers dampen moves at the spot."""
        return self.net >= 0


@dataclass(frozen=True, slots=True)
class Expiry:
    """The part of one date: exposure of its calls and puts, both >= 0, and its share of all dates' gross."""

    expiry: dt.date
    call_gex: float
    put_gex: float
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A book's gamma exposure at a spot.

    Attributes
    ----------
    spot : float
    strikes : Strikes
    expiries : tuple of Expiry
        Ascending.
    views : tuple of View
        By model, the usual one first.
    spots, net_at : float64, shape (121,)
        Spots within a tenth of this one, and the net exposure there by the usual model, every contract re-priced.
    greeks : Exposures
        Vanna and charm by strike, by the usual model.
    repriced : float
        The share of the gross exposure whose contracts have a volatility and so can be re-priced. [1]
    """

    spot: float
    strikes: Strikes
    expiries: tuple[Expiry, ...]
    views: tuple[View, ...]
    spots: Floats
    net_at: Floats
    greeks: Exposures
    repriced: float

    @property
    def usual(self) -> View:
        """What the usual model says."""
        return self.views[0]


def profile(book: Book, spot: float) -> Profile | None:
    """Return the gamma exposure of a book at a spot, all its expiries together and each by itself.

    Parameters
    ----------
    book : Book
        All expiries that count, every strike of theirs.
    spot : float
        What the underlying cost when the book was read. [USD, or index points]

    Returns
    -------
    Profile or None
        None where nothing can be said: no price of the underlying, or no live contract with open interest and gamma.
    """
    if not spot > 0:
        return None
    live = book.take(book.is_live)
    strikes = by_strike(live, spot)
    if not len(strikes.strike):
        return None
    amounts = gex.exposure(live.gamma, live.open_interest, spot, multiplier=live.multiplier)
    spots = spot * np.linspace(1.0 - REACHES[0], 1.0 + REACHES[0], STEPS)
    return Profile(
        spot=spot,
        strikes=strikes,
        expiries=_by_expiry(live, amounts),
        views=tuple(_view(live, strikes, spot, model) for model in MODELS),
        spots=spots,
        net_at=NetGamma.of(live).over(spots),
        greeks=exposures.of_book(live, spot),
        repriced=float(amounts[np.isfinite(live.sigma)].sum() / amounts.sum()),
    )


def by_strike(book: Book, spot: Floats | float) -> Strikes:
    """Return what is open at each strike with any exposure; `spot` may be of each contract's own chain."""
    amounts = gex.exposure(book.gamma, book.open_interest, spot, multiplier=book.multiplier)
    strike, calls, puts = gex.by_strike(book.strike, book.is_call, amounts)
    sides = {side: _counted(book, amounts > 0, strike, book.is_call == (side == "call")) for side in ("call", "put")}
    return Strikes(
        strike=strike,
        call_gex=calls,
        put_gex=puts,
        call_gamma=sides["call"][0],
        put_gamma=sides["put"][0],
        call_count=sides["call"][1],
        put_count=sides["put"][1],
    )


def _counted(book: Book, counts: Bools, strike: Floats, side: Bools) -> tuple[Floats, Floats]:
    """Return gamma weighed by contracts, and contracts, of one side at each strike."""

    def sums(which: Bools, weights: Floats) -> Floats:
        places = np.searchsorted(strike, book.strike[which])
        return np.asarray(np.bincount(places, weights=weights[which], minlength=len(strike)), dtype=np.float64)

    told = side & np.isfinite(book.open_interest) & np.isin(book.strike, strike)
    open_there = side & counts
    ones = np.ones(len(book))
    contracts = np.where(sums(told, ones) > 0, sums(told, np.maximum(book.open_interest, 0.0)), np.nan)
    weights = sums(open_there, book.open_interest)
    weighed = sums(open_there, book.gamma * book.open_interest)
    return np.divide(weighed, weights, out=np.full(len(strike), np.nan), where=weights > 0), contracts


def key_levels(strike: Floats, net: Floats) -> tuple[KeyLevel, ...]:
    """Return the strikes whose net exposure is at least one standard deviation above the mean, ten at most.

    Mean and population standard deviation are those of the absolute values of all strikes. The strike of the largest
    one is a magnet; the others support where the net is not negative and resist where it is. The strongest first.
    """
    size = np.abs(net)
    if not len(size) or not size.max() > 0:
        return ()
    most = int(np.argmax(size))
    # Sums of equal sizes are off in the last digit, and all of them stand out as much as any.
    threshold = (size.mean() + size.std()) * (1.0 - 1e-12)
    found = np.flatnonzero(size >= threshold)
    ranked = found[np.argsort(-size[found], kind="stable")][:MOST_KEY_LEVELS]
    return tuple(
        KeyLevel(
            strike=float(strike[at]),
            value=float(net[at]),
            kind="magnet" if at == most else "support" if net[at] >= 0 else "resistance",
        )
        for at in ranked.tolist()
    )


def _view(book: Book, strikes: Strikes, spot: float, model: Model) -> View:
    net = strikes.net(model)
    levels = zero_levels(book, spot, model)
    greeks = exposures.of_book(book, spot, model)
    return View(
        model=model,
        call_gex=model.calls * float(strikes.call_gex.sum()),
        put_gex=model.puts * float(strikes.put_gex.sum()),
        call_wall=strike_of_most(strikes.strike, net),
        put_wall=strike_of_most(strikes.strike, -net),
        max_strike=strike_of_most(strikes.strike, np.abs(net)),
        key_levels=key_levels(strikes.strike, net),
        zero_levels=levels,
        flip=nearest(levels, spot),
        vanna=greeks.total_vanna,
        charm=greeks.total_charm,
    )


def _by_expiry(book: Book, amounts: Floats) -> tuple[Expiry, ...]:
    days, which = np.unique(book.expiry.astype("datetime64[D]"), return_inverse=True)
    calls, puts = (
        np.bincount(which, weights=np.where(side, amounts, 0.0), minlength=len(days))
        for side in (book.is_call, ~book.is_call)
    )
    return tuple(
        Expiry(day, float(call), float(put), float((call + put) / amounts.sum()))
        for day, call, put in zip(days.tolist(), calls, puts, strict=True)
    )
