"""What may be asked of the analyzer: a position as the existing front end's form tells it, or by its legs."""

# ruff: noqa: N815 -- the wire's names

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.http.fields import Text
from positions.api.fields import LARGEST_FEES, MOST_CONTRACTS, PriceField, QuantityField, SymbolField
from positions.api.serializers import LegTrade
from positions.models import Strategy
from positions.pure.holding import UNIT
from positions.pure.structures import MOST_LEGS, STRIKES

MOST_POSITIONS: Final = 100
FORM: Final = {"type": "type", "quantity": "quantity", "entry_price": "entryPrice"}
TYPES: Final = [value for value in Strategy.values if value != Strategy.OTHER]


@extend_schema_field({"type": "number", "exclusiveMinimum": 0})
class RoundedPrice(PriceField):
    """A price above 0; forms send floats, so that what is finer than a hundredth of a cent is rounded."""

    def __init__(self, **options: Any) -> None:
        super().__init__(above_zero=True, **options)

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the number at four places."""
        if isinstance(data, float) and data == data and abs(data) <= float(self.largest):  # noqa: PLR0124 -- NaN
            data = float(Decimal(str(data)).quantize(UNIT))
        return super().to_internal_value(data)


@extend_schema_field({"type": "number"})
class SecondStrike(RoundedPrice):
    """The other strike of a spread; forms send null for an empty box."""


@extend_schema_field({"type": "integer", "not": {"const": 0}})
class AnalyzedQuantity(QuantityField):
    """A signed number of units; the bounds that it is held to are not the contract's, and so not of the schema."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators = []

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        value = super().to_internal_value(data)
        if abs(value) > MOST_CONTRACTS:
            raise serializers.ValidationError(f"Must be at most {MOST_CONTRACTS}.")
        return value


class AnalyzedPosition(serializers.Serializer[Any]):
    """A position that nobody holds: by type, strikes and one price of a unit, or by `legs`."""

    symbol = SymbolField(max_length=10)
    type = serializers.ChoiceField(choices=TYPES, required=False)
    strike = RoundedPrice(required=False)
    strike2 = SecondStrike(required=False, allow_null=True)
    strikes = serializers.ListField(
        child=RoundedPrice(),
        max_length=4,
        required=False,
        help_text="All strikes at once, in any order: one, two for a spread, four for an iron condor.",
    )
    expiry = serializers.DateField(required=False)
    root = Text(max_length=10, required=False, help_text="Of an index's options: SPX settle at the open, SPXW not.")
    quantity = AnalyzedQuantity(required=False)
    entryPrice = RoundedPrice(source="entry_price", required=False)
    entryDate = serializers.DateField(source="entry_date")
    currentPrice = RoundedPrice(
        source="current_price",
        required=False,
        allow_null=True,
        help_text="Of a share of a unit: what it is valued at where the market tells no price, and only there.",
    )
    fees = PriceField(largest=LARGEST_FEES, required=False)
    legs = serializers.ListField(child=LegTrade(), min_length=1, max_length=MOST_LEGS, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for the one form or the other, and for dates in their order."""
        form = [name for name in FORM if name in attrs]
        if "legs" in attrs:
            if form:
                raise serializers.ValidationError({FORM[form[0]]: "Tell the legs or the form, not both."})
        elif len(form) < len(FORM):
            missing = next(wire for name, wire in FORM.items() if name not in attrs)
            raise serializers.ValidationError({missing: "Required unless legs are told."})
        ends = [leg["expiry"] for leg in attrs.get("legs", ()) if leg.get("expiry")] or [attrs.get("expiry")]
        if attrs.get("type") != Strategy.STOCK and any(end and end < attrs["entry_date"] for end in ends):
            raise serializers.ValidationError({"expiry": f"Must not lie before the entry, {attrs['entry_date']}."})
        return attrs


class PositionsToAnalyze(serializers.Serializer[Any]):
    """One position, or some of them together."""

    position = AnalyzedPosition(required=False)
    positions = serializers.ListField(
        child=AnalyzedPosition(), min_length=1, required=False, help_text=f"At most {MOST_POSITIONS}."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for exactly one of the two."""
        if len(attrs) != 1:
            raise serializers.ValidationError("Expected exactly one of position and positions.")
        if len(attrs.get("positions", ())) > MOST_POSITIONS:
            raise serializers.ValidationError({"positions": f"Expected at most {MOST_POSITIONS}."})
        return attrs


def strikes_of(told: dict[str, Any]) -> list[Decimal]:
    """Return the strikes that a form tells, no more of them than its type has."""
    listed: list[Decimal] = told.get("strikes") or [
        told[name] for name in ("strike", "strike2") if told.get(name) is not None
    ]
    # Of a single option the second box means nothing, whatever stands in it.
    return listed[:1] if STRIKES.get(told["type"]) == 1 and "strikes" not in told else listed
