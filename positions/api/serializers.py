"""The shapes of position requests: what is checked before any work is done."""

# ruff: noqa: N815 -- the wire's names

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from config.http.fields import Text
from market import clock
from positions.api.fields import LARGEST_FEES, MOST_CONTRACTS, PriceField, QuantityField, SymbolField
from positions.models import LegKind, Status, Strategy
from positions.pure.advice_state import Answer
from positions.pure.structures import MOST_LEGS
from positions.told_endings import ENDINGS, Ending

LONGEST_NOTES = 2_000
MOST_TAGS = 20
LONGEST_PAGE = 500
FORM = {"type": "type", "quantity": "quantity", "entry_price": "entryPrice"}


class LegTrade(serializers.Serializer[Any]):
    """Some of one contract, or shares."""

    kind = serializers.ChoiceField(choices=LegKind.values)
    quantity = QuantityField()
    strike = PriceField(above_zero=True, required=False, allow_null=True)
    expiry = serializers.DateField(required=False, allow_null=True)
    root = Text(max_length=10, required=False, allow_null=True)
    price = PriceField()
    fees = PriceField(largest=LARGEST_FEES, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for strike and expiry of an option, and for none of a stock."""
        given = {name for name in ("strike", "expiry") if attrs.get(name) is not None}
        if attrs["kind"] == LegKind.STOCK:
            if given:
                raise serializers.ValidationError({min(given): "Stock has none."})
        elif missing := {"strike", "expiry"} - given:
            raise serializers.ValidationError(dict.fromkeys(sorted(missing), "An option needs it."))
        return attrs


class About(serializers.Serializer[Any]):
    """What a trader says about a position at any time."""

    notes = Text(max_length=LONGEST_NOTES, required=False, allow_blank=True)
    tags = serializers.ListField(child=Text(max_length=40), max_length=MOST_TAGS, required=False)
    stopPrice = PriceField(source="stop_price", above_zero=True, required=False, allow_null=True)
    targetPrice = PriceField(source="target_price", above_zero=True, required=False, allow_null=True)
    stopOnUnderlying = serializers.BooleanField(source="stop_on_underlying", required=False)
    targetOnUnderlying = serializers.BooleanField(source="target_on_underlying", required=False)


class PositionOpening(About):
    """A new position: by its legs, or by type, strikes and one price as the wire's form tells it."""

    symbol = SymbolField(max_length=32)
    legs = serializers.ListField(child=LegTrade(), min_length=1, max_length=MOST_LEGS, required=False)
    type = serializers.ChoiceField(
        choices=[value for value in Strategy.values if value != Strategy.OTHER], required=False
    )
    quantity = QuantityField(required=False)
    entryPrice = PriceField(source="entry_price", required=False)
    strike = PriceField(above_zero=True, required=False, allow_null=True)
    strike2 = PriceField(above_zero=True, required=False, allow_null=True)
    strikes = serializers.ListField(child=PriceField(above_zero=True), max_length=4, required=False)
    expiry = serializers.DateField(required=False, allow_null=True)
    root = Text(max_length=10, required=False, allow_null=True)
    fees = PriceField(largest=LARGEST_FEES, required=False)
    openedAt = serializers.DateTimeField(source="opened_at", required=False)
    entryDate = serializers.DateField(source="entry_date", required=False)
    source = serializers.ChoiceField(choices=("manual", "chain", "screenshot"), default="manual")
    setupId = serializers.UUIDField(source="setup", required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for the one form or the other."""
        form = [name for name in FORM if name in attrs]
        if "legs" in attrs:
            if form:
                raise serializers.ValidationError({FORM[form[0]]: "Tell the legs or the form, not both."})
        elif len(form) < len(FORM):
            missing = next(wire for name, wire in FORM.items() if name not in attrs)
            raise serializers.ValidationError({missing: "Required unless legs are told."})
        if "opened_at" in attrs and "entry_date" in attrs:
            raise serializers.ValidationError({"entry_date": "Tell openedAt or entryDate, not both."})
        return attrs


class PositionChange(About):
    """Whatever a trader wants to say differently, and the version that he has seen."""

    version = serializers.IntegerField(min_value=1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a change that names nothing."""
        if set(attrs) == {"version"}:
            raise serializers.ValidationError("Expected at least one member beside version.")
        return attrs


class Versioned(serializers.Serializer[Any]):
    """An act on an open position."""

    at = serializers.DateTimeField(required=False)
    reason = Text(max_length=200, required=False, allow_blank=True)
    version = serializers.IntegerField(min_value=1, required=False)


class PositionClosing(Versioned):
    """The end of a position, or of some of its units, at one price of a unit."""

    price = PriceField()
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_CONTRACTS, required=False)
    fees = PriceField(largest=LARGEST_FEES, required=False)


class PositionTrades(Versioned):
    """Trades in an open position: more of a leg, less of it, or another one."""

    legs = serializers.ListField(child=LegTrade(), min_length=1, max_length=MOST_LEGS)


class OptionEnding(Versioned):
    """How an option ended, as its trader's broker tells him: exercised or assigned, worthless, or paid out in cash."""

    contract = Text(max_length=32)
    outcome = serializers.ChoiceField(choices=ENDINGS, default=Ending.DELIVERY.value)
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_CONTRACTS, required=False)
    settlementValue = PriceField(source="value", above_zero=True, required=False)
    fees = PriceField(largest=LARGEST_FEES, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for the settlement value of what is paid out in cash, and for none of anything else."""
        if ("value" in attrs) != (attrs["outcome"] == Ending.CASH_SETTLEMENT):
            raise serializers.ValidationError({"settlementValue": "Belongs to a cash settlement, which needs it."})
        return attrs


class PositionsQuery(serializers.Serializer[Any]):
    """Which of his positions a trader wants to see."""

    status = serializers.ChoiceField(choices=Status.values, required=False)
    symbol = SymbolField(max_length=32, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=LONGEST_PAGE, default=100)
    offset = serializers.IntegerField(min_value=0, max_value=1_000_000, default=0)


class AdviceQuery(serializers.Serializer[Any]):
    """Of which position, if of one; either spelling of the id, the first one before the other."""

    positionId = serializers.UUIDField(required=False)
    position_id = serializers.UUIDField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the id under one name."""
        found = attrs.get("positionId", attrs.get("position_id"))
        return {} if found is None else {"position": found}


class AdviceAnswer(serializers.Serializer[Any]):
    """What a trader says to an advice."""

    answer = serializers.ChoiceField(choices=[answer.value for answer in Answer])
    until = serializers.DateTimeField(required=False, help_text="When a snooze ends; an hour from now without it.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse an end that has come already, and one of anything but a snooze."""
        until = attrs.get("until")
        if until is not None and attrs["answer"] != Answer.SNOOZE:
            raise serializers.ValidationError({"until": "Only a snooze has an end."})
        if until is not None and until <= clock.now():
            raise serializers.ValidationError({"until": "Must lie in the future."})
        return attrs
