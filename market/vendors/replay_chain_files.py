"""Files of recorded option chains: which symbol each is of, when its chains were known, and what they say."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TextIO, cast

import pandas as pd
from django.core.exceptions import ImproperlyConfigured

from market import calendar
from market.errors import InvalidSymbol, UnreadableChain
from market.pure import cboe_chains, desk_chains, lean_chains
from market.pure.chain import Chain
from market.pure.sessions import new_york_date
from market.symbols import normalise

ENDINGS = (".csv.gz", ".csv", ".json.gz", ".json", ".parquet")
# What stands beside the quotes of a day and is no chain by itself.
BESIDE = ("_trade", "_openinterest")
# Files of minutes are named for the root of their contracts, all others for the underlying.
WEEKLIES = {"SPXW": "SPX", "NDXP": "NDX", "RUTW": "RUT", "VIXW": "VIX", "MRUTW": "MRUT"}
# Whatever a file that is not what it seems makes the readers stumble over.
TROUBLE = (ValueError, KeyError, TypeError, IndexError, AttributeError, EOFError, OSError, csv.Error, zlib.error)


class ChainFile(Protocol):
    """A file with one chain or more."""

    def known_at(self) -> Sequence[datetime]:
        """Return the instants at which its chains were known, ascending."""
        ...

    def chain(self, known_at: datetime) -> Chain:
        """Return the chain of one of those instants; `as_of` is when its quotes were made."""
        ...


def chain_files(folder: Path) -> dict[str, list[Path]]:
    """Return the files of a folder by symbol, ascending; those that name no symbol are left out. None is opened.

    Raises
    ------
    ImproperlyConfigured
        If there is no such folder.
    """
    if not folder.is_dir():
        raise ImproperlyConfigured(f"REPLAY_CHAINS={str(folder)!r}: expected a folder of recorded option chains")
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        stem = _stem(path)
        if not stem or stem.endswith(BESIDE):
            continue
        try:
            root = normalise(_first_word(stem))
        except InvalidSymbol:
            continue  # a folder may hold other tables
        found.setdefault(WEEKLIES.get(root, root), []).append(path)
    return dict(sorted(found.items()))


def open_file(symbol: str, path: Path) -> ChainFile:
    """Return a file of a symbol's chains, its form told by its ending and by what stands in it.

    Raises
    ------
    UnreadableChain
        If it has none of the forms that are known. What else is wrong with it is told when it is read.
    """
    if path.name.lower().endswith((".csv", ".csv.gz")):
        return _Careful(path, _Table(symbol, path))
    if path.name.lower().endswith((".json", ".json.gz")):
        return _Careful(path, _Json(symbol, path))
    try:
        frame = pd.read_parquet(path)
    except TROUBLE as trouble:
        raise _unreadable(path, trouble) from trouble
    if set(frame.columns) >= lean_chains.EVENING_COLUMNS:
        return _Careful(path, Evenings(symbol, frame))
    if set(frame.columns) >= lean_chains.MINUTE_COLUMNS:
        return _Careful(path, _Minutes(symbol, normalise(_first_word(_stem(path))), frame))
    wanted = " or ".join(", ".join(sorted(each)) for each in (lean_chains.EVENING_COLUMNS, lean_chains.MINUTE_COLUMNS))
    raise UnreadableChain(path=path, reason=f"expected the columns {wanted}")


def quotes_made_at(read_at: datetime) -> datetime:
    """Return when the quotes of a download were made: then, or when the session before was over."""
    session = calendar.session_on_or_before(new_york_date(read_at))
    if read_at < session.open_at:
        session = calendar.previous_session(session.date)
    return min(read_at, session.close_at)


@dataclass(frozen=True, eq=False)
class _Careful:
    """A file whose trouble is told with its name."""

    path: Path
    file: ChainFile

    def known_at(self) -> Sequence[datetime]:
        try:
            return self.file.known_at()
        except TROUBLE as trouble:
            raise _unreadable(self.path, trouble) from trouble

    def chain(self, known_at: datetime) -> Chain:
        try:
            return self.file.chain(known_at)
        except TROUBLE as trouble:
            raise _unreadable(self.path, trouble) from trouble


@dataclass(frozen=True, eq=False)
class _Table:
    """A table that Cboe's site gives for download."""

    symbol: str
    path: Path

    def known_at(self) -> list[datetime]:
        return [cboe_chains.table_heading(self._lines(cboe_chains.HEADING))[1]]

    def chain(self, known_at: datetime) -> Chain:
        return cboe_chains.table_chain(self.symbol, self._lines(), as_of=quotes_made_at(known_at))

    def _lines(self, count: int | None = None) -> list[list[str]]:
        with _opened(self.path) as file:
            return list(islice((line for line in csv.reader(file) if any(line)), count))


@dataclass(frozen=True, eq=False)
class _Json:
    """An answer of Cboe's site, or a file of an options desk."""

    symbol: str
    path: Path

    def known_at(self) -> list[datetime]:
        found = self._found()
        return [cboe_chains.json_stamp(found) if "data" in found else desk_chains.stamp(found)]

    def chain(self, known_at: datetime) -> Chain:
        found = self._found()
        read = cboe_chains.json_chain if "data" in found else desk_chains.chain
        return read(self.symbol, found, as_of=quotes_made_at(known_at))

    def _found(self) -> dict[str, Any]:
        with _opened(self.path) as file:
            found = json.load(file)
        if not isinstance(found, dict) or not (
            {"timestamp", "data"} <= set(found) or {"updated", "quotes"} <= set(found)
        ):
            raise ValueError("expected timestamp and data, as Cboe writes them, or updated and quotes")
        return found


@dataclass(frozen=True, eq=False)
class Evenings:
    """Whole chains at the end of some days, known when those were over."""

    symbol: str
    frame: pd.DataFrame

    @cached_property
    def _days(self) -> dict[datetime, Any]:
        sessions = [(day, calendar.session(day)) for day in lean_chains.evening_dates(self.frame)]
        if closed := [str(day) for day, session in sessions if session is None]:
            raise ValueError(f"the exchange was closed on {', '.join(closed)}")
        return {session.close_at: day for day, session in sessions if session}

    def known_at(self) -> list[datetime]:
        """Return the closes of the days."""
        return list(self._days)

    def chain(self, known_at: datetime) -> Chain:
        """Return the chain of the day that closed then."""
        return lean_chains.evening(self.symbol, self.frame, self._days[known_at], as_of=known_at)


@dataclass(frozen=True, eq=False)
class _Minutes:
    """Quotes by the minute, each known when its minute was over."""

    symbol: str
    root: str
    frame: pd.DataFrame

    def known_at(self) -> list[datetime]:
        return lean_chains.minute_edges(self.frame)

    def chain(self, known_at: datetime) -> Chain:
        return lean_chains.minute(self.symbol, self.root, self.frame, known_at)


def _unreadable(path: Path, trouble: BaseException) -> UnreadableChain:
    missing = f"{trouble} is missing" if isinstance(trouble, KeyError) else str(trouble)
    return UnreadableChain(path=path, reason=missing or type(trouble).__name__)


def _opened(path: Path) -> TextIO:
    opener: Any = gzip.open if path.suffix.lower() == ".gz" else open
    return cast("TextIO", opener(path, "rt", encoding="utf-8-sig", newline=""))


def _stem(path: Path) -> str:
    """Return a file's name without its ending; empty where that is none of ours."""
    ending = next((each for each in ENDINGS if path.name.lower().endswith(each)), "")
    return path.name[: -len(ending)] if ending else ""


def _first_word(stem: str) -> str:
    # Cboe's own service calls an index _SPX.
    return stem.lstrip("_^").split("_")[0]
