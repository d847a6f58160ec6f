"""`manage.py prepare`: what `bin/up` runs before its processes start, in one go: starting Django takes seconds."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager

import redis
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection

from coach import demo
from config.redis import client
from ops import machines

# Any number that nobody else takes: "coach" in ASCII.
TURN = 0x636F616368


class Command(BaseCommand):
    """Bring the database up to date, collect static files where asked, and seed; running it again changes nothing."""

    help = "Migrate, collect static files, and make the demo users and the market clock where they are missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Let the launcher leave out what it knows to be done."""
        parser.add_argument("--no-static", action="store_true", help="static files are as they were collected")

    def handle(self, *, no_static: bool, **_options: object) -> None:
        """Prepare.

        Raises
        ------
        CommandError
            If a server does not answer, a setting names what is not there, or other machines of the same database
            disagree with this one: a sentence instead of a traceback.
        """
        try:
            with _one_at_a_time():
                call_command("migrate", verbosity=0)
                if not no_static:
                    # Cleared first: compressed copies of an older release would be served for the new files.
                    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
                client().ping()
                demo.seed(alone=machines.join())
        except OperationalError as error:
            raise CommandError(f"the database does not answer: {error}") from error
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise CommandError(f"Redis does not answer: {error}") from error
        except (ImproperlyConfigured, machines.CannotJoin) as error:
            raise CommandError(str(error)) from error


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let machines that start together wait for each other: two migrations at once would fail."""
    with connection.cursor() as cursor:
        # Neither waiting for a turn nor building an index is held to a request's patience.
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [TURN])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [TURN])
            cursor.execute("RESET statement_timeout")
