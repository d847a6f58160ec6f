"""How open positions read on cards: their figures, what is advised about them, and what they are together."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from coach.pages import addresses, marks
from coach.pages.positions_advice import shown as advice_of
from coach.pure import formats, holdings
from positions import portfolio_wire, tracker
from positions.models import Leg, Position
from positions.pure.facts import PositionFacts
from positions.pure.snapshot import snapshot
from positions.pure.structures import Kind, Strategy

STRUCTURES: Final = {
    Strategy.CALL: "call",
    Strategy.PUT: "put",
    Strategy.CALL_SPREAD: "call spread",
    Strategy.PUT_SPREAD: "put spread",
    Strategy.IRON_CONDOR: "iron condor",
    Strategy.STOCK: "shares",
    Strategy.OTHER: "of several legs",
}
RISK_TOKENS: Final = {"low": "pos", "moderate": "warn", "high": "neg", "extreme": "neg"}
AWAITED: Final = {
    "settlement_value": "has expired; its settlement value is not told to us",
    "assignment": "has expired; whether it was assigned only your broker knows",
}
CONVERTED: Final = (Strategy.CALL, Strategy.PUT)

Card = dict[str, Any]
# What cards may be ordered by. Unknown ones stand last.
SORTS: Final[dict[str, tuple[str, Callable[[Card], Any]]]] = {
    "size": ("Largest P&L", lambda card: -abs(_or_0(card["kept"]["pnl"]))),
    "pnl": ("Best P&L", lambda card: -_or_0(card["kept"]["pnl"])),
    "loss": ("Worst P&L", lambda card: _or_0(card["kept"]["pnl"])),
    "dte": ("First expiry", lambda card: (card["days"] is None, card["days"])),
    "symbol": ("Symbol", lambda card: card["symbol"]),
}


def read(user_id: UUID, *, now: datetime, ids: Sequence[UUID] | None = None) -> list[PositionFacts]:
    """Return what a trader holds, or these of it, valued from the market of now."""
    return tracker.live(user_id=user_id, ids=ids, now=now)


def cards(held: Sequence[PositionFacts], *, now: datetime, sort: str = "size") -> list[Card]:
    """Return positions as the template prints them, in an order."""
    ids = [each.id for each in held]
    stored = Position.objects.in_bulk(ids)
    awaited: defaultdict[UUID, list[str]] = defaultdict(list)
    for leg in Leg.objects.filter(position__in=ids).exclude(awaits=""):
        awaited[leg.position_id].append(f"{leg.contract} {AWAITED[leg.awaits]}")
    advice = advice_of(ids)
    made = [
        _card(each, stored[each.id], now) | {"advice": advice.get(each.id, []), "awaited": awaited[each.id]}
        for each in held
        if each.id in stored
    ]
    _, key = SORTS[sort]
    return sorted(made, key=lambda card: (card["kept"]["pnl"] is None and sort in ("size", "pnl", "loss"), key(card)))


def together(held: Sequence[PositionFacts], made: Sequence[Card]) -> dict[str, Any]:
    """Return what cards are together: sums of what they print, and the risk of the whole."""
    whole = portfolio_wire.told(held)
    by_symbol: defaultdict[str, list[Card]] = defaultdict(list)
    for card in made:
        by_symbol[card["symbol"]].append(card["kept"])
    return {
        "sums": holdings.totals(card["kept"] for card in made),
        "groups": [_group(row["symbol"], holdings.totals(by_symbol[row["symbol"]])) for row in whole["byUnderlying"]],
        "risk": whole["risk"],
        "level": whole["riskAssessment"]["overall"],
        "level_token": RISK_TOKENS[whole["riskAssessment"]["overall"]],
        "warnings": whole["riskAssessment"]["warnings"],
        "stale": whole["stale"],
    }


def _group(symbol: str, sums: Mapping[str, holdings.Cell]) -> dict[str, Any]:
    return {"symbol": symbol, "sums": sums, "cells": [(name, sums[name]) for name in ("pnl", "dollarDelta", "theta")]}


def named(facts: PositionFacts) -> str:
    """Return what a position is called: `SPX $5,900 / $6,000 call spread`."""
    if facts.strategy is Strategy.STOCK:
        return f"{facts.symbol} shares"
    strikes = sorted({leg.leg.strike for leg in facts.options if leg.leg.strike is not None})
    return f"{facts.symbol} {' / '.join(formats.strike(each) or '' for each in strikes)} {STRUCTURES[facts.strategy]}"


def _card(facts: PositionFacts, stored: Position, now: datetime) -> Card:
    said = snapshot(facts, now=now)
    priced = facts.value is not None
    return {
        "id": facts.id,
        "symbol": facts.symbol,
        "name": named(facts),
        "strategy": facts.strategy,
        "bought": facts.bought,
        "units": facts.units,
        "is_stock": facts.strategy is Strategy.STOCK,
        "expiry": facts.nearest_expiry,
        "days": facts.days_to_expiry,
        "entry": said["entryPrice"],
        "cost": said["costBasis"],
        "opened_at": facts.opened_at,
        "cells": holdings.cells(said),
        "kept": holdings.kept(said),
        "kept_json": json.dumps(holdings.kept(said)),
        "stop": _limit(facts.stop_price, facts.symbol, on_underlying=facts.stop_on_underlying),
        "target": _limit(facts.target_price, facts.symbol, on_underlying=facts.target_on_underlying),
        "no_stop": "no stop is set" if facts.stop_price is None else "no price to measure it from",
        "no_target": "no target is set" if facts.target_price is None else "no price to measure it from",
        "legs": [_leg(leg) for leg in said["legs"]],
        "by_model": facts.limits_by_model,
        "stale": facts.stale,
        "as_of": facts.as_of if priced else None,
        "no_quote": f"no quote since {_opened(facts)}",
        "partial": said.get("greeksPartial", False),
        "realised": facts.realised,
        "fees": facts.fees,
        "rolled": stored.rolled_from_id is not None,
        "notes": stored.notes,
        "version": stored.version,
        "may_convert": facts.strategy in CONVERTED and facts.bought,
        "may_roll": bool(facts.options),
        "chart": _chart(facts),
        "options": addresses.of("options", symbol=facts.symbol, expiry=facts.nearest_expiry, strike=_strike(facts)),
    }


def _opened(facts: PositionFacts) -> str:
    return f"it was opened on {facts.opened_at:%b %-d}"


def _limit(price: Any, symbol: str, *, on_underlying: bool) -> str | None:
    if price is None:
        return None
    return f"{symbol} {formats.money(price)}" if on_underlying else formats.money(price)


def _leg(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **said,
        "sold": said["quantity"] < 0,
        "iv_pct": 100 * said["iv"] if "iv" in said else None,
        "is_stock": said["type"] == Kind.STOCK.value,
    }


def _chart(facts: PositionFacts) -> str:
    """Return the chart with what the position hangs on: its strike, breakevens, and limits on the underlying."""
    drawn: list[tuple[str, float | None]] = [("breakeven", float(each)) for each in facts.breakevens]
    if facts.stop_price is not None and facts.stop_on_underlying:
        drawn.append(("stop", float(facts.stop_price)))
    if facts.target_price is not None and facts.target_on_underlying:
        drawn.append(("target", float(facts.target_price)))
    drawn += [("strike", float(leg.leg.strike)) for leg in facts.options if leg.leg.strike is not None]
    return addresses.chart(facts.symbol, level=marks.written(drawn))


def _strike(facts: PositionFacts) -> float | None:
    strike = facts.options[0].leg.strike if facts.options else None
    return None if strike is None else float(strike)


def _or_0(amount: float | None) -> float:
    return amount or 0.0
