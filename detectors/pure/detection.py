"""What a detector says: a sighting, its description as a detection, or why it abstains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from detectors.pure.plans import Plan

Direction = Literal["long", "short", "neutral"]

RULESET = "rs1"
BAR_S = 60


class Key(NamedTuple):
    """What makes a setup the same setup when its session is read again.

    `fingerprint` tells setups of one symbol, type and direction apart; `occurrence` counts from 1, up by one after
    each re-arm.
    """

    symbol: str
    setup_type: str
    direction: Direction
    fingerprint: str
    occurrence: int


@dataclass(frozen=True, slots=True)
class Detection:
    """A setup that one completed bar completed.

    Attributes
    ----------
    variant : int or None
        Length of the opening range that a trader may choose; None where there is nothing to choose. [minutes]
    bar_ts : int
        Left edge of the trigger bar. [Unix seconds, UTC]
    score : int
        0..100.
    price : float
        Close of the trigger bar. [USD, or index points]
    signal : mapping
        The detector's own numbers, in the wire's names.
    plan, plan_rejected
        The plan, and why it must not be tracked; a plan that is in order has no reason, and a reason may come without
        a plan.
    volume_source : str or None
        The symbol whose volume was read.
    valid_until : int
        When the idea is over. [Unix seconds, UTC]
    confluence, opposed : tuple of str
        Other setup types of the symbol that triggered within the last five minutes, for the same and for the opposite
        direction; the engine adds them.
    """

    symbol: str
    setup_type: str
    direction: Direction
    fingerprint: str
    occurrence: int
    variant: int | None
    bar_ts: int
    score: int
    price: float
    description: str
    signal: Mapping[str, object]
    plan: Plan | None
    plan_rejected: str | None
    volume_source: str | None
    valid_until: int
    confluence: tuple[str, ...] = ()
    opposed: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """What this detection is stored under, once a session."""
        return Key(self.symbol, self.setup_type, self.direction, self.fingerprint, self.occurrence)

    @property
    def detected_ts(self) -> int:
        """The right edge of the trigger bar: the first instant at which this could be known (Unix seconds, UTC)."""
        return self.bar_ts + BAR_S

    @property
    def trackable(self) -> bool:
        """Whether there is a plan that is worth following."""
        return self.plan is not None and self.plan_rejected is None


@dataclass(frozen=True, slots=True)
class Sighting:
    """A setup as a detector sees it: its key, its trigger bar's left edge in Unix seconds, and how to describe it.

    A session is read again at every bar, and most of what is seen is known; only what is new gets described.
    """

    key: Key
    bar_ts: int
    describe: Callable[[], Detection]


@dataclass(frozen=True, slots=True)
class Abstention:
    """A detector that could not judge a symbol, and why."""

    symbol: str
    detector: str
    reason: str
