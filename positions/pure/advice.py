"""What a rule says of a position: a finding with the numbers it rests on, or why it says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any


class AdviceType(StrEnum):
    """The contract's five kinds."""

    TAKE_PROFIT = "take_profit"
    STOP_LOSS = "stop_loss"
    TIME_DECAY = "time_decay"
    SPREAD_CONVERSION = "spread_conversion"
    ROLL = "roll"


class Urgency(IntEnum):
    """The contract's three grades, in their order."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def wire(self) -> str:
        """The contract's word."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Evidence:
    """The number that a rule fired on.

    Attributes
    ----------
    metric : str
        What was measured, in camelCase with its unit.
    value, threshold : float
        It, and the limit it crossed.
    rises : bool
        It is the worse the larger it is: the rule fires above its threshold, not below.
    """

    metric: str
    value: float
    threshold: float
    rises: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule fired.

    Attributes
    ----------
    rule : str
        Its name: of each rule one piece of advice is open for a position.
    message : str
        The data in one sentence; never an order.
    action : mapping
        The contract's `suggestedAction`: always `action`, then what belongs to it; JSON values alone.
    contracts : tuple of str
        What it suggests to trade that is not held yet: another suggestion is another advice.
    confidence : float
        How far the prices behind it can be trusted, 0 to 1; not how likely it is to be right.
    expires_at : datetime
        When it means nothing any more unless it is found again.
    liquidity_warning : str or None
        Why its limit prices may not be had.
    """

    rule: str
    type: AdviceType
    urgency: Urgency
    message: str
    action: Mapping[str, Any]
    evidence: Evidence
    contracts: tuple[str, ...] = ()
    confidence: float = field(default=1.0)
    expires_at: datetime
    liquidity_warning: str | None = None


@dataclass(frozen=True, slots=True)
class Abstained:
    """A rule cannot be judged now: what it advised before neither stands nor falls with that."""

    why: str


# None: judged, and it does not fire.
Judged = Finding | Abstained | None
