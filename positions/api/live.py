"""What positions are worth now, what is advised about them, and all of them together, over HTTP."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.http.schema import refusal
from config.http.views import ApiView
from market import clock
from positions import advice_announcements, advisor, portfolio_wire, tracker
from positions.api.fields import as_uuid
from positions.api.live_shapes import AdviceAnswered, AdviceMembers, LiveMembers, PortfolioShape
from positions.api.serializers import AdviceAnswer, AdviceQuery
from positions.models import Advice
from positions.pure.advice_state import Answer
from positions.pure.snapshot import snapshot


class LiveView(ApiView):
    """Open positions, valued from the market of now; where it cannot be asked, as they last stood, and so said."""

    @extend_schema(responses=LiveMembers)
    def get(self, request: Request) -> Response:
        """Return the caller's open positions, the latest opened first."""
        now = clock.now()
        rows = [snapshot(each, now=now) for each in tracker.live(user_id=request.user.pk, now=now)]
        return Response({"positions": rows, "count": len(rows), "timestamp": now})


class AdviceView(ApiView):
    """Advice that the caller was told and that still holds."""

    @extend_schema(parameters=[AdviceQuery], responses=AdviceMembers)
    def get(self, request: Request) -> Response:
        """Return it, the most urgent first; of one position if an id is given, nothing of one that is not his."""
        asked = AdviceQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        told = Advice.objects.owned_by(request.user.pk).told()
        if position := asked.validated_data.get("position"):
            told = told.filter(position=position)
        rows = [advice_announcements.wire(each) for each in told.order_by("-urgency", "-first_told_at", "id")]
        return Response({"advice": rows, "count": len(rows), "generatedAt": clock.now()})


class AdviceAnswerView(ApiView):
    """A trader's answer to an advice: seen, later, or not at all."""

    @extend_schema(
        operation_id="answerPositionAdvice",
        request=AdviceAnswer,
        responses={
            200: AdviceAnswered,
            404: refusal("The caller was never told such an advice."),
            409: refusal("The advice is over."),
        },
    )
    def post(self, request: Request, pk: str) -> Response:
        """Take the answer and return the advice as it is then."""
        advice_id = as_uuid(pk)
        body = AdviceAnswer(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        row = advisor.acknowledge(
            request.user.pk, advice_id, Answer(told["answer"]), now=clock.now(), until=told.get("until")
        )
        return Response({"advice": advice_announcements.wire(row)})


class PortfolioView(ApiView):
    """Everything that the caller holds, together."""

    @extend_schema(operation_id="getPortfolio", responses=PortfolioShape)
    def get(self, request: Request) -> Response:
        """Return sums of the cents of his positions, net Greeks in dollars, and how risky it is."""
        now = clock.now()
        told: dict[str, Any] = portfolio_wire.told(tracker.live(user_id=request.user.pk, now=now))
        return Response({**told, "timestamp": now})
