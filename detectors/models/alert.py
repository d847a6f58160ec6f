"""A price alert: one thing a trader wants to be told of, once."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from detectors.pure.alert_rules import Reason


class AlertType(models.TextChoices):
    """What it waits for; `pure.alert_rules` holds the rules."""

    PRICE_ABOVE = "price_above", "price above"
    PRICE_BELOW = "price_below", "price below"
    LEVEL_APPROACH = "level_approach", "level approach"
    LEVEL_BREAK = "level_break", "level break"
    VOLUME_SPIKE = "volume_spike", "volume spike"


class AlertStatus(models.TextChoices):
    """Where it stands; one that ran out is cancelled, with `expired_at`."""

    ACTIVE = "active"
    TRIGGERED = "triggered"
    CANCELLED = "cancelled"


class Delivery(models.TextChoices):
    """How its trader wants to hear of it."""

    IN_APP = "in-app", "in the app"
    EMAIL = "email", "e-mail"
    PUSH = "push"


REASONS = [(reason.value, reason.value.replace("_", " ")) for reason in Reason]


def in_app() -> list[str]:
    """Return a fresh copy of the default."""
    return [Delivery.IN_APP.value]


class AlertQuerySet(models.QuerySet["Alert"]):
    """Alerts in a trader's words."""

    def owned_by(self, user_id: uuid.UUID) -> Self:
        """Return the alerts of one trader; where every request starts."""
        return self.filter(user_id=user_id)

    def active(self) -> Self:
        """Return those that may still fire."""
        return self.filter(status=AlertStatus.ACTIVE)

    def newest_first(self) -> Self:
        """Return the latest created first; the id settles ties."""
        return self.order_by("-created_at", "-id")


class Alert(models.Model):
    """One alert of one trader.

    Attributes
    ----------
    target_value
        A price; of `volume_spike` a multiple of the usual volume.
    tolerance_pct
        How near is near, of `level_approach`; None is the usual one. [percent]
    notification_sent
        The event is in the log, and the trader wanted it in the app.
    trigger_price
        The price that met the rule, where the close of that bar may stand elsewhere.
    armed_price
        The price when it was created or armed again, None when nobody knew it; which side of a level that was.
    rearmed_at
        Bars that opened earlier do not fire it: it was reactivated, or given another target.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alerts", db_index=False)
    symbol = models.CharField(max_length=10)
    alert_type = models.CharField(max_length=14, choices=AlertType)
    target_value = models.DecimalField(max_digits=18, decimal_places=6)
    tolerance_pct = models.DecimalField(max_digits=5, decimal_places=3, null=True, blank=True)
    notification_channels = ArrayField(models.CharField(max_length=6, choices=Delivery), default=in_app, blank=True)
    notes = models.CharField(max_length=500, null=True, blank=True)
    status = models.CharField(max_length=9, choices=AlertStatus, default=AlertStatus.ACTIVE)

    condition_met = models.BooleanField(default=False)
    notification_sent = models.BooleanField(default=False)
    triggered_at = models.DateTimeField(null=True, blank=True)
    trigger_reason = models.CharField(max_length=12, choices=REASONS, null=True, blank=True)
    trigger_price = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    armed_price = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    created_at = models.DateTimeField()
    rearmed_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        db_table = "detectors_alert"
        constraints = [
            models.CheckConstraint(condition=~Q(symbol=""), name="detectors_alert_named"),
            models.CheckConstraint(condition=Q(alert_type__in=AlertType.values), name="detectors_alert_type"),
            models.CheckConstraint(condition=Q(status__in=AlertStatus.values), name="detectors_alert_status"),
            models.CheckConstraint(condition=Q(target_value__gt=0), name="detectors_alert_target"),
            models.CheckConstraint(
                condition=Q(tolerance_pct__isnull=True) | Q(tolerance_pct__gt=0, tolerance_pct__lte=10),
                name="detectors_alert_tolerance",
            ),
            models.CheckConstraint(
                condition=Q(notification_channels__contained_by=Delivery.values), name="detectors_alert_channels"
            ),
            models.CheckConstraint(
                condition=Q(
                    status=AlertStatus.TRIGGERED,
                    condition_met=True,
                    triggered_at__isnull=False,
                    trigger_reason__isnull=False,
                )
                | Q(
                    ~Q(status=AlertStatus.TRIGGERED),
                    condition_met=False,
                    notification_sent=False,
                    triggered_at__isnull=True,
                    trigger_reason__isnull=True,
                ),
                name="detectors_alert_triggered",
            ),
            models.CheckConstraint(
                condition=Q(trigger_reason__isnull=True) | Q(trigger_reason__in=[reason.value for reason in Reason]),
                name="detectors_alert_reason",
            ),
            models.CheckConstraint(
                condition=Q(expired_at__isnull=True) | Q(status=AlertStatus.CANCELLED), name="detectors_alert_expired"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "status", "-created_at"], name="detectors_alert_list"),
            # Price reads active alerts only: smaller than an index over status and symbol, and the same look-up.
            models.Index(fields=["symbol"], condition=Q(status=AlertStatus.ACTIVE), name="detectors_alert_active"),
            models.Index(
                fields=["expires_at"],
                condition=Q(status=AlertStatus.ACTIVE, expires_at__isnull=False),
                name="detectors_alert_expiry",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} {self.alert_type} {float(self.target_value):.12g}: {self.status}"
