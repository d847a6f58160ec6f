"""What our market answers say beyond the contract's, for the API's schema; docs/market-api.md explains each member."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from config.http.schema_contract import adds_to
from market.levels import VIEWS

Shape = serializers.Serializer[Any]


@adds_to("LevelItem")
class LevelItemMembers(Shape):
    """A level whose distance in ATR or strength cannot be known."""

    unavailable = serializers.ListField(
        child=serializers.ChoiceField(choices=("distanceATR", "strength")),
        required=False,
        help_text="Members that hold a stand-in because there is no ATR.",
    )


class VwapBands(Shape):
    """VWAP and one or two standard deviations of the session's volume."""

    upper2 = serializers.FloatField(allow_null=True)
    upper1 = serializers.FloatField(allow_null=True)
    lower1 = serializers.FloatField(allow_null=True)
    lower2 = serializers.FloatField(allow_null=True)


class LevelIndicators(Shape):
    """Indicators beside the levels."""

    vwapBands = VwapBands()  # noqa: N815 -- the wire's name
    volumeSource = serializers.CharField(allow_null=True, help_text="Whose volume weighs the VWAP.")  # noqa: N815
    atrRegime = serializers.ChoiceField(choices=("expanding", "contracting", "normal"), allow_null=True)  # noqa: N815


class LevelGroups(Shape):
    """Levels by the side they stand on."""

    resistance = LevelItemMembers(many=True)
    support = LevelItemMembers(many=True)
    indicators = LevelIndicators()


@adds_to("Levels")
class LevelsMembers(Shape):
    """When the levels are from, and what is missing."""

    timeframe = serializers.ChoiceField(choices=VIEWS)
    levelsDate = serializers.DateField(help_text="The session the levels are for.")  # noqa: N815 -- the wire's name
    referenceDate = serializers.DateField(help_text="The completed session they are read from.")  # noqa: N815
    priceAsOf = serializers.DateTimeField()  # noqa: N815 -- the wire's name
    priceSource = serializers.CharField()  # noqa: N815 -- the wire's name
    levels = LevelGroups()
    degraded = serializers.ListField(child=serializers.CharField(), help_text="What could not be had.")
    delayed = serializers.BooleanField(help_text="The vendor's plan is not real-time.")
    simulated = serializers.BooleanField()


class ChartSession(Shape):
    """The hours of the session that the chart ends with, in Unix seconds."""

    date = serializers.DateField()
    preMarketOpen = serializers.IntegerField()  # noqa: N815 -- the wire's name
    open = serializers.IntegerField()
    close = serializers.IntegerField()
    afterHoursClose = serializers.IntegerField()  # noqa: N815 -- the wire's name
    isEarlyClose = serializers.BooleanField()  # noqa: N815 -- the wire's name


class VwapPoint(Shape):
    """The session's VWAP at one bar."""

    time = serializers.IntegerField(help_text="Unix seconds.")
    value = serializers.FloatField()
    sigma = serializers.FloatField()


class ChartOpeningRange(Shape):
    """High and low of the first minutes; between `from` and `to` in Unix seconds."""

    minutes = serializers.IntegerField()
    high = serializers.FloatField()
    low = serializers.FloatField()
    to = serializers.IntegerField()
    complete = serializers.BooleanField()

    def get_fields(self) -> dict[str, Any]:
        """Add `from`, which Python does not take for a name."""
        return {**super().get_fields(), "from": serializers.IntegerField()}


@adds_to("ProviderIndicators")
class ProviderIndicatorsMembers(Shape):
    """Who computed them in truth."""

    computedBy = serializers.ChoiceField(choices=("coach",))  # noqa: N815 -- the wire's name


@adds_to("ChartData")
class ChartDataMembers(Shape):
    """What a trader draws over the bars, and what is missing."""

    forming = serializers.BooleanField(help_text="Whether the last bar is still open.")
    hasVolume = serializers.BooleanField(help_text="Tells a volume of 0 from none.")  # noqa: N815 -- the wire's name
    session = ChartSession()
    prevClose = serializers.FloatField(allow_null=True)  # noqa: N815 -- the wire's name
    vwap = VwapPoint(many=True, required=False, help_text="Only with intraday timeframes.")
    volumeSource = serializers.CharField(  # noqa: N815 -- the wire's name
        allow_null=True, required=False, help_text="Whose volume weighs the VWAP."
    )
    openingRange = ChartOpeningRange(many=True, required=False)  # noqa: N815 -- the wire's name
    providerIndicators = ProviderIndicatorsMembers(required=False)  # noqa: N815 -- the wire's name
    degraded = serializers.ListField(child=serializers.CharField(), help_text="What could not be had.")
    delayed = serializers.BooleanField(help_text="The vendor's plan is not real-time.")
    simulated = serializers.BooleanField()


@adds_to("SymbolSearchResult")
class SymbolSearchResultMembers(Shape):
    """Whether popular symbols stand in for the vendor's."""

    degraded = serializers.ListField(
        child=serializers.CharField(), help_text="`vendor` when only popular symbols could be searched."
    )
