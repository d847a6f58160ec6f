"""Plans and LEAPS for the operator: traders change theirs themselves, and what was broken stays as it was told."""

from __future__ import annotations

from django.contrib import admin

from market.admin import ReadOnlyAdmin, eastern
from positions.models import Leaps, PlanBreach, PlanChange, TradingPlan


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


@admin.register(TradingPlan)
class TradingPlanAdmin(ReadOnlyAdmin):
    """What traders have set themselves."""

    list_display = ("user", "version", "max_loss_trade", "max_loss_day", "max_trades_day", "no_zero_dte_after", "since")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email")
    ordering = ("user",)

    @admin.display(description="since", ordering="updated_at")
    def since(self, row: TradingPlan) -> str:
        """Return from when on it holds."""
        return eastern(row.updated_at)


@admin.register(PlanChange)
class PlanChangeAdmin(ReadOnlyAdmin):
    """Every change, and what it loosened."""

    list_display = ("changed", "user", "version", "loosened", "in_session")
    list_filter = ("in_session",)
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email")
    ordering = ("-changed_at",)

    @admin.display(description="changed", ordering="changed_at")
    def changed(self, row: PlanChange) -> str:
        """Return when it was made."""
        return eastern(row.changed_at)


@admin.register(PlanBreach)
class PlanBreachAdmin(ReadOnlyAdmin):
    """What was broken, and on which numbers."""

    list_display = ("breached", "user", "rule", "symbol", "text", "plan_version")
    list_filter = ("rule", "market_date")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email", "symbol")
    date_hierarchy = "breached_at"
    ordering = ("-breached_at",)

    @admin.display(description="breached", ordering="breached_at")
    def breached(self, row: PlanBreach) -> str:
        """Return when it happened."""
        return eastern(row.breached_at)
