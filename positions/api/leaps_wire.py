"""LEAPS as they go out: rounded once, here, and None where nobody knows a number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from options_engine.wire import figure
from positions import leaps_outlook
from positions.leaps_market import Told
from positions.leaps_outlook import Projection, RollOffer
from positions.models import Leaps
from positions.pure.leaps import SPOT_MOVES, VOLATILITY_MOVES, Point
from positions.pure.roll_calculator import Leg

COLUMNS: Final = (
    *("id", "user_id", "symbol", "option_type", "strike", "entry_price", "entry_date", "expiry_date", "quantity"),
    *("notes", "current_value", "current_underlying", "current_iv", "current_delta", "current_gamma", "current_vega"),
    *("current_theta", "entry_delta", "entry_gamma", "entry_vega", "entry_theta", "created_at", "updated_at"),
    *("contract", "value_at", "value_source", "underlying_at"),
)
MONEY, SLOPE, CURVATURE, VOLATILITY, PERCENT = 2, 4, 8, 6, 1


def _scenario(what: str, move: float) -> str:
    return f"{what}{'Up' if move > 0 else 'Down'}{abs(move):g}"


SPOT_NAMES: Final = tuple(_scenario("spot", 100 * move) for move in SPOT_MOVES)
VOLATILITY_NAMES: Final = tuple(_scenario("iv", move) for move in VOLATILITY_MOVES)


def row(stored: Leaps) -> dict[str, Any]:
    """Return the contract's `LeapsPosition`."""
    return {column: getattr(stored, column) for column in COLUMNS} | {"contract": stored.contract or None}


def points(told: Sequence[Point]) -> list[dict[str, Any]]:
    """Return the contract's `GreeksSnapshot` of each point."""
    return [_point(each) for each in told]


def projection(stored: Leaps, told: Projection, days: int) -> dict[str, Any]:
    """Return the contract's `GreeksProjection`, without what depends on the row's entry."""
    market = told.market
    return {
        "symbol": stored.symbol,
        "optionType": stored.option_type.lower(),
        "strike": stored.strike,
        "currentPrice": figure(market.spot, MONEY),
        "currentDte": days,
        "impliedVolatility": figure(market.sigma, VOLATILITY),
        "projections": points(told.points),
        "dividendYield": figure(market.dividend, VOLATILITY),
        "exercise": "european" if told.option.european else "american",
        "rateSource": "treasury" if market.curve else "fallback",
        "valueAsOf": stored.value_at,
        "spotAsOf": stored.underlying_at,
    }


def roll(offer: RollOffer) -> dict[str, Any]:
    """Return the contract's `RollAnalysis`."""
    made = offer.roll
    return {
        "current": _leg(made.current, offer.current),
        "new": _leg(made.new, offer.new),
        "rollAnalysis": {
            "netCreditDebit": figure(made.net, MONEY),
            "capitalFreed": figure(abs(made.net), MONEY),
            "newBreakEven": figure(made.breakeven, MONEY),
            "recommendation": made.recommendation,
            "pros": list(made.pros),
            "cons": list(made.cons),
            "cumulativeBasis": figure(made.basis, MONEY),
            "trueBreakEven": figure(made.true_breakeven, MONEY),
            "annualisedPct": figure(made.annualised_pct, PERCENT),
        },
    }


def _point(told: Point) -> dict[str, Any]:
    moved = (*zip(SPOT_NAMES, told.at_spot, strict=True), *zip(VOLATILITY_NAMES, told.at_volatility, strict=True))
    return {
        "dte": told.dte,
        "date": told.day,
        "delta": figure(told.delta, SLOPE),
        "gamma": figure(told.gamma, CURVATURE),
        "theta": figure(told.theta, SLOPE),
        "vega": figure(told.vega, SLOPE),
        "projectedValue": figure(told.value, MONEY),
        "notes": _notes(told),
        "daysAhead": told.days_ahead,
        "forwardIV": figure(told.forward_sigma, VOLATILITY),
        "forwardValue": figure(told.forward_value, MONEY),
        "scenarios": {name: figure(value, MONEY) for name, value in moved},
    }


def _notes(told: Point) -> str:
    if told.expired:
        return "Expiry"
    return f"In {told.days_ahead} days" if told.days_ahead else "Current"


def _leg(leg: Leg, told: Told) -> dict[str, Any]:
    return {
        "strike": leg.option.strike,
        "expiry": leg.option.expiry,
        "daysToExpiry": leg.days,
        "value": figure(leg.price, MONEY),
        "greeks": {
            "delta": figure(float(leg.greeks.delta), SLOPE),
            "gamma": figure(float(leg.greeks.gamma), CURVATURE),
            "theta": figure(float(leg.greeks.theta), SLOPE),
            "vega": figure(float(leg.greeks.vega), SLOPE),
        },
        "modelValue": figure(leg.model, MONEY),
        "priceSource": leg.source.value,
        "bid": figure(told.bid, MONEY),
        "ask": figure(told.ask, MONEY),
        "impliedVolatility": figure(leg.sigma, VOLATILITY),
        "contract": told.contract or None,
        "quotedAt": told.at,
    }


def outlook(stored: Leaps, now: datetime) -> dict[str, Any]:
    """Return where a row is going and how dangerous its time is."""
    going = leaps_outlook.trend(stored, now)
    return {
        "trend": going.value if going else None,
        "timeRisk": leaps_outlook.time_risk(stored, now).value,
    }
