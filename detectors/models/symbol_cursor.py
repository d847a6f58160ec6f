"""How far each symbol's session has been read."""

from __future__ import annotations

from django.db import models


class SymbolCursor(models.Model):
    """The last bars that were looked at; its row lock keeps two workers from moving one symbol's setups at once.

    Attributes
    ----------
    scanned_ts, moved_ts
        Left edge of the last bar whose detections are stored, and of the last one of the regular session that setups
        and alerts were held against. [Unix seconds]
    extended_ts
        Left edge of the last bar outside of the regular session that alerts were held against. [Unix seconds]
    """

    symbol = models.CharField(max_length=10, primary_key=True)
    session_date = models.DateField()
    scanned_ts = models.BigIntegerField()
    moved_ts = models.BigIntegerField()
    extended_ts = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "detectors_symbolcursor"

    def __str__(self) -> str:
        return f"{self.symbol} {self.session_date}: {self.moved_ts}"
