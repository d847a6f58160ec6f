"""What the answer about today's options says beyond the contract's, for the API's schema."""

from __future__ import annotations

from rest_framework import serializers

from config.http.schema_contract import adds_to
from options_engine.api.answer_shapes import DataQuality, Shape, number

STAND_INS = "Members that hold 0 because nobody knows them."


@adds_to("ZeroDTEExpectedMove")
class ExpectedMoveMembers(Shape):
    """How the move of the day is known."""

    theoreticalRemaining = number("Total x root of the variance left.")  # noqa: N815 -- the wire's name
    openStraddleSource = serializers.ChoiceField(choices=("captured", "inferred", "premarket"))  # noqa: N815
    openStraddleAt = serializers.DateTimeField(allow_null=True)  # noqa: N815 -- the wire's name
    unavailable = serializers.ListField(child=serializers.CharField(), help_text=STAND_INS)


@adds_to("ZeroDTEThetaClock")
class ThetaClockMembers(Shape):
    """How fast it decays. [USD]"""

    thetaPerHour = number()  # noqa: N815 -- the wire's name
    thetaAcceleration = number("Decay 15 to 30 minutes ahead over that of the next 15.")  # noqa: N815


@adds_to("ZeroDTEGammaProfile")
class GammaProfileMembers(Shape):
    """How fast its delta turns."""

    gammaRisk = number("0 to 100.")  # noqa: N815 -- the wire's name
    unavailable = serializers.ListField(child=serializers.CharField(), help_text=STAND_INS)


@adds_to("ZeroDTEContract")
class ZeroDTEContractMembers(Shape):
    """What a trader of today's options looks at."""

    contract = serializers.CharField()
    delta = number()
    bid = number()
    ask = number()
    impliedVolatility = number()  # noqa: N815 -- the wire's name
    gammaRisk = number("0 to 100.")  # noqa: N815 -- the wire's name
    thetaAcceleration = number()  # noqa: N815 -- the wire's name
    expectedValueAtClose = number("Of the payoff, by its own volatility.")  # noqa: N815 -- the wire's name
    breakevenDistance = number()  # noqa: N815 -- the wire's name
    unavailable = serializers.ListField(child=serializers.CharField(), help_text=STAND_INS)


@adds_to("ZeroDTEAnalysis")
class ZeroDTEAnalysisMembers(Shape):
    """The whole answer; where numbers come from is said when there are any."""

    nextExpiry = serializers.DateField(allow_null=True, required=False)  # noqa: N815 -- the wire's name
    minutesInSession = serializers.IntegerField(required=False)  # noqa: N815 -- the wire's name
    expectedMove = ExpectedMoveMembers(allow_null=True)  # noqa: N815 -- the wire's name
    thetaClock = ThetaClockMembers(allow_null=True)  # noqa: N815 -- the wire's name
    gammaProfile = GammaProfileMembers(allow_null=True)  # noqa: N815 -- the wire's name
    topContracts = ZeroDTEContractMembers(many=True)  # noqa: N815 -- the wire's name
    chain = ZeroDTEContractMembers(many=True, required=False)
    asOf = serializers.DateTimeField(required=False)  # noqa: N815 -- the wire's name
    spotAsOf = serializers.DateTimeField(allow_null=True, required=False)  # noqa: N815 -- the wire's name
    quotesAsOf = serializers.DateTimeField(allow_null=True, required=False)  # noqa: N815 -- the wire's name
    stale = serializers.BooleanField(required=False)
    delayed = serializers.BooleanField(required=False)
    simulated = serializers.BooleanField(required=False)
    partial = serializers.BooleanField(required=False)
    rateSource = serializers.ChoiceField(choices=("treasury", "fallback"), required=False)  # noqa: N815
    rateDate = serializers.DateField(allow_null=True, required=False)  # noqa: N815 -- the wire's name
    dataQuality = DataQuality(required=False)  # noqa: N815 -- the wire's name
