"""The event log for operators: to be read, never changed."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from market.admin import eastern
from realtime.models import Event


class AddressedTo(admin.SimpleListFilter):
    """Own events, or shared ones."""

    title = "audience"
    parameter_name = "audience"

    def lookups(self, request, model_admin):  # noqa: ANN001, ANN201, ARG002, D102 -- Django's signature
        return [("one", "One user"), ("shared", "Shared")]

    def queryset(self, request, queryset):  # noqa: ANN001, ANN201, ARG002, D102 -- Django's signature
        if self.value() is None:
            return queryset
        return queryset.filter(user__isnull=self.value() == "shared")


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):
    """A list that stays quick on millions of rows: by id only, without counting them all."""

    list_display = ("id", "market_time", "channel", "type", "symbol", "user", "written_at")
    list_filter = ("channel", AddressedTo, "type")
    list_select_related = ("user",)
    search_fields = ("symbol", "=subject", "user__username", "user__email")
    search_help_text = "Symbol, subject id, or the user's name or e-mail"
    ordering = ("-id",)
    show_full_result_count = False
    readonly_fields = tuple(field.name for field in Event._meta.fields)  # noqa: SLF001 -- Django's public underscore

    @admin.display(description="market time", ordering="created_at")
    def market_time(self, event: Event) -> str:
        """Return when it happened in the market; `written_at` is the wall clock's."""
        return eastern(event.created_at)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002, D102 -- Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:  # noqa: ARG002, D102 -- Django's signature
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:  # noqa: ARG002 -- Django's signature
        """Say yes only where they go along with their user: the admin asks here before it deletes one."""
        return not request.path.startswith(reverse("admin:realtime_event_changelist"))
