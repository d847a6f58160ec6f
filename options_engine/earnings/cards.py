"""Suggested structures with listed strikes, live prices, what they can win and lose, and how likely they win."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import numpy as np

from market.pure.contract_names import names
from options_engine import wire
from options_engine.earnings.straddles import Straddle
from options_engine.pure.event_distribution import Terminal
from options_engine.pure.payoff import Leg, LegKind, Structure
from options_engine.pure.reading import Reading
from options_engine.pure.report_strategies import Suggestion, Target, nearest

SHARES: Final = Decimal(100)
CENT: Final = Decimal("0.01")


def card(suggestion: Suggestion, straddle: Straddle) -> dict[str, Any]:
    """Return the contract's strategy card of a structure, with members of our own.

    Amounts are dollars of one spread of a hundred shares at the middle of the quotes; probability and expected profit
    pay half a spread of every leg.
    """
    expiry = straddle.expiry
    targets = _listed(suggestion.targets, expiry)
    rows = [_row(expiry, target) for target in targets] if targets else []
    legs = [leg for leg in rows if leg is not None]
    spread = Structure(tuple(leg for leg, _ in legs)) if targets and len(legs) == len(rows) else None
    facts: dict[str, Any] = {
        "name": suggestion.name,
        "description": suggestion.description,
        "setup": {"type": suggestion.kind, **suggestion.strikes},
        "riskReward": suggestion.ratio,
        "bestWhen": suggestion.best_when,
        "definedRisk": suggestion.defined_risk,
        "expiry": straddle.day.isoformat(),
        "legs": [facts for _, facts in legs] if spread else [],
    }
    return facts | _amounts(suggestion, spread, straddle.terminal)


def _amounts(suggestion: Suggestion, spread: Structure | None, terminal: Terminal | None) -> dict[str, Any]:
    if spread is None:
        waits = not suggestion.targets
        return {
            "expectedMaxLoss": "Nothing: no position" if waits else "Unknown: a leg has no quote",
            "expectedMaxGain": "Nothing: no position" if waits else "Unknown: a leg has no quote",
            "maxLossAmount": 0.0 if waits else None,
            "maxGainAmount": 0.0 if waits else None,
            "netPremium": None,
            "breakevens": [],
            "probability": suggestion.rule_pct,
            "probabilityMethod": "rule",
            "expectedProfit": None,
            "tradingCost": None,
        }
    envelope, traded = spread.envelope(), spread.envelope(cost=spread.cost)
    lost, won = envelope.max_loss, envelope.max_gain
    known = terminal is not None and terminal.variance > 0
    return {
        "expectedMaxLoss": "Undefined: not limited without a hedge"
        if lost is None
        else f"${_dollars(lost):,} a spread",
        "expectedMaxGain": "Unlimited" if won is None else f"${_dollars(won):,} a spread",
        "maxLossAmount": None if lost is None else float(_dollars(lost)),
        "maxGainAmount": None if won is None else float(_dollars(won)),
        "netPremium": float(_dollars(spread.premium)),
        "breakevens": [float(each.quantize(CENT)) for each in envelope.breakevens],
        "probability": round(100 * terminal.chance_of_profit(traded)) if known and terminal else suggestion.rule_pct,
        "probabilityMethod": "implied_distribution" if known else "rule",
        "expectedProfit": wire.figure(terminal.expected_profit(spread, cost=spread.cost), 2)
        if known and terminal
        else None,
        "tradingCost": float(_dollars(spread.cost)),
    }


def _listed(targets: Sequence[Target], expiry: Reading) -> list[Target]:
    """Return targets at listed strikes, all different where the wanted ones are; none where there are too few."""
    chosen: list[Target] = []
    taken: dict[bool, set[float]] = {True: set(), False: set()}
    # From the money outwards, so that a wing which falls on its short strike moves on and not the other way round.
    for target in sorted(targets, key=lambda each: abs(each.strike - expiry.spot)):
        strikes = np.unique(expiry.chain.strike[expiry.chain.is_call == target.is_call])
        inner = max(taken[True], default=None) if target.is_call else min(taken[False], default=None)
        if inner is not None:
            strikes = strikes[strikes > inner] if target.is_call else strikes[strikes < inner]
        if not len(strikes):
            return []
        strike = nearest(strikes.tolist(), target.strike)
        taken[target.is_call].add(strike)
        chosen.append(Target(target.is_call, target.quantity, strike))
    return sorted(chosen, key=lambda each: (each.strike, each.is_call))


def _row(expiry: Reading, target: Target) -> tuple[Leg, dict[str, Any]] | None:
    """Return a leg and what the wire says of it; None where it has no quote to trade at."""
    chain = expiry.chain
    (at,) = np.nonzero((chain.strike == target.strike) & (chain.is_call == target.is_call))
    bid, ask = (float(side[at[0]]) for side in (chain.bid, chain.ask))
    if not (np.isfinite(bid) and np.isfinite(ask) and 0 <= bid <= ask and ask > 0):
        return None
    low, high = Decimal(str(bid)), Decimal(str(ask))
    leg = Leg(
        LegKind.CALL if target.is_call else LegKind.PUT,
        Decimal(target.quantity),
        (low + high) / 2,
        SHARES,
        Decimal(str(target.strike)),
        chain.expiry[at[0]].item(),
        (high - low) / 2,
    )
    one = slice(at[0], at[0] + 1)
    facts = {
        "action": "buy" if target.quantity > 0 else "sell",
        "type": "call" if target.is_call else "put",
        "strike": target.strike,
        "quantity": abs(target.quantity),
        "price": float(leg.price),
        "contract": names(chain.root[one], chain.expiry[one], chain.is_call[one], chain.strike[one])[0],
    }
    return leg, facts


def _dollars(amount: Decimal) -> Decimal:
    return amount.quantize(CENT)
