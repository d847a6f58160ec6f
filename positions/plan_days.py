"""The market day of traders: what it has made of their positions so far, and how many they opened; few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import Count, Q

from market import clock
from market.pure.sessions import NEW_YORK
from options_engine.pure import fills
from positions import mark_minutes
from positions.models import Fill, Position, Source, Status
from positions.pure import plan_day
from positions.pure.facts import PositionFacts
from positions.pure.plan_day import Day

ZERO: Final = Decimal(0)
NOTHING: Final = Day(ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class TraderDay:
    """A trader's market day so far.

    Attributes
    ----------
    unknown : tuple of UUID
        Positions of which a price is missing, now or at the start: of them only what was realised is in `day`.
    trades : int
        Positions that he opened; shares that were delivered to him are no trade of his.
    """

    market_date: date
    day: Day = NOTHING
    unknown: tuple[UUID, ...] = ()
    trades: int = 0


def starts_at(day: date) -> datetime:
    """Return midnight in New York, from which on everything counts to a market date, after hours included."""
    return datetime.combine(day, time.min, NEW_YORK).astimezone(UTC)


def of_traders(user_ids: Collection[UUID], facts: Iterable[PositionFacts], *, now: datetime) -> dict[UUID, TraderDay]:
    """Return the day of each of these traders.

    Parameters
    ----------
    facts : iterable of PositionFacts
        What is open, of all of them at least: one that is stale counts at its last good price.
    """
    today = clock.market_date(now)
    start = starts_at(today)
    values = {each.id: each.value for each in facts}
    rows = _histories(user_ids, start)
    prices = mark_minutes.last_before(_held_over(rows.values(), start), start)
    trades = trades_on(today, user_ids)
    parts: defaultdict[UUID, list[plan_day.DayPart]] = defaultdict(list)
    unknown: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for (user, position, is_open), history in rows.items():
        value = values.get(position) if is_open else ZERO
        part = plan_day.of_position(history, start, value=value, prices=prices)
        parts[user].append(part)
        if not part.known:
            unknown[user].append(position)
    return {
        user: TraderDay(today, plan_day.total(parts[user]), tuple(unknown[user]), trades.get(user, 0))
        for user in user_ids
    }


def trades_on(day: date, user_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """Return how many positions traders opened on a market date; one who opened none is left out."""
    opened = Position.objects.filter(
        user_id__in=user_ids, opened_at__gte=starts_at(day), opened_at__lt=starts_at(day + timedelta(days=1))
    ).exclude(source=Source.ASSIGNMENT)
    return dict(opened.order_by().values_list("user_id").annotate(opened=Count("pk")))


_Key = tuple[UUID, UUID, bool]


def _histories(user_ids: Collection[UUID], start: datetime) -> dict[_Key, list[fills.Fill]]:
    """Return the fills of what is open or ended today, by trader, position and whether it is open."""
    living = Q(leg__position__status=Status.OPEN) | Q(leg__position__closed_at__gte=start)
    rows = Fill.objects.filter(living, leg__position__user_id__in=user_ids).order_by()
    found: defaultdict[_Key, list[fills.Fill]] = defaultdict(list)
    for user, position, status, contract, multiplier, at, quantity, price, fees, kind in rows.values_list(
        *("leg__position__user_id", "leg__position_id", "leg__position__status", "leg__contract", "leg__multiplier"),
        *("filled_at", "quantity", "price", "fees", "kind"),
    ):
        found[user, position, status == Status.OPEN].append(
            fills.Fill(contract, at, Decimal(quantity), price, multiplier, fees, fills.Kind(kind))
        )
    return dict(found)


def _held_over(histories: Iterable[list[fills.Fill]], start: datetime) -> set[str]:
    return {fill.contract for history in histories for fill in history if fill.at < start}
