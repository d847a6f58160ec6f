"""Rules 9 and 10: the stop and the target that the trader has set, on the position's price or on the underlying."""

from __future__ import annotations

import math
from dataclasses import dataclass

from positions.pure import orders
from positions.pure.advice import Abstained, AdviceType, Evidence, Judged, Urgency
from positions.pure.facts import PositionFacts
from positions.pure.rules.rule import Case, Rule, finding
from positions.pure.structures import Kind


@dataclass(frozen=True, slots=True)
class Limit:
    """A price that the trader watches.

    Attributes
    ----------
    at, price : float
        It, and what is compared with it.
    above : bool
        Reached when the price is at it or above.
    room : float
        What nearness is measured by: the way from the entry to it, the daily range for the underlying; NaN if unknown.
    what : str
    slack : float
        How far it may be missed where it was reached before.
    """

    at: float
    price: float
    above: bool
    room: float
    what: str
    slack: float

    @property
    def left(self) -> float:
        """How far the price still has to go, 0 or below once it has been reached."""
        return self.at - self.price if self.above else self.price - self.at

    @property
    def reached(self) -> bool:
        """Whether the price is there."""
        return self.left <= self.slack


def stop(case: Case) -> Judged:
    """Return what rule 9 says."""
    facts = case.facts
    if facts.stop_price is None:
        return None
    limit = _limit(case, float(facts.stop_price), underlying=facts.stop_on_underlying, is_stop=True)
    if not isinstance(limit, Limit):
        return limit
    near = math.isfinite(limit.room) and limit.left <= case.thresholds.stop_near * limit.room
    if not limit.reached and not near:
        return None
    action = {
        "action": "stop_hit" if limit.reached else "stop_near",
        "stopPrice": limit.at,
        "price": round(limit.price, 4),
        "on": limit.what,
        **orders.closing(facts),
    }
    told = "through" if limit.reached else f"{limit.left:,.2f} from"
    message = f"{facts.symbol}: the {limit.what} at {limit.price:,.2f} is {told} the stop at {limit.at:,.2f}."
    evidence = Evidence(f"{limit.what}Price", limit.price, limit.at, rises=limit.above)
    urgency = Urgency.HIGH if limit.reached else Urgency.MEDIUM
    return finding(case, "stop", AdviceType.STOP_LOSS, urgency, message, action, evidence)


def target(case: Case) -> Judged:
    """Return what rule 10 says."""
    facts = case.facts
    if facts.target_price is None:
        return None
    limit = _limit(case, float(facts.target_price), underlying=facts.target_on_underlying, is_stop=False)
    if not isinstance(limit, Limit):
        return limit
    if not limit.reached:
        return None
    action = {
        "action": "target_hit",
        "targetPrice": limit.at,
        "price": round(limit.price, 4),
        "on": limit.what,
        **orders.closing(facts),
    }
    message = f"{facts.symbol}: the {limit.what} at {limit.price:,.2f} has reached the target at {limit.at:,.2f}."
    evidence = Evidence(f"{limit.what}Price", limit.price, limit.at, rises=limit.above)
    return finding(case, "target", AdviceType.TAKE_PROFIT, Urgency.HIGH, message, action, evidence)


def _limit(case: Case, at: float, *, underlying: bool, is_stop: bool) -> Limit | Abstained | None:
    facts, slack = case.facts, case.thresholds.slack
    if not underlying:
        price = orders.unit_price(facts)
        if not math.isfinite(price):
            return Abstained("a leg has no price")
        # What was bought is worth less at its stop, what was sold costs more to buy back.
        above = facts.bought != is_stop
        return Limit(at, price, above, abs(abs(float(facts.entry_price)) - at), "position", slack * abs(at))
    if not facts.spot > 0:
        return Abstained("the spot is not known")
    up = wins_upwards(facts, at)
    if up is None:
        return Abstained("which way the position wins is not known")
    room = case.market.atr
    return Limit(at, facts.spot, up != is_stop, room, "underlying", slack * room if room > 0 else 0.0)


def wins_upwards(facts: PositionFacts, at: float) -> bool | None:
    """Return whether a position wins as the underlying rises to or from a price, None where that cannot be said.

    Notes
    -----
    With two breakevens a price above their middle is on the upper side: there what was sold loses upwards and what
    was bought wins. Otherwise what is held says it, far up: calls and shares together, or else the puts.
    """
    if len(facts.breakevens) == 2:  # noqa: PLR2004 -- a range
        low, high = (float(each) for each in facts.breakevens)
        return (at > 0.5 * (low + high)) == facts.bought
    delta = facts.greeks.delta
    if len(facts.legs) == 1:
        leg = facts.legs[0].leg
        return (leg.ratio > 0) != (leg.kind is Kind.PUT)
    if delta is None or delta == 0:
        return None
    return delta > 0


RULES = (
    Rule(
        number=9,
        name="stop",
        type=AdviceType.STOP_LOSS,
        thresholds=("stop_near",),
        text="The trader's stop is reached, or nearly.",
        judge=stop,
    ),
    Rule(
        number=10,
        name="target",
        type=AdviceType.TAKE_PROFIT,
        thresholds=(),
        text="The trader's target is reached.",
        judge=target,
    ),
)
