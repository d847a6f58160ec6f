"""Why a position won or lost what it did between two moments: spot, time, volatility, spread, fees, and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from math import isfinite, log
from typing import Final

import numpy as np

from options_engine.pure import american, black_scholes
from options_engine.pure.contracts import LEAST_S, YEAR_S
from positions.pure.facts import NAN
from positions.pure.structures import Kind, Leg

CENT: Final = Decimal("0.01")
ZERO: Final = Decimal(0)
MARKET: Final = ("delta", "gamma", "theta", "vega")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was known of a contract at a moment.

    Attributes
    ----------
    price : Decimal
        Its mark; of an option that ended, what it was worth then. [USD a share]
    at_ts : float
        [Unix seconds]
    spot : float
        Of the underlying, NaN when unknown. [USD, or index points]
    sigma : float
        Implied volatility, NaN when unknown. [1/sqrt(year)]
    forward : float
        Of its expiry, NaN when unknown. [USD, or index points]
    """

    price: Decimal
    at_ts: float
    spot: float = NAN
    sigma: float = NAN
    forward: float = NAN


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Some contracts that came or went between the two moments.

    Attributes
    ----------
    quantity : int
        Above 0 bought. [contracts or shares]
    price : Decimal
        [USD a share]
    fees : Decimal
        [USD]
    look : Look or None
        The market beside it; None when nobody looked. Then its spread is not told from what the market did.
    """

    quantity: int
    price: Decimal
    fees: Decimal = ZERO
    look: Look | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPath:
    """A leg between two moments.

    Attributes
    ----------
    contract : str
    leg : Leg
        Its `ratio` says nothing here.
    multiplier : Decimal
        Shares a contract; 1 for stock.
    expires_ts : float
        When it is worth its intrinsic value, NaN for stock. [Unix seconds]
    european : bool
    held : int
        At the first moment. [signed contracts or shares]
    start, end : Look or None
        Only where something is held then.
    changes : tuple of Change
        In their order.
    """

    contract: str
    leg: Leg
    multiplier: Decimal
    expires_ts: float = NAN
    european: bool = False
    held: int = 0
    start: Look | None = None
    end: Look | None = None
    changes: tuple[Change, ...] = ()

    @property
    def left(self) -> int:
        """What is held at the last moment."""
        return self.held + sum(each.quantity for each in self.changes)

    @property
    def is_priced(self) -> bool:
        """Whether what is held at either end has a price."""
        return (self.start is not None or not self.held) and (self.end is not None or not self.left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What made a profit, to the cent: `pnl` is exactly the sum of the others. [USD]

    Attributes
    ----------
    delta : Decimal
        The spot's move times the delta of the start.
    gamma : Decimal
        What the move of the spot made beyond that: all of its curvature.
    theta, vega : Decimal
        Time that passed; volatility that changed.
    spread : Decimal
        What trades cost against the mark of their moment; below 0 where they were dearer.
    fees : Decimal
        Never above 0.
    residual : Decimal
        Whatever is left: rates and dividends, noise of quotes, and what `unexplained` names.
    unexplained : tuple of str
        Contracts of which too little was known on the way: what they made in that time is part of the residual.
    """

    delta: Decimal = ZERO
    gamma: Decimal = ZERO
    theta: Decimal = ZERO
    vega: Decimal = ZERO
    spread: Decimal = ZERO
    fees: Decimal = ZERO
    residual: Decimal = ZERO
    pnl: Decimal = ZERO
    unexplained: tuple[str, ...] = ()


def explain(legs: Sequence[LegPath], *, rate: float) -> tuple[Parts, dict[str, Parts]] | None:
    """Return what made the profit of a position, and of each of its legs by contract; None where a leg has no price.

    Parameters
    ----------
    rate : float
        Risk-free, continuously compounded. [1/year]

    Notes
    -----
    By full revaluation, one step after the other: time passes, then the spot moves, then the volatility. Greeks
    alone, a Taylor series, miss a tenth and more of what a short-dated option makes when its spot moves one percent.
    Profit is value at the end, less value at the start, plus the cash that trades brought: what is bought and what is
    sold on the way is explained from its own moment on, or up to it.
    """
    if not all(leg.is_priced for leg in legs):
        return None
    walked = [_walk(leg, rate) for leg in legs]
    by_leg = {leg.contract: _parts(each) for leg, each in zip(legs, walked, strict=True)}
    sums = {name: sum((getattr(each, name) for each in by_leg.values()), ZERO) for name in (*MARKET, "spread", "fees")}
    pnl = _cents(sum((each.pnl for each in walked), ZERO))
    unexplained = tuple(leg.contract for leg, each in zip(legs, walked, strict=True) if not each.known)
    whole = Parts(**sums, residual=pnl - sum(sums.values(), ZERO), pnl=pnl, unexplained=unexplained)
    return whole, by_leg


@dataclass(slots=True)
class _Walk:
    """Sums along one leg's way. Money that was paid is exact, what the market made is as a model says."""

    contract: str
    pnl: Decimal = ZERO
    spread: Decimal = ZERO
    fees: Decimal = ZERO
    market: tuple[float, ...] = (0.0,) * len(MARKET)
    known: bool = True


@dataclass(frozen=True, slots=True)
class _Node:
    price: Decimal
    look: Look | None
    held: int  # from here on


def _walk(leg: LegPath, rate: float) -> _Walk:
    walk = _Walk(leg.contract)
    held = leg.held
    nodes = [_Node(leg.start.price, leg.start, held)] if leg.start is not None and held else []
    for change in leg.changes:
        mark = change.look.price if change.look is not None else change.price
        walk.spread += change.quantity * (mark - change.price) * leg.multiplier
        walk.fees -= change.fees
        held += change.quantity
        nodes.append(_Node(mark, change.look, held))
    if leg.end is not None and held:
        nodes.append(_Node(leg.end.price, leg.end, 0))
    for before, after in pairwise(nodes):
        if before.held:
            _step(walk, leg, before, after, rate)
    walk.pnl += walk.spread + walk.fees
    return walk


def _step(walk: _Walk, leg: LegPath, before: _Node, after: _Node, rate: float) -> None:
    made = before.held * (after.price - before.price) * leg.multiplier
    walk.pnl += made
    if leg.leg.kind is Kind.STOCK:
        walk.market = (walk.market[0] + float(made), *walk.market[1:])
        return
    found = _revalued(leg, before.look, after.look, rate)
    if found is None:
        walk.known = walk.known and not made
        return
    scale = before.held * float(leg.multiplier)
    walk.market = tuple(old + scale * new for old, new in zip(walk.market, found, strict=True))


def _revalued(leg: LegPath, before: Look | None, after: Look | None, rate: float) -> tuple[float, ...] | None:
    """Return what spot, its curvature, time and volatility made of one share; None where too little is known."""
    if before is None or after is None or not (before.spot > 0 and after.spot > 0 and before.sigma > 0):
        return None
    first, last = _years(leg, before), _years(leg, after)
    over = last <= 0
    if first <= 0 or not (over or after.sigma > 0):
        return None
    sigma = before.sigma if over else after.sigma
    spots = np.array([before.spot, before.spot, after.spot, after.spot])
    years = np.array([first, last, last, last])
    sigmas = np.array([before.sigma, before.sigma, before.sigma, sigma])
    price, delta = _model(leg, spots, years, sigmas, rate, _yield(before, first, rate))
    by_spot = float(delta[0]) * (after.spot - before.spot)
    # Quotes stand beside any model by some cents, and of those, too, the end leaves nothing: they were time value.
    stood_at = float(before.price) if over else price[0]
    found = (by_spot, price[2] - price[1] - by_spot, price[1] - stood_at, price[3] - price[2])
    return tuple(map(float, found)) if all(map(isfinite, found)) else None


def _model(
    leg: LegPath,
    spots: black_scholes.Floats,
    years: black_scholes.Floats,
    sigmas: black_scholes.Floats,
    rate: float,
    dividend: float,
) -> tuple[black_scholes.Floats, black_scholes.Floats]:
    strike, is_call = float(leg.leg.strike or NAN), leg.leg.kind is Kind.CALL
    if leg.european:
        european = black_scholes.value(spots, strike, years, sigmas, is_call, rate=rate, dividend=dividend)
        return european.price, european.delta
    early = american.value(spots, strike, years, sigmas, is_call, rate=rate, dividend=dividend)
    return early.price, early.delta


def _years(leg: LegPath, look: Look) -> float:
    seconds = leg.expires_ts - look.at_ts
    return max(seconds, LEAST_S) / YEAR_S if seconds > 0 else 0.0


def _yield(look: Look, years: float, rate: float) -> float:
    """Return what the underlying pays, as the forward has it; nothing where nobody knows a forward. [1/year]"""
    return rate - log(look.forward / look.spot) / years if look.forward > 0 else 0.0


def _parts(walk: _Walk) -> Parts:
    market = {name: _cents(Decimal(repr(each))) for name, each in zip(MARKET, walk.market, strict=True)}
    told = {**market, "spread": _cents(walk.spread), "fees": _cents(walk.fees)}
    pnl = _cents(walk.pnl)
    unexplained = () if walk.known else (walk.contract,)
    return Parts(**told, residual=pnl - sum(told.values(), ZERO), pnl=pnl, unexplained=unexplained)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
