"""Where the advisor's rules begin to speak: numbers that the installation and each trader may set otherwise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Self

# How far a number has to come back from its threshold, in parts of it, before an advice is over.
RETREAT: Final = 0.10


def _at_least(default: float, text: str) -> Any:
    return field(default=default, metadata={"text": text, "towards": -1})


def _at_most(default: float, text: str) -> Any:
    return field(default=default, metadata={"text": text, "towards": 1})


def _choice(default: float, text: str) -> Any:
    return field(default=default, metadata={"text": text, "towards": 0})


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The defaults of specification `positions` 7.2 and 7.3."""

    profit_pct: float = _at_least(50.0, "gain on what was paid, medium [%]")
    profit_high_pct: float = _at_least(100.0, "the same, high [%]")
    captured_pct: float = _at_least(50.0, "sold premium: share of the most that can be won, medium [%]")
    captured_high_pct: float = _at_least(80.0, "the same, high [%]")
    loss_pct: float = _at_most(-50.0, "loss on what was paid, high [%]")
    credit_loss: float = _at_least(1.0, "sold premium: loss in times of the credit, medium")
    credit_loss_high: float = _at_least(2.0, "the same, high")
    max_loss_pct: float = _at_least(80.0, "share of the most that the structure can lose [%]")
    max_loss_patient_days: float = _at_most(30.0, "not above so many days to expiry ...")
    max_loss_patient_pop_pct: float = _at_most(40.0, "... with a probability of profit above this [%]")
    decay_days: float = _at_most(5.0, "fewer days to expiry than this")
    decay_pct: float = _at_least(10.0, "value lost by the close of the next session, spot held [%]")
    worthless_price: float = _at_most(0.10, "price of one share on its last day [USD]")
    worthless_moves: float = _at_least(1.0, "distance out of the money, in moves that are still expected")
    worthless_high_minutes: float = _at_most(120.0, "high from so many minutes before the close (14:00)")
    conversion_pct: float = _at_least(30.0, "gain of a bought call or put [%]")
    conversion_delta: float = _choice(0.30, "delta of the option to sell against it")
    roll_days: float = _at_most(14.0, "bought and in profit: fewer days than this")
    roll_tested_days: float = _at_most(21.0, "sold and tested: fewer days than this")
    roll_tested_delta: float = _at_least(0.35, "delta above which a sold option is tested")
    roll_first_days: float = _choice(25.0, "nearest expiry to roll to [days]")
    roll_last_days: float = _choice(45.0, "farthest expiry to roll to [days]")
    level_atr: float = _at_most(0.25, "distance to a level ahead [daily ATRs]")
    stop_near: float = _at_most(0.10, "distance to the stop, of that from entry to stop; medium")
    dividend_sessions: float = _at_most(2.0, "sessions to the ex-date")
    deep_delta: float = _at_least(0.80, "delta above which a sold put is deep in the money")
    event_points: float = _at_least(10.0, "volatility above that without the event [points]")
    event_medium_days: float = _at_most(2.0, "medium from so many days before the event")
    pin_pct: float = _at_most(0.25, "distance of the spot to a sold strike [%]")
    pin_minutes: float = _at_most(60.0, "in so many minutes before expiry")
    wide_pct: float = _choice(25.0, "spread of a quote, of its middle, above which it warns [%]")
    opening_minutes: float = _choice(5.0, "nothing is said on wide quotes so long after the open")
    slack: float = _choice(0.0, "what the trader's own prices are softened by")

    def relaxed(self) -> Self:
        """Return the thresholds at which what was advised still holds: a tenth nearer to where nothing is said."""
        moved = {
            each.name: value + each.metadata["towards"] * RETREAT * abs(value)
            for each in fields(self)
            for value in [getattr(self, each.name)]
        }
        return replace(self, **{**moved, "slack": RETREAT})

    def overridden(self, values: Mapping[str, object]) -> Self:
        """Return these with some set otherwise.

        Raises
        ------
        ValueError
            If a name is none of ours, a value is no finite number, or its sign is not that of the default.
        """
        names = {each.name: getattr(DEFAULTS, each.name) for each in fields(self) if each.name != "slack"}
        for name, value in values.items():
            if name not in names:
                raise ValueError(f"{name}: there is no such threshold")
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise ValueError(f"{name}={value!r}: expected a finite number")
            if value * names[name] <= 0:
                raise ValueError(f"{name}={value!r}: expected a number {'above' if names[name] > 0 else 'below'} 0")
        return replace(self, **{name: float(value) for name, value in values.items()})  # type: ignore[arg-type]


DEFAULTS: Final = Thresholds()


def texts() -> dict[str, str]:
    """Return what each threshold means."""
    return {each.name: each.metadata["text"] for each in fields(Thresholds) if each.name != "slack"}
