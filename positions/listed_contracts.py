"""Which contracts are listed beside those that are held: read by expiry, kept for a minute, a few at a time."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Final

from market import option_chains
from market.errors import NoChains, ProviderUnavailable, RateLimited, UnknownSymbol
from market.pure.sessions import new_york_date
from market.vendors import vendor
from options_engine import readings
from options_engine.errors import ExpiryNotListed, NoSpot
from positions.pure.listed import Listed, joined, of_reading
from positions.pure.roll import FIRST_DAYS, LAST_DAYS, MOST_EXPIRIES

logger = logging.getLogger(__name__)

# A suggestion may be as old as the chain page's numbers.
KEPT_S: Final = 60.0
CHAIN_AGE_S: Final = 300.0
# Expiries that one cycle reads anew; the others have their turn in the next: a cycle must not wait for a vendor long.
MOST_READ: Final = 6
_KEPT: Final = 200
_kept: OrderedDict[tuple[str, date], tuple[datetime, Listed]] = OrderedDict()
_lock = Lock()


def reader(now: datetime, *, most: int = MOST_READ) -> Callable[[Mapping[str, frozenset[date]]], dict[str, Listed]]:
    """Return what the advisor asks for listed contracts: the expiries to roll to, and those that it names.

    A symbol is left out until all of its expiries are known, so that nothing is suggested out of half a list.
    """
    question = _Question(now, most)
    return question.listed


@dataclass(frozen=True, slots=True)
class Listing:
    """Contracts that are listed on some dates; `stale` when the vendor is away and this is what it told last."""

    listed: Listed
    stale: bool


def expiries(symbol: str, root: str, *, now: datetime) -> list[date]:
    """Return the dates on which options of a root expire, ascending.

    Raises
    ------
    UnknownSymbol, ProviderUnavailable, RateLimited
        As every call of a vendor.
    """
    return sorted({row.day for row in option_chains.expiries(symbol, now=now) if row.root == root})


def on(symbol: str, days: Collection[date], *, now: datetime) -> Listing:
    """Return what is listed on dates, for somebody who waits for it: what cannot be read is an error, not left out.

    Raises
    ------
    ExpiryNotListed
        If nothing expires on one of them.
    NoChains, NoSpot
        If the vendor has no options of the symbol, or nobody knows what it costs.
    UnknownSymbol, ProviderUnavailable, RateLimited
        As every call of a vendor; also where a part of a date's contracts was lost on the way.
    """
    parts, stale = [], False
    for day in sorted(days):
        read = readings.of_date(symbol, day, now=now)
        if read.reading.chain.partial:
            raise ProviderUnavailable(provider=vendor().name, reason=f"a part of {symbol}'s options was lost")
        stale = stale or read.stale
        parts.append(of_reading(read.reading))
    table = joined(parts)
    if table is None:
        raise ValueError("days=(): expected at least one date")
    return Listing(table, stale)


@dataclass(slots=True)
class _Question:
    now: datetime
    left: int
    away: set[str] = field(default_factory=set)

    def listed(self, wanted: Mapping[str, frozenset[date]]) -> dict[str, Listed]:
        """Return what is listed of each symbol that could be read."""
        found = {}
        for symbol, named in wanted.items():
            days = self._expiries(symbol, named)
            parts = [self._expiry(symbol, day) for day in days]
            known = [part for part in parts if part is not None]
            if known and len(known) == len(parts) and (table := joined(known)) is not None:
                found[symbol] = table
        return found

    def _expiries(self, symbol: str, named: frozenset[date]) -> list[date]:
        """Return the dates named, and of each root the nearest to the middle of the window to roll to."""
        today = new_york_date(self.now)
        try:
            rows = option_chains.expiries(symbol, now=self.now)
        except (UnknownSymbol, ProviderUnavailable, RateLimited) as trouble:
            logger.warning("positions.listed.no_expiries", extra={"symbol": symbol, "why": str(trouble)})
            return []
        middle = 0.5 * (FIRST_DAYS + LAST_DAYS)
        chosen = {row.day for row in rows if row.day in named}
        for root in {row.root for row in rows}:
            fit = [r.day for r in rows if r.root == root and FIRST_DAYS <= (r.day - today).days <= LAST_DAYS]
            fit.sort(key=lambda day: (abs((day - today).days - middle), day))
            chosen.update(fit[:MOST_EXPIRIES])
        return sorted(chosen)

    def _expiry(self, symbol: str, day: date) -> Listed | None:
        with _lock:
            kept = _kept.get((symbol, day))
        if kept and timedelta(0) <= self.now - kept[0] < timedelta(seconds=KEPT_S):
            return kept[1]
        if self.left <= 0 or symbol in self.away:
            return None
        self.left -= 1
        try:
            read = readings.of_date(symbol, day, now=self.now, max_age_s=CHAIN_AGE_S)
        except (NoChains, ExpiryNotListed, NoSpot, UnknownSymbol, ProviderUnavailable, RateLimited) as trouble:
            logger.warning("positions.listed.unread", extra={"symbol": symbol, "expiry": day, "why": str(trouble)})
            self.away.add(symbol)
            return None
        if read.stale or read.reading.chain.partial:
            return None
        table = of_reading(read.reading)
        with _lock:
            _kept[symbol, day] = (self.now, table)
            _kept.move_to_end((symbol, day))
            while len(_kept) > _KEPT:
                _kept.popitem(last=False)
        return table
