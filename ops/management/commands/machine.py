"""Wait until the processes of this machine are up."""

from argparse import ArgumentParser
from datetime import datetime
from time import sleep
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error as DatabaseError
from django.db import connection

from ops import machines

LOOK_S = 0.25


class Command(BaseCommand):
    """`manage.py machine market@web-1 beat@web-1 --since 2026-02-09T14:30:00+00:00`; the launcher runs it."""

    help = "Wait until each of these processes has come up since a moment, and say for whom it waits."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare who, and since when."""
        parser.add_argument("instances", nargs="+", help="processes by their heartbeats' names, such as market@web-1")
        parser.add_argument("--since", type=datetime.fromisoformat, required=True, help="wall time with an offset")

    def handle(self, *, instances: list[str], since: datetime, **_options: Any) -> None:
        """Wait; a database that is away is waited for too."""
        said = ""
        while waiting := self._missing(instances, since):
            if waiting != said:
                said = waiting
                self.stdout.write(f"waiting for {waiting}")
            sleep(LOOK_S)

    def _missing(self, instances: list[str], since: datetime) -> str:
        try:
            return ", ".join(machines.missing(instances, since=since))
        except DatabaseError:
            connection.close()
            return "the database"
