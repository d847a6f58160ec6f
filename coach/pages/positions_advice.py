"""Advice on the cards of positions: which banners stand there, where each leads, and what a trader answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from coach.pages import addresses
from coach.pages.panel import back, show_part, signed_in
from coach.pure.words import WARN, Word
from config.http.errors import NotFound
from market import clock
from positions import advisor
from positions.errors import AdviceIsOver
from positions.models import Advice, AdviceState
from positions.pure.advice import Urgency
from positions.pure.advice_state import Answer

MOST_SHOWN: Final = 3
TYPES: Final = {
    "take_profit": "Take profit",
    "stop_loss": "Stop loss",
    "time_decay": "Time decay",
    "spread_conversion": "Convert to spread",
    "roll": "Roll",
}
TOKENS: Final = {Urgency.HIGH: "neg", Urgency.MEDIUM: "warn", Urgency.LOW: "warn"}
ROLLS: Final = ("roll_position", "close_or_roll")
TIGHTENS: Final = ("tighten_stop",)
SELLS: Final = ("sell_call_against_long", "sell_put_against_long")
ANSWERED: Final = {
    Answer.ACK: "Noted.",
    Answer.SNOOZE: "You will hear of it again in an hour, if it is still so.",
    Answer.DISMISS: "Dismissed. It comes back only if it grows more urgent.",
}


def shown(position_ids: Collection[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """Return the banners of positions: what is unanswered, one of each type, the newest first, three at most.

    Of one type the newest of the most urgent stands there: what is low must not hide what is high.
    """
    told = Advice.objects.filter(position_id__in=position_ids, state=AdviceState.ACTIVE, dismissed=False)
    found: defaultdict[UUID, dict[str, Advice]] = defaultdict(dict)
    for row in told.defer("facts").order_by("-urgency", "-notified_at", "id"):
        found[row.position_id].setdefault(row.type, row)
    return {position: [banner(row) for row in _newest(of_type.values())] for position, of_type in found.items()}


def banner(row: Advice) -> dict[str, Any]:
    """Return one advice as the template prints it."""
    urgency = Urgency(row.urgency or Urgency.LOW)
    return {
        "id": row.id,
        "word": Word(TYPES.get(row.type, row.type), TOKENS[urgency], WARN),
        "token": TOKENS[urgency],
        "urgency": urgency.wire,
        "message": row.message,
        "numbers": numbers(row.action),
        "liquidity": row.liquidity_warning,
        "told_at": row.notified_at or row.first_told_at,
        "do": leads_to(row),
    }


def leads_to(row: Advice) -> str:
    """Return the address of the form in which an advice is carried out, filled in as it suggests."""
    action: Mapping[str, Any] = row.action
    what, act, wanted = action.get("action"), "close", {"quantity": action.get("quantity")}
    if what in ROLLS:
        act, wanted = "roll", {"strike": action.get("newStrike"), "expiry": action.get("newExpiry")}
    elif what in SELLS:
        act, wanted = "convert", {"strike": action.get("shortStrike")}
    elif what in TIGHTENS:
        act, wanted = "limits", {"level": action.get("stopOnUnderlying")}
    query = {name: value for name, value in wanted.items() if value is not None}
    address = reverse(f"coach:positions-{act}", args=[row.position_id])
    return f"{address}?{urlencode({**query, 'advice': row.id})}"


def numbers(action: Mapping[str, Any]) -> str:
    """Return what an advice suggests to trade, between which quotes: `Sell 2 SPXW... at 48.00 (47.90 to 48.10)`."""
    return "; ".join(_order(order) for order in action.get("orders") or ())


def carried_out(user_id: UUID, text: str) -> None:
    """Note that its trader has done what an advice was about; one that is over, or none of his, is left alone."""
    try:
        advice_id = UUID(text)
        advisor.acknowledge(user_id, advice_id, Answer.ACK, now=clock.now())
    except (ValueError, NotFound, AdviceIsOver):
        return


@require_POST
@signed_in
def answer(request: HttpRequest, advice_id: UUID) -> HttpResponse:
    """Take a trader's answer to an advice."""
    # An advice of somebody else is not there, whatever is said to it.
    if not Advice.objects.owned_by(request.user.pk).filter(pk=advice_id).exists():  # type: ignore[arg-type]  # signed in
        raise Http404 from NotFound(thing="advice")
    try:
        said = Answer(request.POST.get("answer", ""))
    except ValueError:
        messages.error(request, "That is no answer to an advice.")
        return back(request, addresses.of("positions"))
    try:
        row = advisor.acknowledge(request.user.pk, advice_id, said, now=clock.now())  # type: ignore[arg-type]  # signed in
    except NotFound as missing:
        raise Http404 from missing
    except AdviceIsOver as over:
        told = str(over)
    else:
        told = f"{TYPES.get(row.type, row.type)}: {ANSWERED[said]}"
    if request.GET.get("part"):
        return show_part(request, "positions/done", {"told": told})
    messages.success(request, told)
    return back(request, addresses.of("positions"))


def _newest(rows: Iterable[Advice]) -> list[Advice]:
    return sorted(rows, key=lambda row: row.notified_at or row.created_at, reverse=True)[:MOST_SHOWN]


def _order(order: Mapping[str, Any]) -> str:
    text = f"{str(order['side']).title()} {order['quantity']} {order['contract']}"
    if order.get("limitPrice") is None:
        return f"{text}, no quote"
    between = (
        "" if order.get("bid") is None or order.get("ask") is None else f" ({order['bid']:,.2f} to {order['ask']:,.2f})"
    )
    return f"{text} at {order['limitPrice']:,.2f}{between}"
