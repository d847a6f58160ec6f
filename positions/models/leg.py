"""A leg of a position: one contract, bought or sold, and how much of it is open."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from positions.models.position import MONEY, PRICE, Position
from positions.pure import structures


class LegKind(models.TextChoices):
    """What it consists of."""

    CALL = structures.Kind.CALL.value, "call"
    PUT = structures.Kind.PUT.value, "put"
    STOCK = structures.Kind.STOCK.value, "stock"


class Leg(models.Model):
    """One contract of a position.

    Attributes
    ----------
    number
        Its place among the legs, from 0.
    contract
        The name at the Options Clearing Corporation, or the ticker of the stock: what fills are of.
    settles_at_open
        AM-settled.
    multiplier
        Shares a contract; 1 for stock.
    open_quantity, average_price, cost, realised
        What its fills make of it: signed contracts or shares; of one share, None when nothing is open; signed dollars.
    awaits
        What its trader is asked about its end, a `pure.settlement.Awaited`; empty for most.
    """

    id = models.BigAutoField(primary_key=True)
    position = models.ForeignKey(Position, on_delete=models.CASCADE, related_name="legs", db_index=False)
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=5, choices=LegKind)
    root = models.CharField(max_length=10)
    contract = models.CharField(max_length=32)
    strike = models.DecimalField(**PRICE, null=True, blank=True)
    expiry = models.DateField(null=True, blank=True)
    settles_at_open = models.BooleanField(default=False)
    multiplier = models.DecimalField(max_digits=10, decimal_places=2)

    open_quantity = models.IntegerField()
    average_price = models.DecimalField(**PRICE, null=True, blank=True)
    cost = models.DecimalField(**MONEY)
    realised = models.DecimalField(**MONEY)
    awaits = models.CharField(max_length=16, blank=True, default="")

    class Meta:
        db_table = "positions_leg"
        ordering = ["position", "number"]
        constraints = [
            models.UniqueConstraint(fields=["position", "number"], name="positions_leg_in_its_place"),
            models.UniqueConstraint(fields=["position", "contract"], name="positions_leg_once"),
            models.CheckConstraint(condition=Q(kind__in=LegKind.values), name="positions_leg_kind"),
            models.CheckConstraint(
                condition=Q(kind=LegKind.STOCK, strike__isnull=True, expiry__isnull=True)
                | Q(kind__in=[LegKind.CALL, LegKind.PUT], strike__gt=0, expiry__isnull=False),
                name="positions_leg_options_have_strikes",
            ),
            models.CheckConstraint(condition=Q(multiplier__gt=0), name="positions_leg_multiplier"),
        ]
        indexes = [
            models.Index(fields=["expiry"], condition=~Q(open_quantity=0), name="positions_leg_expiring"),
        ]

    def __str__(self) -> str:
        return f"{self.open_quantity:+d} {self.contract}"
