"""Setups for the operator: detections are facts and cannot be edited, tracked setups are their traders'."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from detectors.models import Attention, DetectedSetup, SymbolCursor, TrackedSetup


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only the machinery writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 -- Django's signature
        """Nobody adds them by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 -- as above
        """Nobody changes them by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 -- as above
        """Nobody removes them by hand."""
        return False


@admin.register(DetectedSetup)
class DetectedSetupAdmin(ReadOnlyAdmin):
    """What was found, whom it reached, and how it ended."""

    list_display = (
        *("detected_at", "symbol", "setup_type", "direction", "confidence", "entry", "stop", "target"),
        *("suppressed_reason", "outcome", "source"),
    )
    list_filter = ("source", "setup_type", "direction", "outcome", "suppressed_reason", "session_date")
    search_fields = ("symbol", "description")
    date_hierarchy = "detected_at"
    ordering = ("-detected_at",)
    show_full_result_count = False


@admin.register(TrackedSetup)
class TrackedSetupAdmin(ReadOnlyAdmin):
    """Who follows what, and where it stands."""

    list_display = (
        *("tracked_at", "user", "symbol", "setup_type", "direction", "status", "resolution", "origin"),
        *("entry", "stop", "target", "valid_until"),
    )
    list_filter = ("status", "origin", "resolution", "setup_type", "direction")
    list_select_related = ("user",)
    search_fields = ("symbol", "user__username", "source_opportunity_id")
    date_hierarchy = "tracked_at"
    ordering = ("-tracked_at",)
    raw_id_fields = ("user", "detected_setup")
    show_full_result_count = False


@admin.register(SymbolCursor)
class SymbolCursorAdmin(ReadOnlyAdmin):
    """How far each symbol has been read."""

    list_display = ("symbol", "session_date", "scanned_ts", "moved_ts")
    list_filter = ("session_date",)
    search_fields = ("symbol",)
    ordering = ("-moved_ts", "symbol")


@admin.register(Attention)
class AttentionAdmin(ReadOnlyAdmin):
    """How much of the session's budget each trader has used."""

    list_display = ("user", "session_date", "used")
    list_filter = ("session_date",)
    list_select_related = ("user",)
    search_fields = ("user__username",)
