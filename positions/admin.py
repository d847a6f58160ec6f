"""Holdings, advice, plans and LEAPS for the operator: traders change theirs themselves, and what was told stays."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from market.admin import ReadOnlyAdmin, eastern
from positions.models import Advice, Fill, Leaps, Leg, Mark, PlanBreach, PlanChange, Position, Status, TradingPlan


class LegsInline(admin.TabularInline):
    """What a position is made of, and what became of each leg."""

    model = Leg
    extra = 0
    can_delete = False
    fields = ("contract", "open_quantity", "average_price", "cost", "realised", "awaits")
    readonly_fields = fields
    ordering = ("number",)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 -- Django's
        """Refuse: legs come with fills."""
        return False


@admin.register(Position)
class PositionAdmin(ReadOnlyAdmin):
    """What traders hold and held; every amount follows from the fills."""

    list_display = (
        *("opened", "user", "symbol", "strategy", "direction", "quantity", "entry_price", "status"),
        *("unrealised", "realised", "fees", "priced"),
    )
    list_filter = ("status", "strategy", "source", "mark__stale")
    list_select_related = ("user", "mark")
    search_fields = ("=id", "symbol", "user__username", "user__email", "legs__contract")
    date_hierarchy = "opened_at"
    ordering = ("-opened_at",)
    inlines = (LegsInline,)

    @admin.display(description="opened", ordering="opened_at")
    def opened(self, row: Position) -> str:
        """Return when."""
        return eastern(row.opened_at)

    @admin.display(description="unrealised", ordering="mark__unrealised")
    def unrealised(self, row: Position) -> str:
        """Return what the tracker last found; nothing where there is no price."""
        mark = getattr(row, "mark", None)
        return (
            "-" if mark is None or mark.unrealised is None or row.status != Status.OPEN else f"{mark.unrealised:,.2f}"
        )

    @admin.display(description="priced", ordering="mark__as_of")
    def priced(self, row: Position) -> str:
        """Return when its oldest price was made, and whether that is too long ago."""
        mark = _mark(row)
        return "-" if mark is None else eastern(mark.as_of) + (" (stale)" if mark.stale else "")


def _mark(row: Position) -> Mark | None:
    """Return how an open position was last seen; what has ended has no value any more."""
    return getattr(row, "mark", None) if row.status == Status.OPEN else None


@admin.register(Fill)
class FillAdmin(ReadOnlyAdmin):
    """Every trade and every end of an option, as it was told."""

    list_display = ("filled", "trader", "contract", "kind", "quantity", "price", "fees", "told")
    list_filter = ("kind",)
    list_select_related = ("leg__position__user",)
    search_fields = ("=leg__position__id", "leg__contract", "leg__position__user__username")
    date_hierarchy = "filled_at"
    ordering = ("-filled_at", "-id")

    @admin.display(description="filled", ordering="filled_at")
    def filled(self, row: Fill) -> str:
        """Return when it was made."""
        return eastern(row.filled_at)

    @admin.display(description="user")
    def trader(self, row: Fill) -> str:
        """Return whose it is."""
        return str(row.leg.position.user)

    @admin.display(description="contract", ordering="leg__contract")
    def contract(self, row: Fill) -> str:
        """Return of what."""
        return row.leg.contract

    @admin.display(description="told", ordering="recorded_at")
    def told(self, row: Fill) -> str:
        """Return when we were told."""
        return eastern(row.recorded_at)


@admin.register(Advice)
class AdviceAdmin(ReadOnlyAdmin):
    """What the exit advisor found, said and was answered, with the facts that it was based on."""

    list_display = ("found", "user", "symbol", "rule", "urgency", "state", "message", "notices", "answer", "why_ended")
    list_filter = ("rule", "state", "urgency", "answer")
    list_select_related = ("user", "position")
    search_fields = ("=id", "=position__id", "position__symbol", "user__username", "user__email")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)

    @admin.display(description="found", ordering="created_at")
    def found(self, row: Advice) -> str:
        """Return when a rule first said it."""
        return eastern(row.created_at)

    @admin.display(description="symbol", ordering="position__symbol")
    def symbol(self, row: Advice) -> str:
        """Return the underlying."""
        return row.position.symbol


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
