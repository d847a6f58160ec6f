"""Rules 1 to 3: what was won, what was lost, and how near the most that can be lost is."""

from __future__ import annotations

from typing import Any

from positions.pure import orders
from positions.pure.advice import Abstained, AdviceType, Evidence, Judged, Urgency
from positions.pure.facts import PositionFacts
from positions.pure.rules.rule import Case, Rule, finding

UNPRICED = Abstained("a leg has no price")


def sold_premium(facts: PositionFacts) -> bool:
    """Say whether a position lives on what was received for options."""
    return not facts.bought and bool(facts.options)


def profit(case: Case) -> Judged:
    """Return what rule 1 says."""
    facts, limits = case.facts, case.thresholds
    if facts.pnl_pct is None:
        return UNPRICED
    if sold_premium(facts):
        return _captured(case)
    gain = facts.pnl_pct
    if gain >= limits.profit_high_pct:
        action = {"action": "close_or_convert", "closePct": 100, **orders.closing(facts)}
        message = f"{facts.symbol} is up {gain:.1f} % on what was paid ({_money(facts)})."
        return _profit(case, Urgency.HIGH, message, action, Evidence("pnlPct", gain, limits.profit_high_pct))
    if gain >= limits.profit_pct:
        half = max(1, facts.units // 2)
        action = {"action": "take_partial_profit", "closePct": 50, **orders.closing(facts, units=half)}
        message = f"{facts.symbol} is up {gain:.1f} % on what was paid ({_money(facts)})."
        return _profit(case, Urgency.MEDIUM, message, action, Evidence("pnlPct", gain, limits.profit_pct))
    return None


def _captured(case: Case) -> Judged:
    facts, limits = case.facts, case.thresholds
    most = facts.max_gain if facts.limits_known and facts.max_gain else -facts.cost
    if facts.unrealised is None or most <= 0:
        return UNPRICED
    share = 100.0 * float(facts.unrealised) / float(most)
    high = share >= limits.captured_high_pct
    if not high and share < limits.captured_pct:
        return None
    action = (
        {"action": "close_or_convert", "closePct": 100, **orders.closing(facts)}
        if high
        else {"action": "take_partial_profit", "closePct": 50, **orders.closing(facts, units=max(1, facts.units // 2))}
    )
    message = f"{facts.symbol} has kept {share:.1f} % of the most it can win ({_money(facts)} of {most:,.2f} USD)."
    limit = limits.captured_high_pct if high else limits.captured_pct
    evidence = Evidence("capturedPct", share, limit)
    return _profit(case, Urgency.HIGH if high else Urgency.MEDIUM, message, action, evidence)


def _profit(case: Case, urgency: Urgency, message: str, action: dict[str, Any], evidence: Evidence) -> Judged:
    return finding(case, "profit", AdviceType.TAKE_PROFIT, urgency, message, action, evidence)


def loss(case: Case) -> Judged:
    """Return what rule 2 says."""
    facts, limits = case.facts, case.thresholds
    if facts.pnl_pct is None:
        return UNPRICED
    action = {"action": "reassess_or_close", "trigger": "loss_threshold", **orders.closing(facts)}
    if not sold_premium(facts):
        if facts.pnl_pct > limits.loss_pct:
            return None
        message = f"{facts.symbol} is down {-facts.pnl_pct:.1f} % on what was paid ({_money(facts)})."
        evidence = Evidence("pnlPct", facts.pnl_pct, limits.loss_pct, rises=False)
        return finding(case, "loss", AdviceType.STOP_LOSS, Urgency.HIGH, message, action, evidence)
    times = -facts.pnl_pct / 100.0
    if times < limits.credit_loss:
        return None
    high = times >= limits.credit_loss_high
    message = f"{facts.symbol} has lost {times:.2f} times the credit received ({_money(facts)})."
    evidence = Evidence("lossOfCredit", times, limits.credit_loss_high if high else limits.credit_loss)
    urgency = Urgency.HIGH if high else Urgency.MEDIUM
    return finding(case, "loss", AdviceType.STOP_LOSS, urgency, message, action, evidence)


def near_max_loss(case: Case) -> Judged:
    """Return what rule 3 says: of structures alone, for the most that one option can lose is rule 2's business."""
    facts, limits = case.facts, case.thresholds
    if len(facts.legs) < 2 or not facts.limits_known or not facts.max_loss:  # noqa: PLR2004 -- a structure
        return None
    if facts.unrealised is None:
        return UNPRICED
    share = -100.0 * float(facts.unrealised) / float(facts.max_loss)
    if share < limits.max_loss_pct or _has_time(case):
        return None
    action = {"action": "close_spread", "lossPctOfMax": round(share, 1), **orders.closing(facts)}
    message = f"{facts.symbol} has lost {share:.1f} % of the {facts.max_loss:,.2f} USD that it can lose."
    evidence = Evidence("lossPctOfMax", share, limits.max_loss_pct)
    return finding(case, "near_max_loss", AdviceType.STOP_LOSS, Urgency.HIGH, message, action, evidence)


def _has_time(case: Case) -> bool:
    """Say whether there is time, and a fair chance, for it to come back."""
    facts, limits = case.facts, case.thresholds
    if facts.days_to_expiry is None or facts.probability_of_profit is None:
        return False
    patient = facts.days_to_expiry > limits.max_loss_patient_days
    return patient and 100.0 * facts.probability_of_profit > limits.max_loss_patient_pop_pct


def _money(facts: PositionFacts) -> str:
    return f"{facts.unrealised:+,.2f} USD"


RULES = (
    Rule(
        number=1,
        name="profit",
        type=AdviceType.TAKE_PROFIT,
        thresholds=("profit_pct", "profit_high_pct", "captured_pct", "captured_high_pct"),
        text="Bought: gain on what was paid. Sold: share of the most that can be won.",
        judge=profit,
    ),
    Rule(
        number=2,
        name="loss",
        type=AdviceType.STOP_LOSS,
        thresholds=("loss_pct", "credit_loss", "credit_loss_high"),
        text="Bought: loss on what was paid. Sold: loss in times of the credit.",
        judge=loss,
    ),
    Rule(
        number=3,
        name="near_max_loss",
        type=AdviceType.STOP_LOSS,
        thresholds=("max_loss_pct", "max_loss_patient_days", "max_loss_patient_pop_pct"),
        text="A structure has lost most of what it can lose, unless there is time and a fair chance.",
        judge=near_max_loss,
    ),
)
