"""The answer about who reports soon: from the stored calendar, which says when a source is away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from market.errors import ProviderUnavailable, RateLimited, UnknownSymbol
from market.market_state import wire_instant
from market.pure.sessions import new_york_date
from options_engine.earnings import analysis, events
from options_engine.models import EarningsEvent, EarningsSource

MOST_SYMBOLS, MOST_DAYS, USUAL_DAYS = 25, 60, 14
# Whoever follows nothing is shown these.
USUAL_SYMBOLS = ("SPX", "NDX", "SPY", "QQQ", "IWM", "AAPL")


def calendar(symbols: Sequence[str], days: int, now: datetime) -> dict[str, Any]:
    """Return the contract's `EarningsCalendar` from today to `days` on, New York dates, both included.

    Raises
    ------
    ProviderUnavailable
        If a source is away, none ever answered, and no report is stored.
    """
    issuers = [symbol for symbol in symbols if _may_report(symbol)]
    sources = events.ensure(issuers, now) if issuers else events.states()
    today = new_york_date(now)
    rows = events.coming(issuers, today, today + timedelta(days=days))
    away = [row.trouble for row in sources if row.trouble]
    if issuers and away and not rows and not any(row.answered_at for row in sources):
        # Nobody ever told of a report to come: an empty list would say that there is none.
        raise ProviderUnavailable(provider="earnings", reason=away[0])
    return {
        "watchlist": list(symbols),
        "daysAhead": days,
        "count": len(rows),
        "events": [event(row, now) for row in rows],
        "degraded": bool(issuers) and (bool(away) or not any(_answered_today(row, now) for row in sources)),
        "sources": [_source(row, now) for row in sources],
        "notReporting": [symbol for symbol in symbols if symbol not in issuers],
    }


def event(row: EarningsEvent, now: datetime) -> dict[str, Any]:
    """Return one report as the wire has it."""
    others = [
        {"source": source, **each}
        for source, each in sorted(row.candidates.items())
        if each["date"] != row.date.isoformat()
    ]
    return {
        "symbol": row.symbol,
        "date": row.date.isoformat(),
        "time": row.time or EarningsEvent.Time.DURING,
        "timeKnown": row.time is not None,
        "confirmed": row.status == EarningsEvent.Status.CONFIRMED,
        "status": row.status,
        "source": row.source,
        "name": row.name,
        "fiscalPeriod": row.fiscal_period or None,
        "epsEstimate": None if row.eps_estimate is None else float(row.eps_estimate),
        "currency": row.currency or None,
        "daysUntil": (row.date - new_york_date(now)).days,
        "updatedAt": wire_instant(row.updated_at.astimezone(UTC)),
        "alternatives": others,
    }


def _may_report(symbol: str) -> bool:
    try:
        return analysis.is_issuer(symbol)
    except (ProviderUnavailable, RateLimited):
        # Whoever cannot tell what it is looks for its reports.
        return True
    except UnknownSymbol:
        return False


def _answered_today(row: EarningsSource, now: datetime) -> bool:
    return bool(row.answered_at) and not row.trouble and new_york_date(row.answered_at) == new_york_date(now)  # type: ignore[arg-type]


def _source(row: EarningsSource, now: datetime) -> dict[str, Any]:
    answered = row.answered_at
    return {
        "name": row.name,
        "answeredAt": wire_instant(answered.astimezone(UTC)) if answered else None,
        "ageMinutes": round((now - answered).total_seconds() / 60) if answered else None,
        "trouble": row.trouble or None,
    }
