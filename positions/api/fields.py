"""Fields of what a trader says about his positions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.http.errors import InvalidInput
from config.http.fields import Text
from market import symbols
from market.errors import InvalidSymbol

LARGEST_PRICE = Decimal(1_000_000)
LARGEST_FEES = Decimal(1_000_000)
MOST_CONTRACTS = 100_000


class SymbolField(Text):
    """A ticker in any case, with or without blanks around it."""

    def to_internal_value(self, data: Any) -> str:
        """Return the normalised symbol."""
        try:
            return symbols.normalise(super().to_internal_value(data))
        except InvalidSymbol as refused:
            raise serializers.ValidationError(str(refused)) from refused


@extend_schema_field({"type": "number", "minimum": 0})
class PriceField(serializers.Field[Decimal, Any, Any, Any]):
    """A price of one share, to a hundredth of a cent."""

    default_error_messages = {
        "number": "Expected a number.",
        "negative": "Must be 0 or more.",
        "zero": "Must be greater than 0.",
        "largest": "Must be at most {largest}.",
        "finer": "Expected at most four decimals.",
    }

    def __init__(self, *, above_zero: bool = False, largest: Decimal = LARGEST_PRICE, **options: Any) -> None:
        super().__init__(**options)
        self.above_zero = above_zero
        self.largest = largest

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the number, exactly as it was sent."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("number")
        exact = Decimal(str(data))
        if not exact.is_finite():
            self.fail("number")
        if exact < 0:
            self.fail("negative")
        if self.above_zero and exact == 0:
            self.fail("zero")
        if exact > self.largest:
            self.fail("largest", largest=self.largest)
        if exact != exact.quantize(Decimal("0.0001")):
            self.fail("finer")
        return exact


@extend_schema_field({"type": "integer", "not": {"const": 0}})
class QuantityField(serializers.IntegerField):
    """A signed number of contracts, shares or units: above 0 bought, below 0 sold."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=-MOST_CONTRACTS, max_value=MOST_CONTRACTS, **options)

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if isinstance(data, bool | str) or (isinstance(data, float) and not data.is_integer()):
            self.fail("invalid")
        value = int(super().to_internal_value(data))
        if value == 0:
            raise serializers.ValidationError("Must not be 0: above 0 is bought, below 0 sold.")
        return value


def as_uuid(text: str) -> UUID:
    """Return the id that an address names.

    Raises
    ------
    InvalidInput
        If it is none.
    """
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(issues=["id: expected a UUID"], where="path") from None
