"""What keeps automatic tracking bearable: how often a trader hears of a symbol, and of anything.

Both rows may be thrown away at any time, so no foreign key is checked for them: ten thousand checks would be made at
the commit, while every other publisher waits.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Hearing(models.Model):
    """When a trader may hear of a symbol again, and how often he has in this session; tracking by hand is free."""

    pk = models.CompositePrimaryKey("user_id", "symbol")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    symbol = models.CharField(max_length=10)
    session_date = models.DateField()
    used = models.PositiveSmallIntegerField()
    next_allowed_at = models.DateTimeField()

    class Meta:
        db_table = "detectors_hearing"

    def __str__(self) -> str:
        return f"{self.symbol}: {self.used} on {self.session_date}"


class Attention(models.Model):
    """How often a trader has heard of anything in this session."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False
    )
    session_date = models.DateField()
    used = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "detectors_attention"

    def __str__(self) -> str:
        return f"{self.used} on {self.session_date}"
