"""The shapes of questions about implied volatility."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from rest_framework import serializers

from market import clock
from options_engine import crush, surfaces, volatility
from options_engine.api.serializers import ExpiryField, Switch

_EACH_SIDE = f"Expected {volatility.LEAST_STRIKES} to {volatility.MOST_STRIKES}: strikes on each side of the price."


class VolatilityQuery(serializers.Serializer[Any]):
    """What /api/options/{symbol}/iv understands."""

    expiry = ExpiryField(required=False)
    strikeRange = serializers.IntegerField(  # noqa: N815 -- the wire's name
        source="strikes",
        min_value=volatility.LEAST_STRIKES,
        max_value=volatility.MOST_STRIKES,
        default=volatility.USUAL_STRIKES,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), _EACH_SIDE),
        help_text="Rows of `skew.smile` on each side of the price. Every number is made of every strike all the same.",
    )
    maxExpirations = serializers.IntegerField(  # noqa: N815 -- the wire's name
        source="expirations", min_value=1, max_value=volatility.MOST_EXPIRIES, default=volatility.USUAL_EXPIRIES
    )
    forceRefresh = Switch(source="force", default=False)  # noqa: N815 -- the wire's name


class EventDateField(serializers.DateField):
    """A New York date from today on, and not too far ahead."""

    def to_internal_value(self, value: Any) -> date:
        """Return the date."""
        day = super().to_internal_value(value)
        today = clock.market_date(clock.now())
        last = today + timedelta(days=crush.FURTHEST_DAYS)
        if not today <= day <= last:
            raise serializers.ValidationError(f"Expected a date from {today} to {last}.")
        return day


class CrushQuery(serializers.Serializer[Any]):
    """What /api/options/{symbol}/iv-crush understands."""

    eventDate = EventDateField(source="event_date")  # noqa: N815 -- the wire's name
    eventTime = serializers.ChoiceField(  # noqa: N815 -- the wire's name
        source="event_time", choices=("after_close", "before_open"), default="after_close"
    )
    forceRefresh = Switch(source="force", default=False)  # noqa: N815 -- the wire's name


class SurfaceQuery(serializers.Serializer[Any]):
    """What /api/options/{symbol}/surface understands."""

    maxExpirations = serializers.IntegerField(  # noqa: N815 -- the wire's name
        source="expirations", min_value=1, max_value=surfaces.MOST_EXPIRIES, default=surfaces.USUAL_EXPIRIES
    )
    forceRefresh = Switch(source="force", default=False)  # noqa: N815 -- the wire's name
