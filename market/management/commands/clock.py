"""`manage.py clock`: show or move the market clock of a simulated or replayed market."""

from __future__ import annotations

import math
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from market import clock, clock_setting
from market.models import ClockState

EASTERN = ZoneInfo("America/New_York")


def instant(text: str) -> datetime:
    """Return an ISO instant; without an offset it is New York time."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r}: expected an instant such as 2026-02-09T09:45") from None
    return at if at.tzinfo else at.replace(tzinfo=EASTERN)


def speed(text: str) -> float:
    """Return market seconds a second, above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise ArgumentTypeError(f"{text!r}: expected market seconds a second, above 0; --pause stops the clock")
    return value


class Command(BaseCommand):
    """Show the market clock, or set where it stands and how fast it runs; it ends when every process has heard."""

    help = "Show the market clock, or move it: --at 2026-02-09T09:45 --speed 30, --pause, --go."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what can be changed."""
        parser.add_argument("--at", type=instant, help="market time to stand at; New York unless it has an offset")
        parser.add_argument("--speed", type=speed, help="market seconds a second")
        parser.add_argument(
            "--rehearse", action="store_true", help="tests only: take the clock of a live market in hand"
        )
        either = parser.add_mutually_exclusive_group()
        either.add_argument("--pause", action="store_true", help="stop market time")
        either.add_argument("--go", action="store_true", help="end a pause")

    def handle(self, **options: object) -> None:
        """Change what was asked for, then print where the clock stands."""
        changes: dict[str, object] = {}
        if options["at"]:
            changes["market_at"] = options["at"]
        if options["speed"]:
            changes["speed"] = options["speed"]
        if options["pause"] or options["go"]:
            changes["paused"] = bool(options["pause"])
        if options["rehearse"]:
            changes["mode"] = ClockState.Mode.REPLAY
        try:
            self._set(changes)
        except OperationalError as error:
            raise CommandError(f"the database does not answer: does bin/up run on this store? {error}") from error
        paused = ", paused" if clock.paused() else ""
        self.stdout.write(f"{clock.now().astimezone(EASTERN).isoformat()} {clock.mode()} {clock.speed():g}x{paused}")

    @staticmethod
    def _set(changes: dict[str, object]) -> None:
        rehearsed = "mode" in changes and clock.may_be_set()
        if changes and clock.mode() == ClockState.Mode.LIVE and not rehearsed:
            raise CommandError("the market is live: its clock is the world's")
        if changes:
            clock.set_state(**changes)
            clock_setting.wait_until_heard()
        clock.now()
