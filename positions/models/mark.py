"""The latest mark of a position: what it was worth when it was last looked at."""

from __future__ import annotations

from django.db import models

from positions.models.position import Position


class Mark(models.Model):
    """One row a position, written by the tracker and by nobody else.

    Attributes
    ----------
    version
        Of the position that was marked: of another one only the prices of `legs` hold.
    value, unrealised
        To the cent; None when a leg had no price yet. [USD]
    pnl_pct
        `unrealised` in percent of the cost. No decimal: what cost a cent and is worth millions must not stop the cycle.
    delta, gamma, theta, vega, rho
        Of the whole position, as `facts.Greeks`.
    underlying
        [USD, or index points]
    legs
        By contract, its `marks.LegMark`.
    source
        The least trusted of the legs', a `facts.MarkSource`.
    as_of
        When the oldest price in it was made.
    stale
        It is older than it should be. The numbers are the last good ones.
    digest
        Of what was shown last, as it was shown: what leaves it as it is moves nothing. Empty until that was told.
    seen_at
        When the tracker last found it so; market time.
    """

    position = models.OneToOneField(Position, on_delete=models.CASCADE, primary_key=True, related_name="mark")
    version = models.PositiveIntegerField()
    value = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    unrealised = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    pnl_pct = models.FloatField(null=True)
    delta = models.FloatField(null=True)
    gamma = models.FloatField(null=True)
    theta = models.FloatField(null=True)
    vega = models.FloatField(null=True)
    rho = models.FloatField(null=True)
    underlying = models.FloatField(null=True)
    legs = models.JSONField()
    source = models.CharField(max_length=10)
    as_of = models.DateTimeField()
    stale = models.BooleanField()
    digest = models.CharField(max_length=32)
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "positions_mark"

    def __str__(self) -> str:
        return f"{self.value} as of {self.as_of}"
