"""What a contract cost, minute by minute: for what a day has made, for charts, and for what might have been."""

from __future__ import annotations

from django.db import models

from positions.models.position import PRICE


class MarkMinute(models.Model):
    """One contract, or the shares of one underlying, in one minute; kept 30 days. Written by `mark_minutes` alone.

    Attributes
    ----------
    contract
        The name at the Options Clearing Corporation, or the ticker.
    at
        The minute's left edge, market time: what is told was known within it.
    mark, bid, ask
        Of one share; a quote that nobody makes is None. Shares have one price, which is all three. [USD]
    """

    id = models.BigAutoField(primary_key=True)
    contract = models.CharField(max_length=32)
    at = models.DateTimeField()
    mark = models.DecimalField(**PRICE)
    bid = models.DecimalField(**PRICE, null=True)
    ask = models.DecimalField(**PRICE, null=True)

    class Meta:
        db_table = "positions_markminute"
        constraints = [models.UniqueConstraint(fields=["contract", "at"], name="positions_markminute_once")]
        indexes = [models.Index(fields=["at"], name="positions_markminute_at")]

    def __str__(self) -> str:
        return f"{self.contract} at {self.at:%H:%M}: {self.mark}"
