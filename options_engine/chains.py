"""The answers about a symbol's contracts: the chain of one expiry date, and the dates there are."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

import numpy as np

from market import calendar, clock, option_chains
from market.errors import NoChains, OutsideCalendar
from market.pure.sessions import new_york_date
from market.vendors import vendor
from options_engine import readings, volatility_history, wire
from options_engine.errors import ExpiryNotListed
from options_engine.pure import smile
from options_engine.pure.contracts import Bools, settles_at_open
from options_engine.pure.reading import Reading

MOST_STRIKES: Final = 50
USUAL_STRIKES: Final = 10
_FRIDAY: Final = 4
_THIRD: Final = 15  # the earliest day of a month's third Friday


def chain(
    symbol: str,
    *,
    expiry: date | None = None,
    strikes: int = USUAL_STRIKES,
    root: str | None = None,
    max_age_s: float = readings.FRESH_S,
) -> dict[str, Any]:
    """Return the contract's `OptionsChain` of one expiry date, with members of our own.

    Parameters
    ----------
    symbol : str
        Normalised.
    expiry : date, optional
        The nearest that is still alive without it.
    strikes : int
        How many on each side of the one nearest to the spot.
    root : str, optional
        Of a date with two: the one that settles on closing prices without it.

    Raises
    ------
    ExpiryNotListed
        If nothing expires on that date, or nothing of that root.
    NoChains, UnknownSymbol, NoSpot, ProviderUnavailable, RateLimited
        As `readings.nearest`.
    """
    now = clock.now()
    read = (
        readings.nearest(symbol, now=now, max_age_s=max_age_s)
        if expiry is None
        else readings.of_date(symbol, expiry, now=now, max_age_s=max_age_s)
    )
    whole = read.reading
    day = nearest_expiry(whole, now) if expiry is None else expiry
    of_day = _of_root(whole, day, root)
    rows = of_day.take(around(of_day, strikes))
    ranked = volatility_history.last_rank(symbol, new_york_date(now))
    return {
        "symbol": symbol,
        "currentPrice": round(rows.spot, 2),
        "expiry": day.isoformat(),
        # The contract has it left out where it is not known.
        **({"ivRank": round(ranked[0].rank), "ivRankAsOf": ranked[1].isoformat()} if ranked else {}),
        "daysToExpiry": int(rows.days_to_expiry(new_york_date(now))[0]),
        "atmIV": _points(at_the_money(of_day)),
        "atmStrike": nearest_strike(of_day),
        "root": str(rows.chain.root[0]),
        "settlement": "AM" if rows.at_open[0] else "PM",
        "forward": wire.figure(of_day.forward[0], 4),
        "expiries": expiry_details(symbol, now),
        "options": {"calls": _side(rows, calls=True), "puts": _side(rows, calls=False)},
        **wire.provenance(read),
        "dataQuality": of_day.quality(),
    }


def expirations(symbol: str) -> dict[str, Any]:
    """Return the contract's `Expirations`, with what is known of each date in `details`."""
    details = expiry_details(symbol, clock.now())
    dates = sorted({each["date"] for each in details})
    return {"symbol": symbol, "expirations": dates, "count": len(dates), "details": details}


def expiry_details(symbol: str, now: datetime) -> list[dict[str, Any]]:
    """Return every date and root on which options of a symbol expire, ascending."""
    today = new_york_date(now)
    listed = option_chains.expiries(symbol, now=now)
    return [
        {
            "date": each.day.isoformat(),
            "root": each.root,
            "settlement": "AM" if settles_at_open(np.array([each.root]))[0] else "PM",
            "daysToExpiry": (each.day - today).days,
            "cycle": _cycle(each.day),
        }
        for each in listed
    ]


def nearest_expiry(reading: Reading, now: datetime) -> date:
    """Return the first date that is still alive, and for a quarter of an hour after its end.

    Raises
    ------
    NoChains
        If every date is over.
    """
    alive = reading.expires + readings.LINGERS_S > now.timestamp()
    if not alive.any():
        raise NoChains(provider=vendor().name, symbol=reading.chain.symbol)
    found: date = reading.chain.expiry[alive].min().astype("datetime64[D]").item()
    return found


def around(reading: Reading, each_side: int) -> Bools:
    """Say which contracts are of the strike nearest to the spot, the lower of two, or of so many on each side."""
    strikes = np.unique(reading.chain.strike)
    at = int(np.argmin(np.abs(strikes - reading.spot)))
    wanted = strikes[max(0, at - each_side) : at + each_side + 1]
    return np.isin(reading.chain.strike, wanted)


def nearest_strike(reading: Reading) -> float:
    """Return the listed strike nearest to the spot, the lower of two."""
    strikes = np.unique(reading.chain.strike)
    return float(strikes[int(np.argmin(np.abs(strikes - reading.spot)))])


def at_the_money(reading: Reading) -> float:
    """Return the volatility of one expiry at its forward, between the strikes around it; NaN where unknown."""
    return smile.of_reading(reading).at_the_money()


def _of_root(reading: Reading, day: date, root: str | None) -> Reading:
    on_day = reading.chain.expiry == np.datetime64(day)
    if root is not None:
        on_day &= reading.chain.root == root
    elif (on_day & ~reading.at_open).any():
        on_day &= ~reading.at_open
    # Adjusted contracts deliver something else than a hundred shares, and share their strikes with the usual ones.
    usual = on_day & (reading.chain.shares_per_contract == wire.SHARES)
    if not usual.any():
        raise ExpiryNotListed(symbol=reading.chain.symbol, expiry=day)
    return reading.take(usual)


def _side(reading: Reading, *, calls: bool) -> list[dict[str, Any]]:
    side = reading.take(reading.chain.is_call == calls)
    return wire.contracts(side.take(np.argsort(side.chain.strike, kind="stable")))


def _points(sigma: float) -> float | None:
    return wire.figure(100.0 * sigma, 2)


def _cycle(day: date) -> str:
    try:
        # The exchange's third Friday, or the trading day before it when that is a holiday.
        ends_week = (
            day.weekday() == _FRIDAY or calendar.next_session(day).date.isocalendar()[:2] != day.isocalendar()[:2]
        )
    except OutsideCalendar:
        ends_week = day.weekday() == _FRIDAY
    if not ends_week:
        return "daily"
    friday = day.day + _FRIDAY - day.weekday()
    return "monthly" if _THIRD <= friday < _THIRD + 7 else "weekly"
