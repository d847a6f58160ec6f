"""The addresses of setups and alerts."""

from django.urls import path

from detectors.api.alerts import AlertViewSet
from detectors.api.detections import DetectedSetupViewSet, SimulateDetectedView
from detectors.api.tracked_setups import TrackedSetupViewSet

urlpatterns = [
    path("api/tracked-setups", TrackedSetupViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "api/tracked-setups/bulk",
        TrackedSetupViewSet.as_view({"post": "bulk"}, failure_label="Failed to update tracked setups"),
    ),
    path("api/tracked-setups/e2e/simulate-detected", SimulateDetectedView.as_view()),
    path("api/tracked-setups/<str:pk>", TrackedSetupViewSet.as_view({"patch": "partial_update", "delete": "destroy"})),
    path("api/alerts", AlertViewSet.as_view({"get": "list", "post": "create"})),
    path("api/alerts/<str:pk>", AlertViewSet.as_view({"put": "update", "delete": "destroy"})),
    path("api/alerts/<str:pk>/cancel", AlertViewSet.as_view({"post": "cancel"})),
    path("api/setups/detected", DetectedSetupViewSet.as_view({"get": "list"})),
]
