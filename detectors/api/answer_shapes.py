"""What answers about setups and alerts say: members beyond the contract's, and answers of our own routes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from config.http.schema_contract import adds_to
from detectors.models import Alert, DetectedSetup, Outcome, Resolution, Status, TrackedSetup
from detectors.pure.alert_rules import Reason

Shape = serializers.Serializer[Any]
AFTER = "Send it as `cursor` for the next page; null on the last."


@adds_to("Alert")
class AlertMembers(serializers.ModelSerializer[Alert]):
    """How near is near, what made it fire, and how it ended."""

    trigger_reason = serializers.ChoiceField(choices=[reason.value for reason in Reason], allow_null=True)

    class Meta:
        model = Alert
        fields = ["tolerance_pct", "trigger_reason", "trigger_price", "armed_price", "rearmed_at", "expired_at"]


@adds_to("TrackedSetup")
class TrackedSetupMembers(serializers.ModelSerializer[TrackedSetup]):
    """Where it came from, the prices that decide, and what became of it."""

    resolution = serializers.ChoiceField(choices=Resolution.values, allow_null=True)
    detected_setup_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = TrackedSetup
        fields = [
            "origin",
            "resolution",
            "entry",
            "stop",
            "target",
            "valid_until",
            "rearmed_at",
            "last_triggered_at",
            "last_invalidated_at",
            "interrupt",
            "detected_setup_id",
        ]


class StatusCounts(Shape):
    """How many setups of the caller have each status."""

    def get_fields(self) -> dict[str, Any]:
        """Return a number a status."""
        return {status: serializers.IntegerField() for status in Status.values}


@adds_to("TrackedSetupList")
class TrackedSetupListMembers(Shape):
    """Where the page ends, and how many there are in all."""

    trackedSetups = TrackedSetupMembers(many=True)  # noqa: N815 -- the wire's name
    nextCursor = serializers.CharField(allow_null=True, help_text=AFTER)  # noqa: N815 -- the wire's name
    counts = StatusCounts()


@adds_to("TrackedSetupCreated")
class TrackedSetupCreatedMembers(Shape):
    """What is odd about a new setup."""

    warnings = serializers.ListField(
        child=serializers.ChoiceField(choices=("target_behind_price",)),
        required=False,
        help_text="Left out when the idea was tracked already.",
    )


@adds_to("DetectedSetup")
class DetectedSetupMembers(serializers.ModelSerializer[DetectedSetup]):
    """The plan, which bar it was, what it is worth and what became of it."""

    outcome = serializers.ChoiceField(choices=Outcome.values, allow_null=True)
    plan = serializers.DictField(allow_null=True, help_text="docs/detectors.md.")
    outcome_data = serializers.DictField(allow_null=True, help_text="What the plan made, in R; docs/detectors.md.")

    class Meta:
        model = DetectedSetup
        fields = [
            "plan",
            "session_date",
            "bar_at",
            "valid_until",
            "occurrence",
            "ruleset",
            "variant",
            "raw_score",
            "description",
            "calibrated_probability",
            "volume_source",
            "plan_rejected",
            "suppressed_reason",
            "outcome",
            "outcome_data",
            "resolved_at",
            "price",
        ]


@adds_to("SimulateDetectedResult")
class SimulateDetectedResultMembers(Shape):
    """Both rows, with our members."""

    detectedSetup = DetectedSetupMembers()  # noqa: N815 -- the wire's name
    trackedSetup = TrackedSetupMembers()  # noqa: N815 -- the wire's name


@extend_schema_serializer(component_name="ToldDetection")
class ToldDetection(DetectedSetupMembers):
    """A detection, and the caller's own setup of it or the reason why there is none."""

    signal_data = serializers.DictField()
    trade_suggestion = serializers.DictField(allow_null=True)
    tracked_setup_id = serializers.UUIDField(allow_null=True)

    class Meta(DetectedSetupMembers.Meta):
        fields = [
            *("id", "symbol", "setup_type", "direction", "confidence", "detected_at", "signal_data"),
            *("trade_suggestion", *DetectedSetupMembers.Meta.fields, "tracked_setup_id"),
        ]


class DetectionPage(Shape):
    """Detections, the latest first."""

    detections = ToldDetection(many=True)
    nextCursor = serializers.CharField(allow_null=True, help_text=AFTER)  # noqa: N815 -- the wire's name


class BulkReport(Shape):
    """What became of each setup that was named."""

    updated = serializers.ListField(child=serializers.UUIDField())
    unchanged = serializers.ListField(child=serializers.UUIDField())
    conflicts = serializers.ListField(
        child=serializers.UUIDField(), help_text="Cannot be made active again: their idea has an active setup."
    )
    notFound = serializers.ListField(child=serializers.UUIDField())  # noqa: N815 -- the wire's name
