"""Brings a session's bars up to date from one round of snapshots, asking the vendor for what is missing."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from redis.client import Pipeline

from config.http.errors import CoachError
from market import kept_sessions, session_store
from market.errors import ProviderUnavailable, RateLimited, UnknownSymbol
from market.pure.bars import Bars
from market.pure.intake import (
    MINUTE_S,
    Gap,
    Progress,
    completed,
    covered_by,
    ended,
    gap_apart,
    gap_before,
    is_final,
    latest,
    newer,
)
from market.pure.market_time import settled_minute
from market.pure.sessions import Session
from market.pure.staleness import DELAY_S
from market.vendors import vendor
from market.vendors.protocol import MinuteSnapshot

logger = logging.getLogger(__name__)

# A round must end before the next is due; what is left is asked for then. Wall time, because the vendor's calls are.
REPAIR_BUDGET_S = 3.0


@dataclass(slots=True)
class Intake:
    """What one round changes for the symbols of a session.

    Attributes
    ----------
    progress : dict
        How far each symbol is now.
    fresh : dict
        The bars that are new, of symbols that only grow.
    rewritten : dict
        All bars of symbols whose past changed: first served, read back, or with a gap filled.
    completed : dict
        How many minutes of a symbol are new.
    repaired, failed : int
        Gaps that were filled, and vendor calls for gaps that failed.
    """

    progress: dict[str, Progress]
    fresh: dict[str, Bars] = field(default_factory=dict)
    rewritten: dict[str, Bars] = field(default_factory=dict)
    completed: dict[str, int] = field(default_factory=dict)
    repaired: int = 0
    failed: int = 0

    def store(self, pipe: Pipeline, session: Session, *, known: Mapping[str, Progress]) -> None:
        """Queue for Redis what differs from what it `known`."""
        for symbol, bars in self.rewritten.items():
            session_store.write(pipe, session.date, symbol, bars)
        for symbol, bars in self.fresh.items():
            session_store.append(pipe, session.date, symbol, bars)
        moved = {symbol: at for symbol, at in self.progress.items() if at != known.get(symbol)}
        session_store.note(pipe, session.date, moved)


def take_in(
    answers: Mapping[str, MinuteSnapshot], session: Session, *, known: Mapping[str, Progress], now: datetime
) -> Intake:
    """Work out what a round of snapshots adds to a session whose symbols are as far as is `known`."""
    round_ = _Round(session, Intake(dict(known)), now)
    today = {
        symbol: answer.minute.between(int(session.pre_at.timestamp()), int(session.post_at.timestamp()))
        for symbol, answer in answers.items()
        if not answer.minutes_apart
    }
    today = {symbol: minutes for symbol, minutes in today.items() if len(minutes)}
    apart = [symbol for symbol, answer in answers.items() if answer.minutes_apart and answer.quote.price > 0]
    late = {symbol for symbol, answer in answers.items() if answer.quote.delayed}
    round_.renewed = {symbol: answer.renewed_at for symbol, answer in answers.items() if answer.renewed_at}
    round_.read_back([symbol for symbol in (*today, *apart) if symbol not in known])
    round_.read_gapped(today, apart, late)
    for symbol, minutes in today.items():
        round_.take(symbol, minutes, late=symbol in late)
    for symbol in apart:
        round_.take_apart(symbol, late=symbol in late)
    return round_.intake


class _Round:
    def __init__(self, session: Session, intake: Intake, now: datetime) -> None:
        self.session = session
        self.intake = intake
        self.now = now
        self.renewed: dict[str, datetime] = {}
        self._day_start = int(session.pre_at.timestamp())
        self._stored: dict[str, Bars] = {}
        self._ends_at = time.monotonic() + REPAIR_BUDGET_S

    def read_back(self, symbols: list[str]) -> None:
        """Start symbols that are new to Redis from what it or Postgres has kept of their session."""
        if not symbols:
            return
        kept = session_store.read(self.session.date, symbols)
        kept = kept_sessions.load(self.session.date, set(symbols) - set(kept)) | kept
        for symbol, bars in kept.items():
            told = self.intake.rewritten[symbol] = ended(bars, self.now.timestamp())
            if len(told):
                self.intake.progress[symbol] = Progress(newest=_last(told), covered=_last(told))

    def settled(self, *, late: bool) -> int:
        """Return the newest minute that a vendor can tell whole: what it learns late is not settled when ours is."""
        return settled_minute(self.now.timestamp() - (DELAY_S if late else 0))

    def told(self, symbol: str, settled: int) -> int:
        """Return the newest minute that a symbol's snapshot can tell whole: none that it was not renewed after."""
        renewed = self.renewed.get(symbol)
        return settled if renewed is None else min(settled, settled_minute(renewed.timestamp()))

    def read_gapped(self, today: Mapping[str, Bars], apart: Collection[str], late: Collection[str]) -> None:
        """Read what is stored of symbols whose past is about to change, all at once."""
        gapped = [
            symbol
            for symbol, at in self.intake.progress.items()
            if (symbol in today and self._gap_before(symbol, at, today[symbol], self.settled(late=symbol in late)))
            or (symbol in apart and self._gap_apart(at, self.settled(late=symbol in late)))
        ]
        self._stored = session_store.read(self.session.date, gapped)

    def take(self, symbol: str, minutes: Bars, *, late: bool = False) -> None:
        """Take in one symbol's latest minutes, after what is missing before them.

        Bars stay in order and whole: minutes behind a gap that nobody could be asked for wait until somebody can.
        """
        at = self.intake.progress.get(symbol, Progress())
        settled = self.settled(late=late)
        gap = self._gap_before(symbol, at, minutes, settled)
        ready = completed(minutes, self.told(symbol, settled))
        told = covered_by(minutes, self.told(symbol, settled))
        if gap is None:
            added = self._grow(symbol, newer(ready, at.newest))
        else:
            found = self._fill(symbol, at, gap, settled)
            if found is None:
                return
            added = self._rewrite(symbol, found.extended(ready))
            told = latest(told, gap.end - MINUTE_S) if is_final(gap, found, settled) else _last(found)
        self._note(symbol, at, added, told)

    def take_apart(self, symbol: str, *, late: bool = False) -> None:
        """Ask for the minutes of a symbol whose snapshots show none, from the open until a quarter past the close."""
        at = self.intake.progress.get(symbol, Progress())
        settled = self.settled(late=late)
        gap = self._gap_apart(at, settled)
        found = None if gap is None else self._fill(symbol, at, gap, settled)
        if gap is None or found is None:
            return
        only_grows = at.newest is not None and len(newer(found, at.newest)) == len(found)
        added = self._grow(symbol, found) if only_grows else self._rewrite(symbol, found)
        told = gap.end - MINUTE_S if is_final(gap, found, settled) else _last(found)
        self._note(symbol, at, added, told)

    def _gap_before(self, symbol: str, at: Progress, minutes: Bars, settled: int) -> Gap | None:
        told = self.told(symbol, settled)
        return gap_before(at, minutes, day_start=self._day_start, told=told, settled=settled)

    def _gap_apart(self, at: Progress, settled: int) -> Gap | None:
        # Indexes are calculated while their options trade. Before and after, each minute would be asked for in vain.
        if settled < self.session.open_ts:
            return None
        last = int(self.session.options_close_at.timestamp()) - MINUTE_S
        return gap_apart(at, day_start=self._day_start, settled=settled, last=last)

    def _note(self, symbol: str, at: Progress, added: Bars, told: int | None) -> None:
        self.intake.progress[symbol] = replace(
            self.intake.progress.get(symbol, at),
            newest=latest(at.newest, _last(added)),
            covered=latest(at.covered, told),
        )

    def _fill(self, symbol: str, at: Progress, gap: Gap, settled: int) -> Bars | None:
        """Return the bars of a gap, None when the vendor was not asked or did not answer."""
        if not at.may_ask(settled) or time.monotonic() > self._ends_at:
            return None
        self.intake.progress[symbol] = at.after_asking(settled)
        start, end = (datetime.fromtimestamp(edge, UTC) for edge in (gap.start, gap.end))
        try:
            found = vendor().minute_bars(symbol, start, end, now=self.now).between(gap.start, gap.end)
        except UnknownSymbol:
            found = Bars.empty()
        except RateLimited as limit:
            self._ends_at = float("-inf")
            return self._unfilled(symbol, limit)
        except ProviderUnavailable as outage:
            return self._unfilled(symbol, outage)
        self.intake.repaired += 1
        return found

    def _unfilled(self, symbol: str, why: CoachError) -> None:
        self.intake.failed += 1
        logger.warning("market.feed.gap_unfilled", extra={"symbol": symbol, "why": str(why)})

    def _grow(self, symbol: str, fresh: Bars) -> Bars:
        if not len(fresh):
            return fresh
        if symbol in self.intake.rewritten:
            self.intake.rewritten[symbol] = self.intake.rewritten[symbol].extended(fresh)
        else:
            self.intake.fresh[symbol] = fresh
        self.intake.completed[symbol] = len(fresh)
        return fresh

    def _rewrite(self, symbol: str, bars: Bars) -> Bars:
        # What was told once stands: only minutes that were missing come in.
        before = self.intake.rewritten.get(symbol) or self._stored.get(symbol)
        whole = bars if before is None else bars.extended(before)
        added = len(whole) - (0 if before is None else len(before))
        if added:
            self.intake.rewritten[symbol] = whole
            self.intake.completed[symbol] = added
        return whole


def _last(bars: Bars) -> int | None:
    return int(bars.ts[-1]) if len(bars) else None
