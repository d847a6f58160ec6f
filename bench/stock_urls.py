"""The baseline of `reads`: tracked setups as DRF's tutorial would list them."""

from __future__ import annotations

from django.db.models import QuerySet
from django.urls import path
from rest_framework import generics, serializers

from detectors.models import DetectedSetup, TrackedSetup


class DetectionSerializer(serializers.ModelSerializer[DetectedSetup]):
    """The detection that a setup comes from: the columns that our list shows of it."""

    class Meta:
        """What stock DRF needs to know."""

        model = DetectedSetup
        fields = [
            *("id", "symbol", "setup_type", "direction", "confidence", "price", "description", "signal_data"),
            *("trade_suggestion", "plan", "detected_at", "valid_until", "source", "calibrated_probability"),
        ]


class SetupSerializer(serializers.ModelSerializer[TrackedSetup]):
    """A tracked setup with the columns that our list shows."""

    opportunity_data = DetectionSerializer(source="detected_setup")

    class Meta:
        """What stock DRF needs to know."""

        model = TrackedSetup
        fields = [
            *("id", "user_id", "source_opportunity_id", "symbol", "setup_type", "direction", "status"),
            *("opportunity_data", "notes", "tracked_at", "triggered_at", "invalidated_at", "created_at", "updated_at"),
            *("origin", "resolution", "entry", "stop", "target", "valid_until", "rearmed_at", "last_triggered_at"),
            *("last_invalidated_at", "interrupt", "detected_setup_id"),
        ]


class SetupList(generics.ListAPIView[TrackedSetup]):
    """The caller's setups, the latest first, fifty a page."""

    serializer_class = SetupSerializer

    def get_queryset(self) -> QuerySet[TrackedSetup]:
        """Return the caller's rows; the join that spares a query a row is what a careful author adds."""
        own = TrackedSetup.objects.filter(user_id=self.request.user.pk)
        return own.select_related("detected_setup").order_by("-tracked_at", "-id")


urlpatterns = [path("api/tracked-setups", SetupList.as_view())]
