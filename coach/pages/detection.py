"""One detection: what happened, its plan, the detector's numbers, the chart of its session and what followed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from coach.pages import addresses, detection_chart, quotes
from coach.pages.context import preferences
from coach.pages.detection_chart import Story
from coach.pages.followed import read as followed_facts
from coach.pages.panel import show, show_part, signed_in
from coach.pure import figures, words
from coach.pure import plan as plans
from config.http.errors import NotFound
from detectors import wire
from detectors.models import DetectedSetup, Source, TrackedSetup
from detectors.pure.plans import RISK_BUDGETS
from market.models import Following
from market.pure.sessions import NEW_YORK

# Overlay and its label; all of them start on, and none of them is kept.
OVERLAYS = (("vwap", "VWAP"), ("openingRange", "Opening range"), ("volume", "Volume"), ("levels", "Key levels"))


@require_GET
@signed_in
def detection(request: HttpRequest, detection_id: UUID) -> HttpResponse:
    """Show the page of a detection; with `part=followed` what may still change on it, alone."""
    story = detection_chart.tell(_found(request, detection_id))
    followed = followed_facts(request, story)
    if request.GET.get("part") == "followed":
        return show_part(request, "followed", followed)
    facts = {**followed, **_about(request, story.found), **_chart(story)}
    return show(request, "scanner", facts, template="detection")


@require_GET
@signed_in
def data(request: HttpRequest, detection_id: UUID) -> HttpResponse:
    """Answer with the chart's data alone."""
    return JsonResponse(detection_chart.read(detection_chart.tell(_found(request, detection_id))))


def _found(request: HttpRequest, detection_id: UUID) -> DetectedSetup:
    """Return a detection of a symbol on the trader's lists, or one that he tracks himself.

    Raises
    ------
    Http404
        For any other, as if there were none.
    """
    own = TrackedSetup.objects.owned_by(request.user.pk).values("detected_setup")
    listed = Following.objects.filter(user_id=request.user.pk).values("symbol")
    his = Q(pk__in=own) | Q(source=Source.ENGINE, symbol__in=listed)
    found = DetectedSetup.objects.filter(his, pk=detection_id).first()
    if found is None:
        raise Http404 from NotFound(thing="detection")
    return found


def _about(request: HttpRequest, found: DetectedSetup) -> dict[str, Any]:
    signal, whose = found.signal_data, found.volume_source
    risk, chance = preferences(request).default_risk_per_trade, found.calibrated_probability
    told = wire.opportunity(vars(found), risk=risk)
    return {
        "when": f"{found.detected_at.astimezone(NEW_YORK):%H:%M} ET",
        "quote": quotes.row(found.symbol),
        "name": words.setup_of(found.symbol, found.setup_type),
        "company": words.company(*figures.company(signal)),
        "probability": None if chance is None else 100 * chance,
        "plan": _plan(told, risk),
        "prices": plans.read(told),
        "rejected": words.rejected(found.plan_rejected) if found.plan_rejected else None,
        "figures": figures.of(signal),
        "lent_volume": whose if whose and whose != found.symbol else None,
        "scanner": addresses.of("scanner"),
    }


def _plan(told: Mapping[str, Any], own_risk: Decimal) -> dict[str, Any] | None:
    plan = told.get("plan")
    if plan is None:
        return None
    sizes = plan["positionSize"]
    budgets = [{"risk": risk, "count": sizes.get(f"contractsFor{risk}Risk"), "own": False} for risk in RISK_BUDGETS]
    return {
        "entry": plan["entry"]["price"],
        "trigger": words.trigger(plan["entry"]["trigger"]),
        "stop": plan["stopLoss"],
        "targets": plan["targets"],
        "horizon": plan.get("timeHorizon", ""),
        "unit": "Contracts" if plan.get("optionSuggestion") else "Lots of 100 shares",
        "sizes": [*budgets, {"risk": own_risk, "count": sizes["contractsForUserRisk"], "own": True}],
    }


def _chart(story: Story) -> dict[str, Any]:
    found, plot = story.found, detection_chart.read(story)
    return {
        "symbol": found.symbol,
        "frame": plot["frame"],
        "plot": plot,
        "plot_label": f"Candles of {found.symbol}. Left and right arrows read bars, plus and minus zoom, space speaks.",
        "runs": story.runs,
        "frame_label": f"1 minute, {found.session_date:%b %-d, %Y}",
        "state": plot["state"],
        "state_title": plot["title"],
        "state_text": plot["text"],
        "levels": plot["levels"],
        "levels_shown": True,
        "overlays": [{"key": key, "label": label, "group": "", "on": True} for key, label in OVERLAYS],
        "source": reverse("coach:detection-data", args=[found.pk]),
        "table": detection_chart.table(story),
        "has_volume": plot["hasVolume"],
        "volume_note": plot["volumeNote"],
    }
