"""`manage.py replay PATH --chains PATH`: the whole coach on recorded days, in a store and on a port of its own."""

from __future__ import annotations

import hashlib
import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from market import overrides
from market.vendors.replay_chains import RecordedChains
from market.vendors.replay_files import read_minutes, symbol_files

MINUTE_S = 60


class Command(BaseCommand):
    """Start `bin/up` with the replay vendor on a folder of bars, of option chains, or both."""

    help = "Run the coach on recorded bars (Parquet or CSV) and option chains, as if the days were happening now."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the folders and how to play them."""
        bars = "folder with one file a symbol: SPY.parquet, QQQ_1min.csv, ...; may be left out with --chains"
        parser.add_argument("path", type=Path, nargs="?", help=bars)
        parser.add_argument("--chains", type=Path, help="folder of recorded option chains: spx_quotedata.csv, ...")
        parser.add_argument("--date", type=_date, help="first day to play; default: the last recorded")
        parser.add_argument("--speed", type=int, help="market seconds a second; default: 30, or as it was left")
        parser.add_argument("--stamp", choices=("start", "end"), default="start", help="what a bar's time names")
        parser.add_argument("--port", type=int, default=8010)
        parser.add_argument("--reset", action="store_true", help="forget earlier replays of these folders first")

    def handle(self, *, path: Path | None, speed: int | None, stamp: str, port: int, **options: Any) -> None:
        """Replace this process by the launcher, told to replay."""
        bars = _folder(path, "the bar files")
        chains = _folder(options["chains"], "the option chains")
        day = options["date"]
        if bars is None and chains is None:
            raise CommandError("name a folder of minute bars, one of option chains with --chains, or both")
        if speed is not None and speed < 1:
            raise CommandError(f"--speed {speed}: expected 1 or more market seconds a second")
        _check_recorded(bars, chains, day)
        # A folder of bars alone keeps the store it has always had.
        told = f"{bars or ''}:{stamp}" + (f":{chains}" if chains else "")
        digest = hashlib.sha256(told.encode()).hexdigest()[:8]
        environment = {
            **os.environ,
            "MARKET_PROVIDER": "replay",
            "REPLAY_PATH": str(bars or ""),
            "REPLAY_CHAINS": str(chains or ""),
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


def _folder(path: Path | None, holding: str) -> Path | None:
    if path is not None and not path.is_dir():
        raise CommandError(f"{path} is no folder: name the one that holds {holding}")
    return path.resolve() if path else None


def _check_recorded(bars: Path | None, chains: Path | None, day: date | None) -> None:
    """Refuse at once what could only fail when everything runs."""
    try:
        files = symbol_files(bars).values() if bars else ()
        with_bars = set[date]().union(*(_dates(file, read_minutes(file)[:, 0]) for file in files))
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from None
    overrides.remember({})  # no database runs yet, and the published days will do here
    with_chains = set(RecordedChains(chains).days())
    if bars and not with_bars:
        raise CommandError(f"{bars} holds no minute bars: expected files such as SPY.parquet or QQQ_1min.csv")
    if chains and not with_chains:
        raise CommandError(f"{chains} holds no option chains: expected files such as spx_quotedata.csv or SPY.json")
    recorded = sorted(with_bars | with_chains)
    if day is not None and day not in recorded:
        what = " or ".join(each for each, given in (("minute bars", bars), ("option chains", chains)) if given)
        where = " and ".join(str(each) for each in (bars, chains) if each)
        raise CommandError(f"no {what} of {day} in {where}: there are {recorded[0]} to {recorded[-1]}")


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
