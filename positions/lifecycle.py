"""The ends of options: expiry, cash settlement, exercise and assignment, written once whoever notices them."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Max

from config.http.errors import CoachError
from market import calendar
from market.pure.sessions import Session, new_york_date
from market.symbols import INDEXES
from positions import announcements, day_marks, ledger, settlement_prices
from positions.ledger import Trade, spec
from positions.models import FillKind, Leg, Position, Status
from positions.pure import settlement
from positions.pure.settlement import Option, Outcome, Print
from positions.pure.structures import Kind
from positions.pure.structures import Leg as LegSpec
from realtime.events import publish

logger = logging.getLogger(__name__)

# Closes are printed late, and vendors' plans tell them a quarter of an hour later.
SETTLES_AFTER: Final = timedelta(minutes=15)
# A vendor that does not know a close by then will not know it in a minute either.
ASKED_AGAIN_FOR: Final = timedelta(days=4)
REASONS: Final = {
    FillKind.EXPIRY: "expired",
    FillKind.CASH_SETTLEMENT: "settled in cash",
    FillKind.EXERCISE: "exercised",
    FillKind.ASSIGNMENT: "assigned",
}

# Underlying, its session, and whether its opening counts.
Fixing = tuple[str, date, bool]


@dataclass(frozen=True, slots=True)
class Settled:
    """What a run did.

    Attributes
    ----------
    positions, legs : int
        In which something ended; legs that did.
    awaited : int
        Legs about whose end their traders were asked now.
    unpriced : tuple of str
        Underlyings without a close that is due: what is held of them waits.
    urgent : bool
        One of these is worth asking for again soon.
    failed : int
        Positions that could not be written; the others were.
    """

    positions: int
    legs: int
    awaited: int
    unpriced: tuple[str, ...]
    urgent: bool
    failed: int


def settle(now: datetime) -> Settled:
    """Write the ends of all options that are over and whose settlement is known. Safe to run twice, and at once."""
    due = _due(now)
    prints = {fixing: _print(fixing, now=now) for fixing in sorted({each for found in due.values() for each in found})}
    counted: Counter[str] = Counter()
    for position_id in due:
        try:
            counted += _settle(position_id, prints, now=now)
        except (DatabaseError, CoachError, ValueError):
            # One position must not keep the others open.
            logger.exception("positions.settlement.failed", extra={"position": str(position_id)})
            counted["failed"] += 1
    unpriced = [fixing for fixing, told in prints.items() if told is None]
    if unpriced:
        waiting = [f"{symbol} {day}" for symbol, day, _ in unpriced]
        logger.warning("positions.settlement.waits", extra={"for": waiting})
    return Settled(
        positions=counted["positions"],
        legs=counted["legs"],
        awaited=counted["awaited"],
        unpriced=tuple(sorted({symbol for symbol, _, _ in unpriced})),
        urgent=any(new_york_date(now) - day < ASKED_AGAIN_FOR for _, day, _ in unpriced),
        failed=counted["failed"],
    )


def ended_at(expiry: date, *, at_open: bool) -> datetime:
    """Return the instant on which an option of this date is settled; of a closed day that of the session before."""
    session = calendar.session_on_or_before(expiry)
    return session.open_at if at_open and session.date == expiry else session.close_at


def instant(leg: Leg) -> datetime:
    """Return when a leg ended; not before its last trade, of which some are told as made after the close."""
    assert leg.expiry is not None  # noqa: S101 -- only options end
    last: datetime = leg.fills.aggregate(last=Max("filled_at"))["last"]
    return max(ended_at(leg.expiry, at_open=leg.settles_at_open), last)


def trades_of(leg: Leg, ending: Outcome, *, symbol: str, quantity: int, **more: Any) -> list[Trade]:
    """Return how some contracts of a leg leave, and the shares that come or go for them."""
    assert ending.kind is not None  # noqa: S101 -- the caller has looked
    kind = FillKind(ending.kind.value)
    leaves = [Trade(leg=spec(leg, -quantity), price=ending.price, kind=kind, **more)]
    if not ending.shares:
        return leaves
    assert leg.strike is not None  # noqa: S101 -- the table's constraint
    shares = LegSpec(Kind.STOCK, ending.shares, None, None, symbol)
    return [*leaves, Trade(leg=shares, price=leg.strike, kind=kind)]


def _due(now: datetime) -> dict[UUID, set[Fixing]]:
    """Return the positions with options whose time is over, and what they are settled on."""
    rows = (
        Leg.objects.filter(position__status=Status.OPEN, expiry__lte=new_york_date(now))
        .exclude(open_quantity=0)
        .order_by("expiry", "position_id", "number")
        .values_list("position_id", "position__symbol", "expiry", "settles_at_open")
    )
    found: defaultdict[UUID, set[Fixing]] = defaultdict(set)
    for position_id, symbol, expiry, at_open in rows:
        if now >= ended_at(expiry, at_open=at_open) + SETTLES_AFTER:
            found[position_id].add((symbol, expiry, at_open))
    return dict(found)


def _print(fixing: Fixing, *, now: datetime) -> Print | None:
    symbol, expiry, at_open = fixing
    session: Session = calendar.session_on_or_before(expiry)
    if at_open and session.date == expiry:
        return settlement_prices.opening(symbol, session)
    return settlement_prices.closing(symbol, session, now=now)


def _settle(position_id: UUID, prints: Mapping[Fixing, Print | None], *, now: datetime) -> Counter[str]:
    with transaction.atomic():
        position = Position.objects.open().filter(pk=position_id).select_for_update().first()
        if position is None:
            return Counter()  # another worker, or its trader, was here
        endings = _endings(position, prints, now=now)
        asked = [(leg, ending) for leg, ending, _ in endings if ending.kind is None and leg.awaits != ending.awaits]
        ended = [(leg, ending, told) for leg, ending, told in endings if ending.kind is not None]
        for leg, ending in asked:
            leg.awaits = str(ending.awaits)
        for leg, _, _ in ended:
            leg.awaits = ""
        Leg.objects.bulk_update([leg for leg, _ in asked] + [leg for leg, _, _ in ended], ["awaits"])
        questions = {leg.contract: leg.awaits for leg, _ in asked}
        if ended:
            _write(position, ended, questions, now=now)
        elif asked:
            _ask(position, questions, now=now)
    return Counter(positions=bool(ended), legs=len(ended), awaited=len(asked))


def _endings(
    position: Position, prints: Mapping[Fixing, Print | None], *, now: datetime
) -> list[tuple[Leg, Outcome, Print]]:
    found = []
    for leg in position.legs.exclude(open_quantity=0).exclude(expiry=None).order_by("number"):
        assert leg.expiry is not None  # noqa: S101 -- as asked
        told = prints.get((position.symbol, leg.expiry, leg.settles_at_open))
        if told is None:
            continue
        option = Option(
            leg=spec(leg, leg.open_quantity),
            multiplier=leg.multiplier,
            pays_cash=position.symbol in INDEXES,
            settles_at_open=leg.settles_at_open,
        )
        # His broker tells him before the next session opens; he has that session to tell us.
        patient = now < calendar.next_session(leg.expiry).close_at
        found.append((leg, settlement.outcome(option, told, patient=patient), told))
    return found


def _write(
    position: Position,
    ended: Sequence[tuple[Leg, Outcome, Print]],
    questions: Mapping[str, str],
    *,
    now: datetime,
) -> None:
    by_instant: defaultdict[datetime, list[Trade]] = defaultdict(list)
    spots: defaultdict[datetime, dict[str, float]] = defaultdict(dict)
    for leg, ending, told in ended:
        at = instant(leg)
        by_instant[at] += trades_of(leg, ending, symbol=position.symbol, quantity=leg.open_quantity)
        spots[at] |= dict.fromkeys((leg.contract, position.symbol), float(told.price))
    position.close_reason = ", ".join(dict.fromkeys(_reason(ending) for _, ending, _ in ended))
    for at in sorted(by_instant):
        # Shares last: what they do to a position is what it ends with.
        trades = sorted(by_instant[at], key=lambda trade: trade.leg.kind is Kind.STOCK)
        ledger.write(position, trades, at=at, now=now)
        day_marks.note_endings(position.pk, spots[at], at=at)
    facts = [_told(leg, ending, told) for leg, ending, told in ended]
    publish(announcements.traded(position, reason=position.close_reason, settlement=facts, awaited=dict(questions)))


def _ask(position: Position, questions: Mapping[str, str], *, now: datetime) -> None:
    position.version += 1
    position.updated_at = now
    position.save(update_fields=["version", "updated_at"])
    publish(announcements.traded(position, reason="settlement awaited", awaited=dict(questions)))


def _reason(ending: Outcome) -> str:
    assert ending.kind is not None  # noqa: S101 -- the caller has looked
    return REASONS[FillKind(ending.kind.value)] + (" by the rule, close to the strike" if ending.near else "")


def _told(leg: Leg, ending: Outcome, told: Print) -> dict[str, Any]:
    return {
        "contract": leg.contract,
        "kind": ending.kind,
        "on": told.price,
        "source": told.kind,
        "near": ending.near,
    }
