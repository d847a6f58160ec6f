"""What our answers about implied volatility say, for the API's schema; docs/options-api.md explains each."""
# ruff: noqa: N815 -- the wire's names

from __future__ import annotations

from rest_framework import serializers

from config.http.schema_contract import adds_to
from options_engine.api.answer_shapes import Provenance, Shape, number


class RankMembers(Shape):
    """What the rank is made of."""

    frontIV = number("At the money, of the first expiry.")
    frontExpiry = serializers.DateField(allow_null=True)
    historySource = serializers.ChoiceField(choices=("stored", "reconstructed", "realized_proxy"), allow_null=True)
    historyDays = serializers.IntegerField()
    reconstructedDays = serializers.IntegerField(help_text="How many of them were read back later.")


class SmileRow(Shape):
    """One strike of the expiry whose skew is told."""

    strike = serializers.FloatField()
    iv = number("Percent points.")
    callDelta = number("On the forward; a put's is 1 less.")


class SkewMembers(Shape):
    """Other measures of the same smile."""

    normalizedSkew = number("The 25-delta skew over the volatility at the money.")
    riskReversal25 = number("Call less put.")
    butterfly25 = number("Mean of both wings less the money.")
    atmIV = number()
    expiry = serializers.DateField(allow_null=True)
    smile = SmileRow(many=True, help_text="Strikes whose volatility is known, ascending; strikeRange bounds them.")


class TermPoint(Shape):
    """One expiry."""

    forward = number()


class ForwardVolatility(Shape):
    """Between two expiries."""

    vol = number("Unknown where the later one holds less variance.")

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        """Return the fields, one of which is a word of Python."""
        return {"from": serializers.DateField(), "to": serializers.DateField(), **super().get_fields()}


class EventKink(Shape):
    """Two expiries between which an event is priced."""

    ratio = number("Variance a session over that beside it.")
    impliedMovePct = number("Standard deviation of what is beyond ordinary.")

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        """Return the fields, one of which is a word of Python."""
        return {"from": serializers.DateField(), "to": serializers.DateField(), **super().get_fields()}


class TermStructureMembers(Shape):
    """What lies between expiries."""

    expirations = TermPoint(many=True)
    slopeFrom = serializers.DateField(allow_null=True)
    slopeTo = serializers.DateField(allow_null=True)
    forwardVols = ForwardVolatility(many=True)
    eventKinks = EventKink(many=True)


@adds_to("IVAnalysis")
class IVAnalysisMembers(Provenance):
    """The analysis with where it comes from."""

    ivRank = RankMembers()
    skew = SkewMembers()
    termStructure = TermStructureMembers()
    calculatedAt = serializers.DateTimeField()
    method = serializers.CharField()


class CrushedExpiry(Shape):
    """One expiry that lives through the event."""

    date = serializers.DateField()
    atmIV = number()
    postEventIV = number()


class CrushProjection(Provenance):
    """How volatility and a straddle come out of an event."""

    symbol = serializers.CharField()
    eventDate = serializers.DateField()
    eventTime = serializers.ChoiceField(choices=("after_close", "before_open"))
    reopensAt = serializers.DateTimeField(help_text="The open at which the straddle is priced anew.")
    currentPrice = serializers.FloatField()
    expiryUsed = serializers.DateField()
    strike = serializers.FloatField()
    currentIV = number("Percent points.")
    estimatedPostEventIV = number("Percent points.")
    ivDrop = number("Percent points.")
    ivDropPct = number()
    currentStraddle = number("At our volatility.")
    marketStraddle = number("Middles of the two quotes.")
    estimatedPostEventStraddle = number()
    straddleLoss = number()
    baseIV = number("Of ordinary days, percent points.")
    eventMovePct = number("The event's standard deviation.")
    expectedMovePct = number("Its mean absolute move.")
    basis = serializers.ChoiceField(choices=("event_variance",), allow_null=True)
    reason = serializers.ChoiceField(
        choices=("unknown_volatility", "one_expiry", "no_event_premium", "negative_base"), allow_null=True
    )
    expirations = CrushedExpiry(many=True)
    calculatedAt = serializers.DateTimeField()
    method = serializers.CharField()


class SviParameters(Shape):
    """w(k) = level + slope (lean (k - centre) + sqrt((k - centre)^2 + bend^2)), k = ln(strike / forward)."""

    level = serializers.FloatField()
    slope = serializers.FloatField()
    lean = serializers.FloatField()
    centre = serializers.FloatField()
    bend = serializers.FloatField()


class SurfacePoint(Shape):
    """One point of a slice."""

    strike = number()
    iv = number("Percent points.")


class SurfaceSlice(Shape):
    """One fitted expiry."""

    date = serializers.DateField()
    dte = serializers.IntegerField()
    years = number()
    forward = number()
    atmIV = number("Percent points.")
    svi = SviParameters()
    strikesUsed = serializers.IntegerField()
    rmsePoints = number("How far quotes are from it, tight ones weighing more.")
    insideSpreadPct = number("Strikes at which it passes between bid and ask.")
    leastDensity = number()
    leastCalendarGap = number("Total variance above the earlier slices, where it is least.")
    points = SurfacePoint(many=True)


class LeftOut(Shape):
    """An expiry that has no slice."""

    date = serializers.DateField()
    reason = serializers.ChoiceField(choices=("expired", "too_few_strikes", "arbitrage", "poor_fit"))


class ArbitrageReport(Shape):
    """What was checked, and how close it came."""

    gridPoints = serializers.IntegerField()
    butterflyFree = serializers.BooleanField()
    calendarFree = serializers.BooleanField()
    leastDensity = number()
    leastCalendarGap = number()
    leftOut = LeftOut(many=True)


class VolatilitySurface(Provenance):
    """Fitted slices."""

    symbol = serializers.CharField()
    currentPrice = serializers.FloatField()
    slices = SurfaceSlice(many=True)
    arbitrageReport = ArbitrageReport()
    calculatedAt = serializers.DateTimeField()
    method = serializers.CharField()
