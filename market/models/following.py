"""Who follows which symbol: every list of a trader, flattened."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Following(models.Model):
    """One row for a trader and a symbol on any of his lists, written with the lists.

    `auto_track` says that the symbol is on the default list, so its detections are tracked for him.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="following")
    symbol = models.CharField(max_length=10)
    auto_track = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "symbol"], name="market_following_once")]
        indexes = [
            models.Index(
                fields=["symbol", "user"], condition=models.Q(auto_track=True), name="market_following_auto_track"
            ),
            models.Index(fields=["symbol"], name="market_following_symbol"),
        ]

    def __str__(self) -> str:
        return self.symbol
