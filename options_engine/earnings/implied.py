"""What options expected of past reports, rebuilt from the last trades of each report's straddle, once a report."""

from __future__ import annotations

import logging
import math
from datetime import date, datetime, time, timedelta
from typing import Final

from market import calendar, history
from market.errors import ProviderUnavailable, RateLimited, UnknownSymbol
from market.pure.sessions import in_utc, new_york_date
from market.vendors import vendor
from market.vendors.reference import ListedContract, PastOptions
from options_engine import wire
from options_engine.earnings.history import USUAL_SESSIONS
from options_engine.models import EarningsReaction
from options_engine.pure.past_straddle import (
    Absence,
    implied_pct,
    last_session_before,
    likely_expiries,
    strike_at,
)
from options_engine.pure.report_timing import Timing

logger = logging.getLogger(__name__)

METHOD: Final = "option_bars"
# Reports of one run: each costs at most three questions for contracts, two for prices and one for splits.
MOST_REPORTS: Final = 6
# Vendors keep past options for a few years, and nobody asks about more than eight reports.
BEHIND: Final = timedelta(days=900)
_BEFORE, _AFTER = timedelta(days=10), timedelta(days=45)


def reconstruct(now: datetime) -> dict[str, int]:
    """Rebuild the expected move of reports that were measured and whose options nobody kept, the newest first.

    What cannot be known is written down with its reason, and never asked for again. A vendor that is away ends the run.
    """
    counted = {"rebuilt": 0, "unknown": 0, "failed": 0}
    source = vendor()
    if not isinstance(source, PastOptions):
        return counted
    for row in _waiting(now):
        try:
            found = _implied(source, row, now)
        except (ProviderUnavailable, RateLimited) as trouble:
            logger.warning("earnings.implied_failed", extra={"symbol": row.symbol, "why": str(trouble)})
            counted["failed"] += 1
            break
        counted["unknown" if isinstance(found, str) else "rebuilt"] += 1
        _keep(row, found, now)
    return counted


def _waiting(now: datetime) -> list[EarningsReaction]:
    rows = EarningsReaction.objects.filter(
        implied_move=None, implied_reason="", close_move__isnull=False, date__gte=new_york_date(now) - BEHIND
    )
    return list(rows.order_by("-date", "symbol")[:MOST_REPORTS])


def _keep(row: EarningsReaction, found: float | Absence, now: datetime) -> None:
    known: dict[str, object] = (
        {"implied_reason": found} if isinstance(found, str) else {"implied_move": found, "method": METHOD}
    )
    # Whatever a job kept of live quotes meanwhile is better.
    EarningsReaction.objects.filter(pk=row.pk, implied_move=None).update(**known, updated_at=now)


def _implied(source: PastOptions, row: EarningsReaction, now: datetime) -> float | Absence:
    """Return the expected move of a past report, or why nobody can know it. [percent]."""
    timing: Timing | None = row.time  # type: ignore[assignment]
    days = [each.date for each in calendar.sessions(row.date - _BEFORE, row.date + _AFTER)]
    day = last_session_before(row.date, timing, days)
    spot = _close_then(source, row.symbol, day, now) if day else math.nan
    if day is None or not spot > 0:
        return "no_bars"
    for expiry in likely_expiries(row.date, timing, days):
        listed = _usual(source, row.symbol, expiry, day, now)
        strike = strike_at(spot, ((each.strike, each.is_call) for each in listed))
        if strike is not None:
            pair = {each.is_call: each.ticker for each in listed if each.strike == strike}
            call, put = (_close(source, pair[is_call], day, now) for is_call in (True, False))
            return implied_pct(spot, strike, call, put)
    return "no_contracts"


def _usual(source: PastOptions, symbol: str, expiry: date, day: date, now: datetime) -> list[ListedContract]:
    """Return the contracts of a hundred shares that were listed on a past day, with the strikes of that day."""
    told = source.contracts(symbol, expiry, now=now, as_of=day)
    if told.partial:
        raise ProviderUnavailable(provider=told.source, reason="a page of the contracts was lost")
    return [each for each in told.rows if each.shares_per_contract == wire.SHARES and not each.root[-1:].isdigit()]


def _close_then(source: PastOptions, symbol: str, day: date, now: datetime) -> float:
    """Return a past close as it was told on that day: without the splits since, as strikes were. [USD]."""
    today = new_york_date(now)
    midnight = int(in_utc(day, time(0)).timestamp())
    bars = history.daily(symbol, today, n=USUAL_SESSIONS).between(midnight, midnight + 1)
    told = source.splits(symbol, day + timedelta(days=1), today, now=now)
    if told.partial:
        raise ProviderUnavailable(provider=told.source, reason="a page of the splits was lost")
    since = math.prod(each.split_to / each.split_from for each in told.rows if day < each.date <= today)
    return float(bars.close[-1]) * since if len(bars) else math.nan


def _close(source: PastOptions, ticker: str, day: date, now: datetime) -> float:
    """Return the last trade of a contract on a day; NaN where it did not trade. [USD a share]."""
    try:
        bars = source.contract_bars(ticker, day, day, now=now)
    except UnknownSymbol:
        return math.nan
    return float(bars.close[-1]) if len(bars) else math.nan
