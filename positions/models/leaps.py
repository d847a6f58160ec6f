"""A long-dated option that a trader holds and looks at day by day: what was paid, and what the market last said."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Final, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from positions.models.position import PRICE

LONGEST_NOTES: Final = 2_000
# Scales of the columns; the serializers hold requests to the same.
STRIKE: Final = {"max_digits": 10, "decimal_places": 2}
VOLATILITY: Final = {"max_digits": 6, "decimal_places": 4}
SLOPE: Final = {"max_digits": 8, "decimal_places": 6}
DOLLARS: Final = {"max_digits": 10, "decimal_places": 4}


class OptionType(models.TextChoices):
    """The wire's words; upper case, as the card compares them."""

    CALL = "CALL"
    PUT = "PUT"


class ValueSource(models.TextChoices):
    """Who said what the option is worth."""

    QUOTE = "quote", "the middle of its quote"
    LAST_TRADE = "last_trade", "its last trade of the day"
    CLIENT = "client", "its trader"


def _unknown(scale: dict[str, int]) -> models.DecimalField[Any, Any]:
    return models.DecimalField(**scale, null=True, blank=True)


class LeapsQuerySet(models.QuerySet["Leaps"]):
    """Long-dated options in a trader's words."""

    def owned_by(self, user_id: uuid.UUID) -> Self:
        """Return those of one trader; where every request starts."""
        return self.filter(user_id=user_id)

    def alive(self, today: date) -> Self:
        """Return those that have not expired before this New York date."""
        return self.filter(expiry_date__gte=today)

    def newest_first(self) -> Self:
        """Return the latest added first; the id settles ties."""
        return self.order_by("-created_at", "-id")


class Leaps(models.Model):
    """One option bought, `quantity` contracts of it. Prices and Greeks are of one share; what nobody said is None.

    Attributes
    ----------
    entry_price
        Paid. [USD, or index points]
    current_value, current_underlying, current_iv, current_*
        As the market last said, or the trader where it says nothing; theta a calendar day, vega a volatility point.
    contract
        The name at the Options Clearing Corporation of what it is priced as; blank until the market knew one.
    value_at, value_source
        When and by whom `current_value`, the volatility and the Greeks were told, market time.
    underlying_at
        When the price of the underlying was made.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="leaps", db_index=False)
    symbol = models.CharField(max_length=10)
    option_type = models.CharField(max_length=4, choices=OptionType)
    strike = models.DecimalField(**STRIKE)
    entry_price = models.DecimalField(**PRICE)
    entry_date = models.DateField()
    expiry_date = models.DateField()
    quantity = models.PositiveIntegerField(default=1)
    notes = models.CharField(max_length=LONGEST_NOTES, null=True, blank=True)

    current_value = _unknown(PRICE)
    current_underlying = _unknown(PRICE)
    current_iv = _unknown(VOLATILITY)
    current_delta = _unknown(SLOPE)
    current_gamma = _unknown(SLOPE)
    current_vega = _unknown(DOLLARS)
    current_theta = _unknown(DOLLARS)
    entry_delta = _unknown(SLOPE)
    entry_gamma = _unknown(SLOPE)
    entry_vega = _unknown(DOLLARS)
    entry_theta = _unknown(DOLLARS)

    contract = models.CharField(max_length=32, blank=True, default="")
    value_at = models.DateTimeField(null=True, blank=True)
    value_source = models.CharField(max_length=10, choices=ValueSource, null=True, blank=True)
    underlying_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = LeapsQuerySet.as_manager()

    class Meta:
        db_table = "positions_leaps"
        verbose_name_plural = "LEAPS"
        constraints = [
            models.CheckConstraint(condition=~Q(symbol=""), name="positions_leaps_named"),
            models.CheckConstraint(condition=Q(option_type__in=OptionType.values), name="positions_leaps_type"),
            models.CheckConstraint(
                condition=Q(strike__gt=0, entry_price__gt=0, quantity__gte=1), name="positions_leaps_amounts"
            ),
            models.CheckConstraint(condition=Q(expiry_date__gt=F("entry_date")), name="positions_leaps_expires_later"),
            models.CheckConstraint(
                condition=Q(value_source__isnull=True) | Q(value_source__in=ValueSource.values),
                name="positions_leaps_value_source",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="positions_leaps_list"),
            models.Index(fields=["expiry_date"], name="positions_leaps_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.symbol} {self.expiry_date} {self.strike:f} {self.option_type}"
