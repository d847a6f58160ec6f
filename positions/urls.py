"""The addresses of positions."""

from django.urls import path

from positions.api.acts import ActViewSet
from positions.api.analysis import AnalyzeOptionsView, AnalyzeView
from positions.api.explanations import ExplanationViewSet
from positions.api.hindsight import HindsightView
from positions.api.leaps import LeapsViewSet
from positions.api.live import AdviceAnswerView, AdviceView, LiveView, PortfolioView
from positions.api.plan import PlanTodayView, PlanView
from positions.api.positions import PositionViewSet

urlpatterns = [
    path(
        "api/leaps",
        LeapsViewSet.as_view(
            {"get": "list", "post": "create"},
            failure_label={"GET": "Failed to fetch LEAPS positions", "POST": "Failed to create LEAPS position"},
        ),
    ),
    path(
        "api/leaps/<str:pk>",
        LeapsViewSet.as_view(
            {"get": "retrieve", "put": "update", "delete": "destroy"},
            failure_label={
                "GET": "Failed to fetch LEAPS position",
                "PUT": "Failed to update LEAPS position",
                "DELETE": "Failed to delete LEAPS position",
            },
        ),
    ),
    path(
        "api/leaps/<str:pk>/roll-calculation",
        LeapsViewSet.as_view({"post": "roll"}, failure_label="Failed to calculate roll"),
    ),
    path(
        "api/leaps/<str:pk>/greeks-projection",
        LeapsViewSet.as_view({"post": "projection"}, failure_label="Failed to generate projection"),
    ),
    path("api/positions/live", LiveView.as_view()),
    path("api/positions/advice", AdviceView.as_view()),
    path("api/positions/advice/<str:pk>/ack", AdviceAnswerView.as_view()),
    path("api/positions/analyze", AnalyzeView.as_view()),
    path("api/options/analyze", AnalyzeOptionsView.as_view()),
    path("api/positions/portfolio", PortfolioView.as_view()),
    path("api/positions", PositionViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "api/positions/<str:pk>",
        PositionViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
    ),
    path("api/positions/<str:pk>/close", PositionViewSet.as_view({"post": "close"})),
    path("api/positions/<str:pk>/explain", ExplanationViewSet.as_view({"get": "retrieve"})),
    path("api/positions/<str:pk>/assign", PositionViewSet.as_view({"post": "assign"})),
    path("api/positions/<str:pk>/hindsight", HindsightView.as_view()),
    path("api/positions/<str:pk>/trades", PositionViewSet.as_view({"post": "trade"})),
    path("api/positions/<str:pk>/stop", ActViewSet.as_view({"post": "stop"})),
    path("api/positions/<str:pk>/close-preview", ActViewSet.as_view({"post": "close_preview"})),
    path("api/positions/<str:pk>/roll-preview", ActViewSet.as_view({"post": "roll_preview"})),
    path("api/positions/<str:pk>/roll", ActViewSet.as_view({"post": "roll"})),
    path("api/positions/<str:pk>/convert-preview", ActViewSet.as_view({"post": "convert_preview"})),
    path("api/positions/<str:pk>/convert", ActViewSet.as_view({"post": "convert"})),
    path("api/plan", PlanView.as_view()),
    path("api/plan/today", PlanTodayView.as_view()),
]
