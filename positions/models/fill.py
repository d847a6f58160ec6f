"""A fill: what was traded at what price, or what became of an option at its end."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from positions.models.leg import Leg
from positions.models.position import MONEY, PRICE


class FillKind(models.TextChoices):
    """Why the holding changed; the words of `options_engine.pure.fills`."""

    TRADE = "trade"
    EXPIRY = "expiry"
    CASH_SETTLEMENT = "cash_settlement", "cash settlement"
    ASSIGNMENT = "assignment"
    EXERCISE = "exercise"


class Fill(models.Model):
    """One change of a leg; never edited, only undone by the trader who removes the position.

    Attributes
    ----------
    quantity
        Above 0 bought, below 0 sold. [contracts or shares]
    price
        Of one share. [USD, or index points]
    fees
        Paid for it, 0 or more. [USD]
    filled_at, recorded_at
        When it happened, and when we were told; market time.
    """

    id = models.BigAutoField(primary_key=True)
    leg = models.ForeignKey(Leg, on_delete=models.CASCADE, related_name="fills")
    kind = models.CharField(max_length=15, choices=FillKind, default=FillKind.TRADE)
    quantity = models.IntegerField()
    price = models.DecimalField(**PRICE)
    fees = models.DecimalField(**MONEY, default=Decimal(0))
    filled_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "positions_fill"
        ordering = ["filled_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(quantity=0), name="positions_fill_of_something"),
            models.CheckConstraint(condition=Q(price__gte=0) & Q(fees__gte=0), name="positions_fill_amounts"),
            models.CheckConstraint(condition=Q(kind__in=FillKind.values), name="positions_fill_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity:+d} {self.leg.contract} at {self.price}"
