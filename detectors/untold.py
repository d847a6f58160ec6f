"""Why a trader was not told of a detection, read off what is stored."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Preferences
from detectors.detections import MOST_A_SESSION, MOST_A_SYMBOL, THROTTLE
from detectors.models import Origin, TrackedSetup
from detectors.pure.identity import tracked_id
from market.models import Following

Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Told:
    # What the trader tracks automatically in the sessions of some detections: when, by symbol, and which ids.
    at: dict[tuple[Any, str], list[datetime]]
    ids: frozenset[UUID]


def reasons(user: Any, rows: Iterable[Row]) -> dict[UUID, tuple[UUID | None, str | None]]:
    """Return for each detection the trader's own setup of it, and else why there is none.

    Parameters
    ----------
    rows
        Detections with `id`, `symbol`, `setup_type`, `confidence`, `variant`, `session_date`, `detected_at` and
        `suppressed_reason`.

    Returns
    -------
    dict of id to (setup id, reason)
        Reasons are the detection's own (`no_plan`, `plan_rejected`, `late`) or the trader's: `muted`,
        `below_min_confidence`, `other_period`, `not_followed`, `budget`, `throttled`. The trader's follow from his
        lists and choices as they are now, and from what he was told that day; `not_tracked` when none of them
        explains it, because he has changed his mind or deleted the setup since.
    """
    rows = list(rows)
    if not rows:
        return {}
    choices = Preferences.of(user)
    followed = set(Following.objects.filter(user=user, auto_track=True).values_list("symbol", flat=True))
    told = _told(user, rows)
    found: dict[UUID, tuple[UUID | None, str | None]] = {}
    for row in rows:
        own = tracked_id(row["id"], user.pk)
        found[row["id"]] = (own, None) if own in told.ids else (None, _reason(row, choices, followed, told))
    return found


def _told(user: Any, rows: list[Row]) -> _Told:
    days = {row["session_date"] for row in rows}
    setups = TrackedSetup.objects.owned_by(user.pk).filter(
        origin__in=(Origin.AUTO, Origin.E2E), detected_setup__session_date__in=days
    )
    at: defaultdict[tuple[Any, str], list[datetime]] = defaultdict(list)
    ids = set()
    for pk, day, symbol, tracked_at in setups.values_list("id", "detected_setup__session_date", "symbol", "tracked_at"):
        at[day, symbol].append(tracked_at)
        ids.add(pk)
    return _Told(at=dict(at), ids=frozenset(ids))


def _reason(row: Row, choices: Preferences, followed: set[str], told: _Told) -> str:
    own_wish = (
        (row["suppressed_reason"] is not None, row["suppressed_reason"]),
        (row["symbol"] not in followed, "not_followed"),
        (row["setup_type"] in choices.muted_types, "muted"),
        ((row["confidence"] or 0) < choices.min_confidence, "below_min_confidence"),
        (row["variant"] not in (None, choices.orb_period), "other_period"),
    )
    for applies, reason in own_wish:
        if applies:
            return str(reason)
    return _gate(row, told)


def _gate(row: Row, told: _Told) -> str:
    day, at = row["session_date"], row["detected_at"]
    before = {key: [when for when in times if when <= at] for key, times in told.at.items() if key[0] == day}
    own = before.get((day, row["symbol"]), [])
    if any(at - when < THROTTLE for when in own):
        return "throttled"
    spent = Counter({key: len(times) for key, times in before.items()})
    if len(own) >= MOST_A_SYMBOL or spent.total() >= MOST_A_SESSION:
        return "budget"
    return "not_tracked"
