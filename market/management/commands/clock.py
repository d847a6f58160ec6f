"""`manage.py clock`: show or move the market clock of a simulated or replayed market."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError

from market import clock

EASTERN = ZoneInfo("America/New_York")


def instant(text: str) -> datetime:
    """Return an ISO instant; without an offset it is New York time."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=EASTERN)


class Command(BaseCommand):
    """Show the market clock, or set where it stands and how fast it runs."""

    help = "Show the market clock, or move it: --at 2026-02-09T09:45 --speed 30, --pause, --go."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what can be changed."""
        parser.add_argument("--at", type=instant, help="market time to stand at; New York unless it has an offset")
        parser.add_argument("--speed", type=float, help="market seconds a second")
        parser.add_argument("--pause", action="store_true")
        parser.add_argument("--go", action="store_true", help="end a pause")

    def handle(self, **options: object) -> None:
        """Change what was asked for, then print where the clock stands."""
        if clock.mode() == "live" and any(options[name] for name in ("at", "speed", "pause", "go")):
            raise CommandError("the market is live: its clock is the world's")
        changes: dict[str, object] = {}
        if options["at"]:
            changes["market_at"] = options["at"]
        if options["speed"]:
            changes["speed"] = options["speed"]
        if options["pause"] or options["go"]:
            changes["paused"] = bool(options["pause"])
        if changes:
            clock.set_state(**changes)
        self.stdout.write(f"{clock.now().astimezone(EASTERN).isoformat()} {clock.mode()} {clock.speed():g}x")
