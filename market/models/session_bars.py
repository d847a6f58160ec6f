"""The minute bars of a symbol's session, kept when Redis forgets."""

from __future__ import annotations

from django.db import models


class SessionBars(models.Model):
    """Completed minutes of one New York date, packed as `Bars.pack` writes them; `complete` once the day is over."""

    symbol = models.CharField(max_length=10)
    session_date = models.DateField()
    packed = models.BinaryField()
    complete = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["symbol", "session_date"], name="market_sessionbars_once")]
        indexes = [models.Index(fields=["session_date"], name="market_sessionbars_date")]

    def __str__(self) -> str:
        return f"{self.symbol} {self.session_date}"
