"""Expiry dates of a symbol, read one by one: what term structure, surface and event projections are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np

from market import calendar, option_chains
from market.errors import NoChains, OutsideCalendar
from market.market_state import wire_instant
from market.pure.bars import Floats
from market.pure.sessions import new_york_date
from market.vendors import vendor
from options_engine import readings, wire
from options_engine.pure import ladder, session_clock, smile, term_structure
from options_engine.pure.reading import Reading
from options_engine.pure.smile import Smile
from options_engine.readings import Read

MONTH_YEARS: Final = ladder.MONTH / 365.0
# Of a usual day's variance, what comes between two sessions.
NIGHT_SHARE: Final = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Rung:
    """One expiry date: contracts of the usual size and of one root, the one that settles at the close of two.

    Attributes
    ----------
    day : date
    reading : Reading
        Not empty, and not over.
    smile : Smile
    """

    day: date
    reading: Reading
    smile: Smile

    @property
    def t_years(self) -> float:
        """Time to expiry, ACT/365. [years]"""
        return float(self.reading.t_years[0])

    @property
    def forward(self) -> float:
        """[USD, or index points]."""
        return float(self.reading.forward[0])


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """Expiry dates of a symbol at one moment.

    Attributes
    ----------
    symbol : str
    now : datetime
        Market time.
    spot : float
        [USD, or index points]
    rungs : tuple of Rung
        Ascending, those alive.
    reads : tuple of Read
        Where they come from, at least one.
    """

    symbol: str
    now: datetime
    spot: float
    rungs: tuple[Rung, ...]
    reads: tuple[Read, ...] = ()

    @property
    def t_years(self) -> Floats:
        """Time to each expiry. [years], shape (e,)."""
        return np.array([rung.t_years for rung in self.rungs])

    @property
    def sigma(self) -> Floats:
        """Volatility at the money of each, NaN where unknown. [1/sqrt(year)], shape (e,)."""
        return np.array([rung.smile.at_the_money() for rung in self.rungs])

    def month(self) -> float:
        """Return the volatility to thirty days, NaN where it cannot be said. [1/sqrt(year)]."""
        return term_structure.constant_maturity(self.t_years, self.sigma, MONTH_YEARS)

    def front(self) -> Rung | None:
        """Return the first expiry whose volatility at the money is known."""
        return next((rung for rung in self.rungs if np.isfinite(rung.smile.at_the_money())), None)

    def nearest_month(self) -> Rung | None:
        """Return the expiry nearest to thirty days."""
        day = ladder.nearest_month([rung.day for rung in self.rungs], new_york_date(self.now))
        return next((rung for rung in self.rungs if rung.day == day), None)

    def of(self, days: Sequence[date]) -> Term:
        """Return the part of these dates."""
        return Term(self.symbol, self.now, self.spot, tuple(r for r in self.rungs if r.day in set(days)), self.reads)

    def provenance(self) -> dict[str, Any]:
        """Return where the numbers come from: as old as the oldest read, as doubtful as the worst, counts summed."""
        oldest = min(self.reads, key=lambda read: read.reading.chain.as_of)
        qualities = [rung.reading.quality() for rung in self.rungs]
        filtered: dict[str, int] = {}
        for quality in qualities:
            for reason, count in quality["filtered"].items():
                filtered[reason] = filtered.get(reason, 0) + count
        counts = ("contracts", "expired", "quoted", "ivSolved", "ivVendor")
        return {
            **wire.provenance(oldest),
            "asOf": wire_instant(oldest.reading.chain.as_of),
            "stale": any(read.stale for read in self.reads),
            "partial": any(read.reading.chain.partial for read in self.reads),
            "dataQuality": {
                **{name: sum(quality[name] for quality in qualities) for name in counts},
                "filtered": filtered,
            },
        }


def listed(symbol: str, now: datetime) -> list[date]:
    """Return the dates on which options of a symbol expire, ascending.

    Raises
    ------
    NoChains
        If there are none.
    UnknownSymbol, ProviderUnavailable, RateLimited
        As every call of a vendor.
    """
    days = sorted({each.day for each in option_chains.expiries(symbol, now=now)})
    if not days:
        raise NoChains(provider=vendor().name, symbol=symbol)
    return days


def read(symbol: str, days: Sequence[date], *, now: datetime, max_age_s: float = readings.FRESH_S) -> Term:
    """Return some dates of a symbol, read: the nearest six in one question, which others ask too, then one each.

    Raises
    ------
    NoChains, NoSpot, ExpiryNotListed, UnknownSymbol, ProviderUnavailable, RateLimited
        As `readings`.
    """
    nearest = readings.nearest(symbol, now=now, max_age_s=max_age_s)
    reads = dict.fromkeys(nearest.reading.chain.expiries, nearest)
    for day in days:
        if day not in reads:
            reads[day] = readings.of_date(symbol, day, now=now, max_age_s=max_age_s)
    used = {id(reads[day]): reads[day] for day in days}
    rungs = [rung for day in sorted(days) if (rung := _rung(reads[day].reading, day))]
    return Term(symbol, now, nearest.reading.spot, tuple(rungs), tuple(used.values()))


def of_reading(reading: Reading, now: datetime) -> Term:
    """Return every date of a reading, without saying where it comes from."""
    rungs = [rung for day in reading.chain.expiries if (rung := _rung(reading, day))]
    return Term(reading.chain.symbol, now, reading.spot, tuple(rungs))


def usual_days(term: Term) -> Floats | None:
    """Return the sessions and nights to each expiry, in usual days; None where the calendar does not reach.

    Half days weigh less, and a weekend is one night. Shape (e,).
    """
    if not term.rungs:
        return np.empty(0)
    today = new_york_date(term.now)
    try:
        before = calendar.previous_session(today)
        ahead = calendar.sessions(today, term.rungs[-1].day)
    except OutsideCalendar:
        return None
    opens = np.array([session.open_ts for session in ahead], dtype=np.int64)
    closes = np.array([session.close_ts for session in ahead], dtype=np.int64)
    to_open, to_close = session_clock.days_left(
        term.now.timestamp(), int(before.close_at.timestamp()), opens, closes, night_share=NIGHT_SHARE
    )
    ends = np.array([rung.reading.expires[0] for rung in term.rungs])
    at = np.searchsorted(closes, ends)
    if (at >= len(closes)).any():
        return None
    return np.where([bool(rung.reading.at_open[0]) for rung in term.rungs], to_open[at], to_close[at])


def _rung(reading: Reading, day: date) -> Rung | None:
    on_day = (reading.chain.expiry == np.datetime64(day)) & (reading.chain.shares_per_contract == wire.SHARES)
    on_day &= reading.t_years > 0
    if (on_day & ~reading.at_open).any():
        on_day &= ~reading.at_open
    part = reading.take(on_day)
    return Rung(day, part, smile.of_reading(part)) if len(part) else None
