"""`manage.py replay PATH`: the whole coach on recorded days, in a store and on a port of its own."""

from __future__ import annotations

import hashlib
import os
import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Start `bin/up` with the replay vendor on a folder of bars."""

    help = "Run the coach on a folder of recorded bars (Parquet or CSV), as if the days were happening now."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the folder and how to play it."""
        parser.add_argument("path", type=Path, help="folder with one file a symbol: SPY.parquet, QQQ_1min.csv, ...")
        parser.add_argument("--date", type=date.fromisoformat, help="first day to play; default: the folder's last")
        parser.add_argument("--speed", type=int, default=30, help="market seconds a second (default 30)")
        parser.add_argument("--stamp", choices=("start", "end"), default="start", help="what a bar's time names")
        parser.add_argument("--port", type=int, default=8010)
        parser.add_argument("--reset", action="store_true", help="forget earlier replays of this folder first")

    def handle(self, *, path: Path, speed: int, stamp: str, port: int, **options: object) -> None:
        """Replace this process by the launcher, told to replay."""
        folder = path.resolve()
        if not folder.is_dir():
            raise CommandError(f"{path} is no folder: name the one that holds the bar files")
        if speed < 1:
            raise CommandError(f"--speed {speed}: expected 1 or more market seconds a second")
        digest = hashlib.sha256(f"{folder}:{stamp}".encode()).hexdigest()[:8]
        environment = {
            **os.environ,
            "MARKET_PROVIDER": "replay",
            "REPLAY_PATH": str(folder),
            "REPLAY_STAMP": stamp,
            "REPLAY_SPEED": str(speed),
            "REPLAY_DATE": str(options["date"] or ""),
            "COACH_STORE": f"replay-{digest}",
            "PORT": str(port),
        }
        os.chdir(settings.BASE_DIR)
        command = [sys.executable, "-W", "ignore", "-m", "config.launch", "--no-flower"]
        if options["reset"]:
            command.append("--reset")
        os.execve(sys.executable, command, environment)  # noqa: S606 -- our own interpreter and module
