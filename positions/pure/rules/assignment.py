"""Rule 11: a sold option that its owner gains by exercising before it expires."""

from __future__ import annotations

import math
from collections.abc import Iterator

from positions.pure import orders
from positions.pure.advice import AdviceType, Evidence, Judged, Urgency
from positions.pure.facts import LegFacts
from positions.pure.rules.decay import MINUTES_A_YEAR
from positions.pure.rules.expiry import out_of_the_money
from positions.pure.rules.rule import Case, Rule, finding
from positions.pure.structures import Kind


def assignment(case: Case) -> Judged:
    """Return what rule 11 says of the sold option with the least left to wait for.

    Notes
    -----
    A call is exercised on the eve of an ex-date when the dividend is worth more than what is left of its time value; a
    put deep in the money when the interest on its strike is. Without a known dividend, or a rate, nothing is said.
    """
    risks = [*_calls(case), *_puts(case)]
    if not risks:
        return None
    share, leg, gain, why = min(risks, key=lambda risk: risk[0])
    action = {
        "action": "assignment_risk",
        "contract": leg.contract,
        "quantity": abs(leg.leg.ratio),
        "extrinsic": orders.cents(leg.extrinsic),
        "exerciseGain": orders.cents(gain),
        "orders": [orders.Order(leg.contract, -leg.leg.ratio, leg.bid, leg.ask, leg.mark).as_wire()],
        "limitPrice": orders.cents(-orders.Order(leg.contract, 1, leg.bid, leg.ask, leg.mark).limit),
    }
    if why == "dividend":
        action |= {"exDate": case.market.ex_date and case.market.ex_date.isoformat(), "dividend": case.market.dividend}
    message = (
        f"{case.facts.symbol}'s sold {leg.words} has {leg.extrinsic:.2f} of time value "
        f"left; exercising it early is worth {gain:.2f} of {why} to its owner."
    )
    return finding(
        case,
        "assignment",
        AdviceType.STOP_LOSS,
        Urgency.HIGH,
        message,
        action,
        Evidence("extrinsicOfGain", share, 1.0, rises=False),
    )


def _sold(case: Case, kind: Kind) -> Iterator[LegFacts]:
    for leg in case.facts.options:
        american = leg.leg.ratio < 0 and leg.leg.kind is kind and not leg.european
        if american and out_of_the_money(leg, case.facts.spot) < 0 and math.isfinite(leg.extrinsic):
            yield leg


def _calls(case: Case) -> Iterator[tuple[float, LegFacts, float, str]]:
    market = case.market
    if market.ex_date is None or market.ex_sessions is None or not market.dividend > 0:
        return
    # On the day itself the shares that exercise brings come too late for the dividend.
    if not 1 <= market.ex_sessions <= case.thresholds.dividend_sessions:
        return
    for leg in _sold(case, Kind.CALL):
        alive = leg.leg.expiry is not None and leg.leg.expiry >= market.ex_date
        share = leg.extrinsic / market.dividend
        if alive and share < 1.0 + case.thresholds.slack:
            yield share, leg, market.dividend, "dividend"


def _puts(case: Case) -> Iterator[tuple[float, LegFacts, float, str]]:
    for leg in _sold(case, Kind.PUT):
        strike = float(leg.leg.strike or 0)
        interest = strike * -math.expm1(-case.market.rate * leg.minutes_to_expiry / MINUTES_A_YEAR)
        if not (interest > 0 and abs(leg.delta) >= case.thresholds.deep_delta):
            continue
        share = leg.extrinsic / interest
        if share < 1.0 + case.thresholds.slack:
            yield share, leg, interest, "interest"


RULES = (
    Rule(
        number=11,
        name="assignment",
        type=AdviceType.STOP_LOSS,
        thresholds=("dividend_sessions", "deep_delta"),
        text="A sold option with less time value than a coming dividend, or the interest on its strike, is worth.",
        judge=assignment,
    ),
)
