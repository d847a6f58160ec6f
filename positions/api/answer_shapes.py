"""What answers about positions say."""

# ruff: noqa: N815 -- the wire's names

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from positions.models import Direction, FillKind, LegKind, Source, Status, Strategy
from positions.pure.settlement import Awaited

Shape = serializers.Serializer[Any]


class FillShape(Shape):
    """One change of a leg."""

    kind = serializers.ChoiceField(choices=FillKind.values)
    quantity = serializers.IntegerField(help_text="Above 0 bought, below 0 sold.")
    price = serializers.FloatField(help_text="USD a share, or index points.")
    fees = serializers.FloatField()
    at = serializers.DateTimeField()


class LegShape(Shape):
    """One contract of a position, or its shares."""

    contract = serializers.CharField(help_text="The name at the Options Clearing Corporation, or the ticker.")
    kind = serializers.ChoiceField(choices=LegKind.values)
    strike = serializers.FloatField(allow_null=True)
    expiry = serializers.DateField(allow_null=True)
    settlement = serializers.ChoiceField(choices=("AM", "PM"), allow_null=True)
    multiplier = serializers.FloatField()
    quantity = serializers.IntegerField(help_text="Open: above 0 bought, below 0 sold.")
    averagePrice = serializers.FloatField(allow_null=True)
    cost = serializers.FloatField(help_text="Of what is open, below 0 where it was received. USD.")
    realized = serializers.FloatField(help_text="Before fees. USD.")
    awaits = serializers.ChoiceField(
        choices=[each.value for each in Awaited],
        allow_null=True,
        help_text="What the trader is asked about the option's end: how many were assigned, or the settlement value.",
    )
    fills = FillShape(many=True)


class PositionShape(Shape):
    """A position as it is stored; what it is worth now is told by `/api/positions/live`."""

    id = serializers.UUIDField()
    symbol = serializers.CharField()
    type = serializers.ChoiceField(choices=Strategy.values)
    direction = serializers.ChoiceField(choices=Direction.values)
    quantity = serializers.IntegerField(help_text="Units that are open, below 0 when sold.")
    status = serializers.ChoiceField(choices=Status.values)
    entryPrice = serializers.FloatField(help_text="Of a unit: above 0 paid, below 0 received. USD a share.")
    cost = serializers.FloatField(help_text="Of what is open, below 0 where it was received. USD.")
    realized = serializers.FloatField(help_text="Before fees. USD.")
    fees = serializers.FloatField()
    realizedNet = serializers.FloatField(help_text="After fees. USD.")
    netPriced = serializers.BooleanField(help_text="Opened at one price: what each leg cost is not known.")
    stopPrice = serializers.FloatField(allow_null=True)
    targetPrice = serializers.FloatField(allow_null=True)
    stopOnUnderlying = serializers.BooleanField()
    targetOnUnderlying = serializers.BooleanField()
    notes = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    source = serializers.ChoiceField(choices=Source.values)
    setupId = serializers.UUIDField(allow_null=True)
    rolledFrom = serializers.UUIDField(allow_null=True, help_text="The position that was closed for it.")
    rolledInto = serializers.UUIDField(allow_null=True, help_text="The position that was opened in its place.")
    closeReason = serializers.CharField()
    openedAt = serializers.DateTimeField()
    closedAt = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    legs = LegShape(many=True)


class PositionAnswer(Shape):
    """One position."""

    position = PositionShape()


class PositionsAnswer(Shape):
    """A page of positions."""

    positions = PositionShape(many=True)
    total = serializers.IntegerField()


class Removed(Shape):
    """It is gone."""

    success = serializers.BooleanField()
