"""What answers about the worth of positions say: members beyond the contract's, and answers of our own routes."""

# ruff: noqa: N815 -- the wire's names

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.http.schema_contract import adds_to
from positions.models import LegKind, Strategy
from positions.pure.facts import MarkSource
from positions.pure.scenarios import Horizon

Shape = serializers.Serializer[Any]
SOURCES = [source.value for source in MarkSource]
UNKNOWN_IS_LEFT_OUT = "Left out where nobody knows it."


class Distance(Shape):
    """How far a price that the trader has set is."""

    price = serializers.FloatField(help_text="USD, or index points; below 0 when it lies below.")
    pct = serializers.FloatField()


class LiveLeg(Shape):
    """A leg and its price."""

    contract = serializers.CharField()
    type = serializers.ChoiceField(choices=LegKind.values)
    quantity = serializers.IntegerField(help_text="Above 0 bought, below 0 sold.")
    strike = serializers.FloatField(required=False)
    expiry = serializers.DateField(required=False)
    averagePrice = serializers.FloatField()
    bid = serializers.FloatField(required=False, help_text=UNKNOWN_IS_LEFT_OUT)
    ask = serializers.FloatField(required=False, help_text=UNKNOWN_IS_LEFT_OUT)
    mark = serializers.FloatField(required=False, help_text=UNKNOWN_IS_LEFT_OUT)
    markSource = serializers.ChoiceField(choices=SOURCES)
    spreadPct = serializers.FloatField(required=False)
    iv = serializers.FloatField(required=False)
    delta = serializers.FloatField(required=False)
    quotedAt = serializers.DateTimeField(required=False)


@adds_to("LivePosition")
class LiveMembers(Shape):
    """What its price is worth, its legs, and how far its limits are."""

    strategy = serializers.ChoiceField(choices=Strategy.values)
    strike2 = serializers.FloatField(required=False)
    marketValue = serializers.FloatField(required=False, help_text="Below 0 for what was sold. USD.")
    netPnl = serializers.FloatField(required=False, help_text="With what was realised, after fees. USD.")
    pnlPctOfMaxRisk = serializers.FloatField(required=False)
    realizedPnl = serializers.FloatField()
    fees = serializers.FloatField()
    minutesToExpiry = serializers.IntegerField(required=False)
    breakevens = serializers.ListField(child=serializers.FloatField(), required=False)
    limitsByModel = serializers.BooleanField(required=False)
    greeksPartial = serializers.BooleanField(required=False, help_text="Those of some legs are not known.")
    probabilityOfProfit = serializers.FloatField(required=False, help_text="At expiry, by the market's volatility.")
    underlyingPrice = serializers.FloatField(required=False)
    distanceToStop = Distance(required=False)
    distanceToTarget = Distance(required=False)
    markSource = serializers.ChoiceField(choices=SOURCES, help_text="The least trusted of its legs'.")
    legs = LiveLeg(many=True)
    stale = serializers.BooleanField(help_text="A price is older than it should be; these numbers are the last known.")
    asOf = serializers.DateTimeField(help_text="Of the oldest price in it.")
    unavailable = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Members that are 0 because nobody knows them."
    )


class Evidence(Shape):
    """The number that an advice hangs on."""

    metric = serializers.CharField()
    value = serializers.FloatField()
    threshold = serializers.FloatField()


@adds_to("PositionAdvice")
class AdviceMembers(Shape):
    """Which rule said so, what it hangs on, and where it stands with its trader."""

    id = serializers.UUIDField()
    rule = serializers.CharField()
    state = serializers.CharField()
    evidence = Evidence()
    confidence = serializers.FloatField()
    expiresAt = serializers.DateTimeField()
    liquidityWarning = serializers.CharField(allow_null=True)
    firstToldAt = serializers.DateTimeField(allow_null=True)


@extend_schema_field({"$ref": "#/components/schemas/PositionAdvice"})
class AdviceField(serializers.Field[Any, Any, Any, Any]):
    """An advice as the contract has it, with our members."""


class AdviceAnswered(Shape):
    """The advice after an answer to it."""

    advice = AdviceField()


class NetGreeks(Shape):
    """Plain sums; they mean little across underlyings, where the dollar measures do."""

    delta = serializers.FloatField()
    gamma = serializers.FloatField()
    theta = serializers.FloatField(help_text="USD a calendar day.")
    vega = serializers.FloatField(help_text="USD a volatility point.")
    rho = serializers.FloatField(help_text="USD a point of the rate.")


class NetShape(Shape):
    """What some positions are together. USD."""

    count = serializers.IntegerField()
    unpriced = serializers.IntegerField(help_text="Positions without a price: they count in no sum of values.")
    stale = serializers.IntegerField(help_text="Positions whose numbers are not of now.")
    totalValue = serializers.FloatField(help_text="As the cards show them, of what was sold above 0 too.")
    netLiq = serializers.FloatField(help_text="With their signs.")
    totalCostBasis = serializers.FloatField()
    totalPnl = serializers.FloatField()
    totalPnlPct = serializers.FloatField()
    realizedPnl = serializers.FloatField(help_text="Of what was closed of these, before fees.")
    fees = serializers.FloatField()
    portfolioGreeks = NetGreeks()
    greeksUnknown = serializers.IntegerField(help_text="Positions whose Greeks are not known.")
    dollarDelta = serializers.FloatField(help_text="Won when every underlying rises by 100 %, to first order.")
    dollarGamma1Pct = serializers.FloatField(help_text="How much dollarDelta grows when they rise by 1 %.")


class OfUnderlying(NetShape):
    """The positions of one underlying."""

    symbol = serializers.CharField()


class OfExpiry(NetShape):
    """The positions whose first option ends on one date; null for shares."""

    expiry = serializers.DateField(allow_null=True)


@extend_schema_field({"type": ["number", "string"]})
class Limit(serializers.Field[Any, Any, Any, Any]):
    """Dollars, or the text `unlimited` or `unknown`."""


class RiskShape(Shape):
    """The most that can be won and lost."""

    maxLoss = Limit()
    maxGain = Limit()
    buyingPowerUsed = serializers.FloatField()


class AssessmentShape(Shape):
    """A score of the whole and what counted in it."""

    overall = serializers.ChoiceField(choices=("low", "moderate", "high", "extreme"))
    warnings = serializers.ListField(child=serializers.CharField())


class ScenarioShape(Shape):
    """One move of everything at once, and what it makes."""

    spotPct = serializers.FloatField(help_text="Of every underlying.")
    volatilityPoints = serializers.FloatField(help_text="Added to every implied volatility.")
    horizon = serializers.ChoiceField(choices=[each.value for each in Horizon])
    pnl = serializers.FloatField(help_text="USD, from now on.")


class PortfolioShape(NetShape):
    """Everything that a trader holds."""

    risk = RiskShape()
    riskAssessment = AssessmentShape()
    byUnderlying = OfUnderlying(many=True)
    byExpiry = OfExpiry(many=True)
    scenarios = ScenarioShape(many=True)
    scenariosLeftOut = serializers.IntegerField(help_text="Positions without a price or volatility: in no scenario.")
    timestamp = serializers.DateTimeField()
