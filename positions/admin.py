"""LEAPS for the operator: they are their traders', and cannot be edited here."""

from __future__ import annotations

from django.contrib import admin

from market.admin import ReadOnlyAdmin, eastern
from positions.models import Leaps


@admin.register(Leaps)
class LeapsAdmin(ReadOnlyAdmin):
    """Who holds what for long, and what the market last said of it."""

    list_display = (
        *("added", "user", "symbol", "option_type", "strike", "expiry_date", "quantity", "entry_price"),
        *("current_value", "current_iv", "current_delta", "value_source", "valued"),
    )
    list_filter = ("option_type", "value_source", "expiry_date")
    list_select_related = ("user",)
    search_fields = ("symbol", "user__username", "contract")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)

    @admin.display(description="added", ordering="created_at")
    def added(self, row: Leaps) -> str:
        """Return when it was added."""
        return eastern(row.created_at)

    @admin.display(description="valued", ordering="value_at")
    def valued(self, row: Leaps) -> str:
        """Return when its value was told."""
        return eastern(row.value_at)
