"""Advice on a position: what a rule found, on which facts, what its trader said, and what came of it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from positions.models.position import MONEY, Position
from positions.pure import advice_state
from positions.pure.advice import AdviceType, Urgency
from positions.pure.advice_state import OPEN, Stored


class AdviceState(models.TextChoices):
    """Where it stands; see `pure.advice_state`."""

    NEW = advice_state.State.NEW.value, "found once"
    ACTIVE = advice_state.State.ACTIVE.value, "active"
    ACKNOWLEDGED = advice_state.State.ACKNOWLEDGED.value, "its trader knows"
    SNOOZED = advice_state.State.SNOOZED.value, "put off"
    RESOLVED = advice_state.State.RESOLVED.value, "not so any more"
    EXPIRED = advice_state.State.EXPIRED.value, "its time is over"


class AdviceUrgency(models.IntegerChoices):
    """The contract's three grades, in their order."""

    LOW = Urgency.LOW.value, "low"
    MEDIUM = Urgency.MEDIUM.value, "medium"
    HIGH = Urgency.HIGH.value, "high"


OPEN_STATES = [AdviceState(state.value) for state in OPEN]


class AdviceQuerySet(models.QuerySet["Advice"]):
    """Advice in a trader's words."""

    def owned_by(self, user_id: uuid.UUID) -> Self:
        """Return the advice to one trader; where every request starts."""
        return self.filter(user_id=user_id)

    def open(self) -> Self:
        """Return what is not over, found but once included."""
        return self.filter(state__in=OPEN_STATES)

    def told(self) -> Self:
        """Return what its trader was told and what still is so."""
        return self.open().exclude(state=AdviceState.NEW)


class Advice(models.Model):
    """What one rule says of one position: one row while it is so, and a new one when it is so again.

    Attributes
    ----------
    message, action, evidence, confidence, liquidity_warning
        As the rule put it when it last fired; `pure.advice.Finding`.
    facts
        Position and market as they stood when its trader was last told, or it was found.
    urgency, pending, pending_mark, value, last_value, contracts, last_contracts, quiet, lower, looked_at, ...
        What `pure.advice_state` remembers.
    notices
        How often its trader was told.
    answer, answered_at
        What he said last.
    pnl, pnl_hour, pnl_close, pnl_end
        What the position had made when he was first told: realised, unrealised and fees together; and an hour later, at
        the close of that session, and when it ended. [USD]
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    position = models.ForeignKey(Position, on_delete=models.CASCADE, related_name="advice", db_index=False)
    rule = models.CharField(max_length=20)
    type = models.CharField(max_length=20, choices=[(each.value, each.value) for each in AdviceType])
    state = models.CharField(max_length=12, choices=AdviceState, default=AdviceState.NEW)
    urgency = models.PositiveSmallIntegerField(choices=AdviceUrgency, null=True)
    pending = models.PositiveSmallIntegerField(choices=AdviceUrgency, null=True)
    pending_mark = models.DateTimeField(null=True)

    message = models.TextField()
    action = models.JSONField()
    evidence = models.JSONField()
    confidence = models.FloatField()
    liquidity_warning = models.TextField(null=True)
    facts = models.JSONField()

    value = models.FloatField()
    last_value = models.FloatField()
    contracts = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    last_contracts = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    quiet = models.PositiveSmallIntegerField(default=0)
    lower = models.PositiveSmallIntegerField(default=0)

    notices = models.PositiveIntegerField(default=0)
    first_told_at = models.DateTimeField(null=True)
    notified_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answer = models.CharField(
        max_length=7, choices=[(each.value, each.value) for each in advice_state.Answer], blank=True, default=""
    )
    answered_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    dismissed = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    why_ended = models.CharField(max_length=60, blank=True, default="")

    pnl = models.DecimalField(**MONEY, null=True)
    pnl_hour = models.DecimalField(**MONEY, null=True)
    pnl_close = models.DecimalField(**MONEY, null=True)
    pnl_end = models.DecimalField(**MONEY, null=True)
    session_close_at = models.DateTimeField(null=True)

    created_at = models.DateTimeField(help_text="Market time.")
    written_at = models.DateTimeField(auto_now_add=True, help_text="Wall time, for retention.")

    objects = AdviceQuerySet.as_manager()

    class Meta:
        db_table = "positions_advice"
        verbose_name_plural = "advice"
        constraints = [
            models.UniqueConstraint(
                fields=["position", "rule"], condition=Q(state__in=OPEN_STATES), name="positions_advice_one_open"
            ),
            models.CheckConstraint(condition=Q(state__in=AdviceState.values), name="positions_advice_state"),
            models.CheckConstraint(
                condition=Q(type__in=[each.value for each in AdviceType]), name="positions_advice_type"
            ),
            models.CheckConstraint(
                condition=Q(state=AdviceState.NEW) | Q(urgency__isnull=False), name="positions_advice_told_is_urgent"
            ),
            models.CheckConstraint(
                condition=~Q(state=AdviceState.SNOOZED) | Q(snoozed_until__isnull=False),
                name="positions_advice_snooze_ends",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_STATES, ended_at__isnull=True)
                | Q(state__in=[AdviceState.RESOLVED, AdviceState.EXPIRED], ended_at__isnull=False),
                name="positions_advice_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-first_told_at"], name="positions_advice_of_user"),
            models.Index(fields=["position", "-created_at"], name="positions_advice_of_position"),
            models.Index(fields=["written_at"], name="positions_advice_written"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} on {self.position_id}: {self.state}"

    def remembered(self) -> Stored:
        """Return what the step from look to look works on."""
        return Stored(
            state=advice_state.State(self.state),
            urgency=None if self.urgency is None else Urgency(self.urgency),
            pending=None if self.pending is None else Urgency(self.pending),
            pending_mark=self.pending_mark,
            value=self.value,
            last_value=self.last_value,
            contracts=tuple(self.contracts),
            last_contracts=tuple(self.last_contracts),
            notified_at=self.notified_at,
            looked_at=self.looked_at,
            expires_at=self.expires_at,
            snoozed_until=self.snoozed_until,
            quiet=self.quiet,
            lower=self.lower,
            dismissed=self.dismissed,
        )

    def remember(self, stored: Stored, now: datetime) -> None:
        """Take over what a step made of it; the row is not saved."""
        for name in REMEMBERED:
            value = getattr(stored, name)
            setattr(self, name, list(value) if isinstance(value, tuple) else value)
        if stored.state not in OPEN:
            self.ended_at = now


class AdviceThresholds(models.Model):
    """What one trader has set otherwise than the installation: `pure.thresholds.Thresholds` by name."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="advice_thresholds"
    )
    values = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "positions_advicethresholds"
        verbose_name_plural = "advice thresholds"

    def __str__(self) -> str:
        return f"advice thresholds of {self.user_id}"


# Columns that are members of `Stored` under the same name.
REMEMBERED = (
    *("state", "urgency", "pending", "pending_mark", "value", "last_value", "contracts", "last_contracts"),
    *("notified_at", "looked_at", "expires_at", "snoozed_until", "quiet", "lower", "dismissed"),
)
