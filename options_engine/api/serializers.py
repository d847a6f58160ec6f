"""The shapes of questions about options: what is checked before any work is done."""

from __future__ import annotations

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.http.fields import Text
from market import clock
from options_engine import chains


class ExpiryField(serializers.DateField):
    """A New York date that is not over."""

    def to_internal_value(self, value: Any) -> date:
        """Return the date."""
        day = super().to_internal_value(value)
        today = clock.market_date(clock.now())
        if day < today:
            raise serializers.ValidationError(f"Expected a date from {today} on: options of {day} have expired.")
        return day


@extend_schema_field({"type": "string", "enum": ["true", "false", "1", "0"]})
class Switch(Text):
    """The words true, false, 1 and 0."""

    def to_internal_value(self, data: Any) -> bool:  # type: ignore[override]
        """Return the boolean."""
        word = super().to_internal_value(data).lower()
        if word not in ("true", "false", "1", "0"):
            raise serializers.ValidationError("Expected true, false, 1 or 0.")
        return word in ("true", "1")

    def to_representation(self, value: bool) -> str:  # type: ignore[override]  # noqa: FBT001 -- DRF's signature
        """Return the word."""
        return str(value).lower()


class ChainQuery(serializers.Serializer[Any]):
    """What /api/options/{symbol}/chain understands."""

    expiry = ExpiryField(required=False)
    strikeRange = serializers.IntegerField(  # noqa: N815 -- the wire's name
        source="strikes", min_value=1, max_value=chains.MOST_STRIKES, default=chains.USUAL_STRIKES
    )
    root = serializers.RegexField(r"^[A-Z0-9.]{1,6}$", required=False, help_text="Of a date with two, SPX or SPXW.")
    forceRefresh = Switch(source="force", default=False)  # noqa: N815 -- the wire's name
