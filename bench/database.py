"""A database of the bench's own on the tests' server. Import this before models: it has Django stand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import django
import psycopg
from django.core.management import call_command
from django.db import connection

from tests import services

NAME = f"bench_{os.environ.get('COACH_TEST_LANE', '0')}"
TEMPLATE = f"{NAME}_template"

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
services.ensure_running()
django.setup()

from config.redis import client, key  # noqa: E402 -- settings have to stand first
from market import clock  # noqa: E402 -- as above

_migrated: list[str] = []


@contextmanager
def fresh() -> Iterator[None]:
    """Let Django work in an empty, migrated database for a while; what a killed run left behind goes first."""
    settings = connection.settings_dict
    before = settings["NAME"]
    connection.close()  # it may be to another database
    try:
        _migrate_once(settings)
        _admin(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)", f"CREATE DATABASE {NAME} TEMPLATE {TEMPLATE}")
        settings["NAME"] = NAME
        clock.forget()
        _empty_redis()
        yield
    finally:
        connection.close()
        settings["NAME"] = before
        clock.forget()
        _admin(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        _empty_redis()


def _migrate_once(settings: dict[str, object]) -> None:
    # A copy of a migrated database takes a tenth of the time of migrating.
    if _migrated:
        return
    _admin(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)", f"CREATE DATABASE {TEMPLATE}")
    settings["NAME"] = TEMPLATE
    call_command("migrate", verbosity=0)
    connection.close()
    _migrated.append(TEMPLATE)


def _empty_redis() -> None:
    # What one bench left in the caches, and in Celery's queues, is nothing to the next.
    names = list(client().scan_iter(match=f"{key('')}*", count=1000))
    for start in range(0, len(names), 1000):
        client().delete(*names[start : start + 1000])


def analyse() -> None:
    """Have the planner know how many rows there are, as it would some minutes later."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the statements that are sent; BEGIN and COMMIT, which every act has, are not among them."""
    sent: list[str] = []

    def note(execute, sql, params, many, context):  # noqa: ANN001, ANN202 -- Django's signature
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield sent


def _admin(*commands: str) -> None:
    settings = connection.settings_dict
    with psycopg.connect(host=settings["HOST"], user=settings["USER"], dbname="postgres", autocommit=True) as server:
        for command in commands:
            server.execute(command)
