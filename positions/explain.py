"""Why a position won or lost what it did on a day: from the marks of the day's ends and the fills between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Final
from uuid import UUID

import numpy as np

from config.http.errors import NotFound
from market.pure.sessions import new_york_date
from market.symbols import INDEXES
from options_engine import rates, readings
from options_engine.pure.carry import RATE
from options_engine.pure.contracts import expires_ts
from positions import kept_marks
from positions.ledger import spec
from positions.models import Fill, FillKind, FillMark, Leg, LegKind, Position, PositionDay, Status
from positions.pure import explain
from positions.pure.explain import Change, LegPath, Look, Parts
from positions.pure.facts import NAN
from positions.pure.marks import LegMark
from positions.pure.settlement import in_the_money
from positions.pure.valuation import price

ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Cut:
    """What was known of a position's market when a day ended, or is known now."""

    at: datetime
    spot: float
    marks: Mapping[str, LegMark]
    stale: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """The profit of a position between two moments.

    Attributes
    ----------
    day : date
        New York date that ends with it.
    start_at, end_at : datetime
        The close of the day before that was kept, or its opening; the close of the day, its end, or the last look.
    parts, by_leg
        None and empty where what is held has no price at one of the two.
    stale : bool
        Prices of one of the two were older than they should have been.
    """

    day: date
    start_at: datetime
    end_at: datetime
    parts: Parts | None
    by_leg: Mapping[str, Parts]
    stale: bool


def of_day(user_id: UUID, position_id: UUID, day: date | None, *, now: datetime) -> Explained:
    """Explain what a position made on a market date, today or its last one when none is named.

    Raises
    ------
    NotFound
        If the trader has no such position, or nothing of it was kept of that date.
    """
    position = Position.objects.owned_by(user_id).filter(pk=position_id).first()
    if position is None:
        raise NotFound(thing="position")
    last = now if position.closed_at is None else position.closed_at
    day = new_york_date(last) if day is None else day
    kept = list(PositionDay.objects.filter(position=position, market_date__lte=day).order_by("-market_date")[:2])
    end = _end(position, day, kept, now=now)
    start = next((_of_row(row) for row in kept if row.market_date < day), None)
    paths = _paths(position, start, end)
    found = explain.explain(paths, rate=_rate(now))
    assert end is not None or position.closed_at is not None  # noqa: S101 -- the table's constraint
    return Explained(
        day=day,
        start_at=start.at if start else position.opened_at,
        end_at=end.at if end else last,
        parts=found[0] if found else None,
        by_leg=found[1] if found else {},
        stale=any(cut.stale for cut in (start, end) if cut),
    )


def _end(position: Position, day: date, kept: Sequence[PositionDay], *, now: datetime) -> Cut | None:
    """Return the end of a day, None where the position had ended by then.

    Raises
    ------
    NotFound
        If nothing was kept of that date.
    """
    if position.closed_at is not None and new_york_date(position.closed_at) <= day:
        if new_york_date(position.closed_at) < day:
            raise NotFound(thing=f"position on {day}: it had ended")
        return None
    if kept and kept[0].market_date == day:
        return _of_row(kept[0])
    mark = kept_marks.read([position.pk]).get(position.pk) if day == new_york_date(now) else None
    if mark is None or position.status != Status.OPEN:
        raise NotFound(thing=f"mark of the position on {day}")
    return Cut(mark.seen_at, mark.spot, mark.marks, mark.stale)


def _of_row(row: PositionDay) -> Cut:
    marks = {contract: LegMark.of_json(kept) for contract, kept in row.legs.items()}
    return Cut(row.marked_at, NAN if row.spot is None else row.spot, marks, row.stale)


def _paths(position: Position, start: Cut | None, end: Cut | None) -> list[LegPath]:
    legs = list(position.legs.order_by("number"))
    fills: defaultdict[int, list[Fill]] = defaultdict(list)
    for fill in Fill.objects.filter(leg__in=legs).select_related("look").order_by("filled_at", "id"):
        fills[fill.leg_id].append(fill)
    paths = [
        _path(position, leg, ends, fills[leg.pk], start, end) for leg, ends in zip(legs, _expiries(legs), strict=True)
    ]
    return [path for path in paths if path.held or path.changes]


def _path(
    position: Position, leg: Leg, ends_ts: float, fills: Sequence[Fill], start: Cut | None, end: Cut | None
) -> LegPath:
    held = sum(fill.quantity for fill in fills if start and _is_known(fill, start))
    between = [
        fill for fill in fills if not (start and _is_known(fill, start)) and (end is None or _is_known(fill, end))
    ]
    return LegPath(
        contract=leg.contract,
        leg=spec(leg, 1),
        multiplier=leg.multiplier,
        expires_ts=ends_ts,
        european=position.symbol in INDEXES,
        held=held,
        start=_look(leg, start) if start and held else None,
        end=_look(leg, end) if end else None,
        changes=tuple(_change(leg, fill) for fill in between),
    )


def _is_known(fill: Fill, cut: Cut) -> bool:
    """Say whether a cut's marks know of a fill: of a trade once it was told, of an option's end once it happened."""
    return (fill.recorded_at if fill.kind == FillKind.TRADE else fill.filled_at) <= cut.at


def _look(leg: Leg, cut: Cut) -> Look | None:
    mark = cut.marks.get(leg.contract)
    if mark is not None and isfinite(mark.mark):
        return _of_mark(mark, cut.spot, cut.at)
    if leg.kind == LegKind.STOCK and isfinite(cut.spot):
        # Shares that came with an assignment which nobody knew of yet.
        return Look(price=price(cut.spot), at_ts=cut.at.timestamp(), spot=cut.spot)
    return None


def _of_mark(mark: LegMark, spot: float, at: datetime) -> Look:
    return Look(price=price(mark.mark), at_ts=at.timestamp(), spot=spot, sigma=mark.sigma, forward=mark.forward)


def _change(leg: Leg, fill: Fill) -> Change:
    noted: FillMark | None = getattr(fill, "look", None)
    look = None if noted is None or noted.spot is None else _beside(leg, fill, noted, noted.spot)
    return Change(quantity=fill.quantity, price=fill.price, fees=fill.fees, look=look)


def _beside(leg: Leg, fill: Fill, noted: FillMark, spot: float) -> Look | None:
    if fill.kind == FillKind.TRADE:
        mark = LegMark.of_json(noted.mark)
        return _of_mark(mark, spot, noted.marked_at) if isfinite(mark.mark) else None
    worth = fill.price
    if leg.kind == LegKind.STOCK:
        worth = price(spot)
    elif fill.kind in (FillKind.EXERCISE, FillKind.ASSIGNMENT):
        # It leaves at 0 for shares that are worth more than the strike: the one makes up for the other.
        worth = max(in_the_money(spec(leg, 1), price(spot)), ZERO)
    return Look(price=worth, at_ts=noted.marked_at.timestamp(), spot=spot)


def _expiries(legs: Sequence[Leg]) -> list[float]:
    days = [leg.expiry for leg in legs if leg.expiry is not None]
    if not days:
        return [NAN] * len(legs)
    at_open = np.array([leg.settles_at_open for leg in legs if leg.expiry is not None])
    found = iter(expires_ts(np.array(days, dtype="datetime64[D]"), at_open, readings.sessions(set(days))).tolist())
    return [NAN if leg.expiry is None else float(next(found)) for leg in legs]


def _rate(now: datetime) -> float:
    curve = rates.of(now).curve
    return RATE if curve is None else float(curve.to(30.0))
