"""Rule 12: an event before expiry that options are dear for, and what is lost once it is over."""

from __future__ import annotations

import math
from datetime import date

import numpy as np

from market.pure.sessions import new_york_date
from positions.pure import orders
from positions.pure.advice import Abstained, AdviceType, Evidence, Judged, Urgency
from positions.pure.facts import LegFacts
from positions.pure.rules.decay import MINUTES_A_YEAR, worth
from positions.pure.rules.rule import Case, Rule, finding


def event(case: Case) -> Judged:
    """Return what rule 12 says; of what loses when volatility falls alone."""
    facts, market, limits = case.facts, case.market, case.thresholds
    if not facts.options or not facts.bought:
        return None
    today = new_york_date(market.now)
    coming = _coming(case, today)
    if coming is None:
        return None
    day, name = coming
    living = [leg for leg in facts.options if leg.leg.expiry and leg.leg.expiry >= day]
    bought = [leg for leg in living if leg.leg.ratio > 0]
    if not bought:
        return None
    if not math.isfinite(market.base_volatility) or not all(math.isfinite(leg.sigma) for leg in living):
        return Abstained("its volatility, or that without the event, is not known")
    first = min(bought, key=lambda leg: leg.minutes_to_expiry)
    points = 100.0 * (first.sigma - market.base_volatility)
    loss = sum(_lost(case, leg) for leg in living) if points > limits.event_points else 0.0
    if not loss > 0:
        return None
    days = (day - today).days
    action = {
        "action": "iv_crush_risk",
        "event": name,
        "eventDate": day.isoformat(),
        "impliedVolatilityPct": round(100.0 * first.sigma, 2),
        "baseVolatilityPct": round(100.0 * market.base_volatility, 2),
        "projectedLoss": orders.cents(loss),
        **orders.closing(facts),
    }
    message = (
        f"{facts.symbol}: {name} on {day:%d %b} lies before expiry; the volatility of {100 * first.sigma:.1f} % is "
        f"{points:.1f} points above {100 * market.base_volatility:.1f} % without it. If it fell back with the price "
        f"where it is, {loss:,.2f} USD would be lost."
    )
    urgency = Urgency.MEDIUM if days <= limits.event_medium_days else Urgency.LOW
    evidence = Evidence("volatilityPointsAboveBase", points, limits.event_points)
    return finding(case, "event", AdviceType.TIME_DECAY, urgency, message, action, evidence)


def _coming(case: Case, today: date) -> tuple[date, str] | None:
    """Return the first event before the last of the options ends."""
    market = case.market
    known = []
    if market.report_date is not None:
        known.append((market.report_date, "earnings"))
    if market.macro_at is not None and market.macro_at >= market.now:
        known.append((new_york_date(market.macro_at), market.macro_name))
    last = max((leg.leg.expiry for leg in case.facts.options if leg.leg.expiry), default=today)
    return min((each for each in known if today <= each[0] <= last), default=None)


def _lost(case: Case, leg: LegFacts) -> float:
    """Return what a leg loses when its volatility falls to that without the event, spot and time held. [USD]"""
    left = np.full(2, leg.minutes_to_expiry / MINUTES_A_YEAR)
    sigmas = np.array([leg.sigma, min(leg.sigma, case.market.base_volatility)])
    before, after = worth(leg, left, sigmas, spot=case.facts.spot, market=case.market, symbol=case.facts.symbol)
    return float((before - after) * leg.leg.ratio * leg.multiplier)


RULES = (
    Rule(
        number=12,
        name="event",
        type=AdviceType.TIME_DECAY,
        thresholds=("event_points", "event_medium_days"),
        text="A report or release of high impact before expiry, while options are dear for it: what falls with it.",
        judge=event,
    ),
)
