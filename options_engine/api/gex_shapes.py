"""What our answer about gamma exposure says beyond the contract's; docs/options-api.md explains each."""

from __future__ import annotations

from rest_framework import serializers

from config.http.schema_contract import adds_to
from options_engine.api.answer_shapes import Provenance, Shape, number

REGIMES = ("positive_gamma", "negative_gamma")


class ZeroGammaLevel(Shape):
    """A spot at which the net exposure is 0."""

    level = serializers.FloatField()
    direction = serializers.ChoiceField(
        choices=("rising", "falling"), help_text="rising: negative below it and positive above."
    )


class KeyLevel(Shape):
    """A strike whose exposure stands out, as the contract's `GEXKeyLevel`."""

    strike = serializers.FloatField()
    gexValue = serializers.FloatField()  # noqa: N815 -- the wire's name
    type = serializers.ChoiceField(choices=("support", "resistance", "magnet"))


@adds_to("GEXStrike")
class StrikeMembers(Shape):
    """What is known of a strike beside the contract's members."""

    callGex = number("Dollars of delta per 1 % move, with the sign of what dealers hold.")  # noqa: N815
    putGex = number("The same of the puts; both add up to gexValue.")  # noqa: N815 -- the wire's name
    volumeGex = number("The same, weighed by today's volume in place of open interest.")  # noqa: N815
    vannaExposure = number("Dollars of delta per volatility point.")  # noqa: N815 -- the wire's name
    charmExposure = number("Dollars of delta per calendar day.")  # noqa: N815 -- the wire's name
    unavailable = serializers.ListField(
        child=serializers.CharField(), help_text="Members that hold 0 because nobody knows them."
    )


class GEXView(Shape):
    """The totals of one dealer model, by one way of weighing contracts."""

    regime = serializers.ChoiceField(choices=REGIMES)
    netGex = number("Dollars of delta per 1 % move.")  # noqa: N815 -- the wire's name
    grossGex = number("Calls and puts without their signs.")  # noqa: N815 -- the wire's name
    callGex = number()  # noqa: N815 -- the wire's name
    putGex = number()  # noqa: N815 -- the wire's name
    flipPoint = number("The zero-gamma level nearest to the spot; null: none in flipRange.")  # noqa: N815
    zeroGammaLevels = ZeroGammaLevel(many=True)  # noqa: N815 -- the wire's name
    callWall = number("Strike of the largest positive net exposure.")  # noqa: N815 -- the wire's name
    putWall = number("Strike of the largest negative net exposure.")  # noqa: N815 -- the wire's name
    maxGEXStrike = number()  # noqa: N815 -- the wire's name
    keyLevels = KeyLevel(many=True)  # noqa: N815 -- the wire's name
    vannaExposure = number("Dollars of delta per volatility point.")  # noqa: N815 -- the wire's name
    charmExposure = number("Dollars of delta per calendar day.")  # noqa: N815 -- the wire's name


class DealerModel(Shape):
    """A guess at what dealers hold, and what follows from it."""

    name = serializers.CharField()
    assumption = serializers.CharField()
    source = serializers.CharField()
    byOpenInterest = GEXView()  # noqa: N815 -- the wire's name
    byVolume = GEXView(allow_null=True, help_text="null: nothing has traded today.")  # noqa: N815 -- the wire's name


class SpotGamma(Shape):
    """The net exposure at one spot."""

    spot = serializers.FloatField()
    netGex = number()  # noqa: N815 -- the wire's name


class ExpiryGamma(Shape):
    """The part of one date."""

    expiry = serializers.DateField()
    netGex = number()  # noqa: N815 -- the wire's name
    grossGex = number()  # noqa: N815 -- the wire's name
    share = serializers.FloatField(help_text="Of all dates' gross exposure.")


@adds_to("GEXProfile")
class GEXProfileMembers(Provenance):
    """The profile by the usual model, with the others beside it and where it comes from."""

    gexByStrike = StrikeMembers(many=True)  # noqa: N815 -- the wire's name
    netGex = number("Dollars of delta per 1 % move.")  # noqa: N815 -- the wire's name
    grossGex = number("Calls and puts without their signs.")  # noqa: N815 -- the wire's name
    callGex = number()  # noqa: N815 -- the wire's name
    putGex = number()  # noqa: N815 -- the wire's name
    callWall = number("Strike of the largest positive net exposure.")  # noqa: N815 -- the wire's name
    putWall = number("Strike of the largest negative net exposure.")  # noqa: N815 -- the wire's name
    zeroGammaLevels = ZeroGammaLevel(many=True)  # noqa: N815 -- the wire's name
    flipMethod = serializers.ChoiceField(choices=("repriced",))  # noqa: N815 -- the wire's name
    flipRange = serializers.FloatField(help_text="How far from the spot a flip is looked for, 0.3 for 30 %.")  # noqa: N815
    repricedShare = serializers.FloatField(  # noqa: N815 -- the wire's name
        help_text="Of the gross exposure, what has a volatility and so counts for the flip."
    )
    spotProfile = SpotGamma(many=True)  # noqa: N815 -- the wire's name
    vannaExposure = number("Dollars of delta per volatility point.")  # noqa: N815 -- the wire's name
    charmExposure = number("Dollars of delta per calendar day.")  # noqa: N815 -- the wire's name
    byExpiry = ExpiryGamma(many=True)  # noqa: N815 -- the wire's name
    model = serializers.CharField(help_text="The one of `models` that the profile is of.")
    models = DealerModel(many=True)
    strikesAnalyzed = serializers.IntegerField(help_text="Behind every total; strikeRange bounds the rows.")  # noqa: N815
    oiAsOf = serializers.DateField(  # noqa: N815 -- the wire's name
        allow_null=True, help_text="The session at whose end the contracts were open."
    )
    volumeAsOf = serializers.DateTimeField()  # noqa: N815 -- the wire's name
    cached = serializers.BooleanField()
    degraded = serializers.ListField(child=serializers.CharField(), help_text="What could not be had.")
