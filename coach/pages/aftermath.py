"""What followed a detection: the end that is written down, or else what the bars since then say so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from detectors.models import DetectedSetup
from detectors.outcomes import outcome_of
from detectors.pure.lifecycle import REASON
from detectors.pure.outcomes import NO_PLAN, Outcome, resolve
from detectors.pure.plans import Side
from market.pure.bars import Bars

ENDED = frozenset(REASON.values())  # reasons that time has no part in


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Where a plan stands.

    Attributes
    ----------
    end : Outcome or None
        How it ended; None while it is open, or where nobody can tell.
    so_far : Outcome or None
        An open plan as if it were closed at the last bar; None before its first bar.
    has_plan : bool
        Whether there is anything to measure.
    is_open : bool
        Its time is not up, and no bar has touched its stop or last target.
    """

    end: Outcome | None = None
    so_far: Outcome | None = None
    has_plan: bool = True
    is_open: bool = False


def read(found: DetectedSetup, bars: Bars, now: datetime) -> Aftermath:
    """Return what followed, from the completed minutes of the detection's session.

    Ends are written down when a plan's time is up; a plan whose stop or target was touched before is over at once.
    """
    if found.outcome is not None:
        stored = _stored(found)
        return Aftermath(end=stored, has_plan=stored.reason != NO_PLAN.reason)
    since = bars.take(bars.ts >= int(found.detected_at.timestamp()))
    so_far = _so_far(found, since)
    if not so_far:
        return Aftermath(has_plan=False)
    if found.valid_until is not None and now >= found.valid_until:
        end = outcome_of(found, bars, now) if len(bars) else None
        return Aftermath(end=end, is_open=end is None and bool(len(bars)))
    if so_far.reason in ENDED:
        return Aftermath(end=so_far)
    return Aftermath(so_far=so_far if len(since) else None, is_open=True)


def _so_far(found: DetectedSetup, since: Bars) -> Outcome | None:
    """Return the outcome at the last bar; None where there is no plan with two sides, and so nothing to measure."""
    entry, stop, target = found.entry, found.stop, found.target
    if entry is None or stop is None or target is None or entry == stop or found.direction == "neutral":
        return None
    side: Side = "long" if found.direction == "long" else "short"
    return resolve(side, entry=float(entry), stop=float(stop), target=float(target), bars=since)


def _stored(found: DetectedSetup) -> Outcome:
    told = found.outcome_data or {}
    return Outcome(
        verdict=found.outcome,
        reason=told.get("reason", ""),
        exit_price=told.get("exitPrice"),
        exit_bar_ts=told.get("exitBarTs"),
        realized_r=told.get("realizedR"),
        mfe_r=told.get("mfeR"),
        mae_r=told.get("maeR"),
        bars_to_resolution=told.get("barsToResolution", 0),
    )
