"""Which options the made-up exchange lists: roots, expiry dates and strikes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

import numpy as np

from market.pure.bars import Floats, Ints
from market.pure.contract_names import Contract
from simulation.pure.listings import INDEX, LISTINGS, Listing
from simulation.pure.session import Hours

# Indexes with options, and their roots: of monthly options that settle at the open, and of all others.
INDEX_ROOTS: Final[dict[str, tuple[str | None, str]]] = {
    "SPX": ("SPX", "SPXW"),
    "NDX": ("NDX", "NDXP"),
    "RUT": ("RUT", "RUTW"),
    "XSP": (None, "XSP"),
}
DAILY: Final = frozenset({*INDEX_ROOTS, "SPY", "QQQ", "IWM"})
DAYS_AHEAD, WEEKS_AHEAD, HORIZON_DAYS = 10, 10, 400
_FRIDAY, _THIRD = 4, 15

Cycle = Literal["daily", "weekly", "monthly"]

INDEX_STEPS: Final = {"SPX": 5.0, "NDX": 25.0, "RUT": 5.0, "XSP": 1.0}
# A strike each dollar below 100 for shares, and wider above. [USD]: (price below which, step)
SHARE_STEPS: Final = ((25.0, 0.5), (100.0, 1.0), (300.0, 2.5), (600.0, 5.0), (float("inf"), 10.0))
FUND_STEP: Final = 1.0
# Strikes reach this many usual daily moves from the last close, a stock's further than an index's.
REACH_SIGMAS, LEAST_REACH = 7.0, 0.06


@dataclass(frozen=True, slots=True)
class Expiry:
    """One date and root on which options expire.

    Attributes
    ----------
    day : date
    root : str
    at_open : bool
        Settles on the opening prices.
    cycle : 'daily', 'weekly' or 'monthly'
        Monthly ones have been open for longest.
    session : int
        Row of the session among those the dates were chosen from.
    expires_ts : int
        [Unix seconds]
    """

    day: date
    root: str
    at_open: bool
    cycle: Cycle
    session: int
    expires_ts: int


def has_options(listing: Listing) -> bool:
    """Say whether the made-up exchange lists options on it: on shares, funds and the big indexes."""
    return listing.type != INDEX or listing.symbol in INDEX_ROOTS


def by_listing(contracts: Iterable[Contract]) -> dict[Listing, list[Contract]]:
    """Return contracts by what they are written on; those of roots that the made-up exchange has not are left out."""
    found: dict[Listing, list[Contract]] = {}
    for each in contracts:
        if listing := _BY_ROOT.get(each.root):
            found.setdefault(listing, []).append(each)
    return found


def roots(listing: Listing) -> tuple[str | None, str]:
    """Return the root of its options that settle at the open, if there are such, and that of all others."""
    return INDEX_ROOTS.get(listing.symbol, (None, listing.symbol.replace(".", "")))


_BY_ROOT: Final = {root: each for each in LISTINGS.values() if has_options(each) for root in roots(each) if root}


def expiries(
    listing: Listing,
    hours: Sequence[Hours],
    *,
    now_ts: float,
    count: int | None = None,
    first: date | None = None,
) -> list[Expiry]:
    """Return what has not expired yet of the `count` nearest dates, ascending.

    Every trading day of two weeks for indexes and their funds, the last trading day of each of ten weeks, and the
    third Friday of each month for a year, or the trading day before it.

    Parameters
    ----------
    listing : Listing
    hours : sequence of Hours
        Sessions from today on.
    now_ts : float
        [Unix seconds]
    count : int, optional
        How many dates; all without it.
    first : date, optional
        The earliest that counts.
    """
    at_open_root, root = roots(listing)
    found: list[Expiry] = []
    for row, cycle in _listed(listing, [each.day for each in hours]):
        day, open_ts, close_ts = hours[row].day, hours[row].open_ts, hours[row].close_ts
        if at_open_root and cycle == "monthly":
            found.append(Expiry(day, at_open_root, at_open=True, cycle=cycle, session=row, expires_ts=open_ts))
        found.append(Expiry(day, root, at_open=False, cycle=cycle, session=row, expires_ts=close_ts))
    alive = [expiry for expiry in found if expiry.expires_ts > now_ts and expiry.day >= (first or expiry.day)]
    dates = sorted({expiry.day for expiry in alive})[: None if count is None else max(0, count)]
    return [expiry for expiry in alive if expiry.day in dates]


def _listed(listing: Listing, days: Sequence[date]) -> list[tuple[int, Cycle]]:
    cycles: dict[int, Cycle] = {}
    if listing.symbol in DAILY:
        cycles |= dict.fromkeys(range(min(DAYS_AHEAD, len(days))), "daily")
    ends = [row for row in range(len(days)) if _ends_week(days, row)]
    cycles |= dict.fromkeys(ends[:WEEKS_AHEAD], "weekly")
    cycles |= dict.fromkeys((row for row in ends if _in_third_week(days[row])), "monthly")
    return sorted(cycles.items())


def _ends_week(days: Sequence[date], row: int) -> bool:
    # Of the last day that is known nobody can say so unless it is a Friday.
    if row + 1 == len(days):
        return days[row].weekday() == _FRIDAY
    return days[row].isocalendar()[:2] != days[row + 1].isocalendar()[:2]


def _in_third_week(day: date) -> bool:
    friday = day + timedelta(days=_FRIDAY - day.weekday())
    return _THIRD <= friday.day < _THIRD + 7


def strike_step(listing: Listing) -> float:
    """Return the distance between strikes; the same for ever, whatever the price does. [USD, or index points]"""
    if listing.symbol in INDEX_STEPS:
        return INDEX_STEPS[listing.symbol]
    if listing.symbol in DAILY:
        return FUND_STEP
    return next(step for below, step in SHARE_STEPS if listing.price < below)


def strike_numbers(listing: Listing, close: float) -> Ints:
    """Return the listed strikes in steps from 0, around the last close: they stand all day. Shape (k,), ascending."""
    reach = max(LEAST_REACH, REACH_SIGMAS * listing.sigma)
    step = strike_step(listing)
    lowest, highest = np.ceil(close * (1.0 - reach) / step), np.floor(close * (1.0 + reach) / step)
    return np.arange(lowest, highest + 1).astype(np.int64)


def strikes(listing: Listing, numbers: Ints) -> Floats:
    """Return the prices of these strikes. [USD, or index points]"""
    return np.asarray(strike_step(listing) * numbers, dtype=np.float64)
