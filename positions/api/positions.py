"""A trader's positions over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.http.errors import InvalidInput, NotFound
from config.http.schema import refusal
from config.http.views import ApiViewSet
from market import clock
from positions import book, orders, told_endings, wire
from positions.api.answer_shapes import PositionAnswer, PositionsAnswer, Removed
from positions.api.fields import as_uuid
from positions.api.serializers import (
    OptionEnding,
    PositionChange,
    PositionClosing,
    PositionOpening,
    PositionsQuery,
    PositionTrades,
)
from positions.book import Act
from positions.models import Position

LONGEST_KEY = 200
MISSING = {404: refusal("The caller has no such position.")}
OPENED = {201: PositionAnswer}
AMENDED = {
    200: PositionAnswer,
    **MISSING,
    409: refusal("It has ended, or has changed since the version that the caller saw."),
}
ABOUT = ("notes", "tags", "stop_price", "target_price", "stop_on_underlying", "target_on_underlying")
KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="The same key opens one position, however often."
)


class PositionViewSet(ApiViewSet):
    """What a trader holds and held; someone else's id looks like a missing one."""

    @extend_schema(operation_id="listPositions", parameters=[PositionsQuery], responses=PositionsAnswer)
    def list(self, request: Request) -> Response:
        """Return his positions, the latest opened first."""
        asked = PositionsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        own = Position.objects.owned_by(request.user.pk)
        found = own.filter(**{name: wanted[name] for name in ("status", "symbol") if name in wanted})
        start = wanted["offset"]
        rows = wire.positions(found.newest_first()[start : start + wanted["limit"]])
        return Response({"positions": rows, "total": found.count()})

    @extend_schema(operation_id="openPosition", request=PositionOpening, parameters=[KEY], responses=OPENED)
    def create(self, request: Request) -> Response:
        """Open a position by its legs, or by type, strikes and one price."""
        body = PositionOpening(data=request.data)
        body.is_valid(raise_exception=True)
        told, now = body.validated_data, clock.now()
        today, symbol = clock.market_date(now), told["symbol"]
        by_legs = "legs" in told
        trades = (
            orders.of_legs(symbol, told["legs"], today=today) if by_legs else orders.of_form(symbol, told, today=today)
        )
        made = book.open_position(
            request.user.pk,
            symbol,
            trades,
            at=orders.traded_at(told, now),
            now=now,
            idempotency_key=idempotency_key(request),
            net_priced=not by_legs and len(trades) > 1,
            source=told["source"],
            setup=told.get("setup"),
            **{name: told[name] for name in ABOUT if name in told},
        )
        return Response(told_position(request, made), status=201)

    @extend_schema(operation_id="getPosition", responses={200: PositionAnswer, **MISSING})
    def retrieve(self, request: Request, pk: str) -> Response:
        """Return one of them."""
        return Response(told_position(request, as_uuid(pk)))

    @extend_schema(operation_id="changePosition", request=PositionChange, responses=AMENDED)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is said about it: notes, tags, stop and target."""
        position_id = as_uuid(pk)
        body = PositionChange(data=request.data)
        body.is_valid(raise_exception=True)
        changes = dict(body.validated_data)
        version = changes.pop("version")
        book.amend(request.user.pk, position_id, changes, now=clock.now(), version=version)
        return Response(told_position(request, position_id))

    @extend_schema(operation_id="removePosition", responses={200: Removed, **MISSING})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove it with its fills, as if it had never been told."""
        book.remove(request.user.pk, as_uuid(pk), now=clock.now())
        return Response({"success": True})

    @extend_schema(operation_id="closePosition", request=PositionClosing, responses=AMENDED)
    def close(self, request: Request, pk: str) -> Response:
        """Close it, or some of its units, at one price of a unit."""
        position_id = as_uuid(pk)
        body = PositionClosing(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        book.close(
            request.user.pk,
            position_id,
            told["price"],
            act(told),
            units=told.get("quantity"),
            fees=told.get("fees", orders.ZERO),
        )
        return Response(told_position(request, position_id))

    @extend_schema(operation_id="tradePosition", request=PositionTrades, responses=AMENDED)
    def trade(self, request: Request, pk: str) -> Response:
        """Add trades to it: more of a leg, less of it, or another one."""
        position_id = as_uuid(pk)
        body = PositionTrades(data=request.data)
        body.is_valid(raise_exception=True)
        told, today = body.validated_data, clock.market_date()
        symbol = Position.objects.owned_by(request.user.pk).filter(pk=position_id).values_list("symbol", flat=True)
        if not symbol:
            raise NotFound(thing="position")
        book.trade(
            request.user.pk,
            position_id,
            orders.of_legs(symbol[0], told["legs"], today=today),
            act(told),
        )
        return Response(told_position(request, position_id))

    @extend_schema(operation_id="endOption", request=OptionEnding, responses=AMENDED)
    def assign(self, request: Request, pk: str) -> Response:
        """Say how one of its options ended: early or late assignment and exercise, expiry, or a settlement value."""
        position_id = as_uuid(pk)
        body = OptionEnding(data=request.data)
        body.is_valid(raise_exception=True)
        told, now = body.validated_data, clock.now()
        ending = told_endings.ToldEnding(
            contract=told["contract"],
            ending=told_endings.Ending(told["outcome"]),
            quantity=told.get("quantity"),
            value=told.get("value"),
            fees=told.get("fees", orders.ZERO),
            at=orders.traded_at(told, now) if "at" in told else None,
        )
        told_endings.tell(
            request.user.pk, position_id, ending, now=now, reason=told.get("reason", ""), version=told.get("version")
        )
        return Response(told_position(request, position_id))


def act(told: Mapping[str, Any]) -> Act:
    """Return when and why something was done, as it was told."""
    now = clock.now()
    at = orders.traded_at(told, now)
    return Act(at=at, now=now, reason=told.get("reason", ""), version=told.get("version"))


def told_position(request: Request, position_id: Any) -> dict[str, Any]:
    """Return one of the caller's positions as answers tell it.

    Raises
    ------
    NotFound
        If he has no such position.
    """
    found = wire.positions(Position.objects.owned_by(request.user.pk).filter(pk=position_id))
    if not found:
        raise NotFound(thing="position")
    return {"position": found[0]}


def idempotency_key(request: Request) -> str | None:
    """Return the client's name of the request, None without one.

    Raises
    ------
    InvalidInput
        If it is empty or too long.
    """
    key = request.headers.get("Idempotency-Key")
    if key is not None and not 0 < len(key) <= LONGEST_KEY:
        raise InvalidInput(issues=[f"Idempotency-Key: expected 1 to {LONGEST_KEY} characters"])
    return key
