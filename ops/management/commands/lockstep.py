"""Run one session's schedule in this process, minute by minute."""

from argparse import ArgumentParser
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from market.pure.sessions import in_utc
from ops import lockstep


class Command(BaseCommand):
    """`manage.py lockstep 2026-02-09 --first 09:30 --last 10:30`."""

    help = "Run the schedule of one session in this process, minute by minute, as fast as it goes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the day, the hours and the jobs."""
        parser.add_argument("day", type=date.fromisoformat, help="trading day in New York, YYYY-MM-DD")
        parser.add_argument("--first", type=time.fromisoformat, help="New York clock time, default the open")
        parser.add_argument("--last", type=time.fromisoformat, help="default 21 minutes after the close")
        parser.add_argument("--job", action="append", dest="jobs", help="a job's name; may be repeated")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run, and print how often each job ran."""
        day = options["day"]
        try:
            steps = lockstep.run(
                day, first=_instant(day, options["first"]), last=_instant(day, options["last"]), jobs=options["jobs"]
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{steps.instants} minutes of {day}")
        for job, times in steps.ran.items():
            self.stdout.write(f"{times:6} {job}")


def _instant(day: date, clock_time: time | None) -> datetime | None:
    return None if clock_time is None else in_utc(day, clock_time)
