"""Previews of acts as the wire tells them: what is not known is null."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from positions.previews import ClosePreview, ClosingLeg, StopPreview
from positions.pure import roll
from positions.pure.conversion import Conversion
from positions.pure.facts import PositionFacts
from positions.pure.orders import Order, cents
from positions.pure.roll import Roll
from positions.pure.snapshot import CENT
from positions.pure.stops import Level

MOST: Final = 20  # candidates of an answer


def of_close(found: ClosePreview) -> dict[str, Any]:
    """Return what closing would come to."""
    return {
        **_about(found.facts),
        "version": found.version,
        "quantity": found.units,
        "price": found.price,
        "priceAtOnce": found.price_at_once,
        "realized": found.realised,
        "feesPaid": _money(found.fees),
        "legs": [_leg(leg) for leg in found.legs],
    }


def of_stop(found: StopPreview) -> dict[str, Any]:
    """Return a stop and a target, each with the way to it."""
    return {
        "mark": found.mark,
        "underlyingPrice": cents(found.facts.spot),
        "stale": found.facts.stale,
        "asOf": found.facts.as_of,
        "stop": _level(found.stop),
        "target": _level(found.target),
    }


def of_rolls(facts: PositionFacts, found: Iterable[Roll], *, stale: bool) -> dict[str, Any]:
    """Return ways to roll a position, the best first."""
    days = facts.days_to_expiry or 0
    return {**_about(facts), "stale": stale, "candidates": [_roll(each, days) for each in list(found)[:MOST]]}


def of_conversions(facts: PositionFacts, found: Iterable[Conversion], *, stale: bool) -> dict[str, Any]:
    """Return options to sell against a bought one, the nearest to the wanted delta first."""
    return {**_about(facts), "stale": stale, "candidates": [_conversion(each) for each in list(found)[:MOST]]}


def _about(facts: PositionFacts) -> dict[str, Any]:
    return {"positionId": facts.id, "symbol": facts.symbol, "stale": facts.stale, "asOf": facts.as_of}


def _leg(leg: ClosingLeg) -> dict[str, Any]:
    return {
        "contract": leg.leg.contract,
        "type": leg.leg.leg.kind.value,
        "quantity": leg.quantity,
        "bid": leg.bid,
        "ask": leg.ask,
        "mid": leg.mid,
        "limitPrice": leg.limit,
        "markSource": leg.leg.source.value,
    }


def _level(level: Level | None) -> dict[str, Any] | None:
    if level is None:
        return None
    return {
        "price": level.price,
        "on": "underlying" if level.on_underlying else "option",
        "pct": level.pct,
        "distance": level.away,
        "distancePct": level.away_pct,
        "reached": level.reached,
    }


def _roll(found: Roll, days_now: int) -> dict[str, Any]:
    return {
        "variants": list(found.variants),
        "newStrike": found.strike,
        "newExpiry": found.expiry,
        "daysToExpiry": found.days,
        "netCreditDebit": cents(found.net),
        "netAtLimits": cents(found.net_at_limits),
        "netByModel": cents(found.net_by_model),
        "cumulativeBasis": cents(found.basis),
        "breakeven": [round(each, 2) for each in found.breakevens],
        "deltaChange": cents(found.delta_change),
        "thetaPerDay": cents(found.theta),
        "vega": cents(found.vega),
        "probabilityOfProfit": _places(found.probability_of_profit, 4),
        "recommendation": roll.recommendation(found, days_now),
        "closing": [_order(each) for each in found.closing],
        "opening": [_order(each) for each in found.opening],
    }


def _conversion(found: Conversion) -> dict[str, Any]:
    return {
        "shortStrike": found.strike,
        "delta": _places(found.delta, 4),
        "credit": _money(found.credit),
        "newMaxLoss": _money(found.max_loss),
        "newMaxGain": _money(found.max_gain),
        "breakeven": [round(float(each), 2) for each in found.breakevens],
        "lockedIn": _money(found.locked_in),
        "order": _order(found.order),
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "contract": order.contract,
        "quantity": order.quantity,
        "limitPrice": cents(order.limit),
        "bid": cents(order.bid),
        "ask": cents(order.ask),
    }


def _places(number: float, places: int) -> float | None:
    return round(number, places) if math.isfinite(number) else None


def _money(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
