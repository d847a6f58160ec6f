"""Setups and alerts for the operator: detections are facts and cannot be edited, the rest is its traders'."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.contrib import admin

from detectors.models import Alert, Attention, DetectedSetup, SymbolCursor, TrackedSetup
from market.admin import ReadOnlyAdmin, eastern


def price(level: Decimal | None) -> str:
    """Return a price with cents; a dash where the plan has none."""
    return "-" if level is None else f"{level:,.2f}"


class PlanAdmin(ReadOnlyAdmin):
    """Rows with a trade plan: instants in New York, prices with cents."""

    plan = ("entry_price", "stop_price", "target_price")

    @admin.display(description="entry", ordering="entry")
    def entry_price(self, row: Any) -> str:
        """Return where to get in."""
        return price(row.entry)

    @admin.display(description="stop", ordering="stop")
    def stop_price(self, row: Any) -> str:
        """Return where the idea is wrong."""
        return price(row.stop)

    @admin.display(description="target", ordering="target")
    def target_price(self, row: Any) -> str:
        """Return the last target."""
        return price(row.target)


@admin.register(DetectedSetup)
class DetectedSetupAdmin(PlanAdmin):
    """What was found, whom it reached, and how it ended."""

    list_display = (
        *("detected", "symbol", "setup_type", "variant", "direction", "confidence", *PlanAdmin.plan),
        *("suppressed_reason", "outcome", "source"),
    )
    list_filter = ("source", "setup_type", "direction", "outcome", "suppressed_reason", "session_date")
    search_fields = ("symbol", "description")
    date_hierarchy = "detected_at"
    ordering = ("-detected_at",)

    @admin.display(description="detected", ordering="detected_at")
    def detected(self, row: DetectedSetup) -> str:
        """Return when it was found."""
        return eastern(row.detected_at)


@admin.register(TrackedSetup)
class TrackedSetupAdmin(PlanAdmin):
    """Who follows what, and where it stands."""

    list_display = (
        *("tracked", "user", "symbol", "setup_type", "direction", "status", "resolution", "origin"),
        *(*PlanAdmin.plan, "until"),
    )
    list_filter = ("status", "origin", "resolution", "setup_type", "direction")
    list_select_related = ("user",)
    search_fields = ("symbol", "user__username", "source_opportunity_id")
    date_hierarchy = "tracked_at"
    ordering = ("-tracked_at",)
    raw_id_fields = ("user", "detected_setup")

    @admin.display(description="tracked", ordering="tracked_at")
    def tracked(self, row: TrackedSetup) -> str:
        """Return since when it is followed."""
        return eastern(row.tracked_at)

    @admin.display(description="valid until", ordering="valid_until")
    def until(self, row: TrackedSetup) -> str:
        """Return when it expires."""
        return eastern(row.valid_until)


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """Who waits for what, and what came of it."""

    list_display = (
        *("created", "user", "symbol", "alert_type", "target", "status", "trigger_reason", "triggered", "at_price"),
        *("until", "notification_sent"),
    )
    list_filter = ("status", "alert_type", "trigger_reason", "notification_sent")
    list_select_related = ("user",)
    search_fields = ("symbol", "user__username", "notes")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)

    @admin.display(description="created", ordering="created_at")
    def created(self, row: Alert) -> str:
        """Return when it was set."""
        return eastern(row.created_at)

    @admin.display(description="target", ordering="target_value")
    def target(self, row: Alert) -> str:
        """Return what it waits for."""
        return price(row.target_value)

    @admin.display(description="triggered", ordering="triggered_at")
    def triggered(self, row: Alert) -> str:
        """Return when it fired."""
        return eastern(row.triggered_at)

    @admin.display(description="at price", ordering="trigger_price")
    def at_price(self, row: Alert) -> str:
        """Return the price that fired it."""
        return price(row.trigger_price)

    @admin.display(description="expires", ordering="expires_at")
    def until(self, row: Alert) -> str:
        """Return when it runs out."""
        return eastern(row.expires_at)


@admin.register(SymbolCursor)
class SymbolCursorAdmin(ReadOnlyAdmin):
    """How far each symbol has been read."""

    list_display = ("symbol", "session_date", "scanned", "moved", "extended")
    list_filter = ("session_date",)
    search_fields = ("symbol",)
    ordering = ("-moved_ts", "symbol")

    @admin.display(description="last bar scanned", ordering="scanned_ts")
    def scanned(self, row: SymbolCursor) -> str:
        """Return the newest bar that detectors have read."""
        return eastern(_instant(row.scanned_ts))

    @admin.display(description="last bar of tracking", ordering="moved_ts")
    def moved(self, row: SymbolCursor) -> str:
        """Return the newest bar that tracked setups and alerts were held against."""
        return eastern(_instant(row.moved_ts))

    @admin.display(description="last bar outside", ordering="extended_ts")
    def extended(self, row: SymbolCursor) -> str:
        """Return the newest bar outside of the regular session that alerts were held against."""
        return eastern(_instant(row.extended_ts))


@admin.register(Attention)
class AttentionAdmin(ReadOnlyAdmin):
    """How much of the session's budget each trader has used."""

    list_display = ("user", "session_date", "used")
    list_filter = ("session_date",)
    list_select_related = ("user",)
    search_fields = ("user__username",)


def _instant(second: int | None) -> datetime | None:
    return datetime.fromtimestamp(second, UTC) if second else None
