"""Rows of advice in few statements: many inserted, locked, updated and removed at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import Q

from config.http.renderers import dumps
from positions.models import Advice, Status
from positions.models.advice import OPEN_STATES

# What a look writes, with the type of each column.
_COLUMNS = {
    "state": "text",
    "urgency": "smallint",
    "pending": "smallint",
    "pending_mark": "timestamptz",
    "type": "text",
    "message": "text",
    "action": "jsonb",
    "evidence": "jsonb",
    "confidence": "float8",
    "liquidity_warning": "text",
    "facts": "jsonb",
    "value": "float8",
    "last_value": "float8",
    "contracts": "text[]",
    "last_contracts": "text[]",
    "quiet": "smallint",
    "lower": "smallint",
    "notices": "int",
    "first_told_at": "timestamptz",
    "notified_at": "timestamptz",
    "looked_at": "timestamptz",
    "expires_at": "timestamptz",
    "snoozed_until": "timestamptz",
    "dismissed": "bool",
    "ended_at": "timestamptz",
    "why_ended": "text",
    "pnl": "numeric",
    "pnl_end": "numeric",
    "session_close_at": "timestamptz",
}
_FIXED = {"id": "uuid", "user_id": "uuid", "position_id": "uuid", "rule": "text", "created_at": "timestamptz"}
_ALL = {**_FIXED, **_COLUMNS}
# The facts are large and stay as they are but where they are told anew.
_SET = ", ".join(
    f"{name} = " + ("coalesce(told.facts, positions_advice.facts)" if name == "facts" else f"told.{name}")
    for name in _COLUMNS
)
_OPEN = ", ".join(f"'{state}'" for state in OPEN_STATES)


def _recordset(columns: dict[str, str]) -> str:
    return f"jsonb_to_recordset(%s::jsonb) AS told ({', '.join(f'{name} {kind}' for name, kind in columns.items())})"


# The position is held until the commit, so that nobody removes it meanwhile; one that has just ended gets no advice.
INSERT = f"""
INSERT INTO positions_advice ({", ".join(_ALL)}, answer, written_at)
SELECT {", ".join(f"told.{name}" for name in _ALL)}, '', clock_timestamp()
FROM {_recordset(_ALL)}
JOIN positions_position ON positions_position.id = told.position_id AND positions_position.status = 'open'
ORDER BY told.position_id, told.rule
FOR KEY SHARE OF positions_position
ON CONFLICT (position_id, rule) WHERE state IN ({_OPEN}) DO NOTHING
"""  # noqa: S608 -- names of ours
UPDATE = f"""
UPDATE positions_advice SET {_SET}
FROM {_recordset({"id": "uuid", **_COLUMNS})}
WHERE positions_advice.id = told.id
"""  # noqa: S608 -- names of ours


def suggested(position_ids: Collection[UUID]) -> dict[tuple[UUID, str], list[str]]:
    """Return what open advice suggests, by position and rule; an entry for each that is open."""
    rows = Advice.objects.open().filter(position_id__in=position_ids)
    return {
        (position, rule): contracts
        for position, rule, contracts in rows.values_list("position_id", "rule", "last_contracts")
    }


def insert(rows: Iterable[Advice]) -> None:
    """Insert rows unless there is an open one of the same position and rule."""
    _execute(INSERT, rows, _ALL)


def locked(position_ids: Collection[UUID], now: datetime) -> list[Advice]:
    """Return the open advice of these positions, of ended ones, and whose time is over, held until the commit.

    Without their facts, which nobody reads here.
    """
    of_ours = Q(position_id__in=position_ids) | ~Q(position__status=Status.OPEN) | Q(expires_at__lte=now)
    rows = (
        Advice.objects.open()
        .filter(of_ours)
        .select_related("position")
        .defer("facts", "position__notes", "position__tags")
        .order_by("id")
    )
    return list(rows.select_for_update(of=("self",)))


def update(rows: Iterable[Advice]) -> None:
    """Write what a look has made of rows."""
    _execute(UPDATE, rows, {"id": "uuid", **_COLUMNS})


def plain(value: object) -> Any:
    """Return a value as JSON has it: figures that nobody knows are null, decimals numbers, instants texts."""
    return orjson.loads(dumps(value))


def _execute(statement: str, rows: Iterable[Advice], columns: dict[str, str]) -> None:
    # What was not loaded is not written: `vars` has the columns that are there.
    records = [{name: _told(vars(row).get(name), kind) for name, kind in columns.items()} for row in rows]
    if records:
        with connection.cursor() as cursor:
            cursor.execute(statement, [dumps(records).decode()])


def _told(value: Any, kind: str) -> Any:
    # As text, exact: through a JSON number a decimal would become a float.
    return str(value) if kind == "numeric" and value is not None else value
