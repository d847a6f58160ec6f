"""What an announced event does to volatility: its own move, and what a straddle is worth once it is over."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final, Literal

import numpy as np

from config.http.errors import InvalidInput
from market import calendar, clock
from market.market_state import wire_instant
from market.pure.sessions import new_york_date
from options_engine import readings, term_readings, wire
from options_engine.errors import TooLittle
from options_engine.pure import event_variance
from options_engine.pure.contracts import YEAR_S
from options_engine.pure.event_variance import AtTheMoney, Split
from options_engine.term_readings import Rung, Term
from options_engine.volatility import points

EventTime = Literal["after_close", "before_open"]
FURTHEST_DAYS: Final = 180
METHOD: Final = (
    "The first two expiries that live through the event hold its variance once each: ordinary variance is (w2 - w1) / "
    "(T2 - T1) a year, the event's what is left of w1. Afterwards the straddle is priced anew at the next open, at an "
    "unchanged spot, European."
)


def projection(
    symbol: str,
    event_date: date,
    *,
    event_time: EventTime = "after_close",
    max_age_s: float = readings.FRESH_S,
) -> dict[str, Any]:
    """Return how volatility and a straddle at the money come out of an event.

    Parameters
    ----------
    symbol : str
        Normalised.
    event_date : date
        New York date, not over.
    event_time : str
        Before that date's open, or after its close, which is taken where nobody knows.
    max_age_s : float
        0 asks the vendor in any case. [market seconds]

    Raises
    ------
    InvalidInput
        If the market has opened since the event.
    TooLittle
        If nothing expires after it.
    NoChains, UnknownSymbol, NoSpot, ProviderUnavailable, RateLimited
        As `readings`.
    """
    now = clock.now()
    reopens = reopens_at(event_date, event_time)
    if reopens <= now:
        raise InvalidInput(issues=["eventDate: the market has opened since this event"], where="query")
    # What expires on the date of that open lives through it, unless it settles on the opening prices.
    days = [day for day in term_readings.listed(symbol, now) if day >= new_york_date(reopens)]
    term = term_readings.read(symbol, days[:3], now=now, max_age_s=max_age_s) if days else None
    through = [rung for rung in term.rungs if rung.reading.expires[0] > reopens.timestamp()] if term else []
    if term is None or not through:
        raise TooLittle(symbol=symbol, reason=f"nothing expires after an event on {event_date}")
    return {
        "symbol": symbol,
        "eventDate": event_date.isoformat(),
        "eventTime": event_time,
        "reopensAt": wire_instant(reopens),
        "currentPrice": round(term.spot, 2),
        "expiryUsed": through[0].day.isoformat(),
        **_told(term, through[:2], reopens),
        **term.provenance(),
        "calculatedAt": wire_instant(now),
        "method": METHOD,
    }


def reopens_at(event_date: date, event_time: EventTime) -> datetime:
    """Return the first regular open after an event."""
    session = calendar.session(event_date)
    if event_time == "before_open" and session is not None:
        return session.open_at
    return calendar.next_session(event_date).open_at


def at_the_money(term: Term, rung: Rung) -> AtTheMoney:
    """Return one expiry at its strike nearest to the spot; its volatility is NaN where nobody knows it."""
    strikes = np.unique(rung.reading.chain.strike)
    return AtTheMoney(
        spot=term.spot,
        strike=float(strikes[int(np.argmin(np.abs(strikes - term.spot)))]),
        sigma=rung.smile.at_the_money(),
        t_years=rung.t_years,
        rate=float(rung.reading.rate[0]),
        dividend=float(rung.reading.dividend[0]),
    )


def _told(term: Term, through: list[Rung], reopens: datetime) -> dict[str, Any]:
    expiry = at_the_money(term, through[0])
    split = _split(through)
    after = (float(through[0].reading.expires[0]) - reopens.timestamp()) / YEAR_S
    done = event_variance.crush(expiry, split, after) if isinstance(split, Split) else None
    known = np.isfinite(expiry.sigma)
    straddle = expiry.straddle(expiry.sigma, expiry.t_years) if known else float("nan")
    return {
        "strike": expiry.strike,
        "currentIV": points(expiry.sigma),
        "estimatedPostEventIV": points(done.sigma_after) if done else None,
        "ivDrop": points(done.drop) if done else None,
        "ivDropPct": wire.figure(100.0 * done.drop_share, 2) if done else None,
        "currentStraddle": wire.figure(straddle, wire.MONEY),
        "marketStraddle": wire.figure(_market_straddle(through[0], expiry.strike), wire.MONEY),
        "estimatedPostEventStraddle": wire.figure(done.straddle_after, wire.MONEY) if done else None,
        "straddleLoss": wire.figure(done.straddle_loss, wire.MONEY) if done else None,
        "baseIV": points(split.base_sigma) if isinstance(split, Split) else None,
        "eventMovePct": wire.figure(100.0 * split.event_move, 4) if isinstance(split, Split) else None,
        "expectedMovePct": wire.figure(100.0 * split.expected_absolute_move, 4) if isinstance(split, Split) else None,
        "basis": "event_variance" if done else None,
        "reason": None if isinstance(split, Split) else split,
        "expirations": [
            {
                "date": rung.day.isoformat(),
                "atmIV": points(rung.smile.at_the_money()),
                "postEventIV": points(split.sigma_after(rung.smile.at_the_money(), rung.t_years))
                if isinstance(split, Split)
                else None,
            }
            for rung in through
        ],
    }


def _split(through: list[Rung]) -> Split | event_variance.Absence:
    if len(through) < 2:  # noqa: PLR2004 -- two unknowns
        return "one_expiry"
    near, far = through
    return event_variance.split(near.smile.at_the_money(), near.t_years, far.smile.at_the_money(), far.t_years)


def _market_straddle(rung: Rung, strike: float) -> float:
    """Return the middles of call and put at a strike together, NaN without a good quote of both."""
    middle = rung.reading.middle[rung.reading.chain.strike == strike]
    return float(middle.sum()) if len(middle) == 2 else float("nan")  # noqa: PLR2004 -- a call and a put
