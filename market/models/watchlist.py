"""A trader's lists of symbols."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from market.models.instants import market_now


class WatchlistQuerySet(models.QuerySet["Watchlist"]):
    """Lists in a trader's words."""

    def in_order(self) -> WatchlistQuerySet:
        """Return the default first, then the most recently touched; the one tie-break everywhere."""
        return self.order_by("-is_default", "-updated_at", "id")


class Watchlist(models.Model):
    """Symbols that a trader looks at together; at most one list of a trader is the default."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watchlists")
    name = models.CharField(max_length=80)
    symbols = ArrayField(models.CharField(max_length=10), default=list)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=market_now)
    updated_at = models.DateTimeField(default=market_now)

    objects = WatchlistQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(is_default=True), name="market_watchlist_one_default"
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="market_watchlist_has_name"),
        ]

    def __str__(self) -> str:
        return self.name
