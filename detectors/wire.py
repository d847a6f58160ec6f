"""How stored setups read on the wire: rows in snake_case, what a finder said in camelCase."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from detectors.models import DetectedSetup, Source, TrackedSetup
from detectors.pure.lifecycle import TRACKING_DIRECTION
from detectors.pure.plans import contracts_for
from detectors.pure.rounding import cents

DEFAULT_RISK = Decimal(100)  # USD a trade, of a trader who has said nothing else

_OWN = (
    *("id", "user_id", "source_opportunity_id", "symbol", "setup_type", "direction", "status", "opportunity_data"),
    *("notes", "tracked_at", "triggered_at", "invalidated_at", "created_at", "updated_at", "origin", "resolution"),
    *("entry", "stop", "target", "valid_until", "rearmed_at", "last_triggered_at", "last_invalidated_at"),
    *("interrupt", "detected_setup_id"),
)
_FOUND = (
    *("id", "symbol", "setup_type", "direction", "confidence", "price", "description", "signal_data"),
    *("trade_suggestion", "plan", "detected_at", "valid_until", "source", "calibrated_probability"),
)
_RISK = "user__preferences__default_risk_per_trade"
_PREFIX = "detected_setup__"

_DETECTED = (
    *("id", "symbol", "setup_type", "direction", "confidence", "detected_at", "signal_data", "trade_suggestion"),
    *("plan", "session_date", "bar_at", "valid_until", "occurrence", "ruleset", "variant", "raw_score", "description"),
    *("calibrated_probability", "volume_source", "plan_rejected", "suppressed_reason"),
    *("outcome", "outcome_data", "resolved_at", "price"),
)

# Where the data of a detection says it comes from.
_METADATA_SOURCE = {Source.E2E: "setup_detector_e2e_simulation"}
_FINDER = "setup_detector"


def tracked(setups: QuerySet[TrackedSetup]) -> list[dict[str, Any]]:
    """Return tracked setups as the contract's rows, in the order of the query; one statement."""
    columns = (*_OWN, *(f"{_PREFIX}{name}" for name in _FOUND), _RISK)
    return [_tracked_row(values) for values in setups.values(*columns)]


def detected(found: QuerySet[DetectedSetup]) -> list[dict[str, Any]]:
    """Return detections as the contract's rows, in the order of the query; one statement."""
    return [{**values, "price": _number(values["price"])} for values in found.values(*_DETECTED)]


def opportunity(found: Mapping[str, Any], *, risk: Decimal | None = None) -> dict[str, Any]:
    """Return what the contract calls `opportunity_data` for a detection.

    Parameters
    ----------
    found
        Columns of the detection.
    risk
        What its reader puts at risk a trade; sizes for it are added to the plan. [USD]
    """
    confidence, price = found["confidence"], _number(found["price"])
    data = {
        "id": f"det-{found['id']}",
        "type": "technical",
        "setupType": found["setup_type"],
        "symbol": found["symbol"],
        "direction": TRACKING_DIRECTION[found["direction"]],
        "score": confidence,
        "confidence": None if confidence is None else cents(confidence / 100),
        "probability": found["calibrated_probability"],
        "currentPrice": price,
        "description": found["description"],
        "suggestedTrade": found["trade_suggestion"],
        "plan": _plan(found, risk or DEFAULT_RISK),
        "metadata": _metadata(found),
        "scannedAt": found["detected_at"],
        "validUntil": found["valid_until"],
    }
    return {name: value for name, value in data.items() if value is not None}


def _tracked_row(values: Mapping[str, Any]) -> dict[str, Any]:
    row = {name: values[name] for name in _OWN}
    for name in ("entry", "stop", "target"):
        row[name] = _number(row[name])
    if row["opportunity_data"] is None:
        found = {name: values[f"{_PREFIX}{name}"] for name in _FOUND}
        row["opportunity_data"] = opportunity(found, risk=values[_RISK])
    return row


def _plan(found: Mapping[str, Any], risk: Decimal) -> dict[str, Any] | None:
    plan = found["plan"]
    if plan is None:
        return None
    own = contracts_for(plan["stopLoss"]["riskDollars"], int(risk))
    sizes = {**plan["positionSize"], "contractsForUserRisk": own}
    return {**plan, "positionSize": sizes, "confidence": found["confidence"], "validUntil": found["valid_until"]}


def _metadata(found: Mapping[str, Any]) -> dict[str, Any]:
    # The card prints each member as a chip: text, numbers and booleans only.
    flat = {name: value for name, value in found["signal_data"].items() if isinstance(value, str | int | float)}
    source = _METADATA_SOURCE.get(found["source"], _FINDER)
    return {**flat, "source": source, "detectedSetupId": str(found["id"])}


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
