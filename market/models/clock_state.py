"""Where the market clock stands: one row that every process follows."""

from __future__ import annotations

from django.db import models


class ClockState(models.Model):
    """The market time `market_at` was read at wall time `wall_at` and has run at `speed` since.

    `noted_at` is the last market time that somebody saw; after a restart the clock goes on from there.
    """

    class Mode(models.TextChoices):
        """Where market time comes from."""

        LIVE = "live"
        REPLAY = "replay"
        SIMULATED = "simulated"

    THE_ONE = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ONE, editable=False)
    mode = models.CharField(max_length=9, choices=Mode.choices, default=Mode.LIVE)
    market_at = models.DateTimeField(null=True, blank=True)
    wall_at = models.DateTimeField(null=True, blank=True)
    speed = models.FloatField(default=1.0)
    jumps = models.PositiveIntegerField(default=0, help_text="Times somebody set the clock: only then may it go back")
    paused = models.BooleanField(default=False)
    noted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="market_clockstate_one_row"),
            models.CheckConstraint(condition=models.Q(speed__gt=0), name="market_clockstate_runs_forward"),
            models.CheckConstraint(
                condition=models.Q(mode="live") | models.Q(market_at__isnull=False, wall_at__isnull=False),
                name="market_clockstate_anchored",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mode} at {self.speed:g}x"
