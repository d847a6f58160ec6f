"""A setup that a trader follows, found for him or by him."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from detectors.models.detected_setup import DetectedSetup


class Status(models.TextChoices):
    """Where it stands. `triggered` is the wire's word for: the last target was reached."""

    ACTIVE = "active"
    TRIGGERED = "triggered", "target hit"
    INVALIDATED = "invalidated", "stop hit"
    ARCHIVED = "archived"


class Direction(models.TextChoices):
    """Which way it is meant to go."""

    BULLISH = "bullish"
    BEARISH = "bearish"
    NEUTRAL = "neutral"


class Origin(models.TextChoices):
    """Who began to track it."""

    AUTO = "auto"
    MANUAL = "manual"
    E2E = "e2e", "end-to-end test"


class Resolution(models.TextChoices):
    """Why it left the state active."""

    TARGET = "target_reached", "target reached"
    STOP = "stop_loss_hit", "stop hit"
    EXPIRED = "expired"
    MANUAL = "manual", "by the trader"


class TrackedSetupQuerySet(models.QuerySet["TrackedSetup"]):
    """Tracked setups in a trader's words."""

    def owned_by(self, user_id: uuid.UUID) -> Self:
        """Return the setups of one trader; where every request starts."""
        return self.filter(user_id=user_id)

    def active(self) -> Self:
        """Return those that price may still move."""
        return self.filter(status=Status.ACTIVE)

    def newest_first(self) -> Self:
        """Return the latest tracked first; the id settles ties."""
        return self.order_by("-tracked_at", "-id")


class TrackedSetup(models.Model):
    """One idea of one trader.

    Attributes
    ----------
    id
        Of an automatic row: derived from the detection and the trader (`pure.identity.tracked_id`).
    source_opportunity_id
        What it was tracked from; at most one active row of a trader names the same.
    opportunity_data
        What the finder said; None on rows of a detection, whose data is read from there.
    entry, stop, target
        The prices that automation compares; None where the idea names none.
    interrupt
        Whether news of it may interrupt the trader, decided when it was found.
    tracked_at, rearmed_at
        Bars that opened earlier do not move it.
    last_triggered_at, last_invalidated_at
        Kept when it is archived or reopened.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tracked_setups", db_index=False
    )
    detected_setup = models.ForeignKey(
        DetectedSetup, on_delete=models.PROTECT, null=True, blank=True, related_name="tracked_setups"
    )
    source_opportunity_id = models.CharField(max_length=255, null=True, blank=True)
    symbol = models.CharField(max_length=10)
    setup_type = models.CharField(max_length=100)
    direction = models.CharField(max_length=7, choices=Direction)
    status = models.CharField(max_length=11, choices=Status, default=Status.ACTIVE)
    origin = models.CharField(max_length=6, choices=Origin, default=Origin.MANUAL)
    resolution = models.CharField(max_length=14, choices=Resolution, null=True, blank=True)
    opportunity_data = models.JSONField(null=True, blank=True)
    notes = models.TextField(null=True, blank=True)
    entry = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    stop = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    target = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    interrupt = models.BooleanField(default=True)

    valid_until = models.DateTimeField(null=True, blank=True)
    tracked_at = models.DateTimeField()
    rearmed_at = models.DateTimeField(null=True, blank=True)
    triggered_at = models.DateTimeField(null=True, blank=True)
    invalidated_at = models.DateTimeField(null=True, blank=True)
    last_triggered_at = models.DateTimeField(null=True, blank=True)
    last_invalidated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = TrackedSetupQuerySet.as_manager()

    class Meta:
        db_table = "detectors_trackedsetup"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "source_opportunity_id"],
                condition=Q(status=Status.ACTIVE, source_opportunity_id__isnull=False),
                name="detectors_tracked_once",
            ),
            models.CheckConstraint(condition=~Q(symbol="") & ~Q(setup_type=""), name="detectors_tracked_named"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="detectors_tracked_status"),
            models.CheckConstraint(condition=Q(direction__in=Direction.values), name="detectors_tracked_direction"),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="detectors_tracked_origin"),
            models.CheckConstraint(
                condition=Q(opportunity_data__isnull=False) | Q(detected_setup__isnull=False),
                name="detectors_tracked_has_data",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "status", "-tracked_at"], name="detectors_tracked_list"),
            models.Index(fields=["symbol"], condition=Q(status=Status.ACTIVE), name="detectors_tracked_active"),
            models.Index(
                fields=["valid_until"],
                condition=Q(status=Status.ACTIVE, valid_until__isnull=False),
                name="detectors_tracked_expiry",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} {self.setup_type} {self.direction}: {self.status}"
