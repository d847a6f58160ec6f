"""A bought option made a spread by selling another against it: which listed one, and what is left to win and lose."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import numpy as np

from options_engine.pure import payoff
from positions.pure.facts import LegFacts, PositionFacts
from positions.pure.listed import Listed
from positions.pure.orders import Order
from positions.pure.structures import Kind

TARGET_DELTA: Final = 0.30
# What was suggested before is kept while its delta is no farther from the best one's than this.
SLACK: Final = 0.05
UNIT: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A sale against a bought option; amounts are of the whole position. [USD]

    Attributes
    ----------
    order : Order
        The sale.
    strike : float
    delta : float
    credit : Decimal
        What the bid brings.
    max_loss, max_gain : Decimal
        Of both together until expiry, from what the bought option cost.
    breakevens : tuple of Decimal
    locked_in : Decimal
        credit - what was paid: above 0 nothing can be lost any more.
    """

    order: Order
    strike: float
    delta: float
    credit: Decimal
    max_loss: Decimal
    max_gain: Decimal
    breakevens: tuple[Decimal, ...]
    locked_in: Decimal


def held(facts: PositionFacts) -> LegFacts | None:
    """Return the only leg of a position if it is a bought call or put."""
    only = facts.legs[0] if len(facts.legs) == 1 else None
    return only if only and only.is_option and only.leg.ratio > 0 else None


def candidates(facts: PositionFacts, listed: Listed, *, target: float = TARGET_DELTA) -> list[Conversion]:
    """Return the listed options of the same expiry beyond spot and strike that are bid for, the best delta first."""
    leg = held(facts)
    if leg is None or leg.leg.expiry is None or leg.leg.strike is None:
        return []
    is_call, strike = leg.leg.kind is Kind.CALL, float(leg.leg.strike)
    same = (listed.root == leg.leg.root) & (listed.expiry == np.datetime64(leg.leg.expiry))
    beyond = listed.strike > max(strike, facts.spot) if is_call else listed.strike < min(strike, facts.spot)
    found = listed.take(
        same & (listed.is_call == is_call) & beyond & (listed.bid > 0) & listed.quoted & np.isfinite(listed.delta)
    )
    away = np.abs(np.abs(found.delta) - target)
    kept = np.isin(found.contract, list(found.preferred)) & (away <= away.min(initial=np.inf) + SLACK)
    order = np.lexsort((found.strike, away, ~kept))
    return [_conversion(leg, found, int(at)) for at in order]


def best(facts: PositionFacts, listed: Listed, *, target: float = TARGET_DELTA) -> Conversion | None:
    """Return the listed option nearest to a delta, or the one suggested before while it is nearly as near."""
    return next(iter(candidates(facts, listed, target=target)), None)


def _conversion(leg: LegFacts, listed: Listed, at: int) -> Conversion:
    bid, strike = _exact(listed.bid[at]), _exact(listed.strike[at])
    quantity, multiplier = Decimal(leg.leg.ratio), _exact(leg.multiplier)
    kind = payoff.LegKind(leg.leg.kind.value)
    structure = payoff.Structure(
        (
            payoff.Leg(kind, quantity, leg.average_price, multiplier, leg.leg.strike, leg.leg.expiry),
            payoff.Leg(kind, -quantity, bid, multiplier, strike, leg.leg.expiry),
        )
    )
    envelope = structure.envelope()
    if envelope.max_loss is None or envelope.max_gain is None:
        raise AssertionError("a spread of two options of one expiry has limits")
    credit = quantity * multiplier * bid
    return Conversion(
        order=Order(
            str(listed.contract[at]), -leg.leg.ratio, float(listed.bid[at]), float(listed.ask[at]), float("nan")
        ),
        strike=float(listed.strike[at]),
        delta=float(listed.delta[at]),
        credit=credit,
        max_loss=envelope.max_loss,
        max_gain=envelope.max_gain,
        breakevens=tuple(envelope.breakevens),
        locked_in=credit - quantity * multiplier * leg.average_price,
    )


def _exact(number: float) -> Decimal:
    """The one place where prices of quotes become exact numbers."""
    return Decimal(str(float(number))).quantize(UNIT, ROUND_HALF_UP)
