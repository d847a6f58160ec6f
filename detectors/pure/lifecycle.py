"""When a plan is over: its stop or its target is touched by a bar."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import numpy as np

from market.pure.bars import Floats

TrackingDirection = Literal["bullish", "bearish", "neutral"]

TRACKING_DIRECTION: dict[str, TrackingDirection] = {"long": "bullish", "short": "bearish", "neutral": "neutral"}


class Move(StrEnum):
    """What a bar does to an active plan, in the status it leads to."""

    TRIGGERED = "triggered"  # the wire's word for: the last target was reached
    INVALIDATED = "invalidated"  # the stop was reached


REASON = {Move.TRIGGERED: "target_reached", Move.INVALIDATED: "stop_loss_hit"}


def move_of(
    direction: TrackingDirection, *, stop: float | None, target: float | None, high: float, low: float
) -> Move | None:
    """Return what a bar with this high and low does to an active plan; None when it touches neither price.

    Where one bar touches both, the stop wins: the order inside a bar is not known, and the worse is assumed. A
    missing price is never touched; a neutral plan never moves.
    """
    if direction == "neutral":
        return None
    up = direction == "bullish"
    if stop is not None and (low <= stop if up else high >= stop):
        return Move.INVALIDATED
    if target is not None and (high >= target if up else low <= target):
        return Move.TRIGGERED
    return None


def first_move(
    direction: TrackingDirection, *, stop: float, target: float, highs: Floats, lows: Floats
) -> tuple[Move, int] | None:
    """Return the first move that some bars make and its index; None when they touch neither price. NaN is no touch."""
    if direction == "neutral":
        return None
    up = direction == "bullish"
    stopped = lows <= stop if up else highs >= stop
    reached = highs >= target if up else lows <= target
    touched = np.flatnonzero(stopped | reached)
    if not len(touched):
        return None
    first = int(touched[0])
    return (Move.INVALIDATED if stopped[first] else Move.TRIGGERED), first
