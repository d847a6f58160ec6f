"""The rows of positions: what is held, the legs it is made of, and the fills that legs are made of."""

from positions.models.fill import Fill, FillKind
from positions.models.leg import Leg, LegKind
from positions.models.mark import Mark
from positions.models.position import Direction, Position, Source, Status, Strategy

__all__ = ["Direction", "Fill", "FillKind", "Leg", "LegKind", "Mark", "Position", "Source", "Status", "Strategy"]
