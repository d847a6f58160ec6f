"""Forgetting: events are kept for a season, and how far the log was cut is remembered."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import takewhile

from django.db import transaction
from django.utils import timezone

from realtime.models import Event, Retention

KEPT_FOR = timedelta(days=90)  # of wall time: a market that runs thirty times as fast forgets no sooner
BATCH = 5_000


def prune() -> int:
    """Remove events older than `KEPT_FOR`, oldest first, a batch a transaction; return how many."""
    before = timezone.now() - KEPT_FOR
    total = 0
    while removed := _prune_batch(before):
        total += removed
    return total


@transaction.atomic
def _prune_batch(before: datetime) -> int:
    # Ids grow with `written_at`, so the oldest rows are the lowest ids and no second index is needed.
    lowest = Event.objects.order_by("id").values_list("id", "written_at")[:BATCH]
    old = [event_id for event_id, written_at in takewhile(lambda row: row[1] < before, lowest)]
    if not old:
        return 0
    # First what is remembered, then what is removed: a client in between is told to reload, never told a gap.
    Retention.objects.update_or_create(pk=1, defaults={"removed_upto": old[-1], "removed_at": timezone.now()})
    removed, _ = Event.objects.filter(id__lte=old[-1]).delete()
    return removed
