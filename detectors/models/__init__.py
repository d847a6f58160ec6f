"""The rows of detectors: what was found, who tracks it, what gated it, and how far each symbol was read."""

from detectors.models.detected_setup import DetectedSetup, Outcome, Source
from detectors.models.gates import Attention, Hearing
from detectors.models.symbol_cursor import SymbolCursor
from detectors.models.tracked_setup import Direction, Origin, Resolution, Status, TrackedSetup

__all__ = [
    "Attention",
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
