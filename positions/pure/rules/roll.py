"""Rule 7: time runs out on what is in profit, or on what was sold and is tested; listed contracts to roll it to."""

from __future__ import annotations

import math
from typing import Any

from market.pure.sessions import new_york_date
from positions.pure import orders, roll
from positions.pure.advice import Abstained, AdviceType, Evidence, Judged, Urgency
from positions.pure.facts import PositionFacts
from positions.pure.roll import Roll
from positions.pure.rules.rule import UNLISTED, Case, Rule, finding

SHOWN = 5


def rolling(case: Case) -> Judged:
    """Return what rule 7 says."""
    facts, limits = case.facts, case.thresholds
    days = facts.days_to_expiry
    if not facts.options or days is None:
        return None
    if facts.bought:
        reason = _in_profit(case, days)
    elif days >= limits.roll_tested_days:
        reason = None
    else:
        reason = _tested(case)
    if not isinstance(reason, tuple):
        return reason
    if case.listed is None:
        return UNLISTED
    found = roll.candidates(
        facts,
        case.listed,
        today=new_york_date(case.market.now),
        first_days=limits.roll_first_days,
        last_days=limits.roll_last_days,
    )
    if not found:
        return None
    told, evidence = reason
    best = found[0]
    side = "credit" if best.net >= 0 else "debit"
    message = (
        f"{told} The {best.expiry:%d %b %Y} {best.strike:g} is a {side} of {abs(best.net):,.2f} USD away at today's "
        f"quotes. {roll.recommendation(best, days)}"
    )
    action = {
        "action": "roll_position",
        **_wire(best, facts),
        "recommendation": roll.recommendation(best, days),
        "candidates": [_wire(each, facts) for each in found[:SHOWN]],
    }
    contracts = tuple(order.contract for order in best.opening)
    return finding(case, "roll", AdviceType.ROLL, Urgency.MEDIUM, message, action, evidence, contracts=contracts)


def _in_profit(case: Case, days: int) -> tuple[str, Evidence] | Abstained | None:
    facts, limits = case.facts, case.thresholds
    if days >= limits.roll_days:
        return None
    if facts.unrealised is None:
        return Abstained("a leg has no price")
    # Held, not found anew, while a former gain is only about gone: a tenth of its cost.
    if not float(facts.unrealised) > -limits.slack * abs(float(facts.cost)):
        return None
    told = f"{facts.symbol} stands at {facts.unrealised:+,.2f} USD, {days} day{'s' * (days != 1)} before expiry."
    return told, Evidence("daysToExpiry", days, limits.roll_days, rises=False)


def _tested(case: Case) -> tuple[str, Evidence] | Abstained | None:
    facts, limits = case.facts, case.thresholds
    leg = roll.leading(facts)
    if leg is None:
        return None
    if not math.isfinite(leg.delta):
        return Abstained("the sold option has no delta")
    if not abs(leg.delta) > limits.roll_tested_delta:
        return None
    told = f"{facts.symbol}'s sold {leg.words} has a delta of {abs(leg.delta):.2f}."
    return told, Evidence("shortDelta", abs(leg.delta), limits.roll_tested_delta)


def _wire(found: Roll, facts: PositionFacts) -> dict[str, Any]:
    return {
        "newStrike": found.strike,
        "newExpiry": found.expiry.isoformat(),
        "daysToExpiry": found.days,
        "variants": list(found.variants),
        "netCreditDebit": orders.cents(found.net),
        "netAtLimits": orders.cents(found.net_at_limits),
        "netByModel": orders.cents(found.net_by_model),
        "cumulativeBasis": orders.cents(found.basis),
        "breakeven": [round(each, 2) for each in found.breakevens],
        "deltaChange": orders.cents(found.delta_change),
        "thetaPerDay": orders.cents(found.theta),
        "vega": orders.cents(found.vega),
        "probabilityOfProfit": round(found.probability_of_profit, 4)
        if math.isfinite(found.probability_of_profit)
        else None,
        "quantity": facts.units,
        "orders": [each.as_wire() for each in (*found.closing, *found.opening)],
    }


RULES = (
    Rule(
        number=7,
        name="roll",
        type=AdviceType.ROLL,
        thresholds=("roll_days", "roll_tested_days", "roll_tested_delta", "roll_first_days", "roll_last_days"),
        text="Bought and in profit, or sold and tested, with little time left: listed contracts 25 to 45 days out.",
        judge=rolling,
    ),
)
