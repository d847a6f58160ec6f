"""A trader's plan over HTTP: what he has set himself, and how his day stands against it."""

# ruff: noqa: N815 -- the wire's names

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.http.schema import refusal
from config.http.views import ApiView
from market import clock
from positions import plan, plan_days, tracker
from positions.api.fields import PriceField
from positions.models import PlanBreach, PlanChange
from positions.models.trading_plan import windows_as_json
from positions.pure.plan_rules import NEAR, Plan, Rule, Window

MOST_WINDOWS = 20
MOST_TRADES = 1_000
LARGEST_LOSS = Decimal(100_000_000)
CHANGED = {409: refusal("The plan has changed since the version that the caller saw.")}


@extend_schema_field({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$"})
class ClockTime(serializers.TimeField):
    """A clock time in New York, to the minute."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%H:%M", input_formats=["%H:%M"], **options)


class WindowShape(serializers.Serializer[Any]):
    """When nothing may be opened: from a minute on, and no longer at another."""

    to = ClockTime()
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6),
        min_length=1,
        max_length=7,
        required=False,
        help_text="Monday is 0; Monday to Friday unless told.",
    )

    def get_fields(self) -> dict[str, Any]:
        """Return them with `from`, which is no name in Python."""
        return {"from": ClockTime(), **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for a start before the end."""
        if not attrs["from"] < attrs["to"]:
            raise serializers.ValidationError({"to": "Must be later than from."})
        return attrs


class PlanWriting(serializers.Serializer[Any]):
    """A whole plan: a limit that is left out, or null, is none."""

    maxLossTrade = PriceField(above_zero=True, largest=LARGEST_LOSS, required=False, allow_null=True)
    maxLossDay = PriceField(above_zero=True, largest=LARGEST_LOSS, required=False, allow_null=True)
    maxTradesDay = serializers.IntegerField(min_value=1, max_value=MOST_TRADES, required=False, allow_null=True)
    noTradeWindows = WindowShape(many=True, required=False)
    noZeroDteAfter = ClockTime(required=False, allow_null=True)
    version = serializers.IntegerField(
        min_value=0, required=False, help_text="The one that the caller saw, 0 for none; any unless told."
    )

    def validate_noTradeWindows(self, windows: list[dict[str, Any]]) -> list[dict[str, Any]]:  # noqa: N802 -- DRF's name
        """Refuse more than anybody can mean."""
        if len(windows) > MOST_WINDOWS:
            raise serializers.ValidationError(f"At most {MOST_WINDOWS}.")
        return windows

    @property
    def plan(self) -> Plan:
        """What was told as a value."""
        told = self.validated_data
        windows = tuple(
            Window(each["from"], each["to"], frozenset(each.get("weekdays", range(5))))
            for each in told.get("noTradeWindows", ())
        )
        return Plan(
            max_loss_trade=told.get("maxLossTrade"),
            max_loss_day=told.get("maxLossDay"),
            max_trades_day=told.get("maxTradesDay"),
            windows=windows,
            no_zero_dte_after=told.get("noZeroDteAfter"),
        )


class LimitsShape(serializers.Serializer[Any]):
    """What a trader has set himself; null is no limit."""

    maxLossTrade = serializers.FloatField(allow_null=True, help_text="USD")
    maxLossDay = serializers.FloatField(allow_null=True, help_text="USD")
    maxTradesDay = serializers.IntegerField(allow_null=True)
    noTradeWindows = WindowShape(many=True)
    noZeroDteAfter = serializers.CharField(allow_null=True, help_text="HH:MM in New York.")


class PlanAnswer(serializers.Serializer[Any]):
    """A trader's plan, with its last change."""

    plan = LimitsShape()
    version = serializers.IntegerField(help_text="0 as long as there is none.")
    updatedAt = serializers.DateTimeField(allow_null=True)
    loosened = serializers.ListField(
        child=serializers.CharField(), help_text="What the last change allows that the one before did not."
    )
    loosenedInSession = serializers.BooleanField()


class BreachShape(serializers.Serializer[Any]):
    """A rule of the plan that was broken, or nearly."""

    id = serializers.UUIDField()
    rule = serializers.ChoiceField(choices=[each.value for each in Rule])
    severity = serializers.ChoiceField(choices=("warning", "breach"))
    positionId = serializers.UUIDField(allow_null=True)
    symbol = serializers.CharField(allow_null=True)
    message = serializers.CharField()
    limit = serializers.FloatField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    at = serializers.DateTimeField()


class TodayAnswer(serializers.Serializer[Any]):
    """How the market day stands against the plan."""

    marketDate = serializers.DateField()
    result = serializers.FloatField(help_text="Realised and open together, fees paid. USD")
    realized = serializers.FloatField()
    open = serializers.FloatField()
    lossUsedPct = serializers.FloatField(allow_null=True, help_text="Of the day's most; null without a limit.")
    lossLeft = serializers.FloatField(allow_null=True)
    nearLoss = serializers.BooleanField()
    tradesOpened = serializers.IntegerField()
    tradesLeft = serializers.IntegerField(allow_null=True)
    closedWindow = WindowShape(allow_null=True, help_text="The window that the plan closes now.")
    unknown = serializers.ListField(
        child=serializers.UUIDField(), help_text="Positions without a price: only what they realised is counted."
    )
    breaches = BreachShape(many=True)


class PlanView(ApiView):
    """The caller's plan; there is no address for anybody else's."""

    @extend_schema(operation_id="getTradingPlan", responses=PlanAnswer)
    def get(self, request: Request) -> Response:
        """Return it; without one, no limits."""
        return Response(_plan(_caller(request)))

    @extend_schema(operation_id="replaceTradingPlan", request=PlanWriting, responses={200: PlanAnswer, **CHANGED})
    def put(self, request: Request) -> Response:
        """Let another one hold from now on."""
        body = PlanWriting(data=request.data)
        body.is_valid(raise_exception=True)
        plan.replace(_caller(request), body.plan, now=clock.now(), version=body.validated_data.get("version"))
        return Response(_plan(_caller(request)))


class PlanTodayView(ApiView):
    """How the caller's day stands."""

    @extend_schema(operation_id="getTradingPlanToday", responses=TodayAnswer)
    def get(self, request: Request) -> Response:
        """Return what the day has made and what is left of its limits."""
        user, now = _caller(request), clock.now()
        its = plan_days.of_traders([user], tracker.facts_of(user_id=user, now=now), now=now)[user]
        row = plan.of_trader(user)
        limits = row.plan if row else plan.NONE
        lost, most = its.day.lost, limits.max_loss_day
        closed = next((each for each in limits.windows if each.holds(now)), None)
        breaches = PlanBreach.objects.owned_by(user).filter(market_date=its.market_date).order_by("breached_at", "id")
        return Response(
            {
                "marketDate": its.market_date,
                "result": its.day.result,
                "realized": its.day.realised,
                "open": its.day.open,
                "lossUsedPct": most and round(100 * lost / most, 1),
                "lossLeft": most and max(most - lost, plan_days.ZERO),
                "nearLoss": most is not None and lost >= NEAR * most,
                "tradesOpened": its.trades,
                "tradesLeft": limits.max_trades_day and max(limits.max_trades_day - its.trades, 0),
                "closedWindow": closed and windows_as_json(Plan(windows=(closed,)))[0],
                "unknown": its.unknown,
                "breaches": [_breach(each) for each in breaches],
            }
        )


def _caller(request: Request) -> UUID:
    return cast("UUID", request.user.pk)


def _plan(user_id: UUID) -> dict[str, Any]:
    row = plan.of_trader(user_id)
    last = row and PlanChange.objects.filter(user_id=user_id, version=row.version).first()
    return {
        "plan": _limits(row.plan if row else plan.NONE),
        "version": row.version if row else 0,
        "updatedAt": row and row.updated_at,
        "loosened": [_WIRE[name] for name in last.loosened] if last else [],
        "loosenedInSession": bool(last and last.loosened and last.in_session),
    }


_WIRE = {
    "max_loss_trade": "maxLossTrade",
    "max_loss_day": "maxLossDay",
    "max_trades_day": "maxTradesDay",
    "windows": "noTradeWindows",
    "no_zero_dte_after": "noZeroDteAfter",
}


def _limits(limits: Plan) -> dict[str, Any]:
    latest: time | None = limits.no_zero_dte_after
    return {
        "maxLossTrade": limits.max_loss_trade,
        "maxLossDay": limits.max_loss_day,
        "maxTradesDay": limits.max_trades_day,
        "noTradeWindows": windows_as_json(limits),
        "noZeroDteAfter": latest and f"{latest:%H:%M}",
    }


def _breach(row: PlanBreach) -> dict[str, Any]:
    return {
        "id": row.id,
        "rule": row.rule,
        "severity": "warning" if Rule(row.rule).only_warns else "breach",
        "positionId": row.position,
        "symbol": row.symbol or None,
        "message": row.text,
        "limit": row.limit,
        "value": row.value,
        "at": row.breached_at,
    }
