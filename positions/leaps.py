"""What a trader does with LEAPS: add, change, remove; and how they are kept up to date with the market."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction

from market.pure.sessions import new_york_date
from positions import leaps_market
from positions.errors import LeapsNotFound, TooManyLeaps
from positions.leaps_market import Told, Wanted
from positions.models import Leaps, OptionType, ValueSource

MOST: Final = 10  # of one trader, expired ones included: he removes what he does not want to see
# One that is shorter when it is added is hardly long-dated; that is said, not refused.
LEAST_DAYS: Final = 270
GREEKS: Final = ("delta", "gamma", "vega", "theta")
# What the market says, and so overwrites what a trader said of it.
_VALUES: Final = ("current_value", "current_iv", *(f"current_{name}" for name in GREEKS))
_TOLD: Final = (*_VALUES, "contract", "value_at", "value_source", "current_underlying", "underlying_at")
_TOGETHER: Final = 500


def add(user_id: UUID, values: Mapping[str, Any], *, now: datetime) -> Leaps:
    """Add one and return it with what the market says of it; of one bought today that is also its entry.

    Parameters
    ----------
    values
        Columns that its trader fills; entry Greeks that he leaves out, or has None for, are not known.
    now : datetime
        Market time.

    Raises
    ------
    TooManyLeaps
        If he has as many as he may.
    """
    with transaction.atomic():
        # One act of a trader after the other, so that of many at once each counts what the one before has added.
        get_user_model()._default_manager.select_for_update(no_key=True).values_list("pk").get(pk=user_id)  # noqa: SLF001
        if Leaps.objects.owned_by(user_id).count() >= MOST:
            raise TooManyLeaps
        row = Leaps(user_id=user_id, created_at=now, updated_at=now, **values)
        row.save(force_insert=True)
    refresh([row], now=now)
    if row.value_at and row.entry_date == new_york_date(now):
        _keep_entry(row)
    return row


def change(user_id: UUID, leaps_id: UUID, changes: Mapping[str, Any], *, now: datetime) -> Leaps:
    """Set what its trader says: values of now, notes, or what he bought. Return it as it is then.

    Raises
    ------
    LeapsNotFound
        If he has no such LEAPS.
    """
    with transaction.atomic():
        row = Leaps.objects.owned_by(user_id).filter(pk=leaps_id).select_for_update().first()
        if row is None:
            raise LeapsNotFound
        said = dict(changes)
        if not said.keys().isdisjoint(_VALUES):
            said |= {"value_at": now, "value_source": ValueSource.CLIENT}
        if "current_underlying" in said:
            said["underlying_at"] = now
        for column, value in said.items():
            setattr(row, column, value)
        row.updated_at = now
        row.save(update_fields=[*said, "updated_at"])
    return row


def remove(user_id: UUID, leaps_id: UUID) -> None:
    """Remove one; one that is not there is gone all the same."""
    Leaps.objects.owned_by(user_id).filter(pk=leaps_id).delete()


def one(user_id: UUID, leaps_id: UUID) -> Leaps:
    """Return one of a trader's.

    Raises
    ------
    LeapsNotFound
        If he has no such LEAPS.
    """
    row = Leaps.objects.owned_by(user_id).filter(pk=leaps_id).first()
    if row is None:
        raise LeapsNotFound
    return row


def refresh(rows: Sequence[Leaps], *, now: datetime) -> dict[UUID, Told]:
    """Bring rows up to date with the market, here and in the database; return what it says of each, by id.

    What the market does not say stays as it was, with the instant at which it was said; so does all of one that has
    expired.
    """
    alive = [row for row in rows if row.expiry_date >= new_york_date(now)]
    known = leaps_market.told({wanted(row) for row in alive}, now) if alive else {}
    told = {row.pk: known.get(wanted(row), Told()) for row in rows}
    for row in alive:
        if _take_over(row, told[row.pk], now):
            # One statement a row, of these columns only: notes may be saved meanwhile, and the row may be gone.
            Leaps.objects.filter(pk=row.pk).update(**{column: getattr(row, column) for column in _TOLD})
    return told


def refresh_all(now: datetime) -> dict[str, int]:
    """Bring every LEAPS that has not expired up to date; return how many, and how many had a price. Safe to repeat."""
    seen = priced = 0
    alive = Leaps.objects.alive(new_york_date(now)).order_by("symbol", "pk")
    for rows in _parts(alive.iterator(chunk_size=_TOGETHER)):
        told = refresh(rows, now=now)
        seen += len(told)
        priced += sum(each.mark > 0 for each in told.values())
    return {"seen": seen, "priced": priced}


def wanted(row: Leaps) -> Wanted:
    """Return the option of a row as the market is asked for it."""
    return Wanted(row.symbol, row.option_type == OptionType.CALL, float(row.strike), row.expiry_date)


def _parts(rows: Iterator[Leaps]) -> Iterator[list[Leaps]]:
    while part := list(islice(rows, _TOGETHER)):
        yield part


def _take_over(row: Leaps, told: Told, now: datetime) -> bool:
    """Set what the market says on a row; say whether anything is different."""
    before = [getattr(row, column) for column in _TOLD]
    if told.spot.price > 0:
        row.current_underlying, row.underlying_at = _held(row, "current_underlying", told.spot.price), told.spot.at
    if told.mark > 0:
        row.current_value = _held(row, "current_value", told.mark)
        row.current_iv = _held(row, "current_iv", told.sigma)
        for name in GREEKS:
            setattr(row, f"current_{name}", _held(row, f"current_{name}", getattr(told, name)))
        row.contract, row.value_at = told.contract, told.at or now
        row.value_source = ValueSource.QUOTE if told.is_quote else ValueSource.LAST_TRADE
    return before != [getattr(row, column) for column in _TOLD]


def _keep_entry(row: Leaps) -> None:
    """Of one that was bought today, take the Greeks of now for those of its entry where its trader said none."""
    unsaid = [name for name in GREEKS if getattr(row, f"entry_{name}") is None]
    for name in unsaid:
        setattr(row, f"entry_{name}", getattr(row, f"current_{name}"))
    if unsaid:
        row.save(update_fields=[f"entry_{name}" for name in unsaid])


def _held(row: Leaps, column: str, number: float) -> Decimal | None:
    """Return a number as its column holds it, None where it is unknown or does not fit."""
    if not math.isfinite(number):
        return None
    field = row._meta.get_field(column)  # noqa: SLF001 -- Django's public name for it
    digits, places = field.max_digits, field.decimal_places  # type: ignore[union-attr]
    exact = Decimal(repr(number)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return exact if abs(exact) < Decimal(10) ** (digits - places) else None
