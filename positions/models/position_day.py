"""What positions and trades looked like in their markets: at the end of each day, and beside each trade."""

from __future__ import annotations

from django.db import models

from positions.models.fill import Fill
from positions.models.position import Position


class PositionDay(models.Model):
    """The marks of an open position at the end of a market date; the next one starts with them.

    What was held then, and what happened between two of them, follows from the fills.

    Attributes
    ----------
    market_date
        New York date.
    marked_at
        When the tracker saw it so; market time.
    spot
        Of the underlying, None when unknown. [USD, or index points]
    legs
        By contract, its `pure.marks.LegMark`.
    stale
        The prices were older than they should have been.
    created_at
        Wall time.
    """

    id = models.BigAutoField(primary_key=True)
    position = models.ForeignKey(Position, on_delete=models.CASCADE, related_name="days", db_index=False)
    market_date = models.DateField()
    marked_at = models.DateTimeField()
    spot = models.FloatField(null=True)
    legs = models.JSONField()
    stale = models.BooleanField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "positions_day"
        constraints = [models.UniqueConstraint(fields=["position", "market_date"], name="positions_day_once")]
        indexes = [models.Index(fields=["created_at"], name="positions_day_created")]

    def __str__(self) -> str:
        return f"{self.position_id} on {self.market_date}"


class FillMark(models.Model):
    """What the contract of a fill was worth at its moment: what its spread is measured from.

    Attributes
    ----------
    spot
        Of the underlying, None when unknown; of an end, the price that it was settled on. [USD, or index points]
    mark
        A `pure.marks.LegMark`; empty for an end.
    marked_at
        Within two minutes of the fill; market time.
    """

    fill = models.OneToOneField(Fill, on_delete=models.CASCADE, primary_key=True, related_name="look")
    spot = models.FloatField(null=True)
    mark = models.JSONField()
    marked_at = models.DateTimeField()

    class Meta:
        db_table = "positions_fill_mark"

    def __str__(self) -> str:
        return f"{self.fill_id} at {self.spot}"
