"""The event log's rows, and what retention remembers about those it removed."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q

from realtime import audiences
from realtime.channels import Channel


class EventQuerySet(models.QuerySet["Event"]):
    """The log in a reader's words."""

    def shared(self) -> Self:
        """Return events that several users may hear."""
        return self.filter(user=None)

    def heard_by(self, user_id: UUID) -> Self:
        """Return the user's own events and the shared ones addressed to him; narrow the query before calling this.

        Who hears a shared event is asked of the room that registered its type, now and not when the query runs.
        """
        subjects = self.shared().order_by().values_list("type", "subject").distinct()
        heard = audiences.heard(user_id, subjects)
        shared = Q(pk__in=[])
        for event_type in {event_type for event_type, _ in heard}:
            mine = [subject for kind, subject in heard if kind == event_type]
            shared |= Q(user=None, type=event_type, subject__in=mine)
        return self.filter(Q(user_id=user_id) | shared)


class Event(models.Model):
    """One thing that happened to a user, or one that several users hear, written in the act that made it true.

    Ids are handed out in the order of commits: a trigger of the first migration takes a transaction-long lock before
    the identity column counts. They have holes where transactions were rolled back.

    Attributes
    ----------
    user
        Who hears it; none for a shared event, whose audience follows from `type` and `subject`.
    payload, facts
        The frame's `data`; and what only we read, with a version of its own (plan, legs, fills, source ids).
    subject
        What it is about: the detection, the position, the alert.
    created_at, written_at
        Market time of the fact, and wall time of the row.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    channel = models.CharField(max_length=16, choices=Channel)
    type = models.CharField(max_length=40)
    symbol = models.CharField(max_length=10, blank=True)
    payload = models.JSONField()
    facts = models.JSONField(default=dict)
    subject = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField()
    written_at = models.DateTimeField()

    objects = EventQuerySet.as_manager()

    class Meta:
        db_table = "realtime_event"
        indexes = [
            models.Index(fields=["user", "id"], condition=Q(user__isnull=False), name="realtime_event_user"),
            models.Index(fields=["id"], condition=Q(user__isnull=True), name="realtime_event_shared"),
            models.Index(fields=["subject", "id"], condition=Q(subject__isnull=False), name="realtime_event_subject"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="realtime_event_channel"),
            models.CheckConstraint(condition=~Q(type=""), name="realtime_event_type"),
            models.CheckConstraint(
                condition=Q(user__isnull=False) | Q(subject__isnull=False), name="realtime_event_addressed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.type} {self.symbol}".rstrip()


class Retention(models.Model):
    """The one row that says how far the log was cut: an empty table could not tell a client that it is too late."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    removed_upto = models.BigIntegerField(default=0)
    removed_at = models.DateTimeField()

    class Meta:
        db_table = "realtime_retention"
        verbose_name_plural = "retention"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="realtime_retention_one_row")]

    def __str__(self) -> str:
        return f"removed up to {self.removed_upto}"
