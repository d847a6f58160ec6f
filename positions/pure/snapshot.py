"""A position as the wire tells it: the contract's `LivePosition`, with members of our own."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite
from typing import Any, Final

from market.pure.sessions import new_york_date
from positions.pure.facts import NAN, Greeks, LegFacts, MarkSource, PositionFacts
from positions.pure.holding import UNIT
from positions.pure.structures import Kind, Strategy

CENT: Final = Decimal("0.01")
UNLIMITED, NOBODY_KNOWS = "unlimited", "unknown"
LAST_DAY: Final = 1  # days to expiry up to which minutes are told, too
# The contract's numbers that are 0 where there is no price.
OF_PRICE: Final = ("currentPrice", "currentValue", "pnl", "pnlPct")
TRUSTED: Final = (MarkSource.QUOTE, MarkSource.LAST, MarkSource.MODEL, MarkSource.NONE)
_PLACES: Final = {"delta": 2, "gamma": 4, "theta": 2, "vega": 2, "rho": 2}


def snapshot(facts: PositionFacts, *, now: datetime) -> dict[str, Any]:
    """Return the members of `LivePosition`: what is not known is left out, or 0 and named in `unavailable`.

    Notes
    -----
    Prices are of a unit and, as cost and value, above 0 for what was bought and sold alike; `quantity` has the sign.
    `type` of a structure for which the contract has no word is that of its first leg; `strategy` says `other`.
    """
    side = 1 if facts.bought else -1
    said = {
        "id": str(facts.id),
        "symbol": facts.symbol,
        "type": _type(facts),
        "strategy": facts.strategy.value,
        "quantity": side * facts.units,
        "entryPrice": float(side * facts.entry_price),
        "entryDate": new_york_date(facts.opened_at).isoformat(),
        "costBasis": _money(side * facts.cost),
        **_price(facts, side),
        "realizedPnl": _money(facts.realised),
        "fees": _money(facts.fees),
        "daysHeld": max((new_york_date(now) - new_york_date(facts.opened_at)).days, 0),
        **_contract(facts),
        **_limits(facts),
        **_greeks(facts.greeks, facts.legs),
        "probabilityOfProfit": _number(facts.probability_of_profit, 4),
        "underlyingPrice": _number(facts.spot, 4),
        **_distances(facts),
        "markSource": least_trusted(facts.legs).value,
        "legs": [_leg(leg) for leg in facts.legs],
        "stale": facts.stale,
        "asOf": facts.as_of,
        "updatedAt": now,
    }
    return {name: value for name, value in said.items() if value is not None}


def least_trusted(legs: tuple[LegFacts, ...]) -> MarkSource:
    """Return the source of the price that is worth least."""
    return max((leg.source for leg in legs), key=TRUSTED.index, default=MarkSource.NONE)


def unit_price(facts: PositionFacts) -> Decimal | None:
    """Return what one share of one unit is worth, above 0 for what was bought and sold alike; None without a price."""
    if facts.value is None:
        return None
    multiplier = Decimal(str(max((leg.multiplier for leg in facts.legs), default=1.0)))
    side = 1 if facts.bought else -1
    return (side * facts.value / (max(facts.units, 1) * multiplier)).quantize(UNIT, ROUND_HALF_UP)


def _price(facts: PositionFacts, side: int) -> dict[str, Any]:
    price = unit_price(facts)
    if price is None or facts.value is None or facts.unrealised is None:
        return {**dict.fromkeys(OF_PRICE, 0), "unavailable": list(OF_PRICE)}
    told = {
        "currentPrice": float(price),
        "currentValue": _money(side * facts.value),
        "marketValue": _money(facts.value),
        "pnl": _money(facts.unrealised),
        "netPnl": _money(facts.realised + facts.unrealised - facts.fees),
        "pnlPct": 0 if facts.pnl_pct is None else round(facts.pnl_pct, 2),
        "pnlPctOfMaxRisk": _number(float(100 * facts.unrealised / facts.max_loss), 2) if facts.max_loss else None,
    }
    return told if facts.pnl_pct is not None else {**told, "unavailable": ["pnlPct"]}


def _type(facts: PositionFacts) -> str:
    return facts.legs[0].leg.kind.value if facts.strategy is Strategy.OTHER and facts.legs else facts.strategy.value


def _contract(facts: PositionFacts) -> dict[str, Any]:
    """Return strikes and dates: of a spread the bought strike first, of a condor the sold put and the sold call."""
    options = facts.options
    by_strike = sorted(options, key=lambda leg: (leg.leg.ratio < 0, leg.leg.strike or 0))
    if facts.strategy is Strategy.IRON_CONDOR:
        by_strike = sorted((leg for leg in options if leg.leg.ratio < 0), key=lambda leg: leg.leg.strike or 0)
    elif facts.strategy is Strategy.OTHER:
        by_strike = list(options[:1])
    strikes = [float(leg.leg.strike) for leg in by_strike if leg.leg.strike is not None]
    days = facts.days_to_expiry
    minutes = min((leg.minutes_to_expiry for leg in options), default=0.0)
    return {
        "strike": strikes[0] if strikes else None,
        "strike2": strikes[1] if len(strikes) > 1 else None,
        "expiry": facts.nearest_expiry.isoformat() if facts.nearest_expiry else None,
        "daysToExpiry": days,
        "minutesToExpiry": int(minutes) if days is not None and days <= LAST_DAY else None,
    }


def _limits(facts: PositionFacts) -> dict[str, Any]:
    gain, loss = facts.max_gain, facts.max_loss
    nearest = min(facts.breakevens, key=lambda price: abs(float(price) - facts.spot), default=None)
    return {
        "maxGain": _bound(gain, known=facts.limits_known),
        "maxLoss": _bound(loss, known=facts.limits_known),
        "riskRewardRatio": _number(float(gain / loss), 4) if gain is not None and loss else None,
        "breakeven": None if nearest is None else float(nearest),
        "breakevens": [float(each) for each in facts.breakevens] if facts.limits_known else None,
        "limitsByModel": True if facts.limits_by_model else None,
    }


def _bound(amount: Decimal | None, *, known: bool) -> float | str:
    if amount is not None:
        return float(amount)
    return UNLIMITED if known else NOBODY_KNOWS


def _greeks(greeks: Greeks, legs: tuple[LegFacts, ...]) -> dict[str, Any]:
    told = {name: _number(getattr(greeks, name), places) for name, places in _PLACES.items()}
    if None in told.values():
        return {"greeksPartial": True if any(isfinite(leg.delta) for leg in legs) else None}
    return {"greeks": told}


def _distances(facts: PositionFacts) -> dict[str, Any]:
    """Return how far the prices that the trader has set are: of a unit, or of the underlying where he says so."""
    unit = unit_price(facts)
    found = {}
    for name, wanted, on_underlying in (
        ("distanceToStop", facts.stop_price, facts.stop_on_underlying),
        ("distanceToTarget", facts.target_price, facts.target_on_underlying),
    ):
        at = facts.spot if on_underlying else NAN if unit is None else float(unit)
        if wanted is not None and isfinite(at) and at != 0:
            away = float(wanted) - at
            found[name] = {"price": round(away, 4), "pct": round(100 * away / abs(at), 2)}
    return found


def _leg(leg: LegFacts) -> dict[str, Any]:
    said = {
        "contract": leg.contract,
        "type": leg.leg.kind.value,
        "quantity": leg.leg.ratio,
        "strike": None if leg.leg.strike is None else float(leg.leg.strike),
        "expiry": None if leg.leg.expiry is None else leg.leg.expiry.isoformat(),
        "averagePrice": float(leg.average_price),
        "bid": _number(leg.bid, 4),
        "ask": _number(leg.ask, 4),
        "mark": _number(leg.mark, 4),
        "markSource": leg.source.value,
        "spreadPct": _number(leg.spread_pct, 2),
        "iv": _number(leg.sigma, 4),
        "delta": _number(leg.delta, 4) if leg.leg.kind is not Kind.STOCK else None,
        "quotedAt": leg.quoted_at,
    }
    return {name: value for name, value in said.items() if value is not None}


def _number(number: float | None, places: int) -> float | None:
    return None if number is None or not isfinite(number) else round(number, places)


def _money(amount: Decimal) -> float:
    return float(amount.quantize(CENT, ROUND_HALF_UP))
