"""`manage.py prepare`: what `bin/up` runs before its processes start, in one go: starting Django takes seconds."""

from __future__ import annotations

from argparse import ArgumentParser

import redis
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from coach import demo
from config import turn
from config.redis import client
from ops import machines


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
            If a server does not answer, a setting names what is not there, others hold the database for too long, or
            other machines of it disagree with this one: a sentence instead of a traceback.
        """
        try:
            with turn.of_ours(self.stdout.write):
                with turn.brief_waits():
                    call_command("migrate", verbosity=0)
                if not no_static:
                    # Cleared first: compressed copies of an older release would be served for the new files.
                    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
                client().ping()
                machines.await_name(self.stdout.write)
                demo.seed(alone=machines.join())
        except OperationalError as error:
            raise CommandError(f"the database does not answer: {error}") from error
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise CommandError(f"Redis does not answer: {error}") from error
        except (ImproperlyConfigured, turn.Taken, turn.InUse, machines.CannotJoin) as error:
            raise CommandError(str(error)) from error
