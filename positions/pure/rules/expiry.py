"""Rules 5 and 13: the last day of an option, worthless or pinned to a strike that was sold."""

from __future__ import annotations

import math

from positions.pure import orders
from positions.pure.advice import Abstained, AdviceType, Evidence, Judged, Urgency
from positions.pure.facts import LegFacts
from positions.pure.rules.rule import Case, Rule, finding, session_end
from positions.pure.structures import Kind


def out_of_the_money(leg: LegFacts, spot: float) -> float:
    """Return how far an option is out of the money, below 0 in it. [USD, or index points]"""
    strike = float(leg.leg.strike or 0)
    return strike - spot if leg.leg.kind is Kind.CALL else spot - strike


def worthless(case: Case) -> Judged:
    """Return what rule 5 says: of what was bought alone, for who sold it waits for just that."""
    facts, market, limits = case.facts, case.market, case.thresholds
    last = [leg for leg in facts.options if leg.days_to_expiry == 0 and leg.leg.ratio > 0]
    if not facts.bought or not last or facts.days_to_expiry != 0:
        return None
    price = orders.unit_price(facts)
    away = min(out_of_the_money(leg, facts.spot) for leg in last)
    moves = away / market.move_left if market.move_left > 0 else math.nan
    if not math.isfinite(price) and not math.isfinite(moves):
        return Abstained("neither its price nor the move that is left is known")
    if price <= limits.worthless_price:
        evidence = Evidence("price", price, limits.worthless_price, rises=False)
        reason, told = "0dte_near_worthless", f"is worth {price:.2f} a share on its last day"
    elif moves > limits.worthless_moves:
        evidence = Evidence("movesOutOfTheMoney", moves, limits.worthless_moves)
        reason, told = (
            "0dte_beyond_expected_move",
            f"is {away:.2f} out of the money, today's options expect {market.move_left:.2f} more",
        )
    else:
        return None
    late = market.minutes_left <= limits.worthless_high_minutes
    action = {"action": "close_immediately", "reason": reason, **orders.closing(facts)}
    urgency = Urgency.HIGH if late else Urgency.MEDIUM
    message = f"{facts.symbol} {told}; {market.minutes_left:.0f} minutes are left."
    end = session_end(case)
    return finding(case, "worthless", AdviceType.TIME_DECAY, urgency, message, action, evidence, expires_at=end)


def pin(case: Case) -> Judged:
    """Return what rule 13 says of the sold strike that is nearest to the spot."""
    facts, limits = case.facts, case.thresholds
    last = [
        leg
        for leg in facts.options
        if leg.leg.ratio < 0 and leg.days_to_expiry == 0 and 0 < leg.minutes_to_expiry <= limits.pin_minutes
    ]
    if not last:
        return None
    if not facts.spot > 0:
        return Abstained("the spot is not known")
    nearest = min(last, key=lambda leg: abs(out_of_the_money(leg, facts.spot)))
    strike = float(nearest.leg.strike or 0)
    away = 100.0 * abs(facts.spot - strike) / facts.spot
    if away > limits.pin_pct:
        return None
    action = {
        "action": "pin_risk",
        "contract": nearest.contract,
        "strike": strike,
        "distance": orders.cents(facts.spot - strike),
        "minutesToExpiry": round(nearest.minutes_to_expiry),
        "assignable": not nearest.european,
        **orders.closing(facts),
    }
    settles = "settles in cash" if nearest.european else "may or may not be assigned"
    message = (
        f"{facts.symbol} at {facts.spot:,.2f} is {away:.2f} % from the sold {strike:g} {nearest.leg.kind.value}, which "
        f"{settles} in {nearest.minutes_to_expiry:.0f} minutes."
    )
    evidence = Evidence("distancePct", away, limits.pin_pct, rises=False)
    end = session_end(case)
    return finding(case, "pin", AdviceType.TIME_DECAY, Urgency.HIGH, message, action, evidence, expires_at=end)


RULES = (
    Rule(
        number=5,
        name="worthless",
        type=AdviceType.TIME_DECAY,
        thresholds=("worthless_price", "worthless_moves", "worthless_high_minutes"),
        text="Bought, on its last day: hardly worth anything, or farther out of the money than is still expected.",
        judge=worthless,
    ),
    Rule(
        number=13,
        name="pin",
        type=AdviceType.TIME_DECAY,
        thresholds=("pin_pct", "pin_minutes"),
        text="Sold, in its last hour: the spot is at the strike.",
        judge=pin,
    ),
)
