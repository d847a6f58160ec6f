"""What answers about LEAPS say beyond the contract's members."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from config.http.schema_contract import adds_to
from positions.api.leaps_wire import SPOT_NAMES, VOLATILITY_NAMES
from positions.models import Leaps, ValueSource
from positions.pure.leaps_trend import TimeRisk, Trend
from positions.pure.roll_calculator import PriceSource

Shape = serializers.Serializer[Any]
UNKNOWN = "Null where nobody knows it."


@adds_to("LeapsPosition")
class LeapsPositionMembers(serializers.ModelSerializer[Leaps]):
    """Which contract it is priced as, and when and by whom its numbers were told."""

    contract = serializers.CharField(allow_null=True, help_text="Null until the market knew one.")
    value_source = serializers.ChoiceField(choices=ValueSource.values, allow_null=True)

    class Meta:
        model = Leaps
        fields = ["contract", "value_at", "value_source", "underlying_at"]


@adds_to("LeapsList")
class LeapsListMembers(Shape):
    """The rows, with our members."""

    positions = LeapsPositionMembers(many=True)


@adds_to("LeapsOne")
class LeapsCreatedMembers(Shape):
    """The row, and what is odd about a new one."""

    position = LeapsPositionMembers()
    warnings = serializers.ListField(
        child=serializers.ChoiceField(choices=("expires_within_270_days",)),
        required=False,
        help_text="Of a new one only.",
    )


class ScenarioValues(Shape):
    """What the option is worth on that day after the spot has moved by percent, or its volatility by points."""

    def get_fields(self) -> dict[str, Any]:
        """Return a number a scenario."""
        return {name: serializers.FloatField(allow_null=True) for name in (*SPOT_NAMES, *VOLATILITY_NAMES)}


@adds_to("GreeksSnapshot")
class GreeksSnapshotMembers(Shape):
    """The day ahead, the value at the volatility of the term structure, and scenarios."""

    daysAhead = serializers.IntegerField()  # noqa: N815 -- the wire's name
    forwardIV = serializers.FloatField(  # noqa: N815 -- the wire's name
        allow_null=True, help_text="Volatility that today's term structure implies from that day on; a fraction."
    )
    forwardValue = serializers.FloatField(allow_null=True)  # noqa: N815 -- the wire's name
    scenarios = ScenarioValues()


class _Outlook(Shape):
    trend = serializers.ChoiceField(choices=[each.value for each in Trend], allow_null=True, help_text=UNKNOWN)
    timeRisk = serializers.ChoiceField(choices=[each.value for each in TimeRisk])  # noqa: N815 -- the wire's name


@adds_to("LeapsDetail")
class LeapsDetailMembers(_Outlook):
    """Where it is going, and why there is no projection."""

    position = LeapsPositionMembers()
    greeksProjection = GreeksSnapshotMembers(many=True)  # noqa: N815 -- the wire's name
    projectionTrouble = serializers.CharField(  # noqa: N815 -- the wire's name
        allow_null=True, help_text="What nobody knows, where the projection is empty."
    )


@adds_to("GreeksProjection")
class GreeksProjectionMembers(_Outlook):
    """What it was made of, and how old that is."""

    projections = GreeksSnapshotMembers(many=True)
    dividendYield = serializers.FloatField()  # noqa: N815 -- the wire's name
    exercise = serializers.ChoiceField(choices=("european", "american"))
    rateSource = serializers.ChoiceField(choices=("treasury", "fallback"))  # noqa: N815 -- the wire's name
    valueAsOf = serializers.DateTimeField(allow_null=True)  # noqa: N815 -- the wire's name
    spotAsOf = serializers.DateTimeField(allow_null=True)  # noqa: N815 -- the wire's name


@adds_to("RollLeg")
class RollLegMembers(Shape):
    """What the price is, and the model's beside it."""

    modelValue = serializers.FloatField()  # noqa: N815 -- the wire's name
    priceSource = serializers.ChoiceField(choices=[each.value for each in PriceSource])  # noqa: N815 -- the wire's name
    bid = serializers.FloatField(allow_null=True)
    ask = serializers.FloatField(allow_null=True)
    impliedVolatility = serializers.FloatField()  # noqa: N815 -- the wire's name
    contract = serializers.CharField(allow_null=True, help_text="Null where the market knows none.")
    quotedAt = serializers.DateTimeField(allow_null=True)  # noqa: N815 -- the wire's name


class RollFigures(Shape):
    """What the roll comes to with everything that was paid before."""

    cumulativeBasis = serializers.FloatField(help_text="Per share.")  # noqa: N815 -- the wire's name
    trueBreakEven = serializers.FloatField()  # noqa: N815 -- the wire's name
    annualisedPct = serializers.FloatField(  # noqa: N815 -- the wire's name
        allow_null=True,
        help_text="The net for a year of added time, in percent of the current value; null without.",
    )


@adds_to("RollAnalysis")
class RollAnalysisMembers(Shape):
    """Both legs and the figures, with our members."""

    current = RollLegMembers()
    new = RollLegMembers()
    rollAnalysis = RollFigures()  # noqa: N815 -- the wire's name
