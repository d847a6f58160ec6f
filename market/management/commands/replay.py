"""`manage.py replay PATH`: the whole coach on recorded days, in a store and on a port of its own."""

from __future__ import annotations

import hashlib
import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from market.vendors.replay_files import read_minutes, symbol_files

MINUTE_S = 60


class Command(BaseCommand):
    """Start `bin/up` with the replay vendor on a folder of bars."""

    help = "Run the coach on a folder of recorded bars (Parquet or CSV), as if the days were happening now."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the folder and how to play it."""
        parser.add_argument("path", type=Path, help="folder with one file a symbol: SPY.parquet, QQQ_1min.csv, ...")
        parser.add_argument("--date", type=_date, help="first day to play; default: the folder's last")
        parser.add_argument("--speed", type=int, help="market seconds a second; default: 30, or as it was left")
        parser.add_argument("--stamp", choices=("start", "end"), default="start", help="what a bar's time names")
        parser.add_argument("--port", type=int, default=8010)
        parser.add_argument("--reset", action="store_true", help="forget earlier replays of this folder first")

    def handle(self, *, path: Path, speed: int | None, stamp: str, port: int, **options: object) -> None:
        """Replace this process by the launcher, told to replay."""
        folder = path.resolve()
        day = options["date"]
        if not folder.is_dir():
            raise CommandError(f"{path} is no folder: name the one that holds the bar files")
        if speed is not None and speed < 1:
            raise CommandError(f"--speed {speed}: expected 1 or more market seconds a second")
        _check_recorded(folder, day if isinstance(day, date) else None)
        digest = hashlib.sha256(f"{folder}:{stamp}".encode()).hexdigest()[:8]
        environment = {
            **os.environ,
            "MARKET_PROVIDER": "replay",
            "REPLAY_PATH": str(folder),
            "REPLAY_STAMP": stamp,
            "REPLAY_SPEED": str(speed or ""),
            "REPLAY_DATE": str(day or ""),
            "COACH_STORE": f"replay-{digest}",
            "PORT": str(port),
        }
        os.chdir(settings.BASE_DIR)
        command = [sys.executable, "-W", "ignore", "-m", "config.launch", "--no-flower"]
        if options["reset"]:
            command.append("--reset")
        os.execve(sys.executable, command, environment)  # noqa: S606 -- our own interpreter and module


def _check_recorded(folder: Path, day: date | None) -> None:
    """Refuse at once what could only fail when everything runs."""
    try:
        found = [_dates(file, read_minutes(file)[:, 0]) for file in symbol_files(folder).values()]
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from None
    recorded = sorted(set().union(*found))
    if not recorded:
        raise CommandError(f"{folder} holds no minute bars: expected files such as SPY.parquet or QQQ_1min.csv")
    if day is not None and day not in recorded:
        raise CommandError(f"no minute bars of {day} in {folder}: there are {recorded[0]} to {recorded[-1]}")


def _dates(file: Path, stamps: np.ndarray) -> set[date]:
    """Return the New York dates of these instants. [Unix seconds]."""
    steps = np.diff(np.unique(stamps))
    if len(steps) and steps.min() != MINUTE_S:
        raise CommandError(f"{file}: expected 1-minute bars, found steps of {steps.min():g} s")
    local = pd.DatetimeIndex(pd.to_datetime(stamps, unit="s", utc=True)).tz_convert("America/New_York")
    return set(local.normalize().unique().date)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r}: expected a date such as 2026-02-04") from None
