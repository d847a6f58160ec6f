"""What a trader does with one of his setups: track it, change it, delete it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from config.http.errors import InvalidInput, NotFound
from detectors import announcements
from detectors.models import DetectedSetup, Origin, Resolution, Status, TrackedSetup
from detectors.pure.suggested_prices import prices
from realtime.events import publish

ONE_ACTIVE = "detectors_tracked_once"


class ReopenConflict(InvalidInput):
    """Another active setup of the trader follows the same idea."""

    def __init__(self) -> None:
        super().__init__(issues=["status: another active setup already follows this idea"])

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild without facts: the issue is always the same."""
        return type(self), ()


def track(user_id: UUID, idea: Mapping[str, Any], *, now: datetime) -> tuple[UUID | None, bool]:
    """Track an idea by hand.

    Parameters
    ----------
    idea
        The validated members of the request, in the names of the columns.

    Returns
    -------
    setup_id : UUID or None
        The new setup, or the active one that already follows the same idea; None when that one left the state active
        twice while we looked.
    duplicate : bool
    """
    setup = _new_setup(user_id, idea, now)
    for _attempt in range(2):  # the one in the way may leave the state active between insert and look-up
        if _inserted(setup, now):
            return setup.id, False
        standing = (
            TrackedSetup.objects.owned_by(user_id)
            .active()
            .filter(source_opportunity_id=setup.source_opportunity_id)
            .values_list("id", flat=True)
            .first()
        )
        if standing:
            return standing, True
    return None, True


def change(user_id: UUID, setup_id: UUID, changes: Mapping[str, Any], *, now: datetime) -> None:
    """Set status or notes of a setup; a status it already has, and its time, stay as they are.

    Raises
    ------
    NotFound
        If the trader has no such setup.
    ReopenConflict
        If it would be the second active one of the same idea.
    """
    with transaction.atomic():
        setup = _locked(user_id, setup_id)
        previous = setup.status
        columns = _apply(setup, changes, now)
        if not columns:
            return
        _save(setup, columns)
        reason = "notes" if setup.status == previous else "manual"
        publish(announcements.by_trader(setup, previous=previous, status=setup.status, reason=reason, at=now))


def delete(user_id: UUID, setup_id: UUID, *, now: datetime) -> None:
    """Remove a setup; its events stay.

    Raises
    ------
    NotFound
        If the trader has no such setup.
    """
    with transaction.atomic():
        setup = _locked(user_id, setup_id)
        TrackedSetup.objects.filter(pk=setup_id).delete()
        publish(announcements.by_trader(setup, previous=setup.status, status=None, reason="deleted", at=now))


def symbols() -> set[str]:
    """Return the symbols of all active setups: they are followed even when they are on no list any more."""
    return set(TrackedSetup.objects.active().order_by().values_list("symbol", flat=True).distinct())


def effects(status: str, now: datetime) -> dict[str, Any]:
    """Return every column that a trader's change of status sets."""
    values: dict[str, Any] = {
        "status": status,
        "resolution": None if status == Status.ACTIVE else Resolution.MANUAL,
        "triggered_at": None,
        "invalidated_at": None,
        "updated_at": now,
    }
    stamp = {Status.TRIGGERED: "triggered_at", Status.INVALIDATED: "invalidated_at"}.get(Status(status))
    if stamp:
        values |= {stamp: now, f"last_{stamp}": now}
    if status == Status.ACTIVE:
        values["rearmed_at"] = now
    return values


def _locked(user_id: UUID, setup_id: UUID) -> TrackedSetup:
    setup = TrackedSetup.objects.owned_by(user_id).filter(pk=setup_id).select_for_update().first()
    if setup is None:
        raise NotFound(thing="tracked setup")
    return setup


def _new_setup(user_id: UUID, idea: Mapping[str, Any], now: datetime) -> TrackedSetup:
    found = _detection(idea.get("source_opportunity_id"))
    lives = found is not None and found.valid_until is not None and found.valid_until > now
    return TrackedSetup(
        user_id=user_id,
        detected_setup=found,
        origin=Origin.MANUAL,
        valid_until=found.valid_until if found and lives else None,
        tracked_at=now,
        created_at=now,
        updated_at=now,
        **prices(idea["opportunity_data"]),
        **idea,
    )


def _detection(source: str | None) -> DetectedSetup | None:
    """Return the detection that an idea came from, where its id says so."""
    try:
        pk = UUID((source or "").removeprefix("det-"))
    except ValueError:
        return None
    return DetectedSetup.objects.of_engine().filter(pk=pk).first()


def _inserted(setup: TrackedSetup, now: datetime) -> bool:
    try:
        with transaction.atomic():
            setup.save(force_insert=True)
            publish(announcements.by_trader(setup, previous=None, status=setup.status, reason="created", at=now))
    except IntegrityError as refused:
        if not _is_second_active(refused):
            raise
        return False
    return True


def _apply(setup: TrackedSetup, changes: Mapping[str, Any], now: datetime) -> list[str]:
    """Set what differs on the row in memory; return the names of the columns to save."""
    values: dict[str, Any] = {}
    if changes.get("status", setup.status) != setup.status:
        values = effects(changes["status"], now)
        if changes["status"] == Status.ACTIVE and setup.valid_until and setup.valid_until <= now:
            values["valid_until"] = None  # else it would expire within the minute
    if "notes" in changes and changes["notes"] != setup.notes:
        values |= {"notes": changes["notes"], "updated_at": now}
    for name, value in values.items():
        setattr(setup, name, value)
    return list(values)


def _save(setup: TrackedSetup, columns: list[str]) -> None:
    try:
        with transaction.atomic():
            setup.save(update_fields=columns)
    except IntegrityError as refused:
        if _is_second_active(refused):
            raise ReopenConflict from refused
        raise


def _is_second_active(refused: IntegrityError) -> bool:
    cause = refused.__cause__
    return isinstance(cause, UniqueViolation) and cause.diag.constraint_name == ONE_ACTIVE
