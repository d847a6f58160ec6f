"""The trader's plan: read it, replace it, and say what it was at an instant."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q

from market import clock
from market.clock import Phase
from positions.errors import PlanConflict
from positions.models import PlanChange, TradingPlan
from positions.models.trading_plan import plan_as_json, window_of_json, windows_as_json
from positions.pure.plan_rules import Plan, loosened

NONE = Plan()


def with_loss_limits() -> dict[UUID, TradingPlan]:
    """Return everybody's plans that limit what a trade or a day may lose, by trader."""
    limited = Q(max_loss_trade__isnull=False) | Q(max_loss_day__isnull=False)
    return {row.user_id: row for row in TradingPlan.objects.filter(limited)}


def of_trader(user_id: UUID) -> TradingPlan | None:
    """Return a trader's plan, None when he never made one."""
    return TradingPlan.objects.filter(user_id=user_id).first()


def replace(user_id: UUID, wanted: Plan, *, now: datetime, version: int | None = None) -> TradingPlan:
    """Let a plan hold from now on, and return it; the same plan again changes nothing.

    Parameters
    ----------
    version
        The one that the trader saw, 0 for none; None takes it as it is.

    Raises
    ------
    PlanConflict
        If it has changed since the version that he names.
    """
    with transaction.atomic():
        # Two first plans of one trader at once: his own row is there to wait for.
        get_user_model()._default_manager.select_for_update(no_key=True).values_list("pk").get(pk=user_id)  # noqa: SLF001
        row = of_trader(user_id) or TradingPlan(user_id=user_id, version=0, updated_at=now)
        if version is not None and version != row.version:
            raise PlanConflict(seen=version, version=row.version)
        before = row.plan
        if row.version and before == wanted:
            return row
        row.max_loss_trade, row.max_loss_day = wanted.max_loss_trade, wanted.max_loss_day
        row.max_trades_day, row.no_zero_dte_after = wanted.max_trades_day, wanted.no_zero_dte_after
        row.windows = windows_as_json(wanted)
        row.version += 1
        row.updated_at = now
        row.save()
        PlanChange.objects.create(
            user_id=user_id,
            version=row.version,
            before=plan_as_json(before),
            after=plan_as_json(wanted),
            loosened=list(loosened(before, wanted)),
            in_session=clock.phase(now) is not Phase.CLOSED,
            changed_at=now,
        )
    return row


def as_it_was(row: TradingPlan, at: datetime) -> tuple[int, Plan]:
    """Return the version of a plan that held at an instant, 0 and no limits before the first."""
    if at >= row.updated_at:
        return row.version, row.plan
    held = PlanChange.objects.filter(user_id=row.user_id, changed_at__lte=at).order_by("-version").first()
    return (held.version, _of_json(held.after)) if held else (0, NONE)


def _of_json(kept: dict[str, Any]) -> Plan:
    def amount(name: str) -> Decimal | None:
        return None if kept[name] is None else Decimal(kept[name])

    latest = kept["no_zero_dte_after"]
    return Plan(
        max_loss_trade=amount("max_loss_trade"),
        max_loss_day=amount("max_loss_day"),
        max_trades_day=kept["max_trades_day"],
        windows=tuple(window_of_json(each) for each in kept["windows"]),
        no_zero_dte_after=latest and time.fromisoformat(latest),
    )
