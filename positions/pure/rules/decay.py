"""Rule 4: what a bought position loses by the close of the next session if nothing happens, by pricing anew."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from market.pure.bars import Floats
from options_engine.pure import black_scholes, carry
from positions.pure import orders
from positions.pure.advice import Abstained, AdviceType, Evidence, Judged, Urgency
from positions.pure.facts import LegFacts, MarketFacts
from positions.pure.rules.rule import Case, Rule, finding
from positions.pure.structures import Kind

MINUTES_A_YEAR: Final = 365.0 * 1440.0


def decay(case: Case) -> Judged:
    """Return what rule 4 says; of what loses by waiting alone.

    Notes
    -----
    To the close of the session after the one that is on: a day, a night, or a weekend, which is what holding on costs.
    """
    facts, market, limits = case.facts, case.market, case.thresholds
    days = facts.days_to_expiry
    if not facts.bought or not facts.options or days is None or days >= limits.decay_days:
        return None
    if facts.greeks.theta is None or facts.value is None or market.next_close_at is None:
        return Abstained("theta, value or the next session is not known")
    if facts.greeks.theta >= 0 or facts.value <= 0:
        return None
    minutes = (market.next_close_at - market.now).total_seconds() / 60.0
    lost = sum(lost_in(leg, minutes, spot=facts.spot, market=market, symbol=facts.symbol) for leg in facts.options)
    if not math.isfinite(lost):
        return Abstained("an option has no volatility to be priced with")
    share = 100.0 * lost / float(facts.value)
    if not share > limits.decay_pct:
        return None
    action = {
        "action": "close_or_roll",
        "thetaPerDay": round(facts.greeks.theta, 2),
        "thetaBurnPctOfValue": round(share, 1),
        "decayToNextClose": orders.cents(lost),
        **orders.closing(facts),
    }
    message = (
        f"{facts.symbol} loses {share:.1f} % of its value ({lost:,.2f} of {facts.value:,.2f} USD) by the end of "
        f"the next session if the price stays, {days} day{'s' * (days != 1)} before expiry."
    )
    evidence = Evidence("decayToNextClosePct", share, limits.decay_pct)
    return finding(case, "decay", AdviceType.TIME_DECAY, Urgency.HIGH, message, action, evidence)


def lost_in(leg: LegFacts, minutes: float, *, spot: float, market: MarketFacts, symbol: str) -> float:
    """Return what a leg loses in some minutes, spot and volatility held, below 0 where it wins; all of it. [USD]

    Notes
    -----
    What can be exercised early is worth at least its exercise; the rest of that right hardly changes in a day.
    """
    left = np.array([leg.minutes_to_expiry, max(leg.minutes_to_expiry - minutes, 0.0)]) / MINUTES_A_YEAR
    now, then = worth(leg, left, leg.sigma, spot=spot, market=market, symbol=symbol)
    return float((now - then) * leg.leg.ratio * leg.multiplier)


def worth(
    leg: LegFacts, t_years: Floats, sigma: float | Floats, *, spot: float, market: MarketFacts, symbol: str
) -> Floats:
    """Return what one share of an option is worth with so much time left, NaN where something is not known. [USD]"""
    if not (np.all(np.asarray(sigma) > 0) and spot > 0 and np.isfinite(t_years).all()):
        return np.full(len(t_years), math.nan)
    strike, is_call = float(leg.leg.strike or 0), leg.leg.kind is Kind.CALL
    rate = market.rate if math.isfinite(market.rate) else carry.RATE
    told = market.dividend_yield
    dividend = told if math.isfinite(told) else carry.dividend_yield(symbol)
    price = black_scholes.value(spot, strike, t_years, sigma, is_call, rate=rate, dividend=dividend).price
    if leg.european:
        return price
    return np.maximum(price, max(spot - strike if is_call else strike - spot, 0.0))


RULES = (
    Rule(
        number=4,
        name="decay",
        type=AdviceType.TIME_DECAY,
        thresholds=("decay_days", "decay_pct"),
        text="Bought and losing by waiting: value lost by the close of the next session, shortly before expiry.",
        judge=decay,
    ),
)
