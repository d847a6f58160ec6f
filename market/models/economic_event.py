"""Scheduled news that moves the whole market."""

from __future__ import annotations

from django.db import models


class EconomicEvent(models.Model):
    """A release with its New York instant; numbers stay text, as agencies print them ("3.1%", "225K")."""

    class Impact(models.TextChoices):
        """The contract's three grades."""

        HIGH = "HIGH"
        MEDIUM = "MEDIUM"
        LOW = "LOW"

    at = models.DateTimeField()
    name = models.CharField(max_length=120)
    impact = models.CharField(max_length=6, choices=Impact.choices)
    expected = models.CharField(max_length=40, null=True, blank=True)
    previous = models.CharField(max_length=40, null=True, blank=True)
    actual = models.CharField(max_length=40, null=True, blank=True)
    source = models.CharField(max_length=200)
    issued_on = models.DateField(help_text="The day on which the source published this")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["at", "name"], name="market_economicevent_once")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.name}"
