"""The month's queries: one conditional statement a query, however many arrive at once."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import DatabaseError, transaction
from django.db.models import Case, F, PositiveIntegerField, Value, When
from django.utils import timezone

from accounts import counts
from accounts.models import ALLOWANCES, Membership, User
from accounts.pure import periods
from config.http.errors import QueryLimitExceeded

logger = logging.getLogger(__name__)

LIMIT = Case(
    *(When(tier=tier, then=Value(limit)) for tier, limit in ALLOWANCES.items()), output_field=PositiveIntegerField()
)


def spend(user: User) -> None:
    """Count one query of this user; there is no refund when the query fails later.

    A user without a membership has no limit. A counter that cannot be read lets the query through, counted and logged:
    the trader is not to suffer from it.

    Raises
    ------
    QueryLimitExceeded
        If the period's allowance is used up.
    """
    try:
        with transaction.atomic():
            if _take(user):
                return
            membership = Membership.objects.filter(pk=user.pk).first()
            if membership is None:
                return
            # The reset is a daily job: nobody waits for it once his period is over.
            if renew(membership, now=timezone.now()) and _take(user):
                return
    except DatabaseError:
        counts.add("accounts.allowance.unreadable")
        logger.warning("accounts.allowance.unreadable", exc_info=True, extra={"user": str(user.pk)})
        return
    membership.refresh_from_db()
    raise QueryLimitExceeded(count=membership.query_count, limit=membership.query_limit, reset_at=membership.period_end)


def renew(membership: Membership, *, now: datetime) -> bool:
    """Start the period that holds `now` if the membership's own is over; False when it is not, or somebody was first.

    `now` is wall time: plans are paid by the calendar, not by a replayed market.
    """
    start, end = periods.containing(
        now, start=membership.period_start, end=membership.period_end, billing_day=membership.billing_day
    )
    if end == membership.period_end:
        return False
    unchanged = Membership.objects.filter(pk=membership.pk, period_end=membership.period_end)
    return unchanged.update(query_count=0, period_start=start, period_end=end) == 1


def renew_all(*, now: datetime) -> int:
    """Renew every membership whose period is over; return how many."""
    due = Membership.objects.filter(period_end__lte=now).iterator(chunk_size=1000)
    return sum(renew(membership, now=now) for membership in due)


def _take(user: User) -> bool:
    below_limit = Membership.objects.alias(limit=LIMIT).filter(pk=user.pk, query_count__lt=F("limit"))
    return below_limit.update(query_count=F("query_count") + 1) == 1
