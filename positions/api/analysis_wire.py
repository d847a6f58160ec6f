"""From a request of the analyzer to ideas, and from their analyses to the contract's answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from math import isfinite
from typing import Any, Final

from config.http.errors import InvalidInput
from market.pure.sessions import new_york_date
from positions import analysis, orders, portfolio_wire
from positions.analysis import Analysis, Idea
from positions.api.analysis_serializers import strikes_of
from positions.errors import InvalidPosition
from positions.pure.analysis import PriceSource
from positions.pure.payoff_curve import PayoffCurve
from positions.pure.snapshot import snapshot
from positions.pure.structures import STRIKES, Strategy

NO_GREEKS: Final = {"delta": 0, "gamma": 0, "theta": 0, "vega": 0, "rho": 0}
VARIES: Final = "varies by strikes"
# Of what is held only.
_OF_HELD: Final = ("id", "distanceToStop", "distanceToTarget", "markSource", "updatedAt")
# Said by `position`, or by `legs`.
_SAID_BY_IT: Final = ("symbol", "type", "quantity", "entryPrice", "entryDate", "strike", "strike2", "expiry")
_ECHOED: Final = {
    "symbol": "symbol",
    "type": "type",
    "strike": "strike",
    "strike2": "strike2",
    "strikes": "strikes",
    "expiry": "expiry",
    "root": "root",
    "quantity": "quantity",
    "entry_price": "entryPrice",
    "entry_date": "entryDate",
    "current_price": "currentPrice",
    "fees": "fees",
}


def idea(told: Mapping[str, Any], where: str = "position") -> Idea:
    """Return what is asked about.

    Raises
    ------
    InvalidPosition
        If an option lacks strike or expiry.
    InvalidInput
        If its strikes make no such structure, or its legs leave nothing open.
    """
    symbol, day = told["symbol"], told["entry_date"]
    if "legs" in told:
        # What has expired may be looked at, too: it is the trade book that refuses it.
        trades = orders.of_legs(symbol, told["legs"], today=date.min)
        position = analysis.of_trades(symbol, trades, entered_on=day)
        if not position.entry_price:
            raise InvalidInput(issues=[f"{where}.legs: nothing was paid or received for them together"])
        return Idea(position=position, told_price=told.get("current_price"))
    strategy, strikes = Strategy(told["type"]), strikes_of(dict(told))
    if strategy is not Strategy.STOCK and not (strikes and told.get("expiry")):
        lacking = "expiry" if strikes else "strike"
        raise InvalidPosition(where=where, lacking=lacking)
    if strategy is not Strategy.STOCK and len(strikes) < STRIKES[strategy]:
        position = analysis.of_price_alone(
            symbol,
            strategy,
            quantity=told["quantity"],
            entry_price=told["entry_price"],
            fees=told.get("fees", orders.ZERO),
            entered_on=day,
        )
    else:
        trades = orders.of_form(symbol, {**told, "strikes": strikes}, today=date.min)
        position = analysis.of_trades(symbol, trades, entered_on=day)
    return Idea(position=position, told_price=told.get("current_price"))


def one(told: Mapping[str, Any], found: Analysis, *, now: datetime) -> dict[str, Any]:
    """Return the contract's `PositionAnalysis`: what is not known is left out, or 0 and named in `unavailable`."""
    facts = found.facts
    said = {name: value for name, value in snapshot(facts, now=now).items() if name not in _OF_HELD}
    unavailable = [*said.pop("unavailable", [])]
    if found.source is PriceSource.CLIENT and not facts.legs:
        said["currentPrice"] = float(told["current_price"])
    if "greeks" not in said:
        said["greeks"] = NO_GREEKS
        unavailable.append("greeks")
    if not facts.legs:
        said |= _of_price_alone(told, said, now)
    return {
        **{name: value for name, value in said.items() if name not in _SAID_BY_IT},
        "position": _echo(told, said),
        "daysToExpiry": said.get("daysToExpiry", 0),
        "breakeven": said.get("breakeven"),
        "priceSource": found.source.value,
        "warnings": list(found.warnings),
        **({"payoff": points(found.curve)} if found.curve else {}),
        **({"unavailable": unavailable} if unavailable else {}),
    }


def several(told: Sequence[Mapping[str, Any]], found: Sequence[Analysis], *, now: datetime) -> dict[str, Any]:
    """Return the contract's `PortfolioAnalysis`."""
    return {
        "positions": [one(item, each, now=now) for item, each in zip(told, found, strict=True)],
        "portfolio": portfolio_wire.told([each.facts for each in found]),
    }


def points(curve: PayoffCurve) -> list[dict[str, float]]:
    """Return a curve point by point; what nobody knows of it is left out."""
    rows = zip(curve.prices.tolist(), curve.at_expiry.tolist(), curve.today.tolist(), strict=True)
    named = (dict(zip(("price", "atExpiry", "today"), row, strict=True)) for row in rows)
    return [
        {name: round(value, 4 if name == "price" else 2) + 0.0 for name, value in each.items() if isfinite(value)}
        for each in named
    ]


def _echo(told: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the position as it was asked about; of legs with the type, quantity and price that they make."""
    made = {}
    if "legs" in told:
        made = {name: said[name] for name in ("type", "quantity", "entryPrice")}
        made["entryPrice"] = abs(made["entryPrice"])
    asked = {wire: told[name] for name, wire in _ECHOED.items() if told.get(name) is not None}
    return {**made, **asked}


def _of_price_alone(told: Mapping[str, Any], said: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return what the price of a structure says without its contracts: of a condor what it can win."""
    left = (told["expiry"] - new_york_date(now)).days
    condor = said["strategy"] == Strategy.IRON_CONDOR
    bounds = {"maxGain": said["costBasis"], "maxLoss": VARIES} if condor else {}
    return {"daysToExpiry": max(left, 0), **bounds}
