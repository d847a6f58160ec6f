"""The shapes of alert requests: what is checked before any work is done."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from detectors.api.serializers import NotesField, SymbolField
from detectors.models import AlertStatus, AlertType, Delivery
from detectors.models.alert import in_app
from detectors.pure.suggested_prices import price
from market import clock, symbols

LONGEST_NOTES = 500
LONGEST_PAGE = 200
LARGEST_OFFSET = 1_000_000
WIDEST_TOLERANCE_PCT = 10
EXPIRED = "expired"  # accepted as a filter, never stored


@extend_schema_field({"type": "number", "exclusiveMinimum": 0})
class AmountField(serializers.Field[Decimal, Any, Any, Any]):
    """A number above 0, rounded half up to what its column holds."""

    default_error_messages = {
        "number": "Expected a number.",
        "positive": "Must be greater than 0.",
        "largest": "Must be at most {largest}.",
    }

    def __init__(self, *, unit: str, largest: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.unit = Decimal(unit)
        self.largest = largest

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the number."""
        exact = price(data)
        if exact is None:
            self.fail("number")
        rounded = exact.quantize(self.unit, ROUND_HALF_UP)
        if not rounded > 0:
            self.fail("positive")
        if self.largest is not None and rounded > self.largest:
            self.fail("largest", largest=self.largest)
        return rounded


class ChannelsField(serializers.ListField):
    """Ways to hear of an alert; words for none that we have are left out, as the contract takes any."""

    child = serializers.CharField(allow_blank=True)

    def to_internal_value(self, data: Any) -> list[str]:
        """Return those that we have, each once, in the order in which they were named."""
        return [way for way in dict.fromkeys(super().to_internal_value(data)) if way in Delivery.values]


class _Members(serializers.Serializer[Any]):
    """What an alert may be given at any time."""

    tolerance_pct = AmountField(unit="0.001", largest=WIDEST_TOLERANCE_PCT, required=False, allow_null=True)
    notes = NotesField(max_length=LONGEST_NOTES, required=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)

    def validate_expires_at(self, at: datetime | None) -> datetime | None:
        """Refuse an end that has come already."""
        if at is not None and at <= clock.now():
            raise serializers.ValidationError("Must lie in the future.")
        return at


class AlertCreation(_Members):
    """A new alert."""

    symbol = SymbolField(max_length=32)
    alert_type = serializers.ChoiceField(choices=AlertType.values)
    target_value = AmountField(unit="0.000001")
    notification_channels = ChannelsField(default=in_app)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse to watch the volume of what has none."""
        symbol = attrs["symbol"]
        if attrs["alert_type"] == AlertType.VOLUME_SPIKE and symbol in symbols.INDEXES - symbols.PROXIES.keys():
            raise serializers.ValidationError({"symbol": f"{symbol} has no volume, and no fund that lends it its own."})
        return attrs


class AlertChange(_Members):
    """Whatever of an alert is to be different."""

    target_value = AmountField(unit="0.000001", required=False)
    notification_channels = ChannelsField(required=False)
    status = serializers.ChoiceField(choices=AlertStatus.values, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a change that names nothing."""
        if not attrs:
            raise serializers.ValidationError(f"Expected at least one of {', '.join(self.fields)}.")
        return attrs


class AlertsQuery(serializers.Serializer[Any]):
    """Which of his alerts a trader wants to see."""

    status = serializers.ChoiceField(choices=[*AlertStatus.values, EXPIRED], required=False)
    symbol = SymbolField(max_length=32, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=LONGEST_PAGE, required=False)
    offset = serializers.IntegerField(min_value=0, max_value=LARGEST_OFFSET, default=0)
