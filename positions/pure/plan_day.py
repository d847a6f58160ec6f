"""What a market day has made of a position: from its fills, and from prices at the start of the day and of now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from options_engine.pure import fills
from options_engine.pure.fills import Fill

ZERO: Final = Decimal(0)
CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class DayPart:
    """What a position has made since the day began.

    Attributes
    ----------
    realised : Decimal
        By what was closed that day, first in first out against what it cost, the day's fees paid. [USD]
    open : Decimal
        By everything else: `realised + open` is the day's cash and value now less its value at the start. [USD]
    known : bool
        False where a price is missing: then `open` is 0, and only what was realised is counted.
    """

    realised: Decimal
    open: Decimal
    known: bool = True


def of_position(
    history: Sequence[Fill], start: datetime, *, value: Decimal | None, prices: Mapping[str, Decimal]
) -> DayPart:
    """Return what a position has made since the start of a day.

    Parameters
    ----------
    history : sequence of fills.Fill
        All of its fills, until now.
    start : datetime
        Midnight in New York.
    value : Decimal or None
        What is open is worth now, below 0 for what was sold; 0 when nothing is; None when nobody knows. [USD]
    prices : mapping of str to Decimal
        What contracts cost when the day began. [USD a share]
    """
    earlier = [fill for fill in history if fill.at < start]
    today = [fill for fill in history if fill.at >= start]
    realised = _net(history) - _net(earlier)
    held: defaultdict[tuple[str, Decimal], Decimal] = defaultdict(Decimal)
    for fill in earlier:
        held[fill.contract, fill.multiplier] += fill.quantity
    held_over = {which: quantity for which, quantity in held.items() if quantity}
    if value is None or any(contract not in prices for contract, _ in held_over):
        return DayPart(realised, ZERO, known=False)
    began = sum(
        (quantity * multiplier * prices[contract] for (contract, multiplier), quantity in held_over.items()), ZERO
    )
    made = sum((fill.cash for fill in today), ZERO) + value - began
    return DayPart(realised, made - realised)


def _net(history: Sequence[Fill]) -> Decimal:
    return fills.total(fills.ledgers(history).values()).net


@dataclass(frozen=True, slots=True)
class Day:
    """What a market day has made of all positions of a trader, to the cent. [USD]."""

    realised: Decimal
    open: Decimal

    @property
    def result(self) -> Decimal:
        """Both together."""
        return self.realised + self.open

    @property
    def lost(self) -> Decimal:
        """What is lost of it, at least 0."""
        return max(-self.result, ZERO)


def total(parts: Sequence[DayPart]) -> Day:
    """Return the day of all positions."""
    return Day(
        sum((each.realised for each in parts), ZERO).quantize(CENT),
        sum((each.open for each in parts), ZERO).quantize(CENT),
    )
