"""A cadence as people say it."""

from __future__ import annotations

from config.schedule import At, Every

_PHASES = (("pre", "pre-market"), ("open", "while open"), ("after", "after hours"), ("closed", "closed"))
_DAYS = {"daily": "daily", "trading": "on trading days", "sunday": "on Sundays", "monthly": "on the 1st of the month"}
_HOUR_S, _MINUTE_S = 3600, 60


def cadence_in_words(when: Every | At) -> str:
    """Return a cadence in words: `5 s pre-market, while open and after hours; 60 s closed`."""
    return _every(when) if isinstance(when, Every) else _at(when)


def _every(when: Every) -> str:
    phases: dict[int, list[str]] = {}
    for name, words in _PHASES:
        cadence = getattr(when, name)
        if cadence is not None:
            phases.setdefault(cadence, []).append(words)
    if list(map(len, phases.values())) == [len(_PHASES)]:
        return f"every {_duration(next(iter(phases)))}, at all hours"
    return "; ".join(f"{_duration(cadence)} {_listed(names)}" for cadence, names in phases.items())


def _at(when: At) -> str:
    at = f"{when.time:%H:%M} ET" if when.time else f"{when.after_close_min} min after the close"
    latest = f", not after {when.latest:%H:%M}" if when.latest else ""
    return f"{at} {_DAYS[when.days]}{latest}"


def _duration(seconds: int) -> str:
    if seconds % _HOUR_S == 0:
        return f"{seconds // _HOUR_S} h"
    if seconds % _MINUTE_S == 0 and seconds > _MINUTE_S:
        return f"{seconds // _MINUTE_S} min"
    return f"{seconds} s"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
