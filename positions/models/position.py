"""Something a trader holds, or held: a structure of options, or stock."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from positions.pure import structures

MONEY = {"max_digits": 20, "decimal_places": 6}
PRICE = {"max_digits": 14, "decimal_places": 4}


class Strategy(models.TextChoices):
    """The wire's word for its structure; see `pure.structures`."""

    CALL = structures.Strategy.CALL.value, "call"
    PUT = structures.Strategy.PUT.value, "put"
    CALL_SPREAD = structures.Strategy.CALL_SPREAD.value, "call spread"
    PUT_SPREAD = structures.Strategy.PUT_SPREAD.value, "put spread"
    IRON_CONDOR = structures.Strategy.IRON_CONDOR.value, "iron condor"
    STOCK = structures.Strategy.STOCK.value, "stock"
    OTHER = structures.Strategy.OTHER.value, "other"


class Direction(models.TextChoices):
    """Whether it was bought or sold: paid for, or paid."""

    LONG = "long"
    SHORT = "short"


class Status(models.TextChoices):
    """Where it stands; whatever is not open holds nothing any more."""

    OPEN = "open"
    CLOSED = "closed"
    EXPIRED = "expired"
    ASSIGNED = "assigned", "assigned or exercised"


class Source(models.TextChoices):
    """How it came here."""

    MANUAL = "manual", "by hand"
    CHAIN = "chain", "from the option chain"
    ROLL = "roll", "a roll"
    ASSIGNMENT = "assignment", "shares of an assignment or exercise"
    SCREENSHOT = "screenshot", "from a picture"
    CSV_IMPORT = "csv_import", "from a file"
    E2E = "e2e", "end-to-end test"


class PositionQuerySet(models.QuerySet["Position"]):
    """Positions in a trader's words."""

    def owned_by(self, user_id: uuid.UUID) -> Self:
        """Return the positions of one trader; where every request starts."""
        return self.filter(user_id=user_id)

    def open(self) -> Self:
        """Return those that hold something."""
        return self.filter(status=Status.OPEN)

    def newest_first(self) -> Self:
        """Return the latest opened first; the id settles ties."""
        return self.order_by("-opened_at", "-id")


class Position(models.Model):
    """One holding of one trader. What is said in money is derived from its fills and written with each of them.

    Attributes
    ----------
    symbol
        The underlying, normalised.
    strategy, direction, quantity, entry_price
        What the open legs are together (`pure.holding`): a condor whose calls were bought back is a put spread. Units,
        and what one cost of one share: above 0 paid, below 0 received. Once it has ended, what it last was, no units.
    cost
        What is open cost, below 0 where it was received. [USD]
    realised
        Won by what was closed, before fees. [USD]
    fees
        All that were paid. [USD]
    net_priced
        Opened at one price for the whole structure: what its legs cost one by one is not known.
    stop_price, target_price
        Where the trader wants to be told to get out: prices of a unit, or of the underlying where `stop_on` says so.
    setup
        The tracked setup it was opened from; a link beside us, so no foreign key.
    rolled_from
        The position that was closed for it.
    idempotency_key
        The client's name of the request that opened it; the same one opens nothing twice.
    version
        Counts its changes: whoever amends it says which version he has seen.
    opened_at, closed_at
        In market time, as the trader says.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="positions", db_index=False
    )
    symbol = models.CharField(max_length=10)
    strategy = models.CharField(max_length=11, choices=Strategy)
    direction = models.CharField(max_length=5, choices=Direction)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    quantity = models.PositiveIntegerField()
    entry_price = models.DecimalField(**PRICE)
    cost = models.DecimalField(**MONEY)
    realised = models.DecimalField(**MONEY, default=Decimal(0))
    fees = models.DecimalField(**MONEY, default=Decimal(0))
    net_priced = models.BooleanField(default=False)

    stop_price = models.DecimalField(**PRICE, null=True, blank=True)
    target_price = models.DecimalField(**PRICE, null=True, blank=True)
    stop_on_underlying = models.BooleanField(default=False)
    target_on_underlying = models.BooleanField(default=False)

    source = models.CharField(max_length=10, choices=Source, default=Source.MANUAL)
    notes = models.TextField(blank=True, default="")
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    setup = models.UUIDField(null=True, blank=True)
    rolled_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="rolled_to")
    close_reason = models.CharField(max_length=200, blank=True, default="")
    idempotency_key = models.CharField(max_length=200, null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = PositionQuerySet.as_manager()

    class Meta:
        db_table = "positions_position"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="positions_position_opened_once",
            ),
            models.CheckConstraint(condition=~Q(symbol=""), name="positions_position_named"),
            models.CheckConstraint(condition=Q(strategy__in=Strategy.values), name="positions_position_strategy"),
            models.CheckConstraint(condition=Q(direction__in=Direction.values), name="positions_position_direction"),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="positions_position_source"),
            models.CheckConstraint(
                condition=Q(status=Status.OPEN, closed_at__isnull=True)
                | Q(
                    status__in=[Status.CLOSED, Status.EXPIRED, Status.ASSIGNED],
                    quantity=0,
                    cost=0,
                    closed_at__isnull=False,
                ),
                name="positions_position_ended_holds_nothing",
            ),
            models.CheckConstraint(condition=Q(fees__gte=0), name="positions_position_fees"),
        ]
        indexes = [
            models.Index(fields=["user", "status", "-opened_at"], name="positions_position_list"),
            models.Index(fields=["symbol"], condition=Q(status=Status.OPEN), name="positions_position_open"),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.quantity} {self.symbol} {self.strategy}: {self.status}"

    @property
    def signed_quantity(self) -> int:
        """The wire's quantity: below 0 for what was sold."""
        return self.quantity if self.direction == Direction.LONG else -self.quantity
