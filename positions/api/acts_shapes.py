"""What answers about acts on positions say; what is null nobody knows."""

# ruff: noqa: N815 -- the wire's names

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from positions.api.acts_serializers import OPTION, UNDERLYING
from positions.api.answer_shapes import PositionShape
from positions.models import LegKind
from positions.pure.facts import MarkSource

Shape = serializers.Serializer[Any]
SIGNED = "Above 0 to buy, below 0 to sell."


def known(text: str = "") -> serializers.FloatField:
    """Return a number that may be unknown."""
    return serializers.FloatField(allow_null=True, help_text=text)


class LevelShape(Shape):
    """A stop or target, as a price and in percent."""

    price = serializers.FloatField(help_text="Of a unit, or of the underlying.")
    on = serializers.ChoiceField(choices=(OPTION, UNDERLYING))
    pct = known("On the option: gain on the premium of the entry. On the underlying: from its price now.")
    distance = known("From the price now, below 0 when it lies below.")
    distancePct = known("The same in percent of the price now.")
    reached = serializers.BooleanField(allow_null=True, help_text="The price is there already.")


class StopAnswer(Shape):
    """A position with its stop and target."""

    position = PositionShape()
    mark = known("Price of a unit now, above 0 for what was bought and sold alike.")
    underlyingPrice = known()
    stale = serializers.BooleanField(help_text="These prices are not of now.")
    asOf = serializers.DateTimeField()
    stop = LevelShape(allow_null=True)
    target = LevelShape(allow_null=True)


class Preview(Shape):
    """Of which position, and how old its prices are."""

    positionId = serializers.UUIDField()
    symbol = serializers.CharField()
    stale = serializers.BooleanField(help_text="Its prices are not of now: nothing is priced from them.")
    asOf = serializers.DateTimeField(help_text="Of the oldest price of what is held.")


class ClosingLegShape(Shape):
    """A leg and what closes it."""

    contract = serializers.CharField()
    type = serializers.ChoiceField(choices=LegKind.values)
    quantity = serializers.IntegerField(help_text=SIGNED)
    bid = known("As told last; `stale` says that this is not now.")
    ask = known()
    mid = known()
    limitPrice = known("The middle, of shares their price; null where that would be a guess.")
    markSource = serializers.ChoiceField(choices=[source.value for source in MarkSource])


class ClosePreviewAnswer(Preview):
    """What closing would come to."""

    version = serializers.IntegerField()
    quantity = serializers.IntegerField(help_text="Units.")
    price = known("Of a unit at the limits: what was bought is sold for it, what was sold bought back. USD a share.")
    priceAtOnce = known("The same at bids and asks.")
    realized = known("Won by closing at `price`, before fees. USD.")
    feesPaid = serializers.FloatField(help_text="For the position so far; those of closing are not known.")
    legs = ClosingLegShape(many=True)


class OrderShape(Shape):
    """A contract to trade."""

    contract = serializers.CharField()
    quantity = serializers.IntegerField(help_text=SIGNED)
    limitPrice = known("The middle of its quote.")
    bid = known()
    ask = known()


class RollShape(Shape):
    """A way to roll; amounts are of the whole position."""

    variants = serializers.ListField(child=serializers.CharField(), help_text="How it was found.")
    newStrike = serializers.FloatField(help_text="Of the option that leads.")
    newExpiry = serializers.DateField()
    daysToExpiry = serializers.IntegerField()
    netCreditDebit = known("At bids and asks: above 0 is received. USD.")
    netAtLimits = known("At the middles. USD.")
    netByModel = known("At our own prices. USD.")
    cumulativeBasis = known("What a share of a unit has cost in all then, below 0 what it has brought.")
    breakeven = serializers.ListField(child=serializers.FloatField())
    deltaChange = known("Shares.")
    thetaPerDay = known("USD.")
    vega = known("USD a point.")
    probabilityOfProfit = known("At the new expiry, by the market's volatility.")
    recommendation = serializers.CharField()
    closing = OrderShape(many=True)
    opening = OrderShape(many=True)


class RollPreviewAnswer(Preview):
    """Ways to roll a position into listed contracts, the best first."""

    candidates = RollShape(many=True)


class RollAnswer(Shape):
    """What became of the position, and what was opened; options beside shares are rolled where they are."""

    position = PositionShape()
    rolledInto = PositionShape(help_text="The same position where it holds shares.")


class ConversionShape(Shape):
    """An option to sell against a bought one; amounts are of the whole position. USD."""

    shortStrike = serializers.FloatField()
    delta = known("Of a share.")
    credit = serializers.FloatField(help_text="What the bid brings.")
    newMaxLoss = serializers.FloatField()
    newMaxGain = serializers.FloatField()
    breakeven = serializers.ListField(child=serializers.FloatField())
    lockedIn = serializers.FloatField(help_text="Credit less what was paid: above 0 nothing can be lost any more.")
    order = OrderShape()


class ConversionPreviewAnswer(Preview):
    """Options to sell against a bought one, the nearest to the wanted delta first."""

    candidates = ConversionShape(many=True)
