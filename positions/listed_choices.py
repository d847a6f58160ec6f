"""Listed contracts that a position can be rolled or converted into, at quotes of now or not at all."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from config.http.errors import InvalidInput, Unavailable
from market import clock
from market.errors import NoChains, UnknownSymbol
from options_engine.errors import ExpiryNotListed
from positions import advice_rows, listed_contracts, thresholds
from positions.errors import NotPossible, NotQuoted, QuotesAreOld
from positions.pure import conversion, roll
from positions.pure.conversion import Conversion
from positions.pure.facts import LegFacts, PositionFacts
from positions.pure.listed import Listed
from positions.pure.roll import Roll
from positions.pure.structures import Kind, Leg

logger = logging.getLogger(__name__)
NEAREST: Final = 4  # listed strikes or dates that are named instead of one that is not listed


def rolls(
    facts: PositionFacts,
    *,
    now: datetime,
    first_days: float | None = None,
    last_days: float | None = None,
    strike: Decimal | None = None,
    expiry: date | None = None,
) -> list[Roll]:
    """Return the ways to roll a position into listed contracts, the best first; empty where none fits.

    Parameters
    ----------
    first_days, last_days : float, optional
        How far the new expiry may be; the trader's thresholds without them, 25 to 45 as a rule. [days]
    strike : Decimal, optional
        Where the option that leads is to stand; structures move as a whole.
    expiry : date, optional
        A listed one, not before that of what is held.

    Raises
    ------
    NotPossible
        If it has no options, or options of several dates.
    InvalidInput
        If strike or expiry are not listed, or name what is held already.
    QuotesAreOld, NotQuoted
        If what is held, or what was named, has no price of now.
    ExpiryNotListed, NoChains, NoSpot, UnknownSymbol, ProviderUnavailable, RateLimited
        As `listed_contracts.on`.
    """
    lead, today = _rollable(facts), clock.market_date(now)
    own = thresholds.of_traders({facts.user_id})[facts.user_id]
    first = own.roll_first_days if first_days is None else first_days
    last = own.roll_last_days if last_days is None else last_days
    days = _days(facts, lead, (first, last), strike=strike, expiry=expiry, now=now)
    if not days:
        return []
    table = _listed(facts, days, now=now, rule="roll", what="roll")
    for leg in facts.options:
        if not leg.ask > 0:
            raise NotQuoted(contract=leg.contract, what="roll")
    if strike is None:
        first, last = (first, last) if expiry is None else ((expiry - today).days,) * 2
        return roll.candidates(facts, table, today=today, first_days=first, last_days=last)
    found = [roll.named(facts, table, today=today, expiry=day, strike=float(strike)) for day in days]
    if not any(found):
        _listed_or_refused(table, lead.leg, days, strike)
        raise NotQuoted(contract=f"the {strike.normalize():f} strike, or one beside it,", what="roll")
    return [each for each in found if each is not None]


def conversions(facts: PositionFacts, *, now: datetime, strike: Decimal | None = None) -> list[Conversion]:
    """Return the listed options to sell against a bought one, the nearest to the trader's delta first.

    Parameters
    ----------
    strike : Decimal, optional
        That one only.

    Raises
    ------
    NotPossible
        If it is not one bought call or put.
    InvalidInput
        If the strike is not listed, or not beyond both the strike held and the spot.
    QuotesAreOld, NotQuoted
        If what is held has no price of now, or nobody bids for what was named.
    ExpiryNotListed, NoChains, NoSpot, UnknownSymbol, ProviderUnavailable, RateLimited
        As `listed_contracts.on`.
    """
    leg = conversion.held(facts)
    if leg is None or leg.leg.expiry is None:
        raise NotPossible(what="converted", why="only one bought call or put can be made a spread")
    table = _listed(facts, [leg.leg.expiry], now=now, rule="conversion", what="conversion")
    target = thresholds.of_traders({facts.user_id})[facts.user_id].conversion_delta
    found = conversion.candidates(facts, table, target=target)
    if strike is None:
        return found
    named = [each for each in found if math.isclose(each.strike, float(strike), rel_tol=0, abs_tol=1e-6)]
    if not named:
        _listed_or_refused(table, leg.leg, [leg.leg.expiry], strike)
        _beyond_or_refused(leg, facts.spot, strike)
        raise NotQuoted(contract=f"the {strike.normalize():f} {leg.leg.kind.value}", what="conversion")
    return named


def refuse_unlisted(symbol: str, legs: Iterable[Leg], *, now: datetime) -> None:
    """Refuse options that are told as traded and are not listed, as far as the list can be read now.

    While it cannot be, what a trader says he has traded is taken as it is: nobody prices anything from it.

    Raises
    ------
    InvalidInput
        Naming what is listed in its stead.
    """
    for leg in legs:
        try:
            days = listed_contracts.expiries(symbol, leg.root, now=now)
            if not days:
                # A vendor without options of it says nothing of what was traded elsewhere.
                logger.warning("positions.listed.unchecked", extra={"symbol": symbol, "why": "no options of it"})
                return
            table = listed_contracts.on(symbol, [leg.expiry], now=now).listed if leg.expiry in days else None
        except (Unavailable, NoChains, UnknownSymbol, ExpiryNotListed) as trouble:
            logger.warning("positions.listed.unchecked", extra={"symbol": symbol, "why": str(trouble)})
            return
        assert leg.expiry is not None  # noqa: S101 -- every option has one
        assert leg.strike is not None  # noqa: S101
        if table is None:
            raise InvalidInput(issues=[_no_such_day(leg.root, days, leg.expiry)])
        _listed_or_refused(table, leg, [leg.expiry], leg.strike)


def _rollable(facts: PositionFacts) -> LegFacts:
    lead = roll.leading(facts)
    if lead is None:
        why = "its options are of several dates" if facts.options else "it has no options"
        raise NotPossible(what="rolled", why=why)
    return lead


def _days(
    facts: PositionFacts,
    lead: LegFacts,
    window: tuple[float, float],
    *,
    strike: Decimal | None,
    expiry: date | None,
    now: datetime,
) -> list[date]:
    listed = listed_contracts.expiries(facts.symbol, lead.leg.root, now=now)
    if expiry is None:
        first, last = window
        return roll.fitting(listed, today=clock.market_date(now), first=first, last=last, after=lead.leg.expiry)
    if lead.leg.expiry is not None and expiry < lead.leg.expiry:
        raise InvalidInput(issues=[f"expiry: expected none before {lead.leg.expiry}, when what is held expires"])
    if expiry == lead.leg.expiry and strike in (None, lead.leg.strike):
        raise InvalidInput(issues=["strike: within its own expiry only another one is a roll"])
    if expiry not in listed:
        raise InvalidInput(issues=[_no_such_day(lead.leg.root, listed, expiry)])
    return [expiry]


def _no_such_day(root: str, listed: Sequence[date], expiry: date) -> str:
    near = sorted(sorted(listed, key=lambda day: abs((day - expiry).days))[:NEAREST])
    told = f"the nearest dates: {', '.join(map(str, near))}" if near else "nor on any other date"
    return f"expiry: nothing of {root} expires on {expiry}; {told}"


def _listed(facts: PositionFacts, days: Sequence[date], *, now: datetime, rule: str, what: str) -> Listed:
    found = listed_contracts.on(facts.symbol, days, now=now)
    if facts.stale or found.stale:
        raise QuotesAreOld(symbol=facts.symbol, what=what)
    suggested = advice_rows.suggested([facts.id]).get((facts.id, rule), ())
    return found.listed.preferring(suggested)


def _listed_or_refused(table: Listed, lead: Leg, days: Sequence[date], strike: Decimal) -> None:
    is_call, root = lead.kind is Kind.CALL, lead.root
    if any(table.place(root=root, expiry=day, is_call=is_call, strike=float(strike)) is not None for day in days):
        return
    listed = {float(each) for each in table.strike[(table.root == root) & (table.is_call == is_call)]}
    near = sorted(sorted(listed, key=lambda each: abs(each - float(strike)))[:NEAREST])
    told = f"the nearest that are: {', '.join(f'{each:g}' for each in near)}" if near else "nor is any other"
    when = " or ".join(map(str, days))
    raise InvalidInput(issues=[f"strike: {strike.normalize():f} is not listed for {when}; {told}"])


def _beyond_or_refused(leg: LegFacts, spot: float, strike: Decimal) -> None:
    is_call, own = leg.leg.kind is Kind.CALL, float(leg.leg.strike or 0)
    edge = max(own, spot) if is_call else min(own, spot)
    if not (float(strike) > edge if is_call else float(strike) < edge):
        side = "above" if is_call else "below"
        raise InvalidInput(issues=[f"strike: expected one {side} {edge:g}, beyond both the strike held and the spot"])
