"""A setup that was found: a fact about the market, of no user."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import Q


class Source(models.TextChoices):
    """Who found it."""

    ENGINE = "engine"
    E2E = "e2e", "end-to-end test"
    BACKTEST = "backtest"


class Outcome(models.TextChoices):
    """What became of its plan."""

    WIN = "win"
    LOSS = "loss"
    EXPIRED = "expired"


class DetectedSetupQuerySet(models.QuerySet["DetectedSetup"]):
    """Detections in a trader's words."""

    def of_engine(self) -> Self:
        """Return what the engine found live."""
        return self.filter(source=Source.ENGINE)

    def unresolved(self) -> Self:
        """Return those whose end nobody has written down."""
        return self.filter(outcome=None)


class DetectedSetup(models.Model):
    """One detection; its unique key makes the second scan of the same bars a no-op.

    Attributes
    ----------
    id
        uuid5 of the unique key (`pure.identity`).
    fingerprint, occurrence
        Which of several setups of one type and direction in a session.
    bar_at, detected_at
        Left and right edge of the trigger bar.
    confidence, raw_score
        0..100: what is shown, and the detector's own score. The same until a calibration stands between them.
    variant
        Minutes of the opening range; only traders who chose this length hear of it.
    entry, stop, target
        The plan's prices that decide; `plan` holds all of it.
    plan_rejected, suppressed_reason
        Why the plan is not worth following; why nobody was told (`plan_rejected`, `no_plan`, `late`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session_date = models.DateField()
    symbol = models.CharField(max_length=10)
    setup_type = models.CharField(max_length=100)
    direction = models.CharField(max_length=7, choices=[(name, name) for name in ("long", "short", "neutral")])
    fingerprint = models.CharField(max_length=100)
    occurrence = models.PositiveSmallIntegerField(default=1)
    ruleset = models.CharField(max_length=8)
    source = models.CharField(max_length=8, choices=Source, default=Source.ENGINE)

    bar_at = models.DateTimeField()
    detected_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    confidence = models.PositiveSmallIntegerField(null=True, blank=True)
    raw_score = models.PositiveSmallIntegerField(null=True, blank=True)
    calibrated_probability = models.FloatField(null=True, blank=True)
    price = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    description = models.CharField(max_length=240, blank=True)
    variant = models.PositiveSmallIntegerField("opening range, minutes", null=True, blank=True)
    volume_source = models.CharField(max_length=10, null=True, blank=True)
    signal_data = models.JSONField(default=dict)
    trade_suggestion = models.JSONField(null=True, blank=True)
    plan = models.JSONField(null=True, blank=True)
    entry = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    stop = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    target = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    plan_rejected = models.CharField(max_length=40, null=True, blank=True)
    suppressed_reason = models.CharField(max_length=40, null=True, blank=True)

    outcome = models.CharField(max_length=7, choices=Outcome, null=True, blank=True)
    outcome_data = models.JSONField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects = DetectedSetupQuerySet.as_manager()

    class Meta:
        db_table = "detectors_detectedsetup"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    *("session_date", "symbol", "setup_type", "direction"),
                    *("fingerprint", "occurrence", "ruleset", "source"),
                ],
                name="detectors_detected_once",
            ),
            models.CheckConstraint(
                condition=Q(direction__in=("long", "short", "neutral")), name="detectors_detected_direction"
            ),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="detectors_detected_source"),
            models.CheckConstraint(condition=Q(confidence__lte=100), name="detectors_detected_confidence"),
            models.CheckConstraint(
                # `isnull=False` is not idle: a check that comes out NULL passes.
                condition=Q(outcome__isnull=True, resolved_at__isnull=True)
                | Q(outcome__isnull=False, outcome__in=Outcome.values, resolved_at__isnull=False),
                name="detectors_detected_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["detected_at", "id"], name="detectors_detected_time"),
            models.Index(fields=["symbol", "setup_type", "detected_at"], name="detectors_detected_symbol"),
            models.Index(fields=["valid_until"], condition=Q(outcome__isnull=True), name="detectors_detected_open"),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} {self.setup_type} {self.direction} {self.detected_at:%Y-%m-%d %H:%M}"
