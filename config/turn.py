"""Whose turn it is to prepare a database, and who is in a migration's way; neither is waited for without end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.db import OperationalError, connection

from config.http.errors import CoachError

# Any number that nobody else takes: "coach" in ASCII.
TURN = 0x636F616368
TURN_S = 600.0  # how long another machine's start may take
LOOK_S = 0.25
# While a migration waits for a table, everybody who comes after it waits behind it.
LOCK_S = 5.0
MOST_NAMED = 3
_WHO = "a.pid, coalesce(nullif(a.application_name, ''), host(a.client_addr), 'local')"


class Taken(CoachError):
    """Another start prepares the same database and does not come to an end."""

    code = "config.turn.taken"
    message = (
        "{who} still prepares this database after {waited_s:g} s: start again when it is done, or end it with"
        " SELECT pg_terminate_backend({pid})"
    )


class InUse(CoachError):
    """A table that a migration changes is held by somebody else's transaction."""

    code = "config.turn.in_use"
    message = (
        "a migration waited {waited_s:g} s for a table that is in use by {who}: let that end, or end it with"
        " SELECT pg_terminate_backend(session), and start again; it goes on with this migration"
    )


@contextmanager
def of_ours(say: Callable[[str], object]) -> Iterator[None]:
    """Hold the turn of this database: two migrations at once would fail.

    Parameters
    ----------
    say
        Is told once for whom we wait, and how long.

    Raises
    ------
    Taken
        If another start holds it for longer than `TURN_S`.
    """
    with connection.cursor() as cursor:
        # Building an index is not held to a request's patience.
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SELECT set_config('application_name', %s, false)", [f"coach prepare on {settings.MACHINE}"])
        try:
            _wait(cursor, say)
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [TURN])
        finally:
            cursor.execute("RESET application_name")
            cursor.execute("RESET statement_timeout")


@contextmanager
def brief_waits() -> Iterator[None]:
    """Let no statement wait for a table longer than `LOCK_S`.

    Raises
    ------
    InUse
        If one would have to.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{LOCK_S * 1000:.0f}ms"])
        try:
            yield
        except OperationalError as error:
            if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise
            raise InUse(waited_s=LOCK_S, who=_users(cursor)) from error
        finally:
            cursor.execute("RESET lock_timeout")


def _wait(cursor: Any, say: Callable[[str], object]) -> None:
    give_up, said = time.monotonic() + TURN_S, False
    while True:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [TURN])
        if cursor.fetchone()[0]:
            return
        if holder := _holder(cursor):  # else it has just ended
            pid, name = holder
            who = f"{name} (Postgres session {pid})"
            if time.monotonic() >= give_up:
                raise Taken(who=who, pid=pid, waited_s=TURN_S)
            if not said:
                said = True
                say(f"waiting for {who} to prepare this database, {TURN_S:g} s at most")
        time.sleep(LOOK_S)


def _holder(cursor: Any) -> tuple[int, str] | None:
    cursor.execute(
        f"""SELECT {_WHO} FROM pg_locks l JOIN pg_stat_activity a USING (pid)
            WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()
            AND l.classid = %s AND l.objid = %s AND l.objsubid = 1""",  # noqa: S608 -- a constant of ours
        [TURN >> 32, TURN & 0xFFFFFFFF],
    )
    found: tuple[int, str] | None = cursor.fetchone()
    return found


def _users(cursor: Any) -> str:
    # Postgres does not say whom it waited for; he has held a table for at least as long as we waited.
    cursor.execute(
        f"""SELECT {_WHO}, coalesce(a.state, 'at work'), extract(epoch FROM clock_timestamp() - a.xact_start)
            FROM pg_stat_activity a WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
            AND a.xact_start <= clock_timestamp() - make_interval(secs => %s)
            AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'relation' AND l.granted)
            ORDER BY a.xact_start LIMIT %s""",  # noqa: S608 -- a constant of ours
        [LOCK_S, MOST_NAMED],
    )
    found = [f"session {pid} ({name}, {state}, since {age:.0f} s)" for pid, name, state, age in cursor.fetchall()]
    return ", ".join(found) or "somebody who has gone meanwhile"
