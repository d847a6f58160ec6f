"""Rule 6: a bought option in profit that a sale against it would pay back, in part or whole."""

from __future__ import annotations

from positions.pure import conversion, orders
from positions.pure.advice import Abstained, AdviceType, Evidence, Judged, Urgency
from positions.pure.rules.rule import UNLISTED, Case, Rule, finding


def convert(case: Case) -> Judged:
    """Return what rule 6 says."""
    facts, limits = case.facts, case.thresholds
    leg = conversion.held(facts)
    if leg is None:
        return None
    if facts.pnl_pct is None or not facts.spot > 0:
        return Abstained("its gain or the spot is not known")
    if facts.pnl_pct < limits.conversion_pct:
        return None
    if case.listed is None:
        return UNLISTED
    found = conversion.best(facts, case.listed, target=limits.conversion_delta)
    if found is None:
        return None
    kind = leg.leg.kind.value
    action = {
        "action": f"sell_{kind}_against_long",
        "shortStrike": found.strike,
        "estimatedCredit": round(float(found.credit), 2),
        "newMaxLoss": round(float(found.max_loss), 2),
        "newMaxGain": round(float(found.max_gain), 2),
        "breakeven": [round(float(each), 2) for each in found.breakevens],
        "lockedIn": round(float(found.locked_in), 2),
        "delta": round(found.delta, 4),
        "limitPrice": orders.cents(found.order.limit),
        "orders": [found.order.as_wire()],
    }
    message = (
        f"{facts.symbol} is up {facts.pnl_pct:.1f} %. The {found.strike:g} {kind} of the same day is bid "
        f"{found.order.bid:.2f}: as a spread it could lose {found.max_loss:,.2f} and win {found.max_gain:,.2f} USD."
    )
    return finding(
        case,
        "conversion",
        AdviceType.SPREAD_CONVERSION,
        Urgency.MEDIUM,
        message,
        action,
        Evidence("pnlPct", facts.pnl_pct, limits.conversion_pct),
        contracts=(found.order.contract,),
    )


RULES = (
    Rule(
        number=6,
        name="conversion",
        type=AdviceType.SPREAD_CONVERSION,
        thresholds=("conversion_pct", "conversion_delta"),
        text="A bought call or put in profit: the listed option beyond the spot nearest to a delta, sold at its bid.",
        judge=convert,
    ),
)
