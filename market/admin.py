"""The market's tables for operators: what there is to look at, the calendar to correct and the clock to set."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import F, Func, IntegerField, Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse

from market import calendar, clock
from market.models import (
    ClockState,
    EconomicEvent,
    Following,
    SessionBars,
    SessionOverride,
    SymbolReference,
    Watchlist,
)
from market.pure.sessions import NEW_YORK

SPEEDS = (1, 10, 30, 120)


def eastern(at: datetime | None) -> str:
    """Return an instant of the market as traders say it: `Feb 9, 2026 10:20:00 ET`; a dash without one."""
    # Without breaks, or a narrow column makes three lines of it.
    return f"{at.astimezone(NEW_YORK):%b %-d, %Y %H:%M:%S} ET".replace(" ", "\u00a0") if at else "-"


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only the code writes, because other rows must agree with them."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 -- Django's signature
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 -- as above
        """Refuse; the pages show the rows all the same."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 -- as above
        """Say yes only where they go along with their user: the admin asks here before it deletes one."""
        own = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        return not request.path.startswith(reverse(own))


@admin.register(Watchlist)
class WatchlistAdmin(ReadOnlyAdmin):
    """Who looks at what; traders change their lists themselves."""

    list_display = ["user", "name", "is_default", "symbols", "updated_at"]
    list_filter = ["is_default"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username", "user__email", "symbols"]


@admin.register(Following)
class FollowingAdmin(ReadOnlyAdmin):
    """The flattened copy of the lists."""

    list_display = ["symbol", "user", "auto_track"]
    list_filter = ["auto_track"]
    list_select_related = ["user"]
    search_fields = ["symbol", "user__username", "user__email"]


@admin.register(SymbolReference)
class SymbolReferenceAdmin(ReadOnlyAdmin):
    """What the vendor says a symbol is."""

    list_display = ["symbol", "name", "type", "exchange", "known", "checked_at"]
    list_filter = ["type", "known", "exchange"]
    search_fields = ["symbol", "name"]


@admin.register(SessionBars)
class SessionBarsAdmin(ReadOnlyAdmin):
    """Which sessions are kept, and how many minutes of each."""

    list_display = ["symbol", "session_date", "minutes", "complete"]
    list_filter = ["complete"]
    date_hierarchy = "session_date"
    search_fields = ["symbol"]
    exclude = ["packed"]
    readonly_fields = ["minutes"]

    BYTES_A_MINUTE = 7 * 8

    def get_queryset(self, request: HttpRequest) -> QuerySet[SessionBars]:
        """Measure the bars in the database instead of loading them."""
        size = Func(F("packed"), function="octet_length", output_field=IntegerField())
        return super().get_queryset(request).defer("packed").annotate(size=size)

    @admin.display(ordering="size")
    def minutes(self, row: Any) -> int:
        """Return how many minutes are kept."""
        return int(row.size // self.BYTES_A_MINUTE)


@admin.register(SessionOverride)
class SessionOverrideAdmin(admin.ModelAdmin):
    """Closures and early closes that the published calendar does not know."""

    list_display = ["date", "kind", "close_time", "post_close_time", "reason", "source"]
    list_filter = ["kind"]
    date_hierarchy = "date"


@admin.register(EconomicEvent)
class EconomicEventAdmin(admin.ModelAdmin):
    """Scheduled releases."""

    list_display = ["at", "name", "impact", "expected", "previous", "actual", "source"]
    list_filter = ["impact", "source"]
    date_hierarchy = "at"
    search_fields = ["name"]


class ClockForm(ModelForm):
    """Speed and pause, and a time to jump to."""

    jump_to = forms.SplitDateTimeField(
        required=False,
        widget=admin.widgets.AdminSplitDateTime,
        help_text="In UTC: New York is 5 hours behind it, 4 in summer. Empty goes on from here.",
    )

    class Meta:
        model = ClockState
        fields = ["speed", "paused"]

    def clean(self) -> dict[str, Any]:
        """Refuse what the live clock cannot do."""
        cleaned = super().clean() or {}
        if self.instance.mode == ClockState.Mode.LIVE:
            raise forms.ValidationError("The live clock is the wall clock: it cannot be set, paused or sped up.")
        return cleaned


@admin.register(ClockState)
class ClockStateAdmin(admin.ModelAdmin):
    """Where market time stands; every process follows within a second."""

    form = ClockForm
    list_display = ["mode", "market_time", "speed", "paused", "noted_at"]
    readonly_fields = ["mode", "market_time", "noted_at"]
    fields = ["mode", "market_time", "noted_at", "speed", "paused", "jump_to"]
    actions = ["pause", "go_on", "jump_to_open", "jump_to_close"]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 -- Django's signature
        """Refuse; there is one clock."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 -- as above
        """Refuse."""
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Add one action for each usual speed."""
        speeds = {f"run_at_{speed}": (_runner(speed), f"run_at_{speed}", f"Run at {speed}x") for speed in SPEEDS}
        return super().get_actions(request) | (speeds if self.has_change_permission(request) else {})

    def save_model(self, request: HttpRequest, obj: ClockState, form: ModelForm, change: bool) -> None:  # noqa: ARG002, FBT001 -- Django's signature
        """Set the clock the way every other caller does, so that the processes hear of it."""
        chosen = form.cleaned_data
        clock.set_state(speed=chosen["speed"], paused=chosen["paused"], market_at=chosen["jump_to"])

    @admin.display(description="market time")
    def market_time(self, row: ClockState) -> str:  # noqa: ARG002 -- Django's signature
        """Return the time it is now."""
        return eastern(clock.now())

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[ClockState]) -> None:
        """Stop market time."""
        self.turn(request, queryset, "paused", paused=True)

    @admin.action(description="Go on", permissions=["change"])
    def go_on(self, request: HttpRequest, queryset: QuerySet[ClockState]) -> None:
        """Let market time run."""
        self.turn(request, queryset, "going on", paused=False)

    @admin.action(description="Jump to the next open", permissions=["change"])
    def jump_to_open(self, request: HttpRequest, queryset: QuerySet[ClockState]) -> None:
        """Go to the next regular open."""
        self.turn(request, queryset, "at the next open", market_at=calendar.next_open(clock.now()))

    @admin.action(description="Jump to the next close", permissions=["change"])
    def jump_to_close(self, request: HttpRequest, queryset: QuerySet[ClockState]) -> None:
        """Go to the next regular close."""
        self.turn(request, queryset, "at the next close", market_at=calendar.next_close(clock.now()))

    def turn(self, request: HttpRequest, queryset: QuerySet[ClockState], what: str, **changes: Any) -> None:
        """Set the clock, note who did it, and say what came of it."""
        try:
            clock.set_state(**changes)
        except ValueError as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return
        for row in queryset:
            self.log_change(request, row, f"Market time: {what}")
        self.message_user(request, f"Market time: {what}, {eastern(clock.now())}")


def _runner(speed: int) -> Any:
    def run(admin_page: ClockStateAdmin, request: HttpRequest, queryset: QuerySet[ClockState]) -> None:
        admin_page.turn(request, queryset, f"running at {speed}x", speed=float(speed))

    return run
