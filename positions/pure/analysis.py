"""What is said about a position that is only thought of: at a price that its trader told, and what to beware of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from math import isfinite
from typing import Final

from positions.pure.facts import NAN, Greeks, LegFacts, MarkSource, PositionFacts
from positions.pure.limits import CENT
from positions.pure.snapshot import least_trusted
from positions.pure.valuation import OpenPosition

WIDE_PCT: Final = 10.0  # of the middle
SOON_DAYS: Final = 7
NO_GREEKS: Final = Greeks(delta=None, gamma=None, theta=None, vega=None, rho=None)


class PriceSource(StrEnum):
    """Where the price of a whole position comes from: that of its least trusted leg, or from who asked."""

    QUOTE = MarkSource.QUOTE.value
    LAST = MarkSource.LAST.value
    MODEL = MarkSource.MODEL.value
    CLIENT = "client"
    NONE = MarkSource.NONE.value


def price_source(facts: PositionFacts) -> PriceSource:
    """Return where the market's price comes from, `none` where it tells none."""
    return PriceSource.NONE if facts.value is None else PriceSource(least_trusted(facts.legs).value)


def at_told_price(facts: PositionFacts, price: Decimal, multiplier: Decimal) -> PositionFacts:
    """Return a position that the market has no price of, at the one of a unit that its trader told, above 0.

    Parameters
    ----------
    multiplier : Decimal
        Shares that the price is of.
    """
    worth = (1 if facts.bought else -1) * price * facts.units * multiplier
    value, gain = _cents(worth), _cents(worth - facts.cost)
    return replace(
        facts, value=value, unrealised=gain, pnl_pct=float(100 * gain / abs(facts.cost)) if facts.cost else None
    )


def without_legs(position: OpenPosition, *, now: datetime) -> PositionFacts:
    """Return what is known of a structure whose contracts nobody has named: what was paid for it, and no more."""
    return PositionFacts(
        id=position.id,
        user_id=position.user_id,
        symbol=position.symbol,
        strategy=position.strategy,
        bought=position.bought,
        units=position.units,
        entry_price=position.entry_price,
        cost=position.cost,
        opened_at=position.opened_at,
        legs=(),
        value=None,
        unrealised=None,
        realised=position.realised,
        fees=position.fees,
        pnl_pct=None,
        max_gain=None,
        max_loss=None,
        limits_known=False,
        breakevens=(),
        greeks=NO_GREEKS,
        probability_of_profit=None,
        spot=NAN,
        stale=True,
        as_of=now,
    )


def warnings(facts: PositionFacts, source: PriceSource, *, today: date, missing: tuple[str, ...] = ()) -> list[str]:
    """Return what whoever thinks of holding this should know, the worst first.

    Parameters
    ----------
    missing : tuple of str
        Contracts that the vendor does not know.
    """
    unlimited = facts.limits_known and facts.max_loss is None
    found = ["The loss has no limit."] if unlimited else []
    found += [f"{name} is not listed: the market knows no such contract." for name in missing]
    found += _of_price(facts, source)
    found += _of_time(facts, today)
    found += [
        f"The quote of {leg.contract} is {leg.spread_pct:.0f}% wide: its middle may not be had."
        for leg in facts.legs
        if leg.is_option and leg.spread_pct > WIDE_PCT
    ]
    if facts.limits_by_model:
        found.append("Limits are those at the first expiry, with the later options at our model's price.")
    return found


def _of_price(facts: PositionFacts, source: PriceSource) -> list[str]:
    match source:
        case PriceSource.NONE:
            return ["Nobody tells what it is worth now."]
        case PriceSource.CLIENT:
            return ["The market tells no price; it is valued at the one that you told."]
        case PriceSource.MODEL:
            return ["A leg has no quote that can be believed: it is valued by our model."]
        case _:
            return ["These prices are older than they should be."] if facts.stale else []


def _of_time(facts: PositionFacts, today: date) -> list[str]:
    first = facts.nearest_expiry
    if first is None:
        return []
    days = (first - today).days
    if days < 0:
        return [f"It expired on {first}: only its settlement says what it was worth."]
    if days > SOON_DAYS:
        return []
    when = "today" if days == 0 else "tomorrow" if days == 1 else f"in {days} days"
    sold = [leg for leg in facts.options if leg.leg.ratio < 0 and leg.leg.expiry == first]
    at_risk = " What is sold may be assigned." if any(_may_be_assigned(leg) for leg in sold) else ""
    return [f"It expires {when}: gamma and decay are at their largest.{at_risk}"]


def _may_be_assigned(leg: LegFacts) -> bool:
    """Say whether a sold leg is in the money, so that its mark is hardly more than exercise brings."""
    return not leg.european and isfinite(leg.mark) and isfinite(leg.extrinsic) and leg.mark > leg.extrinsic


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
