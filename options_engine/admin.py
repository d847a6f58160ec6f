"""Option numbers for the operator: what was made of each chain, and when."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from market import clock
from market.admin import ReadOnlyAdmin, eastern
from options_engine import profiles
from options_engine.earnings import events
from options_engine.models import (
    EarningsEvent,
    EarningsReaction,
    EarningsSource,
    GammaSnapshot,
    OpeningStraddle,
    VolatilityDay,
)


def level(price: float | None) -> str:
    """Return a level of the underlying with cents; a dash where there is none."""
    return "-" if price is None else f"{price:,.2f}"


@admin.register(GammaSnapshot)
class GammaSnapshotAdmin(ReadOnlyAdmin):
    """Gamma profiles: where dealers dampen moves, where they amplify them."""

    list_display = ("read_at", "symbol", "underlying", "flip_level", "regime", "expiry", "days_to_expiry")
    list_filter = ("symbol", "session_date", "days_to_expiry")
    search_fields = ("symbol",)
    date_hierarchy = "session_date"
    ordering = ("-mark", "symbol")
    readonly_fields = ("read_at", "underlying", "flip_level", "regime", "walls", "strike_range")
    fields = (
        *("symbol", "read_at", "session_date", "underlying", "expiry", "days_to_expiry"),
        *("flip_level", "regime", "walls", "strike_range", "created_at"),
    )

    @admin.display(description="chain read", ordering="as_of")
    def read_at(self, row: GammaSnapshot) -> str:
        """Return when the chain was read."""
        return eastern(row.as_of)

    @admin.display(description="underlying", ordering="spot")
    def underlying(self, row: GammaSnapshot) -> str:
        """Return what the underlying cost then."""
        return level(row.spot)

    @admin.display(description="gamma flip", ordering="flip")
    def flip_level(self, row: GammaSnapshot) -> str:
        """Return where the exposure of all expiries changes its sign."""
        return level(row.flip)

    @admin.display(description="dealers")
    def regime(self, row: GammaSnapshot) -> str:
        """Return what dealers' hedging does to moves, by the sum over the strikes."""
        positive = profiles.of_row(row).is_positive
        return "positive gamma: they dampen moves" if positive else "negative gamma: they amplify moves"

    @admin.display(description="walls")
    def walls(self, row: GammaSnapshot) -> str:
        """Return the strikes with the largest exposure on either side."""
        profile = profiles.of_row(row)
        return f"calls {level(profile.call_wall)}, puts {level(profile.put_wall)}, largest {level(profile.max_strike)}"

    @admin.display(description="strikes")
    def strike_range(self, row: GammaSnapshot) -> str:
        """Return how many strikes have exposure, and from where to where."""
        return f"{len(row.strikes)}, from {level(min(row.strikes))} to {level(max(row.strikes))}"


@admin.register(OpeningStraddle)
class OpeningStraddleAdmin(ReadOnlyAdmin):
    """Opening straddles: the move each day was expected to make."""

    list_display = ("session_date", "symbol", "strike", "price", "spot", "read_at")
    list_filter = ("symbol", "session_date")
    search_fields = ("symbol",)
    date_hierarchy = "session_date"
    ordering = ("-session_date", "symbol")
    readonly_fields = ("read_at",)
    fields = ("symbol", "session_date", "strike", "price", "spot", "read_at", "created_at")

    @admin.display(description="chain read", ordering="as_of")
    def read_at(self, row: OpeningStraddle) -> str:
        """Return when the chain was read."""
        return eastern(row.as_of)


def points(sigma: float | None) -> str:
    """Return a volatility in percent points; a dash where there is none."""
    return "-" if sigma is None else f"{100.0 * sigma:.2f}"


@admin.register(VolatilityDay)
class VolatilityDayAdmin(ReadOnlyAdmin):
    """Days of volatility: what ranks are made of, and which of them were read back later."""

    list_display = ("session_date", "symbol", "underlying", "month", "front", "skew", "source")
    list_filter = ("source", "symbol")
    search_fields = ("symbol",)
    date_hierarchy = "session_date"
    ordering = ("-session_date", "symbol")
    readonly_fields = ("read_at", "underlying", "month", "front", "skew")
    fields = (
        *("symbol", "session_date", "read_at", "source", "underlying", "month", "front", "front_expiry", "skew"),
        "created_at",
    )

    @admin.display(description="chains of", ordering="as_of")
    def read_at(self, row: VolatilityDay) -> str:
        """Return which moment the chains are of."""
        return eastern(row.as_of)

    @admin.display(description="underlying", ordering="spot")
    def underlying(self, row: VolatilityDay) -> str:
        """Return what the underlying cost then."""
        return level(row.spot)

    @admin.display(description="30 days, points", ordering="iv30")
    def month(self, row: VolatilityDay) -> str:
        """Return the volatility to thirty days."""
        return points(row.iv30)

    @admin.display(description="front, points", ordering="front_iv")
    def front(self, row: VolatilityDay) -> str:
        """Return the volatility of the first expiry."""
        return points(row.front_iv)

    @admin.display(description="25-delta skew, points", ordering="skew25")
    def skew(self, row: VolatilityDay) -> str:
        """Return how much dearer puts were than calls."""
        return points(row.skew25)


@admin.register(EarningsEvent)
class EarningsEventAdmin(admin.ModelAdmin):
    """Reports to come and past ones. Saving one pins its date, time and status: no source changes them again.

    Django's own log of the admin says who pinned what, and when.
    """

    list_display = ("symbol", "date", "time", "status", "source", "name", "told_at")
    list_filter = ("status", "source", "time")
    search_fields = ("symbol", "name")
    date_hierarchy = "date"
    ordering = ("-date", "symbol")
    fields = (
        *("symbol", "date", "time", "status", "source", "name", "fiscal_period"),
        *("eps_estimate", "eps_actual", "currency", "candidates", "first_seen", "updated_at"),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: EarningsEvent | None = None) -> tuple[str, ...]:  # noqa: ARG002 -- Django's signature
        """Return what sources say; a symbol is chosen once."""
        told = ("source", "fiscal_period", "eps_actual", "currency", "candidates", "first_seen", "updated_at")
        return ("symbol", *told) if obj else told

    def save_model(self, request: HttpRequest, obj: EarningsEvent, form: Any, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        """Give what is saved the last word over every source."""
        events.pin(obj, clock.now())
        super().save_model(request, obj, form, change)

    @admin.display(description="last news", ordering="updated_at")
    def told_at(self, row: EarningsEvent) -> str:
        """Return when a source last spoke of it."""
        return eastern(row.updated_at)


@admin.register(EarningsReaction)
class EarningsReactionAdmin(ReadOnlyAdmin):
    """What reports did to shares and options."""

    list_display = (
        "symbol",
        "date",
        "time",
        "implied_move",
        "gap_move",
        "close_move",
        "iv_before",
        "iv_after",
        "method",
    )
    list_filter = ("method", "inferred")
    search_fields = ("symbol",)
    date_hierarchy = "date"
    ordering = ("-date", "symbol")


@admin.register(EarningsSource)
class EarningsSourceAdmin(ReadOnlyAdmin):
    """When each source of dates last answered."""

    list_display = ("name", "events", "answered", "tried", "trouble")

    @admin.display(description="answered", ordering="answered_at")
    def answered(self, row: EarningsSource) -> str:
        """Return when it last answered."""
        return eastern(row.answered_at) if row.answered_at else "-"

    @admin.display(description="asked", ordering="tried_at")
    def tried(self, row: EarningsSource) -> str:
        """Return when it was last asked."""
        return eastern(row.tried_at)
