"""What fills made and what they leave open: profit and loss by contract, in all, and from flat to flat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Final

from options_engine.pure.fill import FINEST, ZERO, Fill, Kind
from options_engine.pure.ledger import Book, Ledger, Lot

__all__ = ["Fill", "Kind", "Ledger", "Lot", "Result", "RoundTrip", "ledgers", "round_trips", "total"]

_RANK: Final = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Result:
    """What contracts together made. [USD]."""

    gross: Decimal = ZERO
    fees: Decimal = ZERO
    cash: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """What is realised, all fees paid."""
        return self.gross - self.fees


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One contract from flat to flat, or as far as it got.

    Attributes
    ----------
    fills : tuple of Fill
        In order, equal ones put together; a fill that flips gives the part up to zero to one trip and the rest to the
        next.
    ledger : Ledger
        After them; nothing is open in a closed one.
    """

    fills: tuple[Fill, ...]
    ledger: Ledger

    @property
    def contract(self) -> str:
        """What was traded."""
        return self.ledger.contract

    @property
    def opened_at(self) -> datetime:
        """When the first fill was."""
        return self.fills[0].at

    @property
    def closed_at(self) -> datetime | None:
        """When it was flat again, None while something is open."""
        return None if self.ledger.lots else self.fills[-1].at

    @property
    def quantity(self) -> Decimal:
        """All that was opened on the way, negative when sold short."""
        return sum((fill.quantity for fill in self.fills if self._opens(fill)), ZERO)

    @property
    def entry_price(self) -> Decimal:
        """The mean price of what was opened, to 28 digits. [USD a share]."""
        return _mean_price([fill for fill in self.fills if self._opens(fill)])

    @property
    def exit_price(self) -> Decimal | None:
        """The mean price of what was closed, to 28 digits; None when nothing was. [USD a share]."""
        closings = [fill for fill in self.fills if not self._opens(fill)]
        return _mean_price(closings) if closings else None

    @property
    def result(self) -> Result:
        """What it made so far."""
        return total([self.ledger])

    def _opens(self, fill: Fill) -> bool:
        return (fill.quantity > 0) == (self.fills[0].quantity > 0)


def ledgers(fills: Iterable[Fill]) -> dict[str, Ledger]:
    """Return the ledger of each contract, by name; the order of the fills given does not matter.

    Raises
    ------
    ValueError
        If fills of one contract have several multipliers, or one expires or settles what is not held.

    Notes
    -----
    Fills of one instant that have the same kind, price and side count as one. The others of that instant go by kind,
    then those that add to what is held before those that reduce it (from flat: the side that is left over, else bought
    ones), then the cheaper ones. First in, first out pairs the nth bought with the nth sold whichever comes first, so
    that only the order within a side moves money; additions go first so that nothing is closed and opened anew, or
    flipped twice, within an instant.
    """
    found = {}
    for contract, own in _by_contract(fills):
        book = Book(Ledger(contract, own[0].multiplier))
        for fill in _in_order(own):
            book.take(fill)
        found[contract] = book.ledger()
    return found


def total(of: Iterable[Ledger]) -> Result:
    """Return the sums over ledgers; of none they are 0."""
    gross = fees = cash = ZERO
    for ledger in of:
        gross, fees, cash = gross + ledger.realised, fees + ledger.fees, cash + ledger.cash
    return Result(gross, fees, cash)


def round_trips(fills: Iterable[Fill]) -> list[RoundTrip]:
    """Return each contract's trips from flat to flat, oldest first; what is still open makes the last of a contract.

    Sums over all trips are those over all ledgers. Of a fill that flips, the closing part bears its share of the fees
    rounded to eight decimals and the opening part the exact rest.

    Raises
    ------
    ValueError
        As `ledgers`.
    """
    trips = [trip for _, own in _by_contract(fills) for trip in _trips(own)]
    return sorted(trips, key=lambda trip: trip.opened_at)


def _by_contract(fills: Iterable[Fill]) -> list[tuple[str, list[Fill]]]:
    found: dict[str, list[Fill]] = {}
    for fill in fills:
        found.setdefault(fill.contract, []).append(fill)
    return sorted(found.items())


def _in_order(fills: list[Fill]) -> Iterator[Fill]:
    """Yield one contract's fills in the order that `ledgers` tells."""
    held = ZERO
    for _, group in groupby(_merged(fills), key=lambda fill: (fill.at, fill.kind)):
        batch = list(group)
        change = sum((fill.quantity for fill in batch), ZERO)
        if len(batch) > 1:
            bought_first = (held or change) >= 0
            batch.sort(key=lambda fill: (fill.quantity > 0) != bought_first)  # stable: the cheaper stay in front
        held += change
        yield from batch


def _merged(fills: list[Fill]) -> Iterator[Fill]:
    """Yield fills by time, kind, price and side, those that are alike in all of these as one."""
    last: Fill | None = None
    for fill in sorted(fills, key=lambda fill: (fill.at, _RANK[fill.kind], fill.price, fill.quantity > 0)):
        if last is not None and _alike(last, fill):
            quantity, fees = last.quantity + fill.quantity, last.fees + fill.fees
            last = Fill(fill.contract, fill.at, quantity, fill.price, fill.multiplier, fees, fill.kind)
            continue
        if last is not None:
            yield last
        last = fill
    if last is not None:
        yield last


def _alike(one: Fill, other: Fill) -> bool:
    return (
        one.at == other.at
        and one.price == other.price
        and one.kind == other.kind
        and (one.quantity > 0) == (other.quantity > 0)
        and one.multiplier == other.multiplier
    )


def _trips(fills: list[Fill]) -> Iterator[RoundTrip]:
    blank = Ledger(fills[0].contract, fills[0].multiplier)
    book, parts = Book(blank), list[Fill]()
    for fill in _in_order(fills):
        for part in _split_at_zero(fill, book.held):
            book.take(part)
            parts.append(part)
            if not book.held:
                yield RoundTrip(tuple(parts), book.ledger())
                book, parts = Book(blank), []
    if parts:
        yield RoundTrip(tuple(parts), book.ledger())


def _split_at_zero(fill: Fill, held: Decimal) -> Iterator[Fill]:
    rest = fill.quantity + held
    if not held or not rest or (rest > 0) == (held > 0):
        yield fill
        return
    share = (fill.fees * abs(held) / abs(fill.quantity)).quantize(FINEST)
    yield Fill(fill.contract, fill.at, -held, fill.price, fill.multiplier, share, fill.kind)
    yield Fill(fill.contract, fill.at, rest, fill.price, fill.multiplier, fill.fees - share, fill.kind)


def _mean_price(fills: list[Fill]) -> Decimal:
    return sum((fill.quantity * fill.price for fill in fills), ZERO) / sum((fill.quantity for fill in fills), ZERO)
