"""Recorded option chains of a folder, told while they stand."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import reduce
from pathlib import Path
from threading import Lock

from market import calendar
from market.errors import OutsideCalendar, UnreadableChain
from market.pure.chain import Chain
from market.pure.listed_contracts import joined
from market.pure.sessions import Session, new_york_date
from market.vendors.replay_chain_files import ChainFile, chain_files, open_file

logger = logging.getLogger(__name__)

# What a chain of the session is good for: as long as the market goes on with a vendor's last one while it is away.
STANDS = timedelta(minutes=15)


class RecordedChains:
    """The chains of a folder; a symbol's files are opened when it is first asked for, and read when they are told.

    A file that cannot be read is said to be so in the log, once, and left out.
    """

    def __init__(self, folder: Path | None) -> None:
        self._files = chain_files(folder) if folder else {}
        self._recorded: dict[str, dict[datetime, list[ChainFile]]] = {}
        self._told: dict[str, tuple[datetime, Chain]] = {}
        self._lock = Lock()

    @property
    def symbols(self) -> list[str]:
        """The symbols with files, ascending."""
        return list(self._files)

    def standing(self, symbol: str, now: datetime) -> Chain | None:
        """Return the newest chain that was known by now, None when it does not stand any more or there is none."""
        return self._newest(symbol, now, lambda known_at: stands(known_at, now))

    def newest(self, symbol: str, now: datetime) -> Chain | None:
        """Return the newest chain that was known by now, however long ago; None when there is none."""
        return self._newest(symbol, now, lambda _: True)

    def days(self) -> list[date]:
        """Return the sessions in which any chain can be told: that it was recorded in, else the next one, ascending."""
        with self._lock:
            known = {at for symbol in self._files for at in self._of(symbol)}
        return sorted({_session_of(at).date for at in known})

    def _newest(self, symbol: str, now: datetime, is_good: Callable[[datetime], bool]) -> Chain | None:
        with self._lock:
            recorded = self._of(symbol)
            while recorded:
                known = sorted(recorded)
                newest = bisect_right(known, now) - 1
                if newest < 0 or not is_good(known[newest]):
                    return None
                if chain := self._chain(symbol, known[newest]):
                    return chain
        return None

    def _of(self, symbol: str) -> dict[datetime, list[ChainFile]]:
        if symbol not in self._recorded:
            found: dict[datetime, list[ChainFile]] = {}
            for file, at in _moments(symbol, self._files.get(symbol, [])):
                found.setdefault(at, []).append(file)
            self._recorded[symbol] = found
        return self._recorded[symbol]

    def _chain(self, symbol: str, at: datetime) -> Chain | None:
        """Return the chain of an instant; None, and never asked for again, when none of its files can be read."""
        told = self._told.get(symbol)
        if told and told[0] == at:
            return told[1]
        recorded = self._recorded[symbol]
        parts = []
        for file in list(recorded[at]):
            try:
                parts.append(file.chain(at))
            except UnreadableChain as trouble:
                _say(trouble)
                self._forget(symbol, file)
        if not parts:
            return None
        self._told[symbol] = (at, reduce(joined, parts))
        return self._told[symbol][1]

    def _forget(self, symbol: str, file: ChainFile) -> None:
        kept = {at: [each for each in files if each is not file] for at, files in self._recorded[symbol].items()}
        recorded = self._recorded[symbol]
        recorded.clear()
        recorded.update({at: files for at, files in kept.items() if files})


def stands(known_at: datetime, now: datetime) -> bool:
    """Say whether a chain known at one instant may be told at another.

    A chain of the session stands for a quarter of an hour, and when the close comes before that, or it was recorded
    while the market was closed, until the next open.
    """
    if now < known_at:
        return False
    session = calendar.session(new_york_date(known_at))
    if session and session.open_at <= known_at < session.close_at and known_at + STANDS < session.close_at:
        return now <= known_at + STANDS
    return now < calendar.next_open(known_at)


def _session_of(known_at: datetime) -> Session:
    today = calendar.session(new_york_date(known_at))
    return today if today and known_at < today.post_at else calendar.next_session(new_york_date(known_at))


def _moments(symbol: str, paths: list[Path]) -> Iterator[tuple[ChainFile, datetime]]:
    for path in paths:
        try:
            file = open_file(symbol, path)
            known = file.known_at()
            for at in (known[0], known[-1]) if known else ():
                calendar.next_open(at)  # a chain from outside the calendar stands nowhere
        except (UnreadableChain, OutsideCalendar) as trouble:
            _say(trouble if isinstance(trouble, UnreadableChain) else UnreadableChain(path=path, reason=str(trouble)))
            continue
        yield from ((file, at) for at in known)


def _say(trouble: UnreadableChain) -> None:
    logger.error("market.replay.unreadable_chain", extra={"file": str(trouble.path), "reason": trouble.reason})
