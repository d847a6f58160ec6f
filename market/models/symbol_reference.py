"""What a vendor says about a symbol."""

from __future__ import annotations

from django.db import models

from market.models.instants import market_now


class SymbolReference(models.Model):
    """A symbol's name, type and exchange, or the fact that the vendor does not know it."""

    class Type(models.TextChoices):
        """The contract's three types."""

        INDEX = "index"
        ETF = "etf"
        STOCK = "stock"

    symbol = models.CharField(max_length=10, primary_key=True)
    name = models.CharField(max_length=200, blank=True)
    type = models.CharField(max_length=5, choices=Type.choices, default=Type.STOCK)
    exchange = models.CharField(max_length=40, null=True, blank=True)
    known = models.BooleanField(default=True)
    checked_at = models.DateTimeField(default=market_now)

    def __str__(self) -> str:
        return self.symbol
