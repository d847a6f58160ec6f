"""Closures and early closes that no published calendar knew in advance."""

from __future__ import annotations

from datetime import time

from django.db import models


class SessionOverride(models.Model):
    """One day that differs from the exchange calendar, taken up by every process within a minute."""

    class Kind(models.TextChoices):
        """What is different."""

        CLOSED = "closed"
        EARLY_CLOSE = "early_close"

    date = models.DateField(primary_key=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    close_time = models.TimeField(null=True, blank=True, help_text="New York time of an early close, such as 13:00")
    post_close_time = models.TimeField(
        null=True, blank=True, help_text="New York time when after-hours trading ends; 17:00 unless given"
    )
    reason = models.CharField(max_length=120)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="closed") | models.Q(close_time__isnull=False),
                name="market_sessionoverride_close_time",
            ),
            models.CheckConstraint(
                condition=models.Q(close_time__isnull=True)
                | models.Q(close_time__gt=time(9, 30), close_time__lte=time(16)),
                name="market_sessionoverride_closes_in_session",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.kind}"
