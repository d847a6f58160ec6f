"""What positions would be that nobody holds: valued as the tracker values what is held, and nothing stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Final
from uuid import UUID

import numpy as np

from config.http.errors import InvalidInput
from market.pure.sessions import NEW_YORK, new_york_date
from market.symbols import INDEXES
from options_engine import rates, readings
from options_engine.pure import fills
from options_engine.pure.contracts import expires_ts
from options_engine.pure.rates import Curve
from positions import contracts, leaps_market, pricing
from positions.ledger import Trade
from positions.pure import analysis, payoff_curve
from positions.pure.analysis import PriceSource
from positions.pure.facts import NAN, PositionFacts
from positions.pure.holding import UNIT, Held, holding
from positions.pure.marks import LegMark
from positions.pure.payoff_curve import PayoffCurve
from positions.pure.structures import Kind, Leg, Strategy
from positions.pure.valuation import Marked, OpenLeg, OpenPosition, value

# What the tracker has asked for within its cycle is taken as it is. [market seconds]
MAX_AGE_S: Final = 15.0
_NOBODY: Final = UUID(int=0)
_MIDDAY: Final = time(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """A position that somebody thinks of.

    Attributes
    ----------
    position : OpenPosition
        Without legs where nobody has said which contracts it is made of.
    told_price : Decimal or None
        Of one share of a unit, above 0: what counts where the market has none. [USD, or index points]
    """

    position: OpenPosition
    told_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What is known of an idea now.

    Attributes
    ----------
    facts : PositionFacts
        As the tracker has them of what is held.
    source : PriceSource
    curve : PayoffCurve or None
        None where nobody asked for it, or nothing says which prices matter.
    warnings : tuple of str
    away : str
        Why the market could not be asked about it; empty where it could.
    """

    facts: PositionFacts
    source: PriceSource
    curve: PayoffCurve | None
    warnings: tuple[str, ...]
    away: str


def of(ideas: Sequence[Idea], *, now: datetime, curves: bool = False) -> list[Analysis]:
    """Return what ideas are worth, win and lose, in their order; all their contracts are asked for at once.

    Parameters
    ----------
    curves : bool
        Draw each one's profit over the prices of its underlying, too.
    """
    told = [idea.position for idea in ideas if idea.position.legs]
    prices = pricing.of(told, now=now, max_age_s=MAX_AGE_S)
    spots, shares = _underlyings(told, prices.spots, prices.marks, now=now)
    marked = [
        Marked(
            position=each,
            marks={**prices.marks.get(each.symbol, {}), **shares.get(each.symbol, {})},
            spot=spots.get(each.symbol, NAN),
        )
        for each in told
    ]
    known = {id(each.position): (each, facts) for each, facts in zip(marked, value(marked, now=now), strict=True)}
    discount = rates.of(now).curve if curves and told else None
    return [_analysis(idea, known.get(id(idea.position)), prices, discount, now=now, curves=curves) for idea in ideas]


def of_trades(symbol: str, trades: Sequence[Trade], *, entered_on: date) -> OpenPosition:
    """Return what trades of one day leave open, as a position that is not stored.

    Raises
    ------
    InvalidInput
        If nothing stays open, or there is no such contract.
    """
    legs, ledgers = _by_contract(trades, _midday(entered_on))
    still_open = {name: ledger for name, ledger in ledgers.items() if ledger.quantity}
    if not still_open:
        raise InvalidInput(issues=["legs: what is bought is sold again, so that nothing stays open"])
    held = {
        name: Held(replace(legs[name], ratio=int(ledger.quantity)), ledger.multiplier, ledger.cost)
        for name, ledger in still_open.items()
    }
    whole = holding(list(held.values()))
    return OpenPosition(
        id=_NOBODY,
        user_id=_NOBODY,
        symbol=symbol,
        strategy=whole.strategy,
        bought=whole.bought,
        units=whole.units,
        entry_price=whole.entry_price,
        cost=whole.cost,
        realised=sum((each.realised for each in ledgers.values()), Decimal(0)),
        fees=sum((each.fees for each in ledgers.values()), Decimal(0)),
        opened_at=_midday(entered_on),
        version=0,
        legs=_open_legs(symbol, held),
    )


def of_price_alone(
    symbol: str, strategy: Strategy, *, quantity: int, entry_price: Decimal, fees: Decimal, entered_on: date
) -> OpenPosition:
    """Return a structure of which nobody has said the contracts: what was paid or received for it, above 0."""
    bought = quantity > 0 and strategy is not Strategy.IRON_CONDOR
    price = entry_price if bought else -entry_price
    return OpenPosition(
        id=_NOBODY,
        user_id=_NOBODY,
        symbol=symbol,
        strategy=strategy,
        bought=bought,
        units=abs(quantity),
        entry_price=price,
        cost=price * abs(quantity) * contracts.STANDARD,
        realised=Decimal(0),
        fees=fees,
        opened_at=_midday(entered_on),
        version=0,
        legs=(),
    )


def _by_contract(trades: Sequence[Trade], at: datetime) -> tuple[dict[str, Leg], dict[str, fills.Ledger]]:
    """Return the contracts by their names, and what trades of the same one make together."""
    try:
        named = [(contracts.name(trade.leg), trade) for trade in trades]
    except ValueError as problem:
        raise InvalidInput(issues=[f"legs: {problem}"]) from problem
    made = fills.ledgers(
        fills.Fill(
            contract=name,
            at=at,
            quantity=Decimal(trade.leg.ratio),
            price=trade.price,
            multiplier=contracts.multiplier(trade.leg),
            fees=trade.fees,
        )
        for name, trade in named
    )
    legs = {name: trade.leg for name, trade in named}
    return legs, {name: made[name] for name in legs}


def _open_legs(symbol: str, held: Mapping[str, Held]) -> tuple[OpenLeg, ...]:
    ends = _expiries([each.leg for each in held.values()])
    return tuple(
        OpenLeg(
            contract=name,
            leg=each.leg,
            multiplier=each.multiplier,
            average_price=(each.cost / (each.leg.ratio * each.multiplier)).quantize(UNIT),
            expires_ts=end,
            european=symbol in INDEXES,
        )
        for (name, each), end in zip(held.items(), ends, strict=True)
    )


def _expiries(legs: Sequence[Leg]) -> list[float]:
    """Return when each leg is worth its intrinsic value, NaN for stock. [Unix seconds]"""
    found = np.full(len(legs), NAN)
    options = [row for row, leg in enumerate(legs) if leg.kind is not Kind.STOCK]
    if options:
        days = [legs[row].expiry for row in options]
        at_open = np.array([contracts.settles_at_open(legs[row]) for row in options])
        known = readings.sessions({day for day in days if day})
        found[options] = expires_ts(np.array(days, dtype="datetime64[D]"), at_open, known)
    return [float(each) for each in found]


def _underlyings(
    told: Sequence[OpenPosition],
    spots: Mapping[str, float],
    marks: Mapping[str, Mapping[str, LegMark]],
    *,
    now: datetime,
) -> tuple[dict[str, float], dict[str, dict[str, LegMark]]]:
    """Return what underlyings and their shares cost; the feed, which knows what is held, need not know these."""
    shares = {each.symbol: leg.contract for each in told for leg in each.legs if leg.leg.kind is Kind.STOCK}
    unknown = {symbol for symbol, spot in spots.items() if not isfinite(spot)}
    unknown |= {symbol for symbol, name in shares.items() if name not in marks.get(symbol, {})}
    found = leaps_market.spots(unknown, now) if unknown else {}
    priced = {symbol: spot for symbol, spot in found.items() if spot.price > 0}
    bought = {
        symbol: {shares[symbol]: LegMark.of_stock(spot.price, at_ts=(spot.at or now).timestamp(), old=False)}
        for symbol, spot in priced.items()
        if symbol in shares
    }
    return {**spots, **{symbol: spot.price for symbol, spot in priced.items()}}, bought


def _analysis(
    idea: Idea,
    known: tuple[Marked, PositionFacts] | None,
    prices: pricing.Prices,
    discount: Curve | None,
    *,
    now: datetime,
    curves: bool,
) -> Analysis:
    held = idea.position
    facts = known[1] if known else analysis.without_legs(held, now=now)
    source = analysis.price_source(facts)
    if source is PriceSource.NONE and idea.told_price is not None:
        multiplier = max((leg.multiplier for leg in held.legs), default=contracts.STANDARD)
        facts, source = analysis.at_told_price(facts, idea.told_price, multiplier), PriceSource.CLIENT
    named = [leg.contract for leg in held.legs]
    missing = tuple(name for name in named if name in prices.missing)
    drawn = None
    if curves and known:
        breakevens = tuple(float(each) for each in facts.breakevens)
        drawn = payoff_curve.of(known[0], breakevens, now_ts=now.timestamp(), rates=discount)
    today = new_york_date(now)
    return Analysis(
        facts=facts,
        source=source,
        curve=drawn,
        warnings=tuple(analysis.warnings(facts, source, today=today, missing=_listed(facts, missing, today))),
        away=next((prices.failed[name] for name in (*named, held.symbol) if name in prices.failed), ""),
    )


def _listed(facts: PositionFacts, missing: tuple[str, ...], today: date) -> tuple[str, ...]:
    """Return the missing contracts that could still be listed: of what has expired nobody knows anything any more."""
    expired = {leg.contract for leg in facts.legs if leg.leg.expiry and leg.leg.expiry < today}
    return tuple(name for name in missing if name not in expired)


def _midday(day: date) -> datetime:
    return datetime.combine(day, _MIDDAY, NEW_YORK)
