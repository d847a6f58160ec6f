"""`manage.py prepare`: what `bin/up` runs before its processes start, in one go: starting Django takes seconds."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management import call_command
from django.core.management.base import BaseCommand

from coach import demo


class Command(BaseCommand):
    """Bring the database up to date, collect static files where asked, and seed; running it again changes nothing."""

    help = "Migrate, collect static files, and make the demo users and the market clock where they are missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Let the launcher leave out what it knows to be done."""
        parser.add_argument("--no-static", action="store_true", help="static files are as they were collected")

    def handle(self, *, no_static: bool, **_options: object) -> None:
        """Prepare."""
        call_command("migrate", verbosity=0)
        if not no_static:
            call_command("collectstatic", interactive=False, verbosity=0)
        demo.seed()
