"""A position's stop and target, set by its trader as a price or in percent: where he wants to be told to get out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from config.http.errors import InvalidInput
from positions import book
from positions.errors import PositionNotOpen
from positions.models import Direction, Position, Status
from positions.pure.stops import Wanted, price_of


def set_on(
    user_id: UUID,
    position_id: UUID,
    limits: Mapping[str, Wanted | None],
    *,
    now: datetime,
    spot: float = math.nan,
    version: int | None = None,
) -> Position:
    """Set or clear the `stop` and the `target` of an open position, a percent as the price that it comes to.

    Parameters
    ----------
    limits
        By name; None clears it, one that is not named stays.
    spot
        Of the underlying now; needed for a percent of it. [USD, or index points]

    Raises
    ------
    NotFound, PositionNotOpen, VersionConflict
        As `trade`.
    InvalidInput
        If a percent cannot be taken, or gives no price above 0.
    """
    with transaction.atomic():
        position = book.locked(user_id, position_id, version)
        if position.status != Status.OPEN:
            raise PositionNotOpen(state=position.status, what="given a stop")
        changes: dict[str, Any] = {}
        for name, wanted in limits.items():
            try:
                changes |= _columns(name, wanted, position, spot=spot)
            except ValueError as refused:
                raise InvalidInput(issues=[f"{name}: {refused}"]) from refused
        return book.amend(user_id, position_id, changes, now=now)


def _columns(name: str, wanted: Wanted | None, position: Position, *, spot: float) -> dict[str, Any]:
    if wanted is None:
        return {f"{name}_price": None, f"{name}_on_underlying": False}
    bought = position.direction == Direction.LONG
    price = price_of(wanted, entry=position.entry_price, bought=bought, spot=spot)
    return {f"{name}_price": price, f"{name}_on_underlying": wanted.on_underlying}
