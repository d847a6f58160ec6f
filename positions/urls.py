"""The addresses of positions."""

from django.urls import path

from positions.api.positions import PositionViewSet

urlpatterns = [
    path("api/positions", PositionViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "api/positions/<str:pk>",
        PositionViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
    ),
    path("api/positions/<str:pk>/close", PositionViewSet.as_view({"post": "close"})),
    path("api/positions/<str:pk>/trades", PositionViewSet.as_view({"post": "trade"})),
]
