"""How the events of this room read: what a frame says, and what the journal needs to retell it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from detectors.models import Alert, DetectedSetup, Status, TrackedSetup
from detectors.pure.lifecycle import TRACKING_DIRECTION
from detectors.pure.rounding import cents
from realtime.events import NewEvent
from realtime.messages import AlertChanged, AlertTriggered, SetupChanged, SetupDetected, SetupUpdate

FACTS_VERSION = 1
BAR_S = 60


def detected(found: DetectedSetup) -> NewEvent:
    """Return the one event of a detection, heard by everybody whose setup tracks it."""
    message = SetupDetected(
        detected_setup_id=found.id,
        symbol=found.symbol,
        setup_type=found.setup_type,
        direction=TRACKING_DIRECTION[found.direction],
        confidence=found.confidence,
        current_price=None if found.price is None else float(found.price),
        detected_at=found.detected_at,
        valid_until=found.valid_until,
        probability=found.calibrated_probability,
    )
    facts = {
        "version": FACTS_VERSION,
        "detectedSetupId": found.id,
        "description": found.description,
        "volumeSource": found.volume_source,
        "plan": _prices(found.entry, found.stop, found.target),
        "fullPlan": found.plan,
    }
    return NewEvent.telling(message, subject=found.id, facts=facts, market_at=found.detected_at)


def moved(row: Mapping[str, Any]) -> NewEvent:
    """Return the event of a setup whose stop or target a bar has touched; `row` as `statements.MOVE` returns it."""
    closed_at = datetime.fromtimestamp(row["ts"] + BAR_S, UTC)
    message = SetupUpdate(
        setup_id=row["id"],
        user_id=row["user_id"],
        symbol=row["symbol"],
        setup_type=row["setup_type"],
        status=row["status"],
        current_price=cents(row["close"]),
        reason=row["resolution"],
        evaluated_at=closed_at,
        interrupt=row["interrupt"],
    )
    level = row["stop"] if row["status"] == Status.INVALIDATED else row["target"]
    facts = {**_facts(row), "actor": "price", "price": level, "barAt": datetime.fromtimestamp(row["ts"], UTC)}
    return NewEvent.telling(message, user_id=row["user_id"], subject=row["id"], facts=facts, market_at=closed_at)


def expired(row: Mapping[str, Any], *, at: datetime) -> NewEvent:
    """Return the event of a setup whose time is over; `row` as `statements.EXPIRE` returns it."""
    message = _changed(row, previous=Status.ACTIVE, status=Status.ARCHIVED, reason="expired", at=at)
    facts = {**_facts(row), "actor": "time"}
    return NewEvent.telling(message, user_id=row["user_id"], subject=row["id"], facts=facts, market_at=at)


def by_trader(setup: TrackedSetup, *, previous: str | None, status: str | None, reason: str, at: datetime) -> NewEvent:
    """Return the event of a change that its trader made.

    Parameters
    ----------
    reason
        `created`, `manual` (another status), `notes` or `deleted`.
    """
    row = vars(setup)
    message = _changed(row, previous=previous, status=status, reason=reason, at=at)
    facts = {**_facts(row), "actor": "trader", "notes": setup.notes}
    return NewEvent.telling(message, user_id=setup.user_id, subject=setup.id, facts=facts, market_at=at)


def alert_triggered(row: Mapping[str, Any]) -> NewEvent:
    """Return the event of an alert that fired; `row` as `statements.TRIGGER` returns it, `ts` None without a bar."""
    message = AlertTriggered(
        alert_id=row["id"],
        user_id=row["user_id"],
        symbol=row["symbol"],
        type=row["alert_type"],
        target_value=float(row["target_value"]),
        current_price=cents(row["close"]),
        triggered_at=row["triggered_at"],
        notes=row["notes"],
        trigger_reason=row["trigger_reason"],
        trigger_price=float(row["trigger_price"]),
        volume_ratio=None if row["ratio"] is None else cents(row["ratio"]),
        interrupt=row["interrupt"],
    )
    bar_at = None if row["ts"] is None else datetime.fromtimestamp(row["ts"], UTC)
    facts = {**_alert_facts(row), "actor": "price", "barAt": bar_at}
    return NewEvent.telling(
        message, user_id=row["user_id"], subject=row["id"], facts=facts, market_at=row["triggered_at"]
    )


def alert_changed(
    alert: Alert, *, previous: str | None, status: str | None, reason: str, at: datetime, actor: str = "trader"
) -> NewEvent:
    """Return the event of anything else that happened to an alert.

    Parameters
    ----------
    previous, status
        None when it is new, and when it is gone.
    reason
        `created`, `changed`, `cancelled`, `rearmed`, `deleted` or `expired`.
    actor
        `trader` or `time`.
    """
    message = AlertChanged(
        alert_id=alert.id,
        user_id=alert.user_id,
        symbol=alert.symbol,
        type=alert.alert_type,
        target_value=float(alert.target_value),
        previous_status=previous,
        status=status,
        reason=reason,
        changed_at=at,
    )
    facts = {**_alert_facts(vars(alert)), "actor": actor}
    return NewEvent.telling(message, user_id=alert.user_id, subject=alert.id, facts=facts, market_at=at)


def _alert_facts(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        "version": FACTS_VERSION,
        "alertId": row["id"],
        "alertType": row["alert_type"],
        "targetValue": row["target_value"],
        "tolerancePct": row["tolerance_pct"],
        "notes": row["notes"],
    }


def _changed(
    row: Mapping[str, Any], *, previous: str | None, status: str | None, reason: str, at: datetime
) -> SetupChanged:
    return SetupChanged(
        setup_id=row["id"],
        user_id=row["user_id"],
        symbol=row["symbol"],
        setup_type=row["setup_type"],
        previous_status=previous,
        status=status,
        reason=reason,
        changed_at=at,
    )


def _facts(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        "version": FACTS_VERSION,
        "trackedSetupId": row["id"],
        "detectedSetupId": row["detected_setup_id"],
        "origin": row["origin"],
        "direction": row["direction"],
        "plan": _prices(row["entry"], row["stop"], row["target"]),
    }


def _prices(entry: Decimal | None, stop: Decimal | None, target: Decimal | None) -> dict[str, Decimal | None]:
    return {"entry": entry, "stop": stop, "target": target}
