"""The shapes of requests that preview an act on a position, or tell one."""

# ruff: noqa: N815 -- the wire's names

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.http.fields import Text
from positions.api.fields import LARGEST_FEES, MOST_CONTRACTS, PriceField, QuantityField
from positions.api.serializers import Versioned
from positions.pure.stops import Wanted
from positions.pure.structures import MOST_LEGS

LONGEST_CONTRACT: Final = 32
FARTHEST_DAYS: Final = 3_700
LARGEST_PCT: Final = Decimal(100_000)
OPTION, UNDERLYING = "option", "underlying"


@extend_schema_field({"type": "number"})
class PercentField(serializers.Field[Decimal, Any, Any, Any]):
    """A percent with a sign, to a ten-thousandth."""

    default_error_messages = {
        "number": "Expected a number.",
        "largest": "Must lie between -{largest} and {largest}.",
        "finer": "Expected at most four decimals.",
    }

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the number, exactly as it was sent."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("number")
        exact = Decimal(str(data))
        if not exact.is_finite():
            self.fail("number")
        if abs(exact) > LARGEST_PCT:
            self.fail("largest", largest=LARGEST_PCT)
        if exact != exact.quantize(Decimal("0.0001")):
            self.fail("finer")
        return exact


class LevelWanted(serializers.Serializer[Any]):
    """A stop or target: a price or a percent."""

    price = PriceField(above_zero=True, required=False, help_text="Of a unit, or of the underlying. USD a share.")
    pct = PercentField(
        required=False,
        help_text="On the option: gain on the premium of the entry. On the underlying: from its price now.",
    )
    on = serializers.ChoiceField(choices=(OPTION, UNDERLYING), default=OPTION)

    def validate(self, attrs: dict[str, Any]) -> Wanted:  # type: ignore[override]  # the value that it stands for
        """Ask for one of price and percent."""
        if ("price" in attrs) == ("pct" in attrs):
            raise serializers.ValidationError({"price": "Tell a price or a percent, one of the two."})
        return Wanted(price=attrs.get("price"), pct=attrs.get("pct"), on_underlying=attrs["on"] == UNDERLYING)


class StopSetting(serializers.Serializer[Any]):
    """A stop, a target, or both; null clears, what is left out stays."""

    stop = LevelWanted(required=False, allow_null=True)
    target = LevelWanted(required=False, allow_null=True)
    version = serializers.IntegerField(min_value=1, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a request that names neither."""
        if attrs.keys().isdisjoint(("stop", "target")):
            raise serializers.ValidationError({"stop": "Expected a stop, a target, or both."})
        return attrs


class CloseAsked(serializers.Serializer[Any]):
    """How much is to be closed: all without a quantity."""

    quantity = serializers.IntegerField(min_value=1, max_value=MOST_CONTRACTS, required=False)


class RollAsked(serializers.Serializer[Any]):
    """Where to roll to: a window of days, or a listed strike, date, or both."""

    strike = PriceField(above_zero=True, required=False, allow_null=True)
    expiry = serializers.DateField(required=False, allow_null=True)
    firstDays = serializers.IntegerField(source="first_days", min_value=0, max_value=FARTHEST_DAYS, required=False)
    lastDays = serializers.IntegerField(source="last_days", min_value=0, max_value=FARTHEST_DAYS, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a window that ends before it begins, and one beside a date."""
        if attrs.get("expiry") is not None and not attrs.keys().isdisjoint(("first_days", "last_days")):
            raise serializers.ValidationError({"expiry": "Tell a date or a window of days, not both."})
        if "first_days" in attrs and "last_days" in attrs and attrs["first_days"] > attrs["last_days"]:
            raise serializers.ValidationError({"lastDays": "Must not be less than firstDays."})
        return attrs


class ConversionAsked(serializers.Serializer[Any]):
    """Which option to sell: all that fit without a strike."""

    strike = PriceField(above_zero=True, required=False, allow_null=True)


class Closing(serializers.Serializer[Any]):
    """An option of the position that was closed; all of it without a quantity."""

    contract = Text(max_length=LONGEST_CONTRACT)
    quantity = QuantityField(required=False)
    price = PriceField()
    fees = PriceField(largest=LARGEST_FEES, required=False)


class Opening(Closing):
    """An option that was opened in its place."""

    quantity = QuantityField()


class PositionRoll(Versioned):
    """A roll that was traded: every option of the position closed, others opened."""

    closing = serializers.ListField(child=Closing(), min_length=1, max_length=MOST_LEGS)
    opening = serializers.ListField(child=Opening(), min_length=1, max_length=MOST_LEGS)


class PositionConversion(Versioned):
    """A sale against a bought option that was traded."""

    strike = PriceField(above_zero=True)
    price = PriceField()
    fees = PriceField(largest=LARGEST_FEES, required=False)
