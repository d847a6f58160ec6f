"""The trader's own limits: how his day stands against them, and the form that changes them."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_GET, require_http_methods

from coach.pages import addresses
from coach.pages.leaps import number
from coach.pages.panel import show, show_part, signed_in
from config.http.handler import issues_of
from market import clock
from positions import plan, plan_days, tracker
from positions.api.plan import PlanWriting
from positions.errors import PlanConflict
from positions.models import PlanBreach
from positions.pure.plan_rules import NEAR, WEEKDAYS, Plan, Rule, Window

WRONG_INPUT, CONFLICT = 422, 409
WHOLE: Final = 100
WORKING_DAYS: Final = frozenset(range(5))
DAYS: Final = {name[:3]: number_ for number_, name in enumerate(WEEKDAYS)}
# `09:30-09:45`, with weekdays before it where it is not all of Monday to Friday: `mon fri 15:30-16:00`.
LINE: Final = re.compile(r"(?P<days>(?:[a-z]{3}\s+)*)(?P<start>\d\d:\d\d)\s*-\s*(?P<end>\d\d:\d\d)")
AMOUNTS: Final = {"max_loss_trade": "maxLossTrade", "max_loss_day": "maxLossDay", "max_trades_day": "maxTradesDay"}
FIELDS: Final = (*AMOUNTS, "no_zero_dte_after", "windows")
NAMES: Final = {wire: name for name, wire in AMOUNTS.items()} | {
    "noZeroDteAfter": "no_zero_dte_after",
    "noTradeWindows": "windows",
}


@require_GET
@signed_in
def today(request: HttpRequest) -> HttpResponse:
    """Answer with how the day stands."""
    return show_part(request, "positions/plan", {"plan": standing(request.user.pk, clock.now())})  # type: ignore[arg-type]


@require_http_methods(["GET", "POST"])
@signed_in
def limits(request: HttpRequest) -> HttpResponse:
    """Show the form of the plan, or let what it says hold from now on."""
    user: UUID = request.user.pk  # type: ignore[assignment]  # signed in
    row = plan.of_trader(user)
    facts: dict[str, Any] = {"version": row.version if row else 0, "values": _values(row.plan if row else plan.NONE)}
    if request.method == "GET":
        return _form(request, facts)
    facts["values"] = {name: request.POST.get(name, "").strip() for name in FIELDS}
    told, wrong = _said(facts["values"])
    version = number(request.POST.get("version", ""))
    body = PlanWriting(data=told | ({"version": int(version)} if isinstance(version, float) else {}))
    if wrong or not body.is_valid():
        issues = [] if wrong else [each.partition(": ") for each in issues_of(body.errors)]
        facts["errors"] = wrong | {NAMES.get(re.split(r"\W", field)[0], field): text for field, _, text in issues}
        return _form(request, facts, status=WRONG_INPUT)
    try:
        plan.replace(user, body.plan, now=clock.now(), version=body.validated_data.get("version"))
    except PlanConflict as problem:
        return _form(request, facts | {"trouble": f"{problem}. Look again, then repeat it."}, status=CONFLICT)
    if request.GET.get("part"):
        return show_part(request, "positions/done", {"told": "Your plan holds from now on."})
    messages.success(request, "Your plan holds from now on.")
    return HttpResponseRedirect(addresses.of("positions"))


def standing(user_id: UUID, now: datetime) -> dict[str, Any]:
    """Return how a trader's market day stands against his plan, as the strip prints it."""
    its = plan_days.of_traders([user_id], tracker.facts_of(user_id=user_id, now=now), now=now)[user_id]
    row = plan.of_trader(user_id)
    limits_ = row.plan if row else plan.NONE
    most, lost = limits_.max_loss_day, its.day.lost
    used = None if most is None else WHOLE * lost / most
    closed = next((each for each in limits_.windows if each.holds(now)), None)
    breaches = PlanBreach.objects.owned_by(user_id).filter(market_date=its.market_date).order_by("-breached_at", "id")
    return {
        "has_any": limits_ != plan.NONE,
        "result": its.day.result,
        "realised": its.day.realised,
        "open": its.day.open,
        "unknown": len(its.unknown),
        "most": most,
        "lost": lost,
        "used": None if used is None else min(used, WHOLE),
        "used_token": "" if most is None else "neg" if lost >= most else "warn" if lost >= NEAR * most else "pos",
        "trades": its.trades,
        "most_trades": limits_.max_trades_day,
        "trade_loss": limits_.max_loss_trade,
        "closed": closed,
        "windows": ", ".join(map(str, limits_.windows)),
        "zero": limits_.no_zero_dte_after,
        "breaches": [
            {"text": each.text, "symbol": each.symbol, "at": each.breached_at, "warns": Rule(each.rule).only_warns}
            for each in breaches[:3]
        ],
    }


def _form(request: HttpRequest, facts: dict[str, Any], *, status: int = 200) -> HttpResponse:
    facts = {"errors": {}, "address": request.path, **facts}
    if request.GET.get("part"):
        return show_part(request, "positions/plan_form", facts, status=status)
    facts |= {"part": "coach/parts/positions/plan_form.html", "name": "Your plan"}
    return show(request, "positions", facts, template="positions/act", status=status)


def _values(held: Plan) -> dict[str, str]:
    amounts = {name: getattr(held, name) for name in AMOUNTS}
    latest = held.no_zero_dte_after
    return {
        # Exact: what is not touched must come back as it was.
        **{name: "" if amount is None else f"{Decimal(amount).normalize():f}" for name, amount in amounts.items()},
        "no_zero_dte_after": f"{latest:%H:%M}" if latest else "",
        "windows": "\n".join(map(_line, held.windows)),
    }


def _line(window: Window) -> str:
    days = [name for name, day in DAYS.items() if day in window.weekdays]
    told = "" if window.weekdays == WORKING_DAYS else f"{' '.join(days)} "
    return f"{told}{window.start:%H:%M}-{window.end:%H:%M}"


def _said(values: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what the form says in the words of the wire, and what of its windows cannot be read."""
    told: dict[str, Any] = {wire: number(values[name]) for name, wire in AMOUNTS.items() if values[name]}
    if values["no_zero_dte_after"]:
        told["noZeroDteAfter"] = values["no_zero_dte_after"]
    windows = []
    for line in filter(None, map(str.strip, values["windows"].lower().splitlines())):
        read = LINE.fullmatch(line)
        days = read["days"].split() if read else []
        if read is None or not set(days) <= DAYS.keys():
            return told, {"windows": f"“{line}” cannot be read; write 09:30-09:45, or mon fri 15:30-16:00"}
        window: dict[str, Any] = {"from": read["start"], "to": read["end"]}
        windows.append(window | ({"weekdays": [DAYS[day] for day in days]} if days else {}))
    return told | {"noTradeWindows": windows}, {}
