"""Positions that have ended: what they made, and what other ways out would have made."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from coach.pages import addresses
from coach.pages.panel import show, signed_in
from coach.pages.positions_view import STRUCTURES
from coach.pure import formats
from coach.pure.words import CHECK, DOT, RING, Word
from market import clock
from positions.models import Direction, Hindsight, LegKind, Position, Status
from positions.pure.hindsight import Policy, Why
from positions.pure.structures import Strategy

PAGE: Final = 50
STATUSES: Final = {
    Status.CLOSED: Word("Closed", "info", CHECK),
    Status.EXPIRED: Word("Expired", "mute", RING),
    Status.ASSIGNED: Word("Assigned or exercised", "mute", DOT),
}
POLICIES: Final = {
    Policy.ACTUAL: "What you did",
    Policy.ADVICE: "Following each advice",
    Policy.ENTRY_CLOSE: "Out at the first close",
    Policy.BRACKET: "Out at half lost, or doubled",
    Policy.EXPIRY: "Held to expiry",
}
# Of what was sold the bracket is the other way round.
SOLD_BRACKET: Final = "Out at half the credit won, or all of it lost"
REASONS: Final = {
    Why.NO_ADVICE: "no advice said to get out while it was open",
    Why.NO_PRICES: "no quotes were kept on that way",
    Why.NO_PREMIUM: "it cost nothing that a share could be taken of",
    Why.NO_EXPIRY: "not all of it expires",
    Why.NOT_EXPIRED: "it has not expired yet",
    Why.NO_SETTLEMENT: "it settles on prices that are not told to us",
    Why.DELIVERED: "shares were delivered on the way",
}


@require_GET
@signed_in
def closed(request: HttpRequest) -> HttpResponse:
    """Show a page of them, the last to end first."""
    page = _page(request)
    own = Position.objects.owned_by(request.user.pk).exclude(status=Status.OPEN)  # type: ignore[arg-type]  # signed in
    start = PAGE * (page - 1)
    rows = own.order_by("-closed_at", "-id").select_related("hindsight").prefetch_related("legs")
    told = list(rows[start : start + PAGE + 1])
    sums = own.aggregate(realised=Sum("realised"), fees=Sum("fees"))
    facts = {
        "rows": [row(each) for each in told[:PAGE]],
        "count": own.count(),
        "net": None if sums["realised"] is None else sums["realised"] - sums["fees"],
        "newer": addresses.of("positions-closed", page=page - 1) if page > 1 else None,
        "older": addresses.of("positions-closed", page=page + 1) if len(told) > PAGE else None,
        "open": addresses.of("positions"),
        "now": clock.now(),
    }
    return show(request, "positions", facts, template="positions/closed")


def row(stored: Position) -> dict[str, Any]:
    """Return a position that has ended as the template prints it."""
    seen: Hindsight | None = getattr(stored, "hindsight", None)
    return {
        "id": stored.pk,
        "name": name(stored),
        "bought": stored.direction == Direction.LONG,
        "word": STATUSES[Status(stored.status)],
        "opened_at": stored.opened_at,
        "closed_at": stored.closed_at,
        "net": stored.realised - stored.fees,
        "fees": stored.fees,
        "reason": stored.close_reason,
        "outcomes": outcomes(seen, sold=stored.direction == Direction.SHORT) if seen else None,
        "complete": seen is not None and seen.complete,
        "chart": addresses.chart(stored.symbol),
    }


def name(stored: Position) -> str:
    """Return what a position was called: its strikes are those of all options that it ever held."""
    strategy = Strategy(stored.strategy)
    if strategy is Strategy.STOCK:
        return f"{stored.symbol} shares"
    strikes = sorted({leg.strike for leg in stored.legs.all() if leg.kind != LegKind.STOCK and leg.strike is not None})
    return f"{stored.symbol} {' / '.join(formats.strike(each) or '' for each in strikes)} {STRUCTURES[strategy]}"


def outcomes(seen: Hindsight, *, sold: bool) -> list[dict[str, Any]]:
    """Return each way out: what it would have made, and how much more than what was done."""
    actual = _net(seen.outcomes[Policy.ACTUAL.value])
    return [_outcome(policy, seen.outcomes[policy.value], actual, sold=sold) for policy in Policy]


def _outcome(policy: Policy, kept: dict[str, Any], actual: Decimal | None, *, sold: bool) -> dict[str, Any]:
    net = _net(kept)
    return {
        "policy": policy.value,
        "label": SOLD_BRACKET if sold and policy is Policy.BRACKET else POLICIES[policy],
        "net": net,
        "more": None if net is None or actual is None or policy is Policy.ACTUAL else net - actual,
        "is_actual": policy is Policy.ACTUAL,
        "exit_at": kept["exitAt"] and datetime.fromisoformat(kept["exitAt"]),
        "reason": REASONS[Why(kept["why"])] if kept["why"] else "",
    }


def _net(kept: dict[str, Any]) -> Decimal | None:
    return None if kept["net"] is None else Decimal(kept["net"])


def _page(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= 4 else 1  # noqa: PLR2004 -- 200,000 rows
