"""Stored positions as the wire tells them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from positions.models import Fill, Leg, LegKind, Position


def positions(query: QuerySet[Position]) -> list[dict[str, Any]]:
    """Return positions with their legs and fills, in the order of the query, with three statements."""
    into = Position.objects.filter(rolled_from=OuterRef("pk")).order_by("opened_at", "id").values("pk")[:1]
    return [_position(each) for each in query.prefetch_related("legs__fills").annotate(rolled_into=Subquery(into))]


def position(stored: Position) -> dict[str, Any]:
    """Return one position with its legs and fills."""
    return positions(Position.objects.filter(pk=stored.pk))[0]


def _position(stored: Position) -> dict[str, Any]:
    return {
        "id": stored.id,
        "symbol": stored.symbol,
        "type": stored.strategy,
        "direction": stored.direction,
        "quantity": stored.signed_quantity,
        "status": stored.status,
        "entryPrice": stored.entry_price,
        "cost": _money(stored.cost),
        "realized": _money(stored.realised),
        "fees": _money(stored.fees),
        "realizedNet": _money(stored.realised - stored.fees),
        "netPriced": stored.net_priced,
        "stopPrice": stored.stop_price,
        "targetPrice": stored.target_price,
        "stopOnUnderlying": stored.stop_on_underlying,
        "targetOnUnderlying": stored.target_on_underlying,
        "notes": stored.notes,
        "tags": stored.tags,
        "source": stored.source,
        "setupId": stored.setup,
        "rolledFrom": stored.rolled_from_id,
        "rolledInto": stored.rolled_into,  # type: ignore[attr-defined]  # an annotation of the query
        "closeReason": stored.close_reason,
        "openedAt": stored.opened_at,
        "closedAt": stored.closed_at,
        "version": stored.version,
        "legs": [_leg(each) for each in sorted(stored.legs.all(), key=lambda leg: leg.number)],
    }


def _leg(stored: Leg) -> dict[str, Any]:
    settlement = "AM" if stored.settles_at_open else "PM"
    return {
        "contract": stored.contract,
        "kind": stored.kind,
        "strike": stored.strike,
        "expiry": stored.expiry,
        "settlement": None if stored.kind == LegKind.STOCK else settlement,
        "multiplier": stored.multiplier,
        "quantity": stored.open_quantity,
        "averagePrice": stored.average_price,
        "cost": _money(stored.cost),
        "realized": _money(stored.realised),
        "awaits": stored.awaits or None,
        "fills": _fills(stored.fills.all()),
    }


def _fills(stored: Iterable[Fill]) -> list[dict[str, Any]]:
    return [
        {"kind": each.kind, "quantity": each.quantity, "price": each.price, "fees": each.fees, "at": each.filled_at}
        for each in sorted(stored, key=lambda fill: (fill.filled_at, fill.pk))
    ]


def _money(amount: Decimal) -> Decimal:
    return round(amount, 2)
