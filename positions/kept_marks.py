"""The stored marks: written with one statement a cycle, and read back as what positions were last worth."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from config.http.renderers import dumps
from positions.models import Mark, Status
from positions.pure import snapshot
from positions.pure.facts import NAN, PositionFacts
from positions.pure.marks import LegMark
from positions.pure.valuation import GREEKS

# Members of a snapshot that change by themselves, or that nobody looks at while the rest stands still.
_PASSING: Final = ("updatedAt", "asOf", "minutesToExpiry", "underlyingPrice", "probabilityOfProfit", "legs")
# One parameter, as the event log has it. A position that has ended or was traded in since it was read is left out: the
# next cycle knows it. It is held until then, so that nobody removes it under our feet.
WRITE: Final = """
INSERT INTO positions_mark (position_id, version, value, unrealised, pnl_pct, delta, gamma, theta, vega, rho,
    underlying, legs, source, as_of, stale, digest, seen_at)
SELECT told.position_id, told.version, told.value, told.unrealised, told.pnl_pct, told.delta, told.gamma, told.theta,
    told.vega, told.rho, told.underlying, told.legs, told.source, told.as_of, told.stale, told.digest, told.seen_at
FROM jsonb_to_recordset(%(rows)s) AS told (
    position_id uuid, version integer, value numeric, unrealised numeric, pnl_pct float8, delta float8, gamma float8,
    theta float8, vega float8, rho float8, underlying float8, legs jsonb, source text, as_of timestamptz, stale boolean,
    digest text, seen_at timestamptz
)
JOIN positions_position AS held
    ON held.id = told.position_id AND held.version = told.version AND held.status = 'open'
ORDER BY told.position_id
FOR KEY SHARE OF held
ON CONFLICT (position_id) DO UPDATE SET version = EXCLUDED.version, value = EXCLUDED.value,
    unrealised = EXCLUDED.unrealised, pnl_pct = EXCLUDED.pnl_pct, delta = EXCLUDED.delta, gamma = EXCLUDED.gamma,
    theta = EXCLUDED.theta, vega = EXCLUDED.vega, rho = EXCLUDED.rho, underlying = EXCLUDED.underlying,
    legs = EXCLUDED.legs, source = EXCLUDED.source, as_of = EXCLUDED.as_of, stale = EXCLUDED.stale,
    digest = EXCLUDED.digest, seen_at = EXCLUDED.seen_at
RETURNING position_id
"""

SHOWN: Final = """
UPDATE positions_mark AS mark SET digest = shown.digest
FROM unnest(%(ids)s::uuid[], %(digests)s::text[]) AS shown (position_id, digest)
WHERE mark.position_id = shown.position_id
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was last known of a position's market; `Mark` says what the members are."""

    version: int
    marks: Mapping[str, LegMark]
    spot: float
    as_of: datetime
    stale: bool
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """What a position was last shown as, and when it was last looked at."""

    digest: str
    seen_at: datetime


def shown() -> dict[UUID, Shown]:
    """Return what every open position that has a mark was last shown as."""
    rows = Mark.objects.filter(position__status=Status.OPEN).values_list("pk", "digest", "seen_at")
    return {position: Shown(digest, seen_at) for position, digest, seen_at in rows}


def read(ids: Collection[UUID]) -> dict[UUID, Kept]:
    """Return what was last known of the markets of positions that have a mark."""
    return {
        row.position_id: Kept(
            version=row.version,
            marks={contract: LegMark.of_json(kept) for contract, kept in row.legs.items()},
            spot=NAN if row.underlying is None else row.underlying,
            as_of=row.as_of,
            stale=row.stale,
            seen_at=row.seen_at,
        )
        for row in Mark.objects.filter(pk__in=ids)
    }


def digest(said: Mapping[str, Any]) -> str:
    """Return what tells one snapshot from another: everything in it that is shown as a figure of the position."""
    figures = {name: value for name, value in said.items() if name not in _PASSING}
    return hashlib.blake2s(dumps(figures), digest_size=16).hexdigest()


def row(
    facts: PositionFacts, marks: Mapping[str, LegMark], *, version: int, digest: str, seen_at: datetime
) -> dict[str, Any]:
    """Return the stored form of a position's mark; `digest` is of what it was shown as, empty before it was."""
    return {
        "position_id": facts.id,
        "version": version,
        # As texts: a float of JSON would not be exact.
        "value": None if facts.value is None else str(facts.value),
        "unrealised": None if facts.unrealised is None else str(facts.unrealised),
        "pnl_pct": facts.pnl_pct,
        **{name: getattr(facts.greeks, name) for name in GREEKS},
        "underlying": facts.spot,
        "legs": {leg.contract: marks[leg.contract].as_json() for leg in facts.legs if leg.contract in marks},
        "source": snapshot.least_trusted(facts.legs).value,
        "as_of": facts.as_of,
        "stale": facts.stale,
        "digest": digest,
        "seen_at": seen_at,
    }


def write(rows: Collection[Mapping[str, Any]]) -> set[UUID]:
    """Write marks with one statement, and return whose were written. Safe to run twice."""
    if not rows:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(WRITE, {"rows": dumps(list(rows)).decode()})
        return {position for (position,) in cursor.fetchall()}


def note_shown(digests: Mapping[UUID, str]) -> None:
    """Note with one statement as what positions were shown; the next cycle tells only what differs from it."""
    if not digests:
        return
    with connection.cursor() as cursor:
        cursor.execute(SHOWN, {"ids": list(digests), "digests": list(digests.values())})
