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

NAME = "bench"

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
services.ensure_running()
django.setup()


@contextmanager
def fresh() -> Iterator[None]:
    """Let Django work in an empty, migrated database for a while; what a killed run left behind goes first."""
    settings = connection.settings_dict
    before, settings["NAME"] = settings["NAME"], NAME
    try:
        _admin(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)", f"CREATE DATABASE {NAME}")
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        settings["NAME"] = before
        _admin(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


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
