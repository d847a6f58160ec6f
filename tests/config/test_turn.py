"""Starts that wait for each other's turn, and migrations that wait for a table: for whom, how long, and what then."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from config import turn

pytestmark = pytest.mark.django_db(transaction=True)


class Said(StringIO):
    """What the command says; `spoken` is set with its first word."""

    def __init__(self) -> None:
        super().__init__()
        self.spoken = threading.Event()

    def write(self, text: str) -> int:
        written = super().write(text)
        self.spoken.set()
        return written


@pytest.fixture
def other() -> Iterator[BaseDatabaseWrapper]:
    """Return a second connection to the test's database."""
    second = connection.copy()
    with second.cursor() as cursor:
        cursor.execute("SET application_name = 'the other'")
    yield second
    second.close()


def session(of: BaseDatabaseWrapper) -> int:
    return int(of.connection.info.backend_pid)


def settings_of_the_session() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reset_val = setting FROM pg_settings WHERE name LIKE '%\\_timeout' OR name LIKE 'app%'")
        return [row for (row,) in cursor.fetchall()]


def test_another_start_is_waited_for_and_named_once(other: BaseDatabaseWrapper) -> None:
    said = Said()

    def start() -> None:
        call_command("prepare", "--no-static", stdout=said)
        connection.close()

    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [turn.TURN])
        starting = threading.Thread(target=start)
        starting.start()
        try:
            assert said.spoken.wait(20)
            assert starting.is_alive()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [turn.TURN])
        starting.join(20)
        assert not starting.is_alive()

        cursor.execute("SELECT pg_try_advisory_lock(%s)", [turn.TURN])
        assert cursor.fetchone() == (True,)  # it was given back
    who = f"the other (Postgres session {session(other)})"
    assert said.getvalue() == f"waiting for {who} to prepare this database, 600 s at most\n"


def test_a_start_that_never_ends_is_not_waited_for_without_end(
    other: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "TURN_S", 0)
    pid = session(other)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [turn.TURN])

        with pytest.raises(CommandError) as refused:
            call_command("prepare", "--no-static")

    assert str(refused.value) == (
        f"the other (Postgres session {pid}) still prepares this database after 0 s:"
        f" start again when it is done, or end it with SELECT pg_terminate_backend({pid})"
    )
    assert refused.value.returncode == 1
    assert set(settings_of_the_session()) == {True}


def test_the_turn_of_another_database_is_another(other: BaseDatabaseWrapper, settings: Any) -> None:
    other.settings_dict = {**other.settings_dict, "NAME": "postgres"}
    other.close()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [turn.TURN])

        with turn.of_ours(pytest.fail), connection.cursor() as mine:
            assert turn._holder(mine) == (session(connection), f"coach prepare on {settings.MACHINE}")


def test_a_migration_waits_for_a_table_in_use_for_a_while_and_says_who_uses_it(
    other: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "LOCK_S", 0.1)
    call_command("migrate", "ops", "0002", verbosity=0)
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM ops_jobrun")  # and goes for a coffee

        with pytest.raises(CommandError) as refused:
            call_command("prepare", "--no-static")

        said = f"a migration waited 0.1 s for a table that is in use by session {session(other)} (the other, idle in"
        assert str(refused.value).startswith(said)
        assert "SELECT pg_terminate_backend(session), and start again" in str(refused.value)
        assert set(settings_of_the_session()) == {True}
        other.rollback()
        call_command("prepare", "--no-static")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(due_at) FROM ops_jobrun")
    finally:
        other.rollback()
        call_command("migrate", "ops", verbosity=0)


def test_what_fails_for_another_reason_is_told_as_it_is() -> None:
    with connection.cursor() as cursor, pytest.raises(OperationalError, match="user request"), turn.brief_waits():
        cursor.execute("SELECT pg_cancel_backend(pg_backend_pid())")
