"""What a trader does with several of his setups in one act, and a report on each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from detectors import announcements
from detectors.models import Status, TrackedSetup
from detectors.tracked import effects
from realtime.events import publish_all


@dataclass(frozen=True, slots=True)
class BulkReport:
    """What became of each row that was asked for."""

    updated: list[UUID] = field(default_factory=list)
    unchanged: list[UUID] = field(default_factory=list)
    conflicts: list[UUID] = field(default_factory=list)
    not_found: list[UUID] = field(default_factory=list)


def delete(user_id: UUID, ids: Sequence[UUID], *, now: datetime) -> BulkReport:
    """Remove several setups in one act; `updated` are those that are gone."""
    with transaction.atomic():
        setups = _locked(user_id, ids)
        TrackedSetup.objects.filter(pk__in=[setup.id for setup in setups]).delete()
        publish_all(
            [
                announcements.by_trader(setup, previous=setup.status, status=None, reason="deleted", at=now)
                for setup in setups
            ]
        )
    gone = [setup.id for setup in setups]
    return BulkReport(updated=gone, not_found=_missing(ids, gone))


def set_status(user_id: UUID, ids: Sequence[UUID], status: str, *, now: datetime) -> BulkReport:
    """Give several setups one status in one act; rows that cannot be reopened are reported and left alone."""
    try:
        return _set_status(user_id, ids, status, now)
    except IntegrityError:
        # Somebody tracked one of these ideas anew since we looked; now it is seen as a conflict.
        return _set_status(user_id, ids, status, now)


def _set_status(user_id: UUID, ids: Sequence[UUID], status: str, now: datetime) -> BulkReport:
    with transaction.atomic():
        setups = _locked(user_id, ids)
        others = [setup for setup in setups if setup.status != status]
        conflicts = _conflicts(user_id, others) if status == Status.ACTIVE else set()
        changed = [setup for setup in others if setup.id not in conflicts]
        rows = TrackedSetup.objects.filter(pk__in=[setup.id for setup in changed])
        rows.update(**effects(status, now))
        if status == Status.ACTIVE:
            rows.filter(valid_until__lte=now).update(valid_until=None)
        publish_all(
            [
                announcements.by_trader(setup, previous=setup.status, status=status, reason="manual", at=now)
                for setup in changed
            ]
        )
    return BulkReport(
        updated=[setup.id for setup in changed],
        unchanged=[setup.id for setup in setups if setup.status == status],
        conflicts=sorted(conflicts),
        not_found=_missing(ids, [setup.id for setup in setups]),
    )


def _locked(user_id: UUID, ids: Iterable[UUID]) -> list[TrackedSetup]:
    # In the order of ids, like the statement that moves setups: two acts never wait for each other in a circle.
    rows = TrackedSetup.objects.owned_by(user_id).filter(pk__in=set(ids)).order_by("id")
    return list(rows.select_for_update())


def _conflicts(user_id: UUID, setups: Iterable[TrackedSetup]) -> set[UUID]:
    """Return the setups that cannot be reopened: their idea has an active row, or an earlier one of this act."""
    taken = set(
        TrackedSetup.objects.owned_by(user_id)
        .active()
        .filter(source_opportunity_id__in={setup.source_opportunity_id for setup in setups} - {None})
        .values_list("source_opportunity_id", flat=True)
    )
    conflicts = set()
    for setup in setups:
        if setup.source_opportunity_id in taken:
            conflicts.add(setup.id)
        elif setup.source_opportunity_id is not None:
            taken.add(setup.source_opportunity_id)
    return conflicts


def _missing(ids: Iterable[UUID], found: Iterable[UUID]) -> list[UUID]:
    known = set(found)
    return [pk for pk in dict.fromkeys(ids) if pk not in known]
