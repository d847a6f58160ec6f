"""What a closed position would have made otherwise: one row a position."""

from __future__ import annotations

from django.db import models

from positions.models.position import Position


class Hindsight(models.Model):
    """What following the advice and three fixed rules would have made, beside what was done.

    Attributes
    ----------
    outcomes
        By the policy's name, an `pure.hindsight.Outcome` as JSON.
    complete
        Nothing more will be known: a row that is not is looked at again until its options have expired.
    computed_at
        Market time.
    """

    position = models.OneToOneField(Position, on_delete=models.CASCADE, primary_key=True, related_name="hindsight")
    outcomes = models.JSONField()
    complete = models.BooleanField()
    computed_at = models.DateTimeField()

    class Meta:
        db_table = "positions_hindsight"
        verbose_name_plural = "hindsight"

    def __str__(self) -> str:
        return f"hindsight on {self.position_id}"
