"""The market's recurring work."""

from __future__ import annotations

import logging
from dataclasses import asdict

from celery import shared_task

from market import calendar, clock, demand, feed, session_bars, symbols
from market.errors import CalendarTooShort, ProviderUnavailable, RateLimited
from market.pure import holidays
from market.vendors import vendor
from market.vendors.reference import ReferenceVendor

logger = logging.getLogger(__name__)

HORIZON_DAYS = 365


# A vendor's outage is expected, and told by health: no error of ours, and no traceback every five seconds.
@shared_task(name="market.refresh_feed", lease_s=20, expires=15, throws=(ProviderUnavailable,))
def refresh_feed(**_unknown: object) -> dict[str, int]:
    """Run one round of the feed, and note how far market time has come."""
    result = feed.refresh(clock.now())
    clock.note_progress()
    if result.failed_calls and not result.quotes:
        raise ProviderUnavailable(provider=vendor().name, reason=result.trouble)
    return {
        "symbols": result.symbols,
        "quotes": result.quotes,
        "completed": sum(result.completed.values()),
        "stale": len(result.stale),
        "unanswered": len(result.unanswered),
        "repaired": result.repaired,
        "failed_calls": result.failed_calls,
    }


@shared_task(name="market.keep_session_bars", lease_s=60, expires=240)
def keep_session_bars(**_unknown: object) -> dict[str, int]:
    """Write today's session from Redis to Postgres."""
    return {"symbols": session_bars.keep(clock.now())}


@shared_task(name="market.check_calendar", expires=3600)
def check_calendar(**_unknown: object) -> dict[str, int]:
    """Fail, and so degrade health, when the calendar ends within a year; hold it against the vendor's where it has one.

    A day on which they differ is for somebody to look into: ours stays in force until an override says otherwise.
    """
    days = (calendar.horizon() - clock.market_date()).days
    if days < HORIZON_DAYS:
        raise CalendarTooShort(last=calendar.horizon(), days=days, wanted=HORIZON_DAYS)
    source = vendor()
    if not isinstance(source, ReferenceVendor):
        return {"days": days}
    try:
        told = source.holidays(now=clock.now())
    except (ProviderUnavailable, RateLimited) as outage:
        logger.warning("market.calendar.unchecked", extra={"why": str(outage)})
        return {"days": days}
    differing = holidays.differences(told.rows, calendar.sessions, today=clock.market_date())
    for difference in differing:
        logger.error("market.calendar.differs", extra={"vendor": told.source, **asdict(difference)})
    return {"days": days, "compared": len(told.rows), "mismatches": len(differing)}


@shared_task(name="market.refresh_symbols", expires=3600)
def refresh_symbols(**_unknown: object) -> dict[str, int]:
    """Bring names and types of the symbols in demand up to date."""
    asked = failed = 0
    for symbol in sorted(demand.symbols()):
        asked += 1
        try:
            symbols.lookup(symbol)
        except (ProviderUnavailable, RateLimited) as outage:
            failed += 1
            logger.warning("market.symbols.unchecked", extra={"symbol": symbol, "why": str(outage)})
    return {"symbols": asked, "failed": failed}
