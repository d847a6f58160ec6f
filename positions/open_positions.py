"""What traders hold now, as values, read with two queries however many positions there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

import numpy as np

from market.symbols import INDEXES
from options_engine import readings
from options_engine.pure.contracts import expires_ts
from positions.models import Direction, Leg, Position, Status
from positions.pure import structures
from positions.pure.facts import NAN
from positions.pure.structures import Kind
from positions.pure.valuation import OpenLeg, OpenPosition

_OF_POSITION = (
    *("id", "user_id", "symbol", "strategy", "direction", "quantity", "entry_price", "cost", "realised", "fees"),
    *("opened_at", "version", "stop_price", "target_price", "stop_on_underlying", "target_on_underlying"),
)
_OF_LEG = (
    *("position_id", "contract", "kind", "root", "strike", "expiry", "settles_at_open", "multiplier"),
    *("open_quantity", "average_price"),
)


def read(*, user_id: UUID | None = None, ids: Collection[UUID] | None = None) -> list[OpenPosition]:
    """Return open positions with their open legs, the latest opened first.

    Parameters
    ----------
    user_id : UUID, optional
        Of one trader only.
    ids : collection of UUID, optional
        Of these only.
    """
    wanted = Position.objects.open().newest_first()
    if user_id is not None:
        wanted = wanted.owned_by(user_id)
    if ids is not None:
        wanted = wanted.filter(pk__in=ids)
    rows = list(wanted.values(*_OF_POSITION))
    legs = _legs({row["id"]: row["symbol"] in INDEXES for row in rows}, every=user_id is None and ids is None)
    # Between the two queries one may have ended.
    return [_position(row, legs[row["id"]]) for row in rows if row["id"] in legs]


def _legs(european: dict[UUID, bool], *, every: bool) -> dict[UUID, list[OpenLeg]]:
    wanted = Leg.objects.exclude(open_quantity=0).order_by("position", "number")
    # Of everybody's, naming each position would only make the question long.
    wanted = wanted.filter(position__status=Status.OPEN) if every else wanted.filter(position__in=european)
    rows = [row for row in wanted.values(*_OF_LEG) if row["position_id"] in european]
    found = defaultdict(list)
    for row, expires in zip(rows, _expiries(rows), strict=True):
        leg = OpenLeg(
            contract=row["contract"],
            leg=structures.Leg(Kind(row["kind"]), row["open_quantity"], row["strike"], row["expiry"], row["root"]),
            multiplier=row["multiplier"],
            average_price=row["average_price"],
            expires_ts=expires,
            european=european[row["position_id"]],
        )
        found[row["position_id"]].append(leg)
    return dict(found)


def _expiries(rows: list[dict[str, Any]]) -> list[float]:
    """Return when each leg is worth its intrinsic value, NaN for stock. [Unix seconds]."""
    found = np.full(len(rows), NAN)
    options = [at for at, row in enumerate(rows) if row["expiry"] is not None]
    if options:
        days = [rows[at]["expiry"] for at in options]
        at_open = np.array([rows[at]["settles_at_open"] for at in options])
        found[options] = expires_ts(np.array(days, dtype="datetime64[D]"), at_open, readings.sessions(set(days)))
    return [float(each) for each in found]


def _position(row: dict[str, Any], legs: list[OpenLeg]) -> OpenPosition:
    same = {name: row[name] for name in _OF_POSITION if name not in ("strategy", "direction", "quantity")}
    return OpenPosition(
        **same,
        strategy=structures.Strategy(row["strategy"]),
        bought=row["direction"] == Direction.LONG,
        units=row["quantity"],
        legs=tuple(legs),
    )
