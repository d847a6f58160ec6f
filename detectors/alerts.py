"""What a trader does with one of his price alerts: set it, change it, cancel it, arm it again, delete it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction

from config.http.errors import CoachError, InvalidInput, NotFound
from detectors import announcements
from detectors.models import Alert, AlertStatus, Delivery
from detectors.pure.alert_rules import AlertType, Reason, Rule, is_met
from detectors.rows import returned_by
from detectors.statements import MAY_INTERRUPT
from market import clock, latest_price
from realtime.events import NewEvent, publish, publish_all

MOST_ACTIVE = 20  # of one trader

# What makes bars from before it say nothing of the alert any more.
_AIM = ("target_value", "tolerance_pct")


class AlertLimitReached(CoachError):
    """One active alert more than a trader may have."""

    code, label, status = "VALIDATION_ERROR", "Alert limit reached", 400
    message = "You already have {limit} active alerts"


class AlertNotActive(CoachError):
    """An alert that cannot be cancelled: it is over, or there is none."""

    code, label, status = "NOT_FOUND", "Alert not found or already cancelled/triggered", 404
    message = "This alert is not active"


def symbols() -> set[str]:
    """Return the symbols of all active alerts: price is watched even when they are on no list."""
    return set(Alert.objects.active().order_by().values_list("symbol", flat=True).distinct())


def create(user_id: UUID, wanted: Mapping[str, Any], *, now: datetime) -> UUID:
    """Set an alert; one that is met by the price of now fires at once. Return its id.

    Parameters
    ----------
    wanted
        The validated members of the request, in the names of the columns.

    Raises
    ------
    AlertLimitReached
        If the trader has as many active ones as he may.
    """
    price = price_now(wanted["symbol"], now)
    alert = Alert(user_id=user_id, created_at=now, armed_price=_money(price), **wanted)
    told = [announcements.alert_changed(alert, previous=None, status=alert.status, reason="created", at=now)]
    with _counting(user_id):
        if _has_as_many_as_he_may(user_id):
            raise AlertLimitReached(limit=MOST_ACTIVE)
        if price is not None and is_met(_rule(alert), price):
            told.append(_fire(alert, price, now))
        alert.save(force_insert=True)
        publish_all(told)
    return alert.id


def change(user_id: UUID, alert_id: UUID, changes: Mapping[str, Any], *, now: datetime) -> None:
    """Set what differs; another target counts from now on, and so does an alert that is armed again.

    Raises
    ------
    NotFound
        If the trader has no such alert.
    InvalidInput
        If the alert cannot have this status, or would be one active alert too many.
    """
    symbol = Alert.objects.owned_by(user_id).filter(pk=alert_id).values_list("symbol", flat=True).first()
    if symbol is None:
        raise NotFound(thing="alert")
    may_arm = changes.get("status") == AlertStatus.ACTIVE or not changes.keys().isdisjoint(_AIM)
    price = price_now(symbol, now) if may_arm else None  # before the lock: a vendor may have to be asked
    with _counting(user_id):
        alert = _locked(user_id, alert_id)
        previous = alert.status
        reason, values = _effects(alert, changes, price, now)
        if not values:
            return
        if reason == "rearmed" and _has_as_many_as_he_may(user_id):
            # The contract knows no other 400 here.
            raise InvalidInput(issues=[f"status: you already have {MOST_ACTIVE} active alerts"])
        for name, value in values.items():
            setattr(alert, name, value)
        alert.save(update_fields=list(values))
        publish(announcements.alert_changed(alert, previous=previous, status=alert.status, reason=reason, at=now))


def cancel(user_id: UUID, alert_id: UUID, *, now: datetime) -> None:
    """Cancel an active alert.

    Raises
    ------
    AlertNotActive
        If the trader has no active alert of this id.
    """
    with transaction.atomic():
        alert = Alert.objects.owned_by(user_id).active().filter(pk=alert_id).select_for_update().first()
        if alert is None:
            raise AlertNotActive
        previous, alert.status = alert.status, AlertStatus.CANCELLED
        alert.save(update_fields=["status"])
        publish(announcements.alert_changed(alert, previous=previous, status=alert.status, reason="cancelled", at=now))


def delete(user_id: UUID, alert_id: UUID, *, now: datetime) -> None:
    """Remove an alert, if there is one; its events stay."""
    with transaction.atomic():
        alert = Alert.objects.owned_by(user_id).filter(pk=alert_id).select_for_update().first()
        if alert is not None:
            Alert.objects.filter(pk=alert_id).delete()
            publish(announcements.alert_changed(alert, previous=alert.status, status=None, reason="deleted", at=now))


def price_now(symbol: str, now: datetime) -> float | None:
    """Return the price of now; None when the feed has fallen silent, or nobody knows one."""
    found = latest_price.latest(symbol, now, close=math.nan, close_date=clock.market_date(now))
    return found.price if found.source == "intraday" else None


def _effects(
    alert: Alert, changes: Mapping[str, Any], price: float | None, now: datetime
) -> tuple[str, dict[str, Any]]:
    """Return what to call a change, and every column it sets; none when it changes nothing."""
    values = {name: value for name, value in changes.items() if value != getattr(alert, name)}
    status = values.get("status")
    if status is None:
        if alert.status == AlertStatus.ACTIVE and not values.keys().isdisjoint(_AIM):
            values |= {"rearmed_at": now, "armed_price": _money(price)}
        return "changed", values
    if status == AlertStatus.TRIGGERED:
        raise InvalidInput(issues=["status: only the market triggers an alert"])
    if status == AlertStatus.CANCELLED:
        if alert.status != AlertStatus.ACTIVE:
            raise InvalidInput(issues=[f"status: an alert that is {alert.status} cannot be cancelled"])
        return "cancelled", values
    ended = values.get("expires_at", alert.expires_at)
    if ended is not None and ended <= now:
        values["expires_at"] = None  # else it would run out within the minute
    return "rearmed", {**values, **_armed(price, now)}


def _armed(price: float | None, now: datetime) -> dict[str, Any]:
    return {
        "rearmed_at": now,
        "armed_price": _money(price),
        "condition_met": False,
        "notification_sent": False,
        "triggered_at": None,
        "trigger_reason": None,
        "trigger_price": None,
        "expired_at": None,
    }


def _fire(alert: Alert, price: float, now: datetime) -> NewEvent:
    """Trigger a new alert in memory and return its event."""
    alert.status, alert.condition_met, alert.triggered_at = AlertStatus.TRIGGERED, True, now
    alert.trigger_reason, alert.trigger_price = Reason.ALREADY_MET, alert.armed_price
    alert.notification_sent = Delivery.IN_APP in alert.notification_channels
    (may,) = returned_by(MAY_INTERRUPT, {"user_id": alert.user_id, "now": now})
    return announcements.alert_triggered({**vars(alert), **may, "ts": None, "close": price, "ratio": None})


def _rule(alert: Alert) -> Rule:
    tolerance = alert.tolerance_pct
    return Rule(
        alert_type=cast("AlertType", alert.alert_type),
        target=float(alert.target_value),
        tolerance_pct=None if tolerance is None else float(tolerance),
    )


@contextmanager
def _counting(user_id: UUID) -> Iterator[None]:
    # One act of a trader after the other, so that of many at once each counts what the one before has set. Not "for
    # update" outright: rows that only point at the user (an event, a tracked setup) can be inserted meanwhile.
    users = get_user_model()._default_manager  # noqa: SLF001 -- Django's public name for it
    with transaction.atomic():
        users.select_for_update(no_key=True).values_list("pk").get(pk=user_id)
        yield


def _has_as_many_as_he_may(user_id: UUID) -> bool:
    return Alert.objects.owned_by(user_id).active().count() >= MOST_ACTIVE


def _locked(user_id: UUID, alert_id: UUID) -> Alert:
    alert = Alert.objects.owned_by(user_id).filter(pk=alert_id).select_for_update().first()
    if alert is None:
        raise NotFound(thing="alert")
    return alert


def _money(price: float | None) -> Decimal | None:
    return None if price is None else Decimal(repr(price))
