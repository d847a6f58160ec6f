"""Rule 8: a level lies just ahead of what a position needs, where price may turn."""

from __future__ import annotations

import math

from positions.pure import orders
from positions.pure.advice import Abstained, AdviceType, Evidence, Judged, Urgency
from positions.pure.facts import PositionFacts
from positions.pure.rules.rule import Case, Rule, finding, session_end
from positions.pure.structures import Strategy

RISING = (Strategy.CALL, Strategy.CALL_SPREAD)
FALLING = (Strategy.PUT, Strategy.PUT_SPREAD)


def needs(facts: PositionFacts) -> int:
    """Return which way the price has to go for what was bought: 1 up, -1 down, 0 for everything else."""
    if not facts.bought:
        return 0
    return (facts.strategy in RISING) - (facts.strategy in FALLING)


def level(case: Case) -> Judged:
    """Return what rule 8 says of the nearest level ahead: resistance or support, or the gamma flip.

    Notes
    -----
    The flip counts where the price stands on its adverse side: below it for what needs the price to rise.
    """
    facts, market, limits = case.facts, case.market, case.thresholds
    side = needs(facts)
    if side == 0:
        return None
    if not (facts.spot > 0 and market.atr > 0):
        return Abstained("the spot or its daily range is not known")
    levels = [("level", at) for at in (market.resistances if side > 0 else market.supports)]
    levels += [("gamma_flip", market.gamma_flip)] if math.isfinite(market.gamma_flip) else []
    ahead = [(side * (at - facts.spot), name, at) for name, at in levels if side * (at - facts.spot) >= 0]
    if not ahead:
        return None
    distance, name, at = min(ahead)
    in_atr = distance / market.atr
    if in_atr > limits.level_atr:
        return None
    behind = max(market.supports, default=None) if side > 0 else min(market.resistances, default=None)
    action = {
        "action": "tighten_stop",
        "level": round(at, 2),
        "levelKind": name,
        "distance": round(distance, 2),
        "distanceAtr": round(in_atr, 3),
        "stopOnUnderlying": None if behind is None else round(behind, 2),
        "bid": orders.cents(facts.legs[0].bid),
        "ask": orders.cents(facts.legs[0].ask),
    }
    what = "gamma flip" if name == "gamma_flip" else "resistance" if side > 0 else "support"
    message = (
        f"{facts.symbol} at {facts.spot:,.2f} is {distance:,.2f} ({in_atr:.2f} of its daily range) from the {what} at "
        f"{at:,.2f}."
    )
    evidence = Evidence("distanceAtr", in_atr, limits.level_atr, rises=False)
    end = session_end(case)
    return finding(case, "level", AdviceType.TAKE_PROFIT, Urgency.LOW, message, action, evidence, expires_at=end)


RULES = (
    Rule(
        number=8,
        name="level",
        type=AdviceType.TAKE_PROFIT,
        thresholds=("level_atr",),
        text="A bought call below resistance, a bought put above support, or the gamma flip just ahead.",
        judge=level,
    ),
)
