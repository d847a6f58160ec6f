"""Members of LEAPS requests that take the contract's types at their word."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.http.fields import Text
from market import symbols
from market.errors import InvalidSymbol
from positions.models import Leaps
from positions.models.leaps import LONGEST_NOTES

# Longer than a symbol, because blanks around it and a vendor's prefix are taken off afterwards.
LONGEST_SYMBOL_TEXT = 32
MOST_CONTRACTS = 2**31 - 1  # what the column holds


class SymbolField(Text):
    """A ticker in any case, with or without blanks around it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_SYMBOL_TEXT, **options)

    def to_internal_value(self, data: Any) -> str:
        """Return the normalised symbol."""
        try:
            return symbols.normalise(super().to_internal_value(data))
        except InvalidSymbol as refused:
            raise serializers.ValidationError(str(refused)) from refused


class NotesField(Text):
    """Free text; blank means none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_NOTES, allow_null=True, allow_blank=True, **options)

    def run_validation(self, data: Any = serializers.empty) -> str | None:
        """Return the text, None when there is nothing in it."""
        return super().run_validation(data) or None


@extend_schema_field({"type": "number"})
class ColumnNumber(serializers.Field[Decimal, Any, Any, Any]):
    """A JSON number, rounded half up to what its column of `Leaps` holds."""

    default_error_messages = {
        "number": "Expected a number.",
        "size": "Must be between -{limit} and {limit}.",
        "low": "Must be at least {least}.",
        "high": "Must be at most {most}.",
    }

    def __init__(self, column: str, *, least: int | None = None, most: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.column, self.least, self.most = column, least, most
        field = Leaps._meta.get_field(column)  # noqa: SLF001 -- Django's public name for it
        self.places: int = field.decimal_places  # type: ignore[union-attr]
        self.limit = 10 ** (field.max_digits - self.places)  # type: ignore[union-attr]

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the number."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("number")
        exact = Decimal(str(data))
        if not exact.is_finite() or abs(exact) >= self.limit:
            self.fail("size", limit=self.limit)
        if self.least is not None and exact < self.least:
            self.fail("low", least=self.least)
        if self.most is not None and exact > self.most:
            self.fail("high", most=self.most)
        return exact.quantize(Decimal(1).scaleb(-self.places), ROUND_HALF_UP)


@extend_schema_field({"type": "number", "exclusiveMinimum": 0})
class ColumnAmount(ColumnNumber):
    """The same, above 0 once it is rounded."""

    default_error_messages = {"positive": "Must be greater than 0."}

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the number."""
        rounded = super().to_internal_value(data)
        if not (rounded > 0 and abs(rounded) < self.limit):
            self.fail("positive")
        return rounded


@extend_schema_field({"type": "number", "minimum": 0, "maximum": 5})
class VolatilityField(ColumnNumber):
    """An implied volatility as a fraction, at most 500 %."""

    def __init__(self, **options: Any) -> None:
        super().__init__("current_iv", least=0, most=5, **options)


@extend_schema_field({"type": "integer", "minimum": 1})
class ContractsField(serializers.IntegerField):
    """How many contracts; a text or a broken number is none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, **options)

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        # 2.0 is an integer in JSON.
        if isinstance(data, bool) or not isinstance(data, int | float) or data != data // 1:
            self.fail("invalid")
        if data > MOST_CONTRACTS:
            raise serializers.ValidationError(f"Must be at most {MOST_CONTRACTS}.")
        return int(super().to_internal_value(int(data)))
