"""Users, memberships and preferences for the operator."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import Membership, Preferences, User


class MembershipInline(admin.StackedInline):
    """The plan, on the user's own page."""

    model = Membership
    extra = 0


@admin.register(User)
class CoachUserAdmin(UserAdmin):
    """Accounts; their tokens can be voided here, never read."""

    list_display = ("username", "email", "tier", "is_active", "is_staff", "is_e2e", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser", "is_e2e", "membership__tier", "groups")
    list_select_related = ("membership",)
    search_fields = ("username", "email", "=id")
    readonly_fields = ("id", "token_version", "signed_out_at", "is_e2e", "last_login", "date_joined")
    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        ("Tokens", {"fields": ("id", "token_version", "signed_out_at", "issuer", "is_e2e")}),
    )
    inlines = (MembershipInline,)
    actions = ("sign_out_everywhere",)

    @admin.display(ordering="membership__tier")
    def tier(self, user: User) -> str:
        """Return the user's plan; empty where there is no limit."""
        membership = getattr(user, "membership", None)
        return str(membership.get_tier_display()) if membership else ""

    @admin.action(description="Sign out everywhere")
    def sign_out_everywhere(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """End every session and void every token of the chosen users."""
        for user in users:
            user.sign_out_everywhere()
            self.log_change(request, user, "Signed out everywhere.")
        self.message_user(request, f"Signed out everywhere: {len(users)}.", messages.SUCCESS)


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    """Plans and what is left of them."""

    list_display = ("user", "tier", "query_count", "query_limit", "period_start", "period_end")
    list_filter = ("tier", "period_end")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email")
    autocomplete_fields = ("user",)


@admin.register(Preferences)
class PreferencesAdmin(admin.ModelAdmin):
    """What users have chosen."""

    list_display = ("user", "orb_period", "risk_per_trade_pct", "notifications_enabled", "timezone", "updated_at")
    list_filter = ("orb_period", "notifications_enabled", "notify_setups", "default_chart_timeframe")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email")
    autocomplete_fields = ("user",)
