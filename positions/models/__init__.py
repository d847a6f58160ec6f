"""The rows of positions: what is held, its legs and fills, what was seen of their markets, advice, and LEAPS."""

from positions.models.advice import Advice, AdviceState, AdviceThresholds, AdviceUrgency
from positions.models.fill import Fill, FillKind
from positions.models.leaps import Leaps, OptionType, ValueSource
from positions.models.leg import Leg, LegKind
from positions.models.mark import Mark
from positions.models.position import Direction, Position, Source, Status, Strategy
from positions.models.position_day import FillMark, PositionDay

__all__ = [
    "Advice",
    "AdviceState",
    "AdviceThresholds",
    "AdviceUrgency",
    "Direction",
    "Fill",
    "FillKind",
    "FillMark",
    "Leaps",
    "Leg",
    "LegKind",
    "Mark",
    "OptionType",
    "Position",
    "PositionDay",
    "Source",
    "Status",
    "Strategy",
    "ValueSource",
]
