"""The shapes of LEAPS requests: what is checked before any work is done."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.http.fields import Text
from market import clock
from positions.api.leaps_fields import (
    ColumnAmount,
    ColumnNumber,
    ContractsField,
    NotesField,
    SymbolField,
    VolatilityField,
)
from positions.leaps import GREEKS
from positions.models import OptionType

# Nothing is listed further ahead than this.
FURTHEST: Final = timedelta(days=3_660)


@extend_schema_field({"type": "string", "enum": ["CALL", "PUT", "call", "put"]})
class OptionTypeField(Text):
    """The words call and put in any case."""

    def to_internal_value(self, data: Any) -> str:
        """Return the word in upper case."""
        word = super().to_internal_value(data).upper()
        if word not in OptionType.values:
            raise serializers.ValidationError("Expected CALL or PUT.")
        return word


class NearDateField(serializers.DateField):
    """A date within ten years of today."""

    def to_internal_value(self, data: Any) -> date:
        """Return the date."""
        found = super().to_internal_value(data)
        if abs(found - clock.market_date()) > FURTHEST:
            raise serializers.ValidationError("Must lie within ten years of today.")
        return found


def _greeks(prefix: str, **options: Any) -> dict[str, ColumnNumber]:
    return {f"{prefix}_{name}": ColumnNumber(f"{prefix}_{name}", required=False, **options) for name in GREEKS}


class LeapsCreation(serializers.Serializer[Any]):
    """A new one."""

    symbol = SymbolField()
    option_type = OptionTypeField()
    strike = ColumnAmount("strike")
    entry_price = ColumnAmount("entry_price")
    entry_date = serializers.DateField()
    expiry_date = NearDateField()
    quantity = ContractsField()
    notes = NotesField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """Add the Greeks at entry."""
        return {**super().get_fields(), **_greeks("entry", allow_null=True)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what expires before it was bought."""
        if attrs["expiry_date"] <= attrs["entry_date"]:
            raise serializers.ValidationError({"expiry_date": "Must come after the entry date."})
        return attrs


class LeapsChange(serializers.Serializer[Any]):
    """Values of now, notes, or a correction of what was bought; at least one."""

    current_value = ColumnNumber("current_value", required=False)
    current_underlying = ColumnNumber("current_underlying", required=False)
    current_iv = VolatilityField(required=False)
    notes = NotesField(required=False)
    entry_price = ColumnAmount("entry_price", required=False)
    quantity = ContractsField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """Add the Greeks of now."""
        return {**super().get_fields(), **_greeks("current")}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a change that names nothing."""
        if not attrs:
            raise serializers.ValidationError(f"Expected at least one of {', '.join(self.fields)}.")
        return attrs


class RollQuestion(serializers.Serializer[Any]):
    """What to roll to."""

    newStrike = ColumnAmount("strike")  # noqa: N815 -- the wire's name
    newExpiry = NearDateField(required=False)  # noqa: N815 -- the wire's name

    def validate_newExpiry(self, day: date) -> date:  # noqa: N802 -- the wire's name
        """Refuse a date that is over."""
        if day < clock.market_date():
            raise serializers.ValidationError("Must not lie in the past.")
        return day
