"""Rolls: what is held closed, and the like of it opened in a later expiry; of listed contracts at their quotes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import numpy as np
from scipy.special import ndtr  # type: ignore[import-untyped]  # scipy ships no types

from market.pure.bars import Floats
from options_engine.pure import payoff
from positions.pure.facts import LegFacts, PositionFacts
from positions.pure.listed import Listed
from positions.pure.orders import Order
from positions.pure.structures import Kind

FIRST_DAYS, LAST_DAYS = 25, 45
MOST_EXPIRIES: Final = 3
UNIT: Final = Decimal("0.0001")
GOOD = "A credit for more time."
DURATION = "A debit for much more time: the cost stands against the days it buys."
DECAY = "The option held has entered the part of its life in which it decays fastest."
NO_HURRY = "There is plenty of time left."


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """One way to roll a position; amounts are of the whole of it, prices of one share of a unit. [USD]

    Attributes
    ----------
    variants : tuple of str
        How it was found: same_strike, same_delta, sigma_up, sigma_down, or named by the trader.
    closing, opening : tuple of Order
    strike : float
        Of the option that stands where the leading one stood.
    expiry : date
    days : int
        Calendar days to it.
    net : float
        What both acts bring at once, below 0 what they take: sold at the bid, bought at the ask. [USD]
    net_at_limits, net_by_model : float
        The same at the middles, and at our own prices; NaN where one is not known. [USD]
    basis : float
        What a share of a unit has cost in all once it is rolled, below 0 what it has brought.
    breakevens : tuple of float
        Of the new structure at its expiry, from that basis.
    delta_change : float
        Of the whole position. [shares]
    theta, vega : float
        Of the new one. [USD a day], [USD a point]
    probability_of_profit : float
        At the new expiry, from its own volatility; NaN where that is not known.
    """

    variants: tuple[str, ...]
    closing: tuple[Order, ...]
    opening: tuple[Order, ...]
    strike: float
    expiry: date
    days: int
    net: float
    net_at_limits: float
    net_by_model: float
    basis: float
    breakevens: tuple[float, ...]
    delta_change: float
    theta: float
    vega: float
    probability_of_profit: float


def leading(facts: PositionFacts) -> LegFacts | None:
    """Return the option that a roll is thought from; None unless all options are of one expiry.

    Of what was bought the bought one of the largest delta, of what was sold the sold one: the one that is tested.
    """
    if not facts.options or len({leg.leg.expiry for leg in facts.options}) > 1:
        return None
    sign = 1 if facts.bought else -1
    own = [leg for leg in facts.options if leg.leg.ratio * sign > 0]
    return max(own, key=lambda leg: abs(leg.delta) if math.isfinite(leg.delta) else -1.0, default=None)


def candidates(
    facts: PositionFacts,
    listed: Listed,
    *,
    today: date,
    first_days: float = FIRST_DAYS,
    last_days: float = LAST_DAYS,
) -> list[Roll]:
    """Return the ways to roll a position, the best first; none where nothing fit is listed and quoted.

    Notes
    -----
    In the expiries between two numbers of days, the three nearest to their middle: every option in its own strike, or
    all moved together so that the leading one keeps its delta, or stands one standard deviation of the time to the new
    expiry higher or lower. What is not listed at the strikes that this asks for is left out. Shares stay as they are.
    Ranked by the sum of four places: the largest credit, the smallest change of delta, the highest probability of
    profit, and theta a point of vega: the least paid by who bought, the most earned by who sold.
    """
    anchor = leading(facts)
    if anchor is None or any(not _closable(leg) for leg in facts.options):
        return []
    found: dict[tuple[str, ...], Roll] = {}
    for day in _expiries(listed, anchor, today, first_days, last_days):
        for variant, shift in _shifts(facts, listed, anchor, day):
            made = _roll(facts, listed, anchor, day, shift, today=today, variant=variant)
            if made is None:
                continue
            name = tuple(order.contract for order in made.opening)
            before = found.get(name)
            found[name] = replace(made, variants=(*before.variants, variant)) if before else made
    return _ranked(list(found.values()), listed.preferred)


def named(facts: PositionFacts, listed: Listed, *, today: date, expiry: date, strike: float) -> Roll | None:
    """Return the roll that brings the leading option to a strike and date, None where that is not listed and quoted."""
    anchor = leading(facts)
    if anchor is None or any(not _closable(leg) for leg in facts.options):
        return None
    shift = strike - float(anchor.leg.strike or 0)
    return _roll(facts, listed, anchor, expiry, shift, today=today, variant="named")


def fitting(days: Iterable[date], *, today: date, first: float, last: float, after: date | None) -> list[date]:
    """Return the expiries to look at between two numbers of days, ascending: the nearest to their middle."""
    middle = 0.5 * (first + last)
    fit = [day for day in days if first <= (day - today).days <= last and (after is None or day > after)]
    return sorted(sorted(fit, key=lambda day: (abs((day - today).days - middle), day))[:MOST_EXPIRIES])


def recommendation(roll: Roll, days_now: int) -> str:
    """Return the sentence of specification `positions` section 8 that fits first."""
    if roll.net >= 0 and roll.days >= days_now:
        return GOOD
    if roll.net < 0 and roll.days > days_now + 30:
        return DURATION
    return DECAY if days_now < 60 else NO_HURRY  # noqa: PLR2004 -- as section 8 has it


def _closable(leg: LegFacts) -> bool:
    return leg.ask > 0 and leg.bid >= 0


def _expiries(listed: Listed, anchor: LegFacts, today: date, first: float, last: float) -> list[date]:
    days = np.unique(listed.expiry[listed.root == anchor.leg.root]).tolist()
    return fitting(days, today=today, first=first, last=last, after=anchor.leg.expiry)


def _shifts(facts: PositionFacts, listed: Listed, anchor: LegFacts, day: date) -> Iterator[tuple[str, float]]:
    """Yield by how much all strikes move in each variant. [USD, or index points]"""
    strike = float(anchor.leg.strike or 0)
    yield "same_strike", 0.0
    here = listed.take(
        (listed.root == anchor.leg.root)
        & (listed.expiry == np.datetime64(day))
        & (listed.is_call == (anchor.leg.kind is Kind.CALL))
        & listed.quoted
    )
    if not len(here):
        return
    known = here.take(np.isfinite(here.delta))
    if len(known) and math.isfinite(anchor.delta):
        yield "same_delta", float(_nearest(known.strike, np.abs(known.delta - anchor.delta))) - strike
    at_money = here.take(np.isfinite(here.sigma))
    if len(at_money) and facts.spot > 0:
        at = int(np.argmin(np.abs(at_money.strike - facts.spot)))
        sigma = facts.spot * float(at_money.sigma[at] * math.sqrt(at_money.t_years[at]))
        for name, side in (("sigma_up", 1.0), ("sigma_down", -1.0)):
            yield name, float(_nearest(here.strike, np.abs(here.strike - strike - side * sigma))) - strike


def _nearest(strikes: Floats, away: Floats) -> float:
    return float(strikes[np.lexsort((strikes, away))[0]])


def _roll(
    facts: PositionFacts, listed: Listed, anchor: LegFacts, day: date, shift: float, *, today: date, variant: str
) -> Roll | None:
    options = facts.options
    places = [
        listed.place(
            root=leg.leg.root,
            expiry=day,
            is_call=leg.leg.kind is Kind.CALL,
            strike=float(leg.leg.strike or 0) + shift,
        )
        for leg in options
    ]
    if any(place is None or not listed.quoted[place] for place in places):
        return None
    new = listed.take(np.array(places, dtype=np.int64))
    held = np.array([leg.leg.ratio * leg.multiplier for leg in options])
    closing = tuple(Order(leg.contract, -leg.leg.ratio, leg.bid, leg.ask, leg.mark) for leg in options)
    opening = tuple(
        Order(str(new.contract[at]), leg.leg.ratio, float(new.bid[at]), float(new.ask[at]), math.nan)
        for at, leg in enumerate(options)
    )
    multipliers = [leg.multiplier for leg in options] * 2
    net = _cash((*closing, *opening), multipliers, worst=True)
    share = facts.units * max(leg.multiplier for leg in facts.legs)
    basis = float(facts.entry_price) - net / share
    envelope = _envelope(facts, new, day, basis * share)
    breakevens = tuple(float(each) for each in envelope.breakevens)
    lead = options.index(anchor)
    return Roll(
        variants=(variant,),
        closing=closing,
        opening=opening,
        strike=float(new.strike[lead]),
        expiry=day,
        days=(day - today).days,
        net=net,
        net_at_limits=_cash((*closing, *opening), multipliers, worst=False),
        net_by_model=float(sum(leg.mark * leg.leg.ratio * leg.multiplier for leg in options) - held @ new.model),
        basis=basis,
        breakevens=breakevens,
        delta_change=float(held @ new.delta - sum(leg.delta * leg.leg.ratio * leg.multiplier for leg in options)),
        theta=float(held @ new.theta),
        vega=float(held @ new.vega),
        probability_of_profit=_probability(envelope, new, lead),
    )


def _cash(orders: tuple[Order, ...], multipliers: list[float], *, worst: bool) -> float:
    """Return what orders bring, below 0 what they take. [USD]"""
    return sum(
        -each.quantity * multiplier * (each.worst if worst else each.limit)
        for each, multiplier in zip(orders, multipliers, strict=True)
    )


def _envelope(facts: PositionFacts, new: Listed, day: date, cost: float) -> payoff.Envelope:
    """Return what the new structure can win and lose from what it has cost in all."""
    legs = [
        payoff.Leg(
            payoff.LegKind(leg.leg.kind.value),
            Decimal(leg.leg.ratio),
            Decimal(0),
            _exact(leg.multiplier),
            _exact(new.strike[at]),
            day,
        )
        for at, leg in enumerate(facts.options)
    ]
    legs += [
        payoff.Leg(payoff.LegKind.STOCK, Decimal(leg.leg.ratio), Decimal(0), _exact(leg.multiplier))
        for leg in facts.legs
        if not leg.is_option
    ]
    return payoff.Structure(tuple(legs)).envelope(cost=_exact(cost))


def _probability(envelope: payoff.Envelope, new: Listed, lead: int) -> float:
    """Return the chance to win at expiry: lognormal about the forward, at the volatility of the leading option."""
    forward, root = float(new.forward[lead]), float(new.sigma[lead] * math.sqrt(new.t_years[lead]))
    if not (forward > 0 and root > 0):
        return math.nan

    def below(price: float) -> float:
        return float(ndtr(math.log(price / forward) / root + 0.5 * root)) if price > 0 else 0.0

    return sum((1.0 if high is None else below(float(high))) - below(float(low)) for low, high in envelope.winning)


def _ranked(rolls: list[Roll], preferred: frozenset[str]) -> list[Roll]:
    if not rolls:
        return []
    carry = [each.theta / abs(each.vega) if each.vega else math.nan for each in rolls]
    measures = np.array(
        [
            [-each.net for each in rolls],
            [abs(each.delta_change) for each in rolls],
            [-each.probability_of_profit for each in rolls],
            [-each for each in carry],
        ]
    )
    # What is not known comes last in its measure; equals share a place.
    known = np.where(np.isfinite(measures), np.round(measures, 6), np.inf)
    places = np.array([np.searchsorted(np.unique(row), row) for row in known]).sum(axis=0)
    order = sorted(range(len(rolls)), key=lambda at: (places[at], rolls[at].expiry, rolls[at].strike))
    # Kept while it is of the better half: an advice that changes its mind with every tick helps nobody.
    better = order[: (len(order) + 1) // 2]
    kept = [at for at in better if preferred and {each.contract for each in rolls[at].opening} <= preferred]
    return [rolls[at] for at in [*kept, *(at for at in order if at not in kept)]]


def _exact(number: float) -> Decimal:
    """The one place where prices of quotes become exact numbers."""
    return Decimal(str(float(number))).quantize(UNIT, ROUND_HALF_UP)
