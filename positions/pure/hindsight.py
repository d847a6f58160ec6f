"""What a closed position would have made otherwise: by its advice, and by three rules that every trader knows.

Whoever gets out on the way sells at the bid and buys at the ask of a minute, and pays what getting out cost per
contract when he really did. Where nobody knows those prices, nobody knows the outcome; docs/decisions/0010 has the
choice of rules.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final

from options_engine.pure.fills import Fill, Kind

ZERO: Final = Decimal(0)
CENT: Final = Decimal("0.01")
# From the moment of a decision to the minute that it is carried out in, at most.
SOON: Final = timedelta(minutes=3)
# A longer silence may hide the moment at which a rule would have got out.
LONGEST_GAP: Final = timedelta(minutes=5)
AT_ONCE: Final = timedelta(0)
DELIVERIES: Final = (Kind.ASSIGNMENT, Kind.EXERCISE)
# In parts of what was paid, and of what was received.
BOUGHT_LOSS, BOUGHT_GAIN = Decimal("-0.5"), Decimal(1)
SOLD_LOSS, SOLD_GAIN = Decimal(-1), Decimal("0.5")


class Policy(StrEnum):
    """Ways to get out."""

    ACTUAL = "actual"
    ADVICE = "advice"
    ENTRY_CLOSE = "entry_close"
    BRACKET = "bracket"
    EXPIRY = "expiry"


class Why(StrEnum):
    """Why an outcome is not known."""

    NO_ADVICE = "no_advice"
    NO_PRICES = "no_prices"
    NO_PREMIUM = "no_premium"
    NO_EXPIRY = "no_expiry"
    NOT_EXPIRED = "not_expired"
    NO_SETTLEMENT = "no_settlement"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Quote:
    """What one share of a contract could be sold and bought for in a minute; None where nobody says. [USD]"""

    at: datetime
    bid: Decimal | None
    ask: Decimal | None


@dataclass(frozen=True, slots=True)
class Terms:
    """When an option expires and what it is worth then.

    Attributes
    ----------
    is_call : bool
    strike : Decimal
    expiry : date
    settlement : Decimal or None
        Of the underlying; None while nobody knows. [USD, or index points]
    never : bool
        Nobody will know: it settles on opening prices that are not told.
    """

    is_call: bool
    strike: Decimal
    expiry: date
    settlement: Decimal | None
    never: bool = False

    @property
    def worth(self) -> Decimal | None:
        """Its intrinsic value at the end. [USD a share]."""
        if self.settlement is None:
            return None
        return max(self.settlement - self.strike if self.is_call else self.strike - self.settlement, ZERO)


@dataclass(frozen=True, slots=True)
class Advised:
    """An advice as it was told first: what to trade, signed contracts or shares by name."""

    at: datetime
    orders: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a way to get out makes.

    Attributes
    ----------
    net : Decimal or None
        All fees paid; None where it is not known. [USD]
    exit_at : datetime or None
        When nothing is left; None at expiry, and where it is not known.
    why : Why or None
        It is not known.
    """

    net: Decimal | None
    exit_at: datetime | None = None
    why: Why | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A closed position and everything that is known around it.

    Attributes
    ----------
    fills : sequence of fills.Fill
        All of them, by time; no contract turns from bought to sold.
    quotes : mapping of str to sequence of Quote
        By contract, ascending.
    advice : sequence of Advised
        By time.
    sessions : sequence of (open, close)
        From that of the first fill to that of the last, ascending.
    terms : mapping of str to Terms
        Of each option; shares are not in it.
    """

    fills: Sequence[Fill]
    quotes: Mapping[str, Sequence[Quote]]
    advice: Sequence[Advised]
    sessions: Sequence[tuple[datetime, datetime]]
    terms: Mapping[str, Terms]


def outcomes(story: Story) -> dict[Policy, Outcome]:
    """Return what each way makes.

    Raises
    ------
    ValueError
        If the fills leave something open.
    """
    walk = _Walk(story)
    return {
        Policy.ACTUAL: Outcome(_cents(sum((fill.cash for fill in story.fills), ZERO)), walk.ended_at),
        Policy.ADVICE: _by_advice(walk),
        Policy.ENTRY_CLOSE: _at_entry_close(walk),
        Policy.BRACKET: _by_bracket(walk),
        Policy.EXPIRY: at_expiry(story),
    }


def at_expiry(story: Story) -> Outcome:
    """Return what holding everything that was opened to its expiry makes; nobody pays a fee for that."""
    walk = _Walk(story)
    cash = ZERO
    for fill in walk.openings:
        terms = story.terms.get(fill.contract)
        if terms is None:
            return Outcome(None, why=Why.NO_EXPIRY)
        if terms.worth is None:
            return Outcome(None, why=Why.NO_SETTLEMENT if terms.never else Why.NOT_EXPIRED)
        cash += fill.cash + fill.quantity * fill.multiplier * terms.worth
    return Outcome(_cents(cash))


class _Walk:
    """A position on its way, as if it had been closed otherwise."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.openings: list[Fill] = []
        self.closings: defaultdict[str, list[Fill]] = defaultdict(list)
        self.multipliers = {fill.contract: fill.multiplier for fill in story.fills}
        held: defaultdict[str, Decimal] = defaultdict(Decimal)
        for fill in story.fills:
            opens = held[fill.contract] * fill.quantity >= 0
            if not opens:
                self.closings[fill.contract].append(fill)
            elif fill.kind not in DELIVERIES:  # shares that were delivered are how it went on, not what was opened
                self.openings.append(fill)
            held[fill.contract] += fill.quantity
        if any(held.values()):
            raise ValueError("something is still open: only what has ended can be looked back at")
        self.ended_at = max(fill.at for fill in story.fills)

    def held(self, at: datetime) -> dict[str, Decimal]:
        """Return what was opened by an instant."""
        found: defaultdict[str, Decimal] = defaultdict(Decimal)
        for fill in self.openings:
            if fill.at <= at:
                found[fill.contract] += fill.quantity
        return dict(found)

    def paid(self, at: datetime) -> Decimal:
        """Return what was paid for it, below 0 where it was received, before fees. [USD]."""
        return -sum((fill.cash + fill.fees for fill in self.openings if fill.at <= at), ZERO)

    def cash(self, at: datetime) -> Decimal:
        """Return what opening it by an instant brought in, fees paid. [USD]."""
        return sum((fill.cash for fill in self.openings if fill.at <= at), ZERO)

    def quote(self, contract: str, at: datetime, within: timedelta) -> Quote | None:
        """Return the first quote from an instant on, None where none comes within so much time."""
        told = self.story.quotes.get(contract, ())
        where = bisect_left(told, at, key=lambda each: each.at)
        return told[where] if where < len(told) and told[where].at - at <= within else None

    def liquidated(
        self, quantities: Mapping[str, Decimal], at: datetime, *, within: timedelta = SOON
    ) -> Decimal | None:
        """Return what getting rid of these brings at quotes of an instant, before fees; None without them. [USD]."""
        total = ZERO
        for contract, quantity in quantities.items():
            quote = self.quote(contract, at, within)
            price = None if quote is None else (quote.bid if quantity > 0 else quote.ask)
            if price is None:
                return None
            total += quantity * self.multipliers[contract] * price
        return total

    def fees(self, quantities: Mapping[str, Decimal]) -> Decimal:
        """Return what getting rid of these costs, at the fee of a contract that was paid when it was done. [USD]."""
        total = ZERO
        for contract, quantity in quantities.items():
            fills = self.closings[contract]
            closed = sum((abs(fill.quantity) for fill in fills), ZERO)
            total += abs(quantity) * sum((fill.fees for fill in fills), ZERO) / closed
        return total

    def as_done(self, quantities: Mapping[str, Decimal]) -> Decimal:
        """Return what getting rid of these brought at the mean price at which it was done, before fees. [USD]."""
        total = ZERO
        for contract, quantity in quantities.items():
            fills = self.closings[contract]
            closed = sum((fill.quantity for fill in fills), ZERO)
            mean = sum((fill.quantity * fill.price for fill in fills), ZERO) / closed
            total += quantity * self.multipliers[contract] * mean
        return total

    def out(self, at: datetime) -> Outcome:
        """Return what getting rid of all of it at an instant makes; what was opened later never was."""
        held = self.held(at)
        brought = self.liquidated(held, at) if held else None
        if brought is None:
            return Outcome(None, why=Why.NO_PRICES)
        return Outcome(_cents(self.cash(at) + brought - self.fees(held)), at)


def _by_advice(walk: _Walk) -> Outcome:
    """Follow each advice that reduces what is left when it is told; what is left in the end goes as it went."""
    gone: defaultdict[str, Decimal] = defaultdict(Decimal)
    brought, followed_at = ZERO, None
    for advice in walk.story.advice:
        if advice.at >= walk.ended_at or not _in_session(walk.story, advice.at):
            continue
        left = _left(walk.held(advice.at), gone)
        reducing = _reducing(advice.orders, left)
        if not reducing:
            continue
        part = walk.liquidated(reducing, advice.at)
        if part is None:
            return Outcome(None, why=Why.NO_PRICES)
        brought += part - walk.fees(reducing)
        for contract, quantity in reducing.items():
            gone[contract] += quantity
        followed_at = advice.at
        if not _left(walk.held(advice.at), gone):
            # All of it is gone: what was opened later never was.
            return Outcome(_cents(walk.cash(advice.at) + brought), advice.at)
    if followed_at is None:
        return Outcome(None, why=Why.NO_ADVICE)
    rest = _left(walk.held(walk.ended_at), gone)
    if any(fill.kind in DELIVERIES for contract in rest for fill in walk.closings[contract]):
        return Outcome(None, why=Why.DELIVERED)
    brought += walk.as_done(rest) - walk.fees(rest)
    return Outcome(_cents(walk.cash(walk.ended_at) + brought), walk.ended_at)


def _left(held: Mapping[str, Decimal], gone: Mapping[str, Decimal]) -> dict[str, Decimal]:
    left = {contract: quantity - gone.get(contract, ZERO) for contract, quantity in held.items()}
    return {contract: quantity for contract, quantity in left.items() if quantity}


def _reducing(orders: Mapping[str, int], left: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return what orders take away of what is left; nothing when one of them opens something."""
    found = {}
    for contract, quantity in orders.items():
        held = left.get(contract, ZERO)
        if held * quantity >= 0:
            return {}
        found[contract] = held / abs(held) * min(abs(held), Decimal(abs(quantity)))
    return found


def _in_session(story: Story, at: datetime) -> bool:
    return any(opens <= at < closes for opens, closes in story.sessions)


def _at_entry_close(walk: _Walk) -> Outcome:
    entry = walk.openings[0].at
    close = next((closes for _, closes in walk.story.sessions if closes > entry), None)
    return Outcome(None, why=Why.NO_PRICES) if close is None else walk.out(_last_minute(close))


def _by_bracket(walk: _Walk) -> Outcome:
    """Get out at the first minute that shows the gain or the loss, else at the close of the last day."""
    minutes = _minutes(walk)
    if minutes is None:
        return Outcome(None, why=Why.NO_PRICES)
    for at in minutes:
        paid, worth = walk.paid(at), walk.liquidated(walk.held(at), at, within=AT_ONCE)
        if paid == 0:
            return Outcome(None, why=Why.NO_PREMIUM)
        assert worth is not None  # noqa: S101 -- only such minutes count
        low, high = (BOUGHT_LOSS, BOUGHT_GAIN) if paid > 0 else (SOLD_LOSS, SOLD_GAIN)
        if not low < (worth - paid) / abs(paid) < high:
            return walk.out(at)
    return walk.out(_last_minute(walk.story.sessions[-1][1]))


def _minutes(walk: _Walk) -> list[datetime] | None:
    """Return the minutes from the entry to the last close, None where they are too far apart to say what happened.

    Notes
    -----
    A minute counts when every contract that is held in it is quoted on the side that it goes out by.
    """
    entry, found = walk.openings[0].at, list[datetime]()
    quoted = sorted({quote.at for told in walk.story.quotes.values() for quote in told})
    for opens, closes in walk.story.sessions:
        if closes <= entry:
            continue
        first, last = max(opens, entry), _last_minute(closes)
        if first > last:
            continue
        here = [
            at
            for at in quoted
            if first <= at <= last and walk.liquidated(walk.held(at), at, within=AT_ONCE) is not None
        ]
        if not here or any(later - earlier > LONGEST_GAP for earlier, later in pairwise([first, *here, last])):
            return None
        found += here
    return found or None


def _last_minute(close: datetime) -> datetime:
    return close - timedelta(minutes=1)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT)
