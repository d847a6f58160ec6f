"""What it costs to exchange an option for another of the same underlying, and what speaks for and against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import numpy as np

from options_engine.pure.black_scholes import DAYS_A_YEAR, Valuation
from positions.pure import leaps
from positions.pure.leaps import Market, Option

SHARES: Final = 100.0
# A debit buys duration when it brings more than a month; below two months of life decay is near.
MONTH_DAYS, SOON_DAYS = 30, 60
NAN: Final = float("nan")
GOOD: Final = "Good roll: it pays a credit and keeps at least the time there was."
DURATION: Final = "This roll pays a debit for more time: judge whether the added days are worth its cost."
ADVISED: Final = "Rolling is advised: less than {soon} days are left, and decay speeds up from here."
NO_URGENCY: Final = "There is no urgency to roll."


class PriceSource(StrEnum):
    """Where the price of a leg comes from."""

    QUOTE = "quote"  # what it trades at: bought at the ask, sold at the bid
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Quoted:
    """An option of a roll and what the market says of it; NaN where it says nothing.

    Attributes
    ----------
    bid, ask : float
        A bid of 0 is nobody's bid. [USD]
    sigma : float
        Its implied volatility. [1/sqrt(year)]
    """

    option: Option
    bid: float = NAN
    ask: float = NAN
    sigma: float = NAN


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a roll, per share.

    Attributes
    ----------
    days : int
        To its expiry. [calendar days]
    price : float
        What it trades at, where it is quoted, else the model's. [USD]
    model : float
        At the volatility `sigma`. [USD]
    greeks : Valuation
        Of the model, as numbers.
    """

    option: Option
    days: int
    price: float
    source: PriceSource
    model: float
    sigma: float
    greeks: Valuation


@dataclass(frozen=True, slots=True)
class Roll:
    """A roll and what comes of it.

    Attributes
    ----------
    current, new : Leg
    net : float
        Above 0 received, below 0 paid, for all contracts. [USD]
    breakeven : float
        Of the new option alone, bought or sold at its price today. [USD, or index points]
    basis : float
        What a share of the new option has cost, everything counted: the first price and what the roll paid or brought;
        of what was sold, what it has brought. NaN without a first price. [USD]
    true_breakeven : float
        Where the whole story breaks even at the new expiry; NaN without a first price. [USD, or index points]
    annualised_pct : float
        The net for a year of added time, in percent of what the current option is worth; NaN without added time.
    recommendation : str
    pros, cons : tuple of str
    """

    current: Leg
    new: Leg
    net: float
    breakeven: float
    basis: float
    true_breakeven: float
    annualised_pct: float
    recommendation: str
    pros: tuple[str, ...]
    cons: tuple[str, ...]


def calculate(current: Quoted, new: Quoted, market: Market, *, quantity: int, entry_price: float = NAN) -> Roll:
    """Return what it costs to close one option and open the other.

    Parameters
    ----------
    current, new : Quoted
        A new one whose volatility nobody tells is priced at that of `market`.
    market : Market
        Spot and volatility have to be known; the volatility is the current option's.
    quantity : int
        Contracts, above 0 bought, below 0 sold.
    entry_price : float, optional
        What a share of the current option was bought or sold at. [USD]

    Raises
    ------
    ValueError
        If spot, volatility or a strike is zero, negative or unknown.

    Notes
    -----
    Decided in the specification of positions, section 8. The vectors it pins hold without quotes and dividends, at 4.5
    % and one volatility for both, for European exercise and whole days.
    """
    long = quantity >= 0
    closed = _leg(current, market, buying=not long)
    opened = _leg(new, market, buying=long)
    credit = closed.price - opened.price
    net = credit * quantity * SHARES
    basis = entry_price - credit
    sign = new.option.sign
    return Roll(
        current=closed,
        new=opened,
        net=net,
        breakeven=new.option.strike + sign * opened.price,
        basis=basis,
        true_breakeven=new.option.strike + sign * basis,
        annualised_pct=_annualised(closed, opened, net, quantity),
        recommendation=_recommendation(net, closed.days, opened.days),
        pros=tuple(_pros(closed, opened, net, long=long)),
        cons=tuple(_cons(closed, opened, net, long=long)),
    )


def _leg(quoted: Quoted, market: Market, *, buying: bool) -> Leg:
    option = quoted.option
    sigma = quoted.sigma if quoted.sigma > 0 else market.sigma
    for name, number in (("spot", market.spot), ("sigma", sigma), ("strike", option.strike)):
        if not number > 0:
            raise ValueError(f"{name}={number:g}: expected a number above 0")
    greeks = leaps.value(option, market.days_to(option.expiry), spot=market.spot, sigma=sigma, market=market)
    model = float(greeks.price)
    traded = quoted.ask if buying else quoted.bid
    is_quoted = traded > 0
    return Leg(
        option=option,
        days=_days(option.expiry, market.today),
        price=traded if is_quoted else model,
        source=PriceSource.QUOTE if is_quoted else PriceSource.MODEL,
        model=model,
        sigma=sigma,
        greeks=greeks,
    )


def _days(expiry: date, today: date) -> int:
    return max((expiry - today).days, 0)


def _annualised(current: Leg, new: Leg, net: float, quantity: int) -> float:
    added, worth = new.days - current.days, current.price * abs(quantity) * SHARES
    return 100.0 * net / worth * DAYS_A_YEAR / added if added > 0 and worth > 0 else NAN


def _recommendation(net: float, current_days: int, new_days: int) -> str:
    if net > 0 and new_days >= current_days:
        return GOOD
    if net < 0 and new_days > current_days + MONTH_DAYS:
        return DURATION
    return ADVISED.format(soon=SOON_DAYS) if current_days < SOON_DAYS else NO_URGENCY


def _pros(current: Leg, new: Leg, net: float, *, long: bool) -> Iterator[str]:
    if net > 0:
        yield f"Brings a credit of ${net:,.2f}"
    if long and new.option.is_call and new.option.strike > current.option.strike:
        yield "A higher strike locks in gains and leaves less capital at risk"
    if long and new.option.is_call and new.option.strike < current.option.strike:
        yield "A lower strike has more delta"
    if new.days > current.days:
        yield f"Adds {new.days - current.days} days"
    if long and _more(new.greeks.delta, current.greeks.delta):
        yield "Moves more with the underlying: its delta is larger"
    if not long and _more(new.greeks.theta, current.greeks.theta):
        yield "Earns more a day: its theta is larger"


def _cons(current: Leg, new: Leg, net: float, *, long: bool) -> Iterator[str]:
    if net < 0:
        yield f"Costs a debit of ${-net:,.2f}"
    if long and new.option.is_call and new.option.strike > current.option.strike:
        yield "Gives up intrinsic value"
    if long and new.option.is_call and new.option.strike < current.option.strike:
        yield "Binds more capital"
    if long and _more(new.greeks.theta, current.greeks.theta):
        yield "Loses more a day: its theta is larger"
    if not long and _more(new.greeks.delta, current.greeks.delta):
        yield "Moves more against you with the underlying: its delta is larger"
    if new.source is PriceSource.MODEL and current.source is PriceSource.QUOTE:
        yield "The new option is not quoted: its price is a model's"


def _more(one: object, other: object) -> bool:
    return bool(np.abs(one) > np.abs(other))  # type: ignore[call-overload]
