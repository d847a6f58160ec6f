"""What becomes of an option at its end: worthless, paid in cash, exercised, assigned; or a question to its trader."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from options_engine.pure.fills import Kind as FillKind
from positions.pure.structures import Kind, Leg

ZERO: Final = Decimal(0)
# The clearing house exercises what is in the money by this much unless its holder says otherwise. [USD a share]
EXERCISED_FROM: Final = Decimal("0.01")
# This near to the strike at the close holders decide by what happens until the evening. [share of the strike]
PINNED: Final = Decimal("0.0025")
# A special opening quotation has been this far from an index's first print at most, with room. [share of the print]
OPENING_DOUBT: Final = Decimal("0.03")
OPENING_DOUBTS: Final = {"VIX": Decimal("0.30"), "VIXW": Decimal("0.30")}


class PrintKind(StrEnum):
    """What kind of price an option is settled on."""

    CLOSE = "official_close"
    LAST_MINUTE = "last_minute"  # of the session, where nobody tells the official close
    FIRST = "first_print"  # of an index; its special opening quotation is made of first trades of all its shares
    TOLD = "told"  # by the trader: the settlement value that the exchange published


class Awaited(StrEnum):
    """What only the trader can say."""

    VALUE = "settlement_value"
    ASSIGNMENT = "assignment"


@dataclass(frozen=True, slots=True)
class Print:
    """A price of the underlying, four places, and what kind it is. [USD, or index points]"""

    price: Decimal
    kind: PrintKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An open option at its end.

    Attributes
    ----------
    leg : Leg
        Its `ratio` is what is open. [signed contracts]
    multiplier : Decimal
        Shares a contract.
    pays_cash : bool
        An index's: nobody delivers shares of it.
    settles_at_open : bool
        AM-settled.
    """

    leg: Leg
    multiplier: Decimal
    pays_cash: bool
    settles_at_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of it.

    Attributes
    ----------
    kind : FillKind or None
        How it leaves; None while its trader is asked.
    price : Decimal
        At which it leaves: what is paid out, else 0. [USD a share, or index points]
    shares : int
        Delivered at the strike: above 0 received, below 0 handed over.
    awaits : Awaited or None
        What he is asked.
    near : bool
        So near to the strike that it may have gone otherwise: his broker knows.
    """

    kind: FillKind | None
    price: Decimal = ZERO
    shares: int = 0
    awaits: Awaited | None = None
    near: bool = False


def outcome(option: Option, told: Print, *, patient: bool) -> Outcome:
    """Return what becomes of an option.

    Parameters
    ----------
    told : Print
        The underlying's closing price, or opening price where it settles on that.
    patient : bool
        The trader may still answer; once he had his time, a pinned option goes by the rule, and says that it was near.

    Raises
    ------
    ValueError
        If it is of stock.

    Notes
    -----
    In the money by a cent or more is exercised, and assigned to whoever is short of it: OCC Rule 805, exercise by
    exception. Index options pay their intrinsic value in cash. AM-settled ones take it from a special opening
    quotation, which no vendor of ours tells: where the index's first print leaves no doubt that one is worthless it
    expires, else its trader is asked, however long it takes: to settle on the first print would be to guess at money.
    """
    if option.leg.kind is Kind.STOCK:
        raise ValueError("shares have no end")
    if option.settles_at_open and told.kind is not PrintKind.TOLD:
        doubt = OPENING_DOUBTS.get(option.leg.root, OPENING_DOUBT) * told.price
        if in_the_money(option.leg, told.price) <= -doubt:
            return Outcome(kind=FillKind.EXPIRY)
        return Outcome(kind=None, awaits=Awaited.VALUE)
    if option.pays_cash:
        return in_cash(option.leg, told.price)
    near = abs(in_the_money(option.leg, told.price)) <= PINNED * _strike(option.leg)
    # A holder knows what he did himself, and the rule did it for him, as long as the close is the official one.
    unsure = near and (option.leg.ratio < 0 or told.kind is not PrintKind.CLOSE)
    if unsure and patient:
        return Outcome(kind=None, awaits=Awaited.ASSIGNMENT, near=True)
    if in_the_money(option.leg, told.price) >= EXERCISED_FROM:
        return delivered(option.leg, option.multiplier, near=unsure)
    return Outcome(kind=FillKind.EXPIRY, near=unsure)


def in_cash(leg: Leg, price: Decimal) -> Outcome:
    """Return what an option of an index pays at a settlement value."""
    worth = max(in_the_money(leg, price), ZERO)
    return Outcome(kind=FillKind.CASH_SETTLEMENT if worth else FillKind.EXPIRY, price=worth)


def delivered(leg: Leg, multiplier: Decimal, *, near: bool = False) -> Outcome:
    """Return what becomes of an option that is exercised, or assigned when it is short."""
    side = 1 if leg.kind is Kind.CALL else -1
    kind = FillKind.EXERCISE if leg.ratio > 0 else FillKind.ASSIGNMENT
    return Outcome(kind=kind, shares=int(side * leg.ratio * multiplier), near=near)


def in_the_money(leg: Leg, price: Decimal) -> Decimal:
    """Return how far an option is in the money, below 0 out of it. [USD a share, or index points]"""
    return price - _strike(leg) if leg.kind is Kind.CALL else _strike(leg) - price


def _strike(leg: Leg) -> Decimal:
    assert leg.strike is not None  # noqa: S101 -- every option has one
    return leg.strike
