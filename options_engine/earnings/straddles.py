"""The straddle that lives through a report: what it costs now, and what of its price belongs to the event."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

import numpy as np

from market import calendar, off_loop, option_chains
from market.errors import NoChains
from market.pure.sessions import new_york_date
from market.vendors import vendor
from options_engine import chains, readings, wire
from options_engine.errors import TooLittle
from options_engine.models import EarningsEvent
from options_engine.pure import crush_grid
from options_engine.pure.event_distribution import Terminal
from options_engine.pure.event_variance import Absence, AtTheMoney, Crush, Split, crush, split
from options_engine.pure.reading import Reading
from options_engine.pure.report_timing import Timing, first_open_after, living_through
from options_engine.readings import Read

_YEAR_S: Final = 365.0 * 86_400.0
_LONGEST_CLOSURE: Final = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Occasion:
    """A report to look at: its New York date and time of day, None where nobody knows that."""

    day: date
    timing: Timing | None

    @classmethod
    def of(cls, event: EarningsEvent) -> Occasion:
        """Return the occasion of a stored report."""
        return cls(event.date, event.time)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Straddle:
    """The options at the money of the first expiry that lives through a report, or of the nearest without one.

    Attributes
    ----------
    read : Read
        Where the numbers come from.
    expiry : Reading
        Contracts of that date.
    at_the_money : AtTheMoney
        At the volatility that the straddle's own price implies.
    price : float
        Of one share. [USD]
    sigma : float
        Volatility at the forward, NaN where nothing implies one. [1/sqrt(year)]
    event : Split or str
        What belongs to the event, or why that is not known.
    after_at : datetime
        The first open with the news known; without a report the next open.
    """

    read: Read
    expiry: Reading
    at_the_money: AtTheMoney
    price: float
    sigma: float
    event: Split | Absence | str
    after_at: datetime

    @property
    def spot(self) -> float:
        """[USD]."""
        return self.expiry.spot

    @property
    def day(self) -> date:
        """The date of the expiry."""
        found: date = self.expiry.chain.expiry[0].astype("datetime64[D]").item()
        return found

    @property
    def pct(self) -> float:
        """The price of the straddle in percent of the share's."""
        return 100.0 * self.price / self.spot

    @property
    def split(self) -> Split | None:
        """What belongs to the event, where that is known."""
        return self.event if isinstance(self.event, Split) else None

    @property
    def years_after(self) -> float:
        """Time that the expiry has left once the news is known. [years]."""
        return max(0.0, (int(self.expiry.expires[0]) - self.after_at.timestamp()) / _YEAR_S)

    @property
    def crush(self) -> Crush | None:
        """What the event's end leaves of volatility and price; None where that is not known."""
        if self.split is None or math.isnan(self.at_the_money.sigma):
            return None
        return crush(self.at_the_money, self.split, self.years_after)

    @property
    def terminal(self) -> Terminal | None:
        """Where the share may stand when the expiry ends; None without a volatility."""
        forward, years = float(self.expiry.forward[0]), float(self.expiry.t_years[0])
        # All its variance, the event's among it: the jump is normal in the log price, as ordinary days are.
        return Terminal(forward, self.sigma**2 * years) if self.sigma > 0 and years > 0 else None


def around(symbol: str, report: Occasion | None, *, now: datetime, max_age_s: float = readings.FRESH_S) -> Straddle:
    """Return the straddle that lives through a report; of the nearest expiry without one.

    Raises
    ------
    TooLittle
        If an option at the money has no price: half a straddle is none.
    NoChains, NoSpot, UnknownSymbol, ProviderUnavailable, RateLimited
        As `readings.nearest`.
    """
    whole = readings.nearest(symbol, now=now, max_age_s=max_age_s)
    near, far = _expiries(symbol, whole, report, now=now, max_age_s=max_age_s)
    before = _before(whole, near, report) if report else None
    expiry = usual(near.reading)
    strike = chains.nearest_strike(expiry)
    legs = [_price(expiry, strike, is_call=is_call) for is_call in (True, False)]
    if not min(legs) > 0:
        raise TooLittle(symbol=symbol, reason="the options at the money have no price")
    price = sum(legs)
    years, sigma = float(expiry.t_years[0]), chains.at_the_money(expiry)
    money = AtTheMoney(expiry.spot, strike, sigma, years, float(expiry.rate[0]), float(expiry.dividend[0]))
    implied = crush_grid.straddle_sigma(money, price) if years > 0 else math.nan
    return Straddle(
        read=near,
        expiry=expiry,
        at_the_money=AtTheMoney(money.spot, strike, implied, years, money.rate, money.dividend),
        price=price,
        sigma=sigma,
        event=_split(before, expiry, far) if report else "no_event",
        after_at=_open_after(report, now),
    )


@contextmanager
def asked_ahead(symbol: str, *, now: datetime, max_age_s: float = readings.FRESH_S) -> Iterator[None]:
    """Ask for the chain of `around` while the block asks for something else; trouble is raised at the block's end.

    It is only fetched here: whoever reads it finds it kept. Nothing is kept of what has to be asked for in any case.
    """
    if not max_age_s > 0:
        yield
        return
    with ThreadPoolExecutor(1, thread_name_prefix="earnings-chain") as pool:
        chain = partial(
            option_chains.chain, symbol, now=now, expiries=readings.EXPIRIES, max_age_s=max_age_s, or_older=True
        )
        asked = pool.submit(off_loop.and_hang_up, chain)
        yield
        asked.result()


def _fetched(symbol: str, dates: Sequence[date], *, now: datetime, max_age_s: float) -> None:
    """Fetch the chains of some dates at one time, for their readers to find."""
    if len(dates) > 1 and max_age_s > 0:
        with ThreadPoolExecutor(len(dates), thread_name_prefix="earnings-chain") as pool:
            chain = partial(option_chains.of_date, symbol, now=now, max_age_s=max_age_s, or_older=True)
            asked = [pool.submit(off_loop.and_hang_up, partial(chain, day)) for day in dates]
        for each in asked:
            each.result()


def _expiries(
    symbol: str, whole: Read, report: Occasion | None, *, now: datetime, max_age_s: float
) -> tuple[Read, Reading | None]:
    """Return the first expiry that lives through a report, and the second where there is one."""
    dates = _dates(whole.reading.chain.expiries, report, now)
    if len(dates) < 2:  # noqa: PLR2004 -- near and far
        dates = _dates([each.day for each in option_chains.expiries(symbol, now=now)], report, now)
    if not dates:
        raise NoChains(provider=vendor().name, symbol=symbol)
    known = set(whole.reading.chain.expiries)
    _fetched(symbol, [day for day in dates[:2] if day not in known], now=now, max_age_s=max_age_s)
    reads = [
        whole if day in known else readings.of_date(symbol, day, now=now, max_age_s=max_age_s) for day in dates[:2]
    ]
    parts = [
        read.reading.take(read.reading.chain.expiry == np.datetime64(day))
        for read, day in zip(reads, dates, strict=False)
    ]
    near = Read(parts[0], reads[0].rates, reads[0].stale)
    return near, usual(parts[1]) if len(parts) > 1 else None


def _dates(listed: Sequence[date], report: Occasion | None, now: datetime) -> list[date]:
    today = new_york_date(now)
    if report is not None:
        return living_through(listed, report.day, report.timing)
    session = calendar.session(today)
    over = session is not None and now >= session.close_at
    return sorted(day for day in set(listed) if day > today or (day == today and not over))


def usual(reading: Reading) -> Reading:
    """Return the contracts of a date that deliver a hundred shares, and end at its close where any do."""
    usual = reading.chain.shares_per_contract == wire.SHARES
    at_close = usual & ~reading.at_open
    return reading.take(at_close if at_close.any() else usual)


def _price(expiry: Reading, strike: float, *, is_call: bool) -> float:
    """Return the middle of the quote, else the last trade, else the model's at its twin's volatility; 0 if none."""
    one = expiry.take((expiry.chain.strike == strike) & (expiry.chain.is_call == is_call))
    if not len(one):
        return 0.0
    price = one.mark[0] if np.isfinite(one.mark[0]) else one.greeks.price[0]
    return float(price) if np.isfinite(price) else 0.0


def _before(whole: Read, near: Read, report: Occasion) -> Reading | None:
    """Return the last expiry that ends before a report, of those at hand."""
    listed = whole.reading.chain.expiries
    ended = sorted(set(listed) - set(living_through(listed, report.day, report.timing)))
    alive = [day for day in ended if day < near.reading.chain.expiries[0]]
    for day in reversed(alive):
        part = usual(whole.reading.take(whole.reading.chain.expiry == np.datetime64(day)))
        if len(part) and part.t_years[0] > 0:
            return part
    return None


def _split(before: Reading | None, near: Reading, far: Reading | None) -> Split | Absence | str:
    """Return what of the variance between the expiries around a report belongs to it.

    Without an expiry before the report this is the specification's split of the first two that live through it. With
    one, the days until then are left out: their variance is known, and guessing it from later days would call every
    slope of the term structure an event. An event smaller than what half a spread of the quotes makes of it is none.
    """
    if far is None or not len(far):
        return "one_expiry"
    ends = [_ATM(0.0, 0.0, 0.0) if before is None else _ATM.of(before), _ATM.of(near), _ATM.of(far)]
    spans = [end.years - ends[0].years for end in ends[1:]]
    grown = [end.variance - ends[0].variance for end in ends[1:]]
    if not 0 < spans[0] < spans[1]:
        return "one_expiry"
    sigmas = [math.sqrt(each / span) if each >= 0 else math.nan for each, span in zip(grown, spans, strict=True)]
    found = split(sigmas[0], spans[0], sigmas[1], spans[1])
    later = spans[0] / (spans[1] - spans[0])  # how often the far expiry's error counts in the base of the near one
    noise = ends[0].error + ends[1].error * (1.0 + later) + ends[2].error * later
    return "within_quotes" if isinstance(found, Split) and not found.event > noise else found


@dataclass(frozen=True, slots=True)
class _ATM:
    """Total variance of an expiry at the money, and what half a spread of its straddle makes of it. [1], [years]."""

    years: float
    variance: float
    error: float

    @classmethod
    def of(cls, expiry: Reading) -> _ATM:
        years = float(expiry.t_years[0])
        variance = float(chains.at_the_money(expiry) ** 2 * years)
        at = expiry.take(expiry.chain.strike == chains.nearest_strike(expiry))
        middle, half = at.middle.sum(), 0.5 * (at.chain.ask - at.chain.bid).sum()
        # At the money a straddle grows in proportion to its volatility, and the variance twice as fast.
        share = float(half / middle) if middle > 0 else math.nan
        return cls(years, variance, 2.0 * share * variance)


def opens_after(report: Occasion) -> datetime | None:
    """Return when the market first opens with the news of a report known."""
    days = [each.date for each in calendar.sessions(report.day, report.day + _LONGEST_CLOSURE)]
    day = first_open_after(report.day, report.timing, days)
    session = calendar.session(day) if day else None
    return session.open_at if session else None


def _open_after(report: Occasion | None, now: datetime) -> datetime:
    known_at = opens_after(report) if report else None
    return max(now, known_at) if known_at else calendar.next_open(now)
