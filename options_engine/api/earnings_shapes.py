"""What our answers about reports say beyond the contract's, for the API's schema; docs/options-api.md explains each."""

# The names of the wire's members are not ours to choose.
# ruff: noqa: N815

from __future__ import annotations

from rest_framework import serializers

from config.http.schema_contract import adds_to
from options_engine.api.answer_shapes import Provenance, Shape, number
from options_engine.models import EarningsEvent

TIMES = tuple(EarningsEvent.Time.values)
STATUSES = tuple(EarningsEvent.Status.values)
ASSESSMENTS = ("overpriced", "underpriced", "fair")
UNEXPECTED = ("not_looked_up", "not_kept", "no_contracts", "no_bars", "stale_bars")
CRUSH_METHODS = ("event_variance", "own_history", "heuristic")


def words(help_text: str = "") -> serializers.CharField:
    """Return a text that may be unknown."""
    return serializers.CharField(allow_null=True, help_text=help_text)


class OtherDate(Shape):
    """What another source says of the same report."""

    source = serializers.CharField()
    date = serializers.DateField()
    time = words()
    status = serializers.ChoiceField(choices=STATUSES)
    toldAt = serializers.DateTimeField()


class ReportMembers(Shape):
    """One report to come."""

    timeKnown = serializers.BooleanField(help_text="False where DURING only stands for an unknown time of day.")
    status = serializers.ChoiceField(choices=STATUSES)
    source = serializers.CharField()
    name = serializers.CharField()
    fiscalPeriod = words()
    epsEstimate = number("USD a share.")
    currency = words()
    daysUntil = serializers.IntegerField(help_text="Between New York dates.")
    updatedAt = serializers.DateTimeField()
    alternatives = OtherDate(many=True)


class SourceState(Shape):
    """How one source of dates stands."""

    name = serializers.CharField()
    answeredAt = serializers.DateTimeField(allow_null=True)
    ageMinutes = serializers.IntegerField(allow_null=True)
    trouble = words("Why it did not answer last.")


@adds_to("EarningsCalendar")
class EarningsCalendarMembers(Shape):
    """A calendar that says where it comes from."""

    events = ReportMembers(many=True)
    degraded = serializers.BooleanField(help_text="A source did not answer today; stored reports are shown.")
    sources = SourceState(many=True)
    notReporting = serializers.ListField(child=serializers.CharField(), help_text="Indexes and funds.")


class PastMove(Shape):
    """What one report did. Percent."""

    signedMove = serializers.FloatField()
    gapMove = number()
    epsEstimate = number()
    epsActual = number()
    time = serializers.ChoiceField(choices=TIMES)
    timeKnown = serializers.BooleanField()
    timingInferred = serializers.BooleanField(help_text="The larger of two possible reactions.")
    ivBefore = number("Points, at the money, before the report.")
    ivAfter = number("Of the same expiry after it.")
    expectedMethod = serializers.ChoiceField(
        choices=("snapshot", "option_bars"), allow_null=True, help_text="Where the expected move comes from."
    )
    expectedReason = serializers.ChoiceField(
        choices=UNEXPECTED, allow_null=True, help_text="Why there is no expected move."
    )
    measuredAt = serializers.DateTimeField()
    unavailable = serializers.ListField(child=serializers.CharField())


class MoveStats(Shape):
    """Past moves together. Percent."""

    count = serializers.IntegerField()
    mean = number()
    median = number()
    p75 = number()
    max = number()
    stdev = number()
    meanLow = number("Edge of the 70 % bootstrap interval of the mean.")
    meanHigh = number("The other edge.")


class EventMove(Shape):
    """What of the straddle's variance belongs to the report."""

    std = number("Percent.")
    expectedAbs = number("Percent: the average move either way.")
    baseIV = number("Points: the volatility of ordinary days.")
    reason = words("Why it is not known.")


class ExpectedMove(Shape):
    """The straddle as a move."""

    basis = serializers.ChoiceField(choices=("event", "nearest_expiry"))


class StraddlePricing(Shape):
    """The straddle and whether it is dear."""

    eventAssessment = serializers.ChoiceField(choices=ASSESSMENTS, allow_null=True)
    strike = serializers.FloatField()
    lowConfidence = serializers.BooleanField(help_text="Fewer than four past reports.")


class Verdict(Shape):
    """Whether the options are dear, comparing like with like."""

    basis = serializers.ChoiceField(choices=("event", "straddle"), allow_null=True)
    assessment = serializers.ChoiceField(choices=ASSESSMENTS, allow_null=True)
    overpricing = number("Percent.")
    reason = words("Why it cannot be said.")


class CardLeg(Shape):
    """One leg at a listed strike and the middle of its quote."""

    action = serializers.ChoiceField(choices=("buy", "sell"))
    type = serializers.ChoiceField(choices=("call", "put"))
    strike = serializers.FloatField()
    quantity = serializers.IntegerField()
    price = serializers.FloatField()
    contract = serializers.CharField()


class Card(Shape):
    """A structure. Dollars of one spread of a hundred shares."""

    probabilityMethod = serializers.ChoiceField(choices=("implied_distribution", "rule"))
    definedRisk = serializers.BooleanField()
    expiry = serializers.DateField()
    legs = CardLeg(many=True)
    maxLossAmount = number("None where it has no limit.")
    maxGainAmount = number("None where it has no limit.")
    netPremium = number("Received; negative when paid.")
    breakevens = serializers.ListField(child=serializers.FloatField())
    expectedProfit = number("By the options' own odds, half a spread of each leg paid.")
    tradingCost = number("Half a spread of each leg.")


class Inside(Shape):
    """How many reports stayed inside of what was expected, of those where that is known."""

    inside = serializers.IntegerField()
    known = serializers.IntegerField()


@adds_to("EarningsAnalysis")
class EarningsAnalysisMembers(Provenance):
    """An analysis with how each number is known."""

    marketDate = serializers.DateField(help_text="Of the question, in New York.")
    earningsTime = serializers.ChoiceField(choices=TIMES, allow_null=True)
    timeKnown = serializers.BooleanField()
    status = serializers.ChoiceField(choices=STATUSES, allow_null=True)
    source = words()
    reason = words("Why there is no date.")
    expectedMove = ExpectedMove()
    eventMove = EventMove()
    historicalMoves = PastMove(many=True)
    historyStats = MoveStats()
    insideExpected = Inside()
    historyTrouble = words()
    historyAsOf = serializers.DateTimeField(allow_null=True)
    moveOverpricingMedian = number()
    eventOverpricing = number("The event's own move against past ones.")
    typicalPreEarningsIV = number("Median before past reports, points.")
    ivVsTypicalPct = number()
    crushMethod = serializers.ChoiceField(choices=CRUSH_METHODS, allow_null=True)
    straddlePricing = StraddlePricing()
    verdict = Verdict()
    directionalBias = serializers.ChoiceField(choices=("bullish", "bearish", "neutral"))
    suggestedStrategies = Card(many=True)
    unavailable = serializers.ListField(
        child=serializers.CharField(), help_text="Members that hold 0 because nobody knows."
    )


@adds_to("RetryableError")
class UnavailableMembers(Shape):
    """Why there is no answer for now."""

    reason = serializers.ChoiceField(choices=("no_options", "provider"), required=False)


class CurvePoint(Shape):
    """One outcome."""

    crushPct = serializers.FloatField()
    straddle = number("USD a share.")


class IvCrush(Provenance):
    """A straddle before and after a report. Volatilities in points, prices in USD a share."""

    symbol = serializers.CharField()
    eventDate = serializers.DateField(allow_null=True)
    reason = words()
    currentIV = number("That the straddle's own price implies.")
    estimatedPostEventIV = number()
    ivDrop = number()
    ivDropPct = number()
    currentStraddle = number()
    estimatedPostEventStraddle = number()
    straddleLoss = number()
    crushPct = number()
    projectedIVCrushPct = number()
    crushMethod = serializers.ChoiceField(
        choices=("event_variance", "own_history", "heuristic", "given"), allow_null=True
    )
    spotMovePct = serializers.FloatField()
    strike = serializers.FloatField()
    referenceExpiry = serializers.DateField()
    repricedAt = serializers.DateTimeField(help_text="The first open with the news known.")
    breakevenCrushPct = number("What the volatility may lose without loss.")
    breakevenReason = serializers.ChoiceField(
        choices=("never_wins", "never_loses", "unknown"), allow_null=True, help_text="Why there is no such share."
    )
    curve = CurvePoint(many=True)


class EarningsHistory(Shape):
    """Past moves, newest first."""

    symbol = serializers.CharField()
    moves = PastMove(many=True)
    count = serializers.IntegerField()
    stats = MoveStats()
    degraded = serializers.BooleanField()
    trouble = words()
    measuredAt = serializers.DateTimeField(allow_null=True)
    simulated = serializers.BooleanField()
