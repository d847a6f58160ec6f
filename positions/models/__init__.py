"""The rows of positions: what is held and its worth, advice, plans, days and hindsight, and LEAPS."""

from positions.models.advice import Advice, AdviceState, AdviceThresholds, AdviceUrgency
from positions.models.fill import Fill, FillKind
from positions.models.hindsight import Hindsight
from positions.models.leaps import Leaps, OptionType, ValueSource
from positions.models.leg import Leg, LegKind
from positions.models.mark import Mark
from positions.models.mark_minute import MarkMinute
from positions.models.position import Direction, Position, Source, Status, Strategy
from positions.models.position_day import FillMark, PositionDay
from positions.models.trading_plan import PlanBreach, PlanChange, TradingPlan

__all__ = [
    "Advice",
    "AdviceState",
    "AdviceThresholds",
    "AdviceUrgency",
    "Direction",
    "Fill",
    "FillKind",
    "FillMark",
    "Hindsight",
    "Leaps",
    "Leg",
    "LegKind",
    "Mark",
    "MarkMinute",
    "OptionType",
    "PlanBreach",
    "PlanChange",
    "Position",
    "PositionDay",
    "Source",
    "Status",
    "Strategy",
    "TradingPlan",
    "ValueSource",
]
