"""The rows of positions: what is held, its legs and their fills, what it is worth, advice on it, and LEAPS."""

from positions.models.advice import Advice, AdviceState, AdviceThresholds, AdviceUrgency
from positions.models.fill import Fill, FillKind
from positions.models.leaps import Leaps, OptionType, ValueSource
from positions.models.leg import Leg, LegKind
from positions.models.mark import Mark
from positions.models.position import Direction, Position, Source, Status, Strategy

__all__ = [
    "Advice",
    "AdviceState",
    "AdviceThresholds",
    "AdviceUrgency",
    "Direction",
    "Fill",
    "FillKind",
    "Leaps",
    "Leg",
    "LegKind",
    "Mark",
    "OptionType",
    "Position",
    "Source",
    "Status",
    "Strategy",
    "ValueSource",
]
