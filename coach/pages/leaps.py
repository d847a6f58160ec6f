"""The LEAPS panel: what is held for long, what becomes of it as time passes, and what rolling it costs."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from coach.pages import addresses
from coach.pages.panel import show, show_part, signed_in
from config.http.errors import CoachError
from market import clock, watchlists
from options_engine import term_readings
from positions import leaps as held
from positions import leaps_outlook
from positions.api import leaps_wire
from positions.api.leaps_serializers import RollQuestion
from positions.errors import LeapsNotFound
from positions.models import Leaps
from positions.models.leaps import LONGEST_NOTES
from positions.pure.leaps_trend import LONG_DAYS, SHORT_DAYS

SHARES = 100  # a contract
TREND_TOKENS = {"improving": "pos", "stable": "info", "deteriorating": "neg"}
RISK_TOKENS = {"low": "pos", "medium": "warn", "high": "neg"}


@require_GET
@signed_in
def leaps(request: HttpRequest) -> HttpResponse:
    """Show the list."""
    return panel(request, {})


def panel(request: HttpRequest, form: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Show the list, and the form as it was filled in where something was wrong with it."""
    now = clock.now()
    rows = list(Leaps.objects.owned_by(request.user.pk).newest_first()[: held.MOST])
    held.refresh(rows, now=now)
    facts = {
        "rows": [card(row, now) for row in rows],
        "most": held.MOST,
        "full": len(rows) >= held.MOST,
        "form": {"values": {"quantity": 1, "entry_date": clock.market_date(now).isoformat()}, **form},
        "symbols": watchlists.default_list(request.user).symbols,  # type: ignore[arg-type]  # signed in
        "notes_limit": LONGEST_NOTES,
        "notices": messages.get_messages(request),
    }
    return show(request, "leaps", facts, status=status)


@require_GET
@signed_in
def projection(request: HttpRequest, leaps_id: UUID) -> HttpResponse:
    """Answer with the projection of one, or why there is none."""
    row, now = found(request, leaps_id), clock.now()
    told = held.refresh([row], now=now)[row.pk]
    try:
        made = leaps_outlook.project(row, told, now)
    except CoachError as problem:
        return show_part(request, "leaps_projection", {"row": card(row, now), "trouble": str(problem)})
    points = [
        {**point, "spots": [point["scenarios"][name] for name in leaps_wire.SPOT_NAMES]}
        | {"ivs": [point["scenarios"][name] for name in leaps_wire.VOLATILITY_NAMES]}
        for point in leaps_wire.points(made.points)
    ]
    drawn = ("daysAhead", "delta", "theta", "vega", "projectedValue", "forwardValue")
    facts = {
        "row": card(row, now),
        "points": points,
        "plot": {"points": [{name: point[name] for name in drawn} for point in points]},
        "told": leaps_wire.projection(row, made, leaps_outlook.days_left(row, now)),
        "dividend_pct": 100.0 * made.market.dividend,
        "iv_pct": 100.0 * made.market.sigma,
        "has_forward": any(point["forwardValue"] is not None for point in points[:-1]),
    }
    return show_part(request, "leaps_projection", facts)


@require_GET
@signed_in
def roll(request: HttpRequest, leaps_id: UUID) -> HttpResponse:
    """Answer with the roll calculator of one, and with its result once a target is asked for."""
    row, now = found(request, leaps_id), clock.now()
    told = held.refresh([row], now=now)[row.pk]
    asked = {"newStrike": request.GET.get("strike", ""), "newExpiry": request.GET.get("expiry", "")}
    facts: dict[str, Any] = {
        "row": card(row, now),
        "expiries": _expiries(row, now),
        "strike": asked["newStrike"] or f"{row.strike.normalize():f}",
        "expiry": asked["newExpiry"] or row.expiry_date.isoformat(),
    }
    if not asked["newStrike"]:
        return show_part(request, "leaps_roll", facts)
    body = RollQuestion(data={"newStrike": number(asked["newStrike"]), "newExpiry": facts["expiry"]})
    if not body.is_valid():
        facts["trouble"] = "Give a strike above 0 and an expiry from today on."
        return show_part(request, "leaps_roll", facts)
    wanted = body.validated_data
    try:
        offer = leaps_outlook.roll(row, told, wanted["newStrike"], wanted["newExpiry"], now)
    except CoachError as problem:
        return show_part(request, "leaps_roll", facts | {"trouble": str(problem)})
    return show_part(request, "leaps_roll", facts | {"told": leaps_wire.roll(offer)})


def found(request: HttpRequest, leaps_id: UUID) -> Leaps:
    """Return one of the trader's; an address that names no such is not found."""
    try:
        return held.one(request.user.pk, leaps_id)  # type: ignore[arg-type]  # signed in
    except LeapsNotFound as missing:
        raise Http404 from missing


def number(text: str) -> float | str:
    """Return the number that a field says, or the text for the check to refuse."""
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return text


def card(row: Leaps, now: datetime) -> dict[str, Any]:
    """Return what a card shows of a row; None where nobody knows it."""
    days, outlook = leaps_outlook.days_left(row, now), leaps_wire.outlook(row, now)
    value = row.current_value
    gain: Decimal | None = None if value is None else (value - row.entry_price) * row.quantity * SHARES
    greeks = [
        {"name": name, "now": getattr(row, f"current_{name}"), "entry": getattr(row, f"entry_{name}")}
        for name in ("delta", "gamma", "theta", "vega")
    ]
    return leaps_wire.row(row) | {
        "type": row.option_type.title(),
        "days": days,
        "held": leaps_outlook.days_held(row, now),
        "days_token": RISK_TOKENS[outlook["timeRisk"]],
        "expired": row.expiry_date < clock.market_date(now),
        "risk": outlook["timeRisk"],
        "risk_title": f"Low above {LONG_DAYS} days, medium above {SHORT_DAYS}, else high",
        "trend": outlook["trend"],
        "trend_token": TREND_TOKENS.get(outlook["trend"] or "", "mute"),
        "pnl": gain,
        "pnl_pct": None if value is None else 100 * (value / row.entry_price - 1),
        "iv_pct": None if row.current_iv is None else 100 * row.current_iv,
        "greeks": greeks,
        "chart": addresses.chart(row.symbol),
    }


def _expiries(row: Leaps, now: datetime) -> list[date]:
    """Return the listed expiry dates from the row's own on; none where nobody tells."""
    try:
        listed = term_readings.listed(row.symbol, now)
    except CoachError:
        return []
    today = clock.market_date(now)
    return sorted({*(day for day in listed if day >= today), row.expiry_date})
