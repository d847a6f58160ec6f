"""The shapes of preferences on the wire: stored names in snake_case, numbers as numbers, times as HH:MM."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Preferences
from accounts.models.preferences import INDICATORS, RISK_PCT, small_object

ALIASES = {"orbMinutes": "orb_period"}
CENT = Decimal("0.01")


@extend_schema_field({"type": "number"})
class ClampedPercent(serializers.DecimalField):
    """A percentage that is moved into its bounds and rounded to two decimals, never refused for its size."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=None, decimal_places=None, **options)

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the nearest allowed value; NaN and infinity are no numbers here."""
        least, most = RISK_PCT
        return min(max(super().to_internal_value(data), least), most).quantize(CENT, ROUND_HALF_UP)


class StrictBoolean(serializers.BooleanField):
    """JSON's true and false only."""

    def to_internal_value(self, data: Any) -> bool:
        """Return the boolean."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


@extend_schema_field({"type": "object", "additionalProperties": True})
class SmallObject(serializers.JSONField):
    """A JSON object that a front end keeps here; its members are its own."""

    default_validators = [small_object]


class Indicators(serializers.Serializer[Any]):
    """The chart's overlays; unknown names are ignored."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Return a switch an overlay."""
        return {name: StrictBoolean(required=False) for name in INDICATORS}


class Notifications(serializers.Serializer[Any]):
    """What the user wants to be told about, a switch a kind; in the database a column each."""

    setups = StrictBoolean(required=False, source="notify_setups")
    alerts = StrictBoolean(required=False, source="notify_alerts")
    positionAdvice = StrictBoolean(required=False, source="notify_position_advice")  # noqa: N815 -- the wire's name
    morningBrief = StrictBoolean(required=False, source="notify_morning_brief")  # noqa: N815 -- the wire's name
    drafts = StrictBoolean(required=False, source="notify_drafts")


class PreferencesSerializer(serializers.ModelSerializer[Preferences]):
    """Every preference of a user; whatever the body leaves out stays as it is."""

    risk_per_trade_pct = ClampedPercent(required=False)
    chart_indicators = Indicators(required=False)
    notification_preferences = Notifications(required=False, source="*")
    quiet_from = serializers.TimeField(required=False, allow_null=True, format="%H:%M")
    quiet_to = serializers.TimeField(required=False, allow_null=True, format="%H:%M")
    dashboard_layout = SmallObject(required=False, allow_null=True)
    ui = SmallObject(required=False)
    updated_at = serializers.DateTimeField(read_only=True, allow_null=True, help_text="Null until the first change.")

    class Meta:
        model = Preferences
        fields = [
            "default_risk_per_trade",
            "default_account_size",
            "risk_per_trade_pct",
            "orb_period",
            "chart_indicators",
            "default_chart_timeframe",
            "auto_sync_workflow_symbol",
            "notifications_enabled",
            "notification_preferences",
            "muted_types",
            "min_confidence",
            "quiet_from",
            "quiet_to",
            "default_options_strike_range",
            "default_show_gex",
            "default_show_vol_analytics",
            "timezone",
            "dashboard_layout",
            "ui",
            "updated_at",
        ]
        read_only_fields = ["updated_at"]

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the columns a body sets; older names of a field count where the new one is absent."""
        renamed = {ALIASES[name]: value for name, value in data.items() if name in ALIASES}
        return super().to_internal_value({**renamed, **data})
