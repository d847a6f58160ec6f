"""One contract's book of fills: lots first in, first out, and what they made. Exact in Decimal."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from options_engine.pure.fill import SHARES, ZERO, Fill, Kind

ENDINGS: Final = (Kind.CASH_SETTLEMENT, Kind.EXPIRY)


@dataclass(frozen=True, slots=True)
class Lot:
    """What is still open of one fill; its quantity is negative when it was sold."""

    quantity: Decimal
    price: Decimal
    multiplier: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Ledger:
    """One contract after some fills.

    Attributes
    ----------
    lots : tuple of Lot
        What is open, oldest first, all bought or all sold.
    realised : Decimal
        Gross, before fees. [USD]
    fees : Decimal
        Paid so far; they are never spread over lots. [USD]
    cash : Decimal
        What all fills brought in, fees paid: `realised + unrealised(mark) - fees == cash + value(mark)`. [USD]
    at : datetime or None
        Of the last fill.
    """

    contract: str
    multiplier: Decimal = SHARES
    lots: tuple[Lot, ...] = ()
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    cash: Decimal = ZERO
    at: datetime | None = None

    @property
    def quantity(self) -> Decimal:
        """What is held, negative when short."""
        return sum((lot.quantity for lot in self.lots), ZERO)

    @property
    def cost(self) -> Decimal:
        """What was paid for all that is open, negative for what was sold short. [USD]."""
        return sum((lot.quantity * lot.price * lot.multiplier for lot in self.lots), ZERO)

    @property
    def average_price(self) -> Decimal | None:
        """The mean price of what is open, to 28 digits; None when flat. [USD a share]."""
        return self.cost / (self.quantity * self.multiplier) if self.lots else None

    @property
    def net(self) -> Decimal:
        """What is realised, all fees paid. [USD]."""
        return self.realised - self.fees

    def value(self, mark: Decimal) -> Decimal:
        """Return what the open is worth at a price, negative when short. [USD]."""
        return self.quantity * mark * self.multiplier

    def unrealised(self, mark: Decimal) -> Decimal:
        """Return what the open would win at a price, before fees. [USD]."""
        return self.value(mark) - self.cost

    def after(self, fill: Fill) -> Ledger:
        """Return the ledger with one more fill, which is not older than the last.

        Fills of one instant count in the order of the calls, in `ledgers` in an order of their own.

        Raises
        ------
        ValueError
            If it is of another contract or multiplier, older, or expires or settles what is not held.
        """
        if fill.contract != self.contract:
            raise ValueError(f"a fill of {fill.contract} does not belong to the ledger of {self.contract}")
        if self.at is not None and fill.at < self.at:
            raise ValueError(f"a fill of {fill.at.isoformat()} is older than the last of {self.at.isoformat()}")
        book = Book(self)
        book.take(fill)
        return book.ledger()


class Book:
    """A ledger while fills go through it."""

    def __init__(self, start: Ledger) -> None:
        self.contract, self.multiplier = start.contract, start.multiplier
        self.lots = deque(start.lots)
        self.realised, self.fees, self.cash, self.at = start.realised, start.fees, start.cash, start.at
        self.held = start.quantity

    def take(self, fill: Fill) -> None:
        """Close the oldest lots against a fill, then open what is left of it."""
        if fill.multiplier != self.multiplier:
            raise ValueError(f"{self.contract} has fills of {self.multiplier} and of {fill.multiplier} shares")
        left, won = fill.quantity, ZERO
        while left and self.held and (left > 0) != (self.held > 0):
            left, made = self._close(left, fill.price)
            won += made
        if left:
            self._open(left, fill)
        self.realised += won * self.multiplier
        self.fees += fill.fees
        self.cash += fill.cash
        self.at = fill.at

    def ledger(self) -> Ledger:
        """Return what it has come to."""
        return Ledger(self.contract, self.multiplier, tuple(self.lots), self.realised, self.fees, self.cash, self.at)

    def _close(self, left: Decimal, price: Decimal) -> tuple[Decimal, Decimal]:
        # What is left of the fill after the oldest lot, and what that won of one share each.
        lot = self.lots[0]
        if abs(left) < abs(lot.quantity):
            closed = -left
            self.lots[0] = Lot(lot.quantity - closed, lot.price, lot.multiplier, lot.at)
        else:
            closed = lot.quantity
            self.lots.popleft()
        self.held -= closed
        return left + closed, closed * (price - lot.price)

    def _open(self, quantity: Decimal, fill: Fill) -> None:
        if fill.kind in ENDINGS:
            raise ValueError(f"{fill.kind} of {self.contract} at {fill.at:%F %T%z}: {abs(quantity)} more than is held")
        self.held += quantity
        if self.lots and self.lots[-1].at == fill.at and self.lots[-1].price == fill.price:
            quantity += self.lots.pop().quantity  # a split fill leaves one lot
        self.lots.append(Lot(quantity, fill.price, fill.multiplier, fill.at))
