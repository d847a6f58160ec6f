"""What a trader does with what he holds: open it, trade in it, close it, say more about it, remove it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction

from config.http.errors import InvalidInput, NotFound
from positions import announcements, ledger, orders, plan_checks
from positions.errors import PositionNotOpen, TooManyPositions, VersionConflict
from positions.ledger import Trade
from positions.models import LegKind, Position, Source, Status
from realtime.events import NewEvent, publish, publish_all

MOST_OPEN = 200  # of one trader: what the wire's list holds
ROLLED = "rolled"


def open_position(
    user_id: UUID, symbol: str, trades: Sequence[Trade], *, at: datetime, now: datetime, **about: Any
) -> UUID:
    """Open a position with its first trades and return its id; the same idempotency key opens nothing twice.

    Parameters
    ----------
    symbol
        The underlying, normalised.
    at, now
        When it was traded, and when we are told; market time.
    about
        Other columns of the position.

    Raises
    ------
    TooManyPositions
        If the trader has as many open ones as he may.
    InvalidInput
        If the trades leave nothing open.
    """
    key = about.get("idempotency_key")
    with transaction.atomic():
        _in_turn(user_id)
        own = Position.objects.owned_by(user_id)
        if key and (before := own.filter(idempotency_key=key).values_list("pk", flat=True).first()):
            return before
        position, told = _opened(user_id, symbol, trades, at=at, now=now, **about)
        publish_all(told)
    return position.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """When something is done to a position, why, and to which version of it.

    Attributes
    ----------
    at, now : datetime
        When it was traded, and when we are told; market time.
    reason : str
    version : int or None
        The one that the trader saw; None takes it as it is.
    """

    at: datetime
    now: datetime
    reason: str = ""
    version: int | None = None


def trade(user_id: UUID, position_id: UUID, trades: Sequence[Trade], act: Act) -> Position:
    """Add trades to an open position: more of it, less of it, another leg, or the end of it. Return it as it is then.

    Raises
    ------
    NotFound
        If the trader has no such position.
    PositionNotOpen, VersionConflict
        If it has ended, or has changed since the trader saw the version that he names.
    InvalidInput
        If a trade lies before the position's first one, or turns a leg from bought to sold.
    """
    with transaction.atomic():
        position = _open(user_id, position_id, act, what="traded")
        _trade(position, trades, act)
    return position


def close(
    user_id: UUID, position_id: UUID, price: Decimal, act: Act, *, units: int | None = None, fees: Decimal = orders.ZERO
) -> Position:
    """Close an open position, or some of its units, at one price of a unit. Return it as it is then.

    Raises
    ------
    NotFound, PositionNotOpen, VersionConflict, InvalidInput
        As `trade`, and if it has fewer units.
    """
    with transaction.atomic():
        position = _open(user_id, position_id, act, what="closed")
        _trade(position, orders.closing(position, price, units=units, fees=fees), act)
    return position


def roll(
    user_id: UUID,
    position_id: UUID,
    closing: Sequence[Trade],
    opening: Sequence[Trade],
    act: Act,
    *,
    key: str | None = None,
) -> tuple[Position, Position]:
    """Close all options of an open position and open others in their place; return it as it is then, and the new one.

    Options beside shares are rolled where they are, for the shares may cover them: both are then the same position.

    Parameters
    ----------
    key
        The client's name of the request: the same one rolls nothing twice, and returns what it made.

    Raises
    ------
    NotFound, PositionNotOpen, VersionConflict
        As `trade`.
    InvalidInput
        If the options are not closed, shares are traded, or the key is that of something else.
    """
    with transaction.atomic():
        _in_turn(user_id)
        if (made := rolled_before(user_id, position_id, key)) is not None:
            return Position.objects.get(pk=position_id), made
        old, act = _open(user_id, position_id, act, what="rolled"), replace(act, reason=act.reason or ROLLED)
        orders.check_roll(old, closing, opening)
        if any(leg.open_quantity for leg in old.legs.all() if leg.kind == LegKind.STOCK):
            _trade(old, [*closing, *opening], act)
            return old, old
        old.close_reason = act.reason
        ledger.write(old, closing, at=act.at, now=act.now)
        about = {"source": Source.ROLL, "rolled_from": old, "setup": old.setup, "tags": old.tags}
        new, told = _opened(user_id, old.symbol, opening, at=act.at, now=act.now, idempotency_key=key, **about)
        publish_all([announcements.traded(old, reason=act.reason, rolledInto=new.id), *told])
    return old, new


def rolled_before(user_id: UUID, position_id: UUID, key: str | None) -> Position | None:
    """Return what a request of this key has rolled a position into, None when there was none.

    Raises
    ------
    InvalidInput
        If the key is that of something else.
    """
    made = Position.objects.owned_by(user_id).filter(idempotency_key=key).first() if key else None
    if made is not None and made.rolled_from_id != position_id:
        raise InvalidInput(issues=["Idempotency-Key: it has opened another position"])
    return made


def convert(
    user_id: UUID, position_id: UUID, strike: Decimal, price: Decimal, act: Act, *, fees: Decimal = orders.ZERO
) -> Position:
    """Sell another option of the same expiry against a bought one, so that both are a spread. Return it as it is then.

    A stop and a target on the price of the option are cleared: a spread has another price.

    Raises
    ------
    NotFound, PositionNotOpen, VersionConflict
        As `trade`.
    NotPossible, InvalidInput
        If it is not one bought call or put, or the strike is the one that is held.
    """
    with transaction.atomic():
        position = _open(user_id, position_id, act, what="converted")
        sale = orders.conversion(position, strike, price, fees)
        for name in ("stop", "target"):
            if not getattr(position, f"{name}_on_underlying"):
                setattr(position, f"{name}_price", None)
        _trade(position, [sale], act)
    return position


def amend(
    user_id: UUID, position_id: UUID, changes: Mapping[str, Any], *, now: datetime, version: int | None = None
) -> Position:
    """Set what the trader says about a position: notes, tags, stop and target. Return it as it is then.

    Raises
    ------
    NotFound, VersionConflict
        As `trade`.
    """
    with transaction.atomic():
        position = locked(user_id, position_id, version)
        differing = {name: value for name, value in changes.items() if getattr(position, name) != value}
        if differing:
            for column, value in differing.items():
                setattr(position, column, value)
            position.version += 1
            position.updated_at = now
            position.save(update_fields=[*differing, "version", "updated_at"])
            publish(announcements.amended(position, sorted(differing), at=now))
    return position


def remove(user_id: UUID, position_id: UUID, *, now: datetime) -> None:
    """Remove a position with its fills, as if it had never been told; its events stay.

    Raises
    ------
    NotFound
        If the trader has no such position.
    """
    with transaction.atomic():
        position = locked(user_id, position_id, None)
        told = announcements.removed(position, at=now)
        position.delete()
        publish(told)


def locked(user_id: UUID, position_id: UUID, version: int | None) -> Position:
    """Return a trader's position, held until the transaction ends.

    Raises
    ------
    NotFound
        If he has no such position.
    VersionConflict
        If it has changed since the version he names.
    """
    position = Position.objects.owned_by(user_id).filter(pk=position_id).select_for_update().first()
    if position is None:
        raise NotFound(thing="position")
    if version is not None and version != position.version:
        raise VersionConflict(seen=version, version=position.version)
    return position


def _in_turn(user_id: UUID) -> None:
    """Let one act of a trader come after the other, so that of many at once each counts what the one before opened."""
    get_user_model()._default_manager.select_for_update(no_key=True).values_list("pk").get(pk=user_id)  # noqa: SLF001


def _opened(
    user_id: UUID, symbol: str, trades: Sequence[Trade], *, at: datetime, now: datetime, **about: Any
) -> tuple[Position, list[NewEvent]]:
    """Write a new position, and return it with what is to be told of it."""
    if Position.objects.owned_by(user_id).open().count() >= MOST_OPEN:
        raise TooManyPositions(limit=MOST_OPEN)
    position = Position(
        user_id=user_id, symbol=symbol, opened_at=at, created_at=now, updated_at=now, **about, **ledger.EMPTY
    )
    position.save(force_insert=True)
    ledger.write(position, trades, at=at, now=now)
    if position.status != Status.OPEN:
        raise InvalidInput(issues=["legs: what is bought is sold again, so that nothing stays open"])
    broken = plan_checks.of_opening(position, trades, plan_checks.NOTHING, at=at, now=now)
    return position, [announcements.opened(position), *broken]


def _open(user_id: UUID, position_id: UUID, act: Act, *, what: str) -> Position:
    position = locked(user_id, position_id, act.version)
    if position.status != Status.OPEN:
        raise PositionNotOpen(state=position.status, what=what)
    if act.at < position.opened_at:
        raise InvalidInput(issues=[f"at: the position was opened later, at {position.opened_at.isoformat()}"])
    return position


def _trade(position: Position, trades: Sequence[Trade], act: Act) -> None:
    before = plan_checks.standing(position)
    position.close_reason = act.reason
    ledger.write(position, trades, at=act.at, now=act.now)
    broken = plan_checks.of_opening(position, trades, before, at=act.at, now=act.now)
    publish_all([announcements.traded(position, reason=act.reason), *broken])
