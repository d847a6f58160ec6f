"""The shapes of setup requests: what is checked before any work is done."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.http.fields import Text
from detectors.api.stored_json import complaint
from detectors.models import Direction, Outcome, Status
from detectors.pure.suggested_prices import LARGEST_PRICE
from market import symbols
from market.errors import InvalidSymbol

LONGEST_NOTES = 2_000
MOST_IN_BULK = 100
LONGEST_PAGE = 500


class SymbolField(Text):
    """A ticker in any case, with or without blanks around it."""

    def to_internal_value(self, data: Any) -> str:
        """Return the normalised symbol."""
        try:
            return symbols.normalise(super().to_internal_value(data))
        except InvalidSymbol as refused:
            raise serializers.ValidationError(str(refused)) from refused


@extend_schema_field({"type": "object", "additionalProperties": True})
class StoredObjectField(serializers.JSONField):
    """A JSON object that fits our column."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the object."""
        if said := complaint(data):
            raise serializers.ValidationError(said)
        return data


class NotesField(Text):
    """Free text; blank means none."""

    def __init__(self, *, max_length: int = LONGEST_NOTES, **options: Any) -> None:
        super().__init__(max_length=max_length, allow_null=True, allow_blank=True, **options)

    def run_validation(self, data: Any = serializers.empty) -> str | None:
        """Return the text, None when there is nothing in it."""
        return super().run_validation(data) or None


class SetupCreation(serializers.Serializer[Any]):
    """An idea to track."""

    source_opportunity_id = Text(max_length=255, required=False, allow_null=True)
    symbol = SymbolField(max_length=32)
    setup_type = Text(max_length=100)
    direction = serializers.ChoiceField(choices=Direction.values)
    opportunity_data = StoredObjectField()
    notes = NotesField(required=False)


class SetupChange(serializers.Serializer[Any]):
    """Another status, other notes, or both."""

    status = serializers.ChoiceField(choices=Status.values, required=False)
    notes = NotesField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a change that changes nothing."""
        if not attrs:
            raise serializers.ValidationError("Expected at least one of status and notes.")
        return attrs


class BulkChange(serializers.Serializer[Any]):
    """One act on several setups."""

    action = serializers.ChoiceField(choices=("set_status", "delete"))
    ids = serializers.ListField(child=serializers.UUIDField(), allow_empty=False, min_length=1, max_length=MOST_IN_BULK)
    status = serializers.ChoiceField(choices=Status.values, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for the status where it is to be set."""
        if attrs["action"] == "set_status" and "status" not in attrs:
            raise serializers.ValidationError({"status": "Required for set_status."})
        return attrs


class SetupsQuery(serializers.Serializer[Any]):
    """Which of his setups a trader wants to see."""

    status = serializers.ChoiceField(choices=Status.values, required=False)
    symbol = SymbolField(max_length=32, required=False)
    since = serializers.DateTimeField(required=False)
    limit = serializers.IntegerField(min_value=1, max_value=LONGEST_PAGE, required=False)
    cursor = Text(max_length=200, required=False)


class DetectionsQuery(serializers.Serializer[Any]):
    """Which detections to list; `from` and `to` are instants, `to` not included."""

    symbol = SymbolField(max_length=32, required=False)
    type = Text(max_length=100, required=False)
    to = serializers.DateTimeField(required=False)
    outcome = serializers.ChoiceField(choices=Outcome.values, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=LONGEST_PAGE, default=100)
    cursor = Text(max_length=200, required=False)

    def get_fields(self) -> dict[str, Any]:
        """Add `from`, which Python does not take for a name."""
        return {**super().get_fields(), "from": serializers.DateTimeField(required=False)}


class PretendedDetection(serializers.Serializer[Any]):
    """A detection that a test wishes for."""

    symbol = SymbolField(max_length=32, default="SPX")
    setup_type = Text(max_length=100, default="gamma_squeeze")
    direction = serializers.ChoiceField(choices=Direction.values, default=Direction.BULLISH.value)
    confidence = serializers.IntegerField(min_value=0, max_value=100, default=75)
    current_price = serializers.FloatField(required=False)
    description = Text(max_length=240, required=False)
    notes = NotesField(required=False)
    trade_suggestion = StoredObjectField(required=False)

    def validate_current_price(self, price: float) -> float:
        """Refuse what is no price."""
        if not 0 < price < LARGEST_PRICE:
            raise serializers.ValidationError("Must be greater than 0.")
        return price
