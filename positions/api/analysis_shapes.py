"""What the analyzer's answers say beside the contract's members."""

# ruff: noqa: N815 -- the wire's names

from __future__ import annotations

from rest_framework import serializers

from config.http.schema_contract import adds_to
from positions.api.live_shapes import UNKNOWN_IS_LEFT_OUT, LiveLeg, OfExpiry, OfUnderlying, ScenarioShape, Shape
from positions.api.serializers import LegTrade
from positions.models import Strategy
from positions.pure.analysis import PriceSource


class PayoffPoint(Shape):
    """Profit at one price of the underlying. USD."""

    price = serializers.FloatField(help_text="USD, or index points.")
    atExpiry = serializers.FloatField(required=False, help_text="When the first option ends; of shares alone, then.")
    today = serializers.FloatField(required=False, help_text="Now, at the volatilities of now.")


@adds_to("PositionInput")
class AskedPosition(Shape):
    """What else a position may say that is analysed."""

    strikes = serializers.ListField(child=serializers.FloatField(), required=False)
    root = serializers.CharField(required=False)
    currentPrice = serializers.FloatField(required=False)
    fees = serializers.FloatField(required=False)
    legs = LegTrade(many=True, required=False)


@adds_to("PositionAnalysis")
class AnalysisMembers(Shape):
    """What its price is worth, what it is made of, and what to beware of."""

    position = AskedPosition()
    strategy = serializers.ChoiceField(choices=Strategy.values)
    currentPrice = serializers.FloatField(help_text="Of a share of a unit.")
    priceSource = serializers.ChoiceField(
        choices=[source.value for source in PriceSource],
        help_text="The least trusted of its legs', or `client`: the market tells none, and this is the caller's own.",
    )
    marketValue = serializers.FloatField(required=False, help_text="Below 0 for what was sold. USD.")
    realizedPnl = serializers.FloatField(help_text="Of legs that were closed again. USD.")
    fees = serializers.FloatField()
    netPnl = serializers.FloatField(required=False, help_text="With what was realised, after fees. USD.")
    pnlPctOfMaxRisk = serializers.FloatField(required=False)
    minutesToExpiry = serializers.IntegerField(required=False, help_text="On the last day and the one before.")
    breakevens = serializers.ListField(child=serializers.FloatField(), required=False, help_text=UNKNOWN_IS_LEFT_OUT)
    limitsByModel = serializers.BooleanField(required=False)
    greeksPartial = serializers.BooleanField(required=False, help_text="Those of some legs are not known.")
    probabilityOfProfit = serializers.FloatField(required=False, help_text="At expiry, by the market's volatility.")
    underlyingPrice = serializers.FloatField(required=False, help_text=UNKNOWN_IS_LEFT_OUT)
    legs = LiveLeg(many=True)
    payoff = PayoffPoint(many=True, required=False, help_text="Of one position; of several it is not drawn.")
    warnings = serializers.ListField(child=serializers.CharField())
    stale = serializers.BooleanField(help_text="A price is older than it should be, or nobody knows one.")
    asOf = serializers.DateTimeField(help_text="Of the oldest price in it.")
    unavailable = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Members that are 0 because nobody knows them."
    )


class AnalyzedPortfolio(Shape):
    """Positions together, beyond the contract's sums. USD."""

    count = serializers.IntegerField()
    unpriced = serializers.IntegerField(help_text="Positions without a price: they count in no sum of values.")
    stale = serializers.IntegerField(help_text="Positions whose numbers are not of now.")
    netLiq = serializers.FloatField(help_text="Values with their signs.")
    realizedPnl = serializers.FloatField(help_text="Of what was closed of these, before fees.")
    fees = serializers.FloatField()
    greeksUnknown = serializers.IntegerField(help_text="Positions whose Greeks are not known.")
    dollarDelta = serializers.FloatField(help_text="Won when every underlying rises by 100 %, to first order.")
    dollarGamma1Pct = serializers.FloatField(help_text="How much dollarDelta grows when they rise by 1 %.")
    byUnderlying = OfUnderlying(many=True)
    byExpiry = OfExpiry(many=True)
    scenarios = ScenarioShape(many=True)
    scenariosLeftOut = serializers.IntegerField(help_text="Positions without a price or volatility: in no scenario.")


@adds_to("PortfolioAnalysis")
class PortfolioMembers(Shape):
    """What positions are together, beyond the contract's sums."""

    positions = AnalysisMembers(many=True)
    portfolio = AnalyzedPortfolio()
