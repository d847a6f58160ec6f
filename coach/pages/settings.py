"""Settings: the preferences that something on the pages or in the detectors obeys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from accounts import preferences
from accounts.api.serializers import PreferencesSerializer
from accounts.models import Preferences
from accounts.models.preferences import ORB_PERIODS, RISK_PCT, TIMEFRAMES
from coach.pages import addresses, context
from coach.pages.panel import show, signed_in
from coach.pages.scanner import setup_types
from config.http.errors import InvalidInput

WRONG_INPUT = 422
ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Toronto"),
    *("America/Sao_Paulo", "Europe/London", "Europe/Berlin", "Europe/Zurich", "Asia/Dubai", "Asia/Kolkata"),
    *("Asia/Singapore", "Asia/Tokyo", "Australia/Sydney", "UTC"),
)
NUMBERS = ("orb_period", "min_confidence", "default_risk_per_trade", "risk_per_trade_pct", "default_account_size")
HINTS = {
    "orb_period": "The first minutes from 09:30 ET that a breakout has to leave.",
    "min_confidence": "Setups below it are not tracked for you. 0 to 100 %.",
    "default_risk_per_trade": "What a stop may cost you.",
    "risk_per_trade_pct": "Of the account, 0.25 to 5 %.",
    "default_chart_timeframe": "What a chart opens in.",
    "timezone": "Charts stay in New York time.",
    "notifications_enabled": "Off silences everything.",
    "setups": "Detected, target hit, stopped.",
    "positionAdvice": "What the exit advisor finds; banners stay either way.",
    "quiet_from": "Live updates go on; nothing interrupts you.",
    "quiet_to": "In your time zone; may cross midnight.",
}
TEXTS = ("timezone", "default_chart_timeframe", "quiet_from", "quiet_to")


@require_http_methods(["GET", "POST"])
@signed_in
def settings(request: HttpRequest) -> HttpResponse:
    """Show the settings, or save the form of a page without scripts."""
    if request.method == "GET":
        return _page(request, context.preferences(request), errors={}, status=200)
    body = PreferencesSerializer(data=_form(request), partial=True)
    if not body.is_valid():
        errors = {name: str(texts[0]) for name, texts in body.errors.items()}
        return _page(request, context.preferences(request), errors=errors, status=WRONG_INPUT)
    try:
        preferences.merge(request.user, body.validated_data)  # type: ignore[arg-type]
    except InvalidInput as refused:
        return _page(request, context.preferences(request), errors={"quiet_from": str(refused)}, status=WRONG_INPUT)
    return HttpResponseRedirect(addresses.of("settings", saved="true"))


def _page(request: HttpRequest, row: Preferences, *, errors: Mapping[str, str], status: int) -> HttpResponse:
    facts = {
        "api": "/api/preferences",
        "saved": request.GET.get("saved") == "true",
        "errors": errors,
        "types": [{"value": name, "muted": name in row.muted_types} for name in setup_types()],
        "detection": _with_errors(_detection(row), errors),
        "risk": _with_errors(_risk(row), errors),
        "notices": _with_errors(_notices(row), errors),
    }
    return show(request, "settings", facts, status=status)


def _detection(row: Preferences) -> list[dict[str, Any]]:
    periods = [(period, f"{period} min") for period in ORB_PERIODS]
    confidence = {"least": 0, "most": 100, "step": 5}
    return [
        _field("orb_period", "Opening range", row.orb_period, "choice", options=periods),
        _field("min_confidence", "Minimum confidence", row.min_confidence, "number", **confidence),
    ]


def _risk(row: Preferences) -> list[dict[str, Any]]:
    percent = {"least": float(RISK_PCT[0]), "most": float(RISK_PCT[1]), "step": 0.25}
    money = {"least": 0, "step": 0.01}
    zones = [(name, name.replace("_", " ")) for name in dict.fromkeys((*ZONES, row.timezone)) if name in _known()]
    frames = [(name, name.upper() if name.endswith("h") else name) for name in TIMEFRAMES]
    return [
        _field("default_risk_per_trade", "Risk per trade ($)", row.default_risk_per_trade, "number", **money),
        _field("risk_per_trade_pct", "Risk per trade (%)", row.risk_per_trade_pct, "number", **percent),
        _field("default_account_size", "Account size ($)", row.default_account_size, "number", **money),
        _field("default_chart_timeframe", "Chart timeframe", row.default_chart_timeframe, "select", options=frames),
        _field("timezone", "Time zone", row.timezone, "select", options=zones),
    ]


def _notices(row: Preferences) -> list[dict[str, Any]]:
    start, end = (f"{at:%H:%M}" if at else None for at in (row.quiet_from, row.quiet_to))
    return [
        _field("notifications_enabled", "Notifications", row.notifications_enabled, "flag"),
        _field("setups", "Setups", row.notify_setups, "flag"),
        _field("positionAdvice", "Position advice", row.notify_position_advice, "flag"),
        _field("quiet_from", "Quiet from", start, "time"),
        _field("quiet_to", "Quiet to", end, "time"),
    ]


def _field(name: str, label: str, value: object, kind: str, **more: object) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "value": value,
        "kind": kind,
        "hint": HINTS.get(name, ""),
        "least": None,
        **more,
    }


def _with_errors(fields: list[dict[str, Any]], errors: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{**field, "error": errors.get(field["name"])} for field in fields]


def _form(request: HttpRequest) -> dict[str, Any]:
    sent = request.POST
    return {
        **{name: sent[name] or None for name in (*NUMBERS, *TEXTS) if name in sent},
        "muted_types": sent.getlist("muted_types"),
        "notifications_enabled": "notifications_enabled" in sent,
        "notification_preferences": {name: name in sent for name in ("setups", "positionAdvice")},
    }


def _known() -> set[str]:
    return available_timezones()
