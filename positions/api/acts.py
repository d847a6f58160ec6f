"""Acts on a position over HTTP: what each would come to, and each as it was traded.

Nothing goes to a broker: an act is what its trader says he has done.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.http.errors import NotFound
from config.http.schema import refusal
from config.http.views import ApiViewSet
from market import clock
from positions import acts_wire, book, listed_choices, orders, previews, stops, wire
from positions.api.acts_serializers import (
    CloseAsked,
    ConversionAsked,
    PositionConversion,
    PositionRoll,
    RollAsked,
    StopSetting,
)
from positions.api.acts_shapes import (
    ClosePreviewAnswer,
    ConversionPreviewAnswer,
    RollAnswer,
    RollPreviewAnswer,
    StopAnswer,
)
from positions.api.answer_shapes import PositionAnswer
from positions.api.fields import as_uuid
from positions.api.positions import act, idempotency_key, told_position
from positions.errors import PositionNotOpen, QuotesAreOld
from positions.models import Position, Status
from positions.pure.stops import Wanted

REFUSED = {
    404: refusal("The caller has no such position, or the vendor no such options."),
    409: refusal("It has ended, is not made for this, or has changed since the version that the caller saw."),
    503: refusal("The vendor is away, or what would be needed has no quote; ask again after `retryAfter` seconds."),
}
Found = TypeVar("Found")
KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="The same key rolls once, however often."
)


class ActViewSet(ApiViewSet):
    """What can be done to an open position; someone else's id looks like a missing one."""

    @extend_schema(operation_id="setStop", request=StopSetting, responses={200: StopAnswer, **REFUSED})
    def stop(self, request: Request, pk: str) -> Response:
        """Set or clear its stop and target, as a price or in percent."""
        position_id, told = as_uuid(pk), _body(StopSetting, request)
        user, now = request.user.pk, clock.now()
        limits = {name: told[name] for name in ("stop", "target") if name in told}
        spot = _spot(user, position_id) if any(map(_needs_spot, limits.values())) else math.nan
        stops.set_on(user, position_id, limits, now=now, spot=spot, version=told.get("version"))
        shown = acts_wire.of_stop(previews.of_stop(user, position_id, now=now))
        return Response({**told_position(request, position_id), **shown})

    @extend_schema(operation_id="previewClose", request=CloseAsked, responses={200: ClosePreviewAnswer, **REFUSED})
    def close_preview(self, request: Request, pk: str) -> Response:
        """Return what closing it, or some of its units, would come to now."""
        position_id, asked = as_uuid(pk), _body(CloseAsked, request)
        found = previews.of_close(request.user.pk, position_id, now=clock.now(), units=asked.get("quantity"))
        return Response(acts_wire.of_close(found))

    @extend_schema(operation_id="previewRoll", request=RollAsked, responses={200: RollPreviewAnswer, **REFUSED})
    def roll_preview(self, request: Request, pk: str) -> Response:
        """Return listed contracts that it can be rolled into, the best first."""
        position_id, asked, now = as_uuid(pk), _body(RollAsked, request), clock.now()
        facts = previews.held(request.user.pk, position_id, now=now, what="rolled")
        found, stale = _unless_old(lambda: listed_choices.rolls(facts, now=now, **asked))
        return Response(acts_wire.of_rolls(facts, found, stale=stale))

    @extend_schema(
        operation_id="rollPosition", request=PositionRoll, parameters=[KEY], responses={200: RollAnswer, **REFUSED}
    )
    def roll(self, request: Request, pk: str) -> Response:
        """Tell a roll: all of its options closed, and others opened in a position of their own."""
        position_id, told = as_uuid(pk), _body(PositionRoll, request)
        position, doing, key = _own(request, position_id), act(told), idempotency_key(request)
        if (before := book.rolled_before(request.user.pk, position_id, key)) is not None:
            return Response(_rolled(position, before))
        if position.status != Status.OPEN:
            raise PositionNotOpen(state=position.status, what="rolled")
        closing, opening = orders.rolled(position, told["closing"], told["opening"], today=clock.market_date(doing.now))
        listed_choices.refuse_unlisted(position.symbol, [each.leg for each in opening], now=doing.now)
        return Response(_rolled(*book.roll(request.user.pk, position_id, closing, opening, doing, key=key)))

    @extend_schema(
        operation_id="previewConversion",
        request=ConversionAsked,
        responses={200: ConversionPreviewAnswer, **REFUSED},
    )
    def convert_preview(self, request: Request, pk: str) -> Response:
        """Return listed options whose sale makes a bought one a spread."""
        position_id, asked, now = as_uuid(pk), _body(ConversionAsked, request), clock.now()
        facts = previews.held(request.user.pk, position_id, now=now, what="converted")
        found, stale = _unless_old(lambda: listed_choices.conversions(facts, now=now, strike=asked.get("strike")))
        return Response(acts_wire.of_conversions(facts, found, stale=stale))

    @extend_schema(
        operation_id="convertPosition", request=PositionConversion, responses={200: PositionAnswer, **REFUSED}
    )
    def convert(self, request: Request, pk: str) -> Response:
        """Tell the sale of another option of the same expiry against a bought one: both are a spread then."""
        position_id, told = as_uuid(pk), _body(PositionConversion, request)
        position, doing, fees = _own(request, position_id), act(told), told.get("fees", orders.ZERO)
        if position.status == Status.OPEN:
            sale = orders.conversion(position, told["strike"], told["price"], fees)
            listed_choices.refuse_unlisted(position.symbol, [sale.leg], now=doing.now)
        book.convert(request.user.pk, position_id, told["strike"], told["price"], doing, fees=fees)
        return Response(told_position(request, position_id))


def _body(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    body = shape(data=request.data)
    body.is_valid(raise_exception=True)
    told: dict[str, Any] = body.validated_data
    return told


def _own(request: Request, position_id: UUID) -> Position:
    found = Position.objects.owned_by(request.user.pk).filter(pk=position_id).first()
    if found is None:
        raise NotFound(thing="position")
    return found


def _rolled(old: Position, new: Position) -> dict[str, Any]:
    return {"position": wire.position(old), "rolledInto": wire.position(new)}


def _needs_spot(wanted: Wanted | None) -> bool:
    return wanted is not None and wanted.pct is not None and wanted.on_underlying


def _spot(user_id: UUID, position_id: UUID) -> float:
    facts = previews.held(user_id, position_id, now=clock.now(), what="given a stop")
    if facts.stale:
        raise QuotesAreOld(symbol=facts.symbol, what="percent of the underlying")
    return facts.spot


def _unless_old(look: Callable[[], list[Found]]) -> tuple[list[Found], bool]:
    """Return what was found and False; nothing and True where quotes are not of now: that is an answer, too."""
    try:
        return look(), False
    except QuotesAreOld:
        return [], True
