"""Looking back at closed positions: what else could have come of them, worked out after the close and kept."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from market import calendar, clock, history
from market.errors import OutsideCalendar, ProviderUnavailable, RateLimited
from market.pure.sessions import new_york_date
from options_engine.pure import fills
from positions import mark_minutes
from positions.models import Advice, Fill, Hindsight, Leg, LegKind, Position, Status
from positions.pure import hindsight
from positions.pure.hindsight import Advised, Outcome, Policy, Story, Terms, Why

logger = logging.getLogger(__name__)

# Minutes are kept for thirty days: what ended long ago, or was entered with an old date, is looked at without them.
LOOK_BACK: Final = timedelta(days=7)
MOST: Final = 500  # of one run
# These point at a limit that is not reached yet: nobody is told to get out.
POINTERS: Final = ("stop_near", "tighten_stop")
# Nothing more will come to be known of these.
FINAL: Final = (Why.NO_EXPIRY, Why.NO_SETTLEMENT)


def look_back(now: datetime) -> dict[str, int]:
    """Work out what closed positions would have made otherwise; what still waits for its expiry waits on. Safe twice.

    Only positions are taken whose last session is over.
    """
    today = clock.market_date(now)
    session = calendar.session(today)
    is_over = session is None or now >= session.close_at
    ended = Position.objects.exclude(status=Status.OPEN).filter(closed_at__lte=now)
    if not is_over and session is not None:
        ended = ended.filter(closed_at__lt=session.pre_at)
    fresh = ended.filter(closed_at__gte=now - LOOK_BACK, hindsight__isnull=True).order_by("closed_at")[:MOST]
    made = [row for position in fresh if (row := _tried(position, now))]
    Hindsight.objects.bulk_create(made, ignore_conflicts=True)
    settled = _settle(now, is_over=is_over)
    return {"made": len(made), "settled": settled}


def _tried(position: Position, now: datetime) -> Hindsight | None:
    """Return what was made of one; that nothing can be made of it must not keep the others waiting."""
    try:
        return _made(position, now)
    except (ArithmeticError, LookupError, ValueError):
        logger.exception("positions.hindsight.failed", extra={"position": str(position.pk)})
        return None


def of_position(position_id: UUID) -> Hindsight | None:
    """Return what is known of a position in hindsight, None while nobody has looked back."""
    return Hindsight.objects.filter(pk=position_id).first()


def _made(position: Position, now: datetime) -> Hindsight:
    found = hindsight.outcomes(_story(position, now))
    return Hindsight(
        position=position,
        outcomes={policy.value: _as_json(outcome) for policy, outcome in found.items()},
        complete=_is_final(found[Policy.EXPIRY]),
        computed_at=now,
    )


def _settle(now: datetime, *, is_over: bool) -> int:
    """Fill in what holding to expiry made, of rows whose options have expired since."""
    today = clock.market_date(now)
    over = Q(position__legs__expiry__lte=today) if is_over else Q(position__legs__expiry__lt=today)
    waiting = Hindsight.objects.filter(over, complete=False).select_related("position").distinct()[:MOST]
    settled = 0
    for row in waiting:
        outcome = hindsight.at_expiry(_story(row.position, now))
        if not _is_final(outcome):
            continue
        row.outcomes = {**row.outcomes, Policy.EXPIRY.value: _as_json(outcome)}
        row.complete = True
        settled += Hindsight.objects.filter(pk=row.pk, complete=False).update(outcomes=row.outcomes, complete=True)
    return settled


def _is_final(outcome: Outcome) -> bool:
    return outcome.net is not None or outcome.why in FINAL


def _story(position: Position, now: datetime) -> Story:
    legs = list(position.legs.all())
    own = _fills(legs)
    sessions = calendar.sessions(new_york_date(own[0].at), new_york_date(own[-1].at))
    spans = [(each.open_at, each.close_at) for each in sessions]
    contracts = [leg.contract for leg in legs]
    return Story(
        fills=own,
        quotes=mark_minutes.quotes(contracts, own[0].at, spans[-1][1]) if spans else {},
        advice=_advice(position),
        sessions=spans,
        terms=_terms(position.symbol, legs, now),
    )


def _fills(legs: Sequence[Leg]) -> list[fills.Fill]:
    rows = Fill.objects.filter(leg__in=legs).select_related("leg").order_by("filled_at", "id")
    return [
        fills.Fill(
            row.leg.contract, row.filled_at, Decimal(row.quantity), row.price, row.leg.multiplier, row.fees,
            fills.Kind(row.kind),
        )
        for row in rows
    ]  # fmt: skip


def _advice(position: Position) -> list[Advised]:
    told = Advice.objects.filter(position=position, first_told_at__isnull=False).order_by("first_told_at", "id")
    return [
        Advised(at, orders)
        for at, action in told.values_list("first_told_at", "action")
        if action.get("action") not in POINTERS and (orders := _orders(action.get("orders") or ()))
    ]


def _orders(told: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    found: defaultdict[str, int] = defaultdict(int)
    for order in told:
        found[order["contract"]] += order["quantity"] if order["side"] == "buy" else -order["quantity"]
    return dict(found)


def _terms(symbol: str, legs: Iterable[Leg], now: datetime) -> dict[str, Terms]:
    found = {}
    for leg in legs:
        if leg.expiry is None or leg.strike is None:
            continue
        settlement = None if leg.settles_at_open else _close(symbol, leg.expiry, now)
        found[leg.contract] = Terms(
            leg.kind == LegKind.CALL, leg.strike, leg.expiry, settlement, never=leg.settles_at_open
        )
    return found


def _close(symbol: str, expiry: date, now: datetime) -> Decimal | None:
    """Return what the underlying cost at the close of an option's last day; None until it is told."""
    try:
        last = calendar.session_on_or_before(expiry)
        if now < last.close_at:
            return None
        close = history.prev_close(symbol, last.date + timedelta(days=1))
    except (OutsideCalendar, ProviderUnavailable, RateLimited) as problem:
        logger.warning("positions.hindsight.no_close", extra={"symbol": symbol, "why": str(problem)})
        return None
    return Decimal(str(round(close, 4))) if isfinite(close) else None


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "net": None if outcome.net is None else str(outcome.net),
        "exitAt": outcome.exit_at and outcome.exit_at.isoformat(),
        "why": outcome.why and outcome.why.value,
    }
