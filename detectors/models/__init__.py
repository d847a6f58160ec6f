"""The rows of detectors: what was found, who tracks it, what gated it, price alerts, and how far symbols were read."""

from detectors.models.alert import Alert, AlertStatus, AlertType, Delivery
from detectors.models.detected_setup import DetectedSetup, Outcome, Source
from detectors.models.gates import Attention, Hearing
from detectors.models.symbol_cursor import SymbolCursor
from detectors.models.tracked_setup import Direction, Origin, Resolution, Status, TrackedSetup

__all__ = [
    "Alert",
    "AlertStatus",
    "AlertType",
    "Attention",
    "Delivery",
    "DetectedSetup",
    "Direction",
    "Hearing",
    "Origin",
    "Outcome",
    "Resolution",
    "Source",
    "Status",
    "SymbolCursor",
    "TrackedSetup",
]
