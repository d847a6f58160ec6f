"""What the health answers say beyond the contract's, for the API's schema."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from config.http.schema_contract import adds_to
from ops.pure.judgement import State

Shape = serializers.Serializer[Any]


@adds_to("WorkerHealth")
class WorkerHealthMembers(Shape):
    """The schedule's own words for a job."""

    state = serializers.ChoiceField(choices=[state.value for state in State])
    staleAfterMs = serializers.IntegerField(allow_null=True)  # noqa: N815 -- the wire's name
    job = serializers.CharField(help_text="Its name in docs/schedule.md.")
    queue = serializers.CharField()


class WorkerSummary(Shape):
    """How many workers are how."""

    failing = serializers.IntegerField()
    missed = serializers.IntegerField()


@adds_to("HealthWorkers")
class HealthWorkersMembers(Shape):
    """Counts and workers, with our members."""

    summary = WorkerSummary()
    workers = WorkerHealthMembers(many=True)
