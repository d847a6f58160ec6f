"""The recurring work on reports: volatility before them, reactions after them, and how long both are kept."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from config.http.errors import CoachError
from market import calendar, following
from market.pure.sessions import new_york_date
from options_engine import chains, readings
from options_engine.earnings import events, history, straddles
from options_engine.earnings.straddles import Occasion
from options_engine.models import EarningsEvent, EarningsReaction

logger = logging.getLogger(__name__)

# Sessions before a report in which its volatility is kept, and after it in which its reaction is.
BEFORE, AFTER = 2, 2
# Twenty quarters of history, and a year more.
KEPT_FOR: Final = timedelta(days=6 * 365)
# A volatility from before a report that never came, on this date at least.
UNMEASURED_FOR: Final = timedelta(days=30)


def snapshot(now: datetime) -> dict[str, int]:
    """Keep implied move and volatility of what reports within two sessions; the last one before a report stands."""
    today = new_york_date(now)
    last = calendar.sessions(today, today + timedelta(days=14))[: BEFORE + 1][-1].date
    counted = {"kept": 0, "failed": 0}
    for event in events.coming(following.symbols(), today, last):
        if event.status in events.NOT_DUE or _is_known(event, now):
            continue
        try:
            _keep_before(event, now)
            counted["kept"] += 1
        except CoachError as trouble:
            # A row that is missing is a history without an expected move, which says so.
            logger.warning("earnings.snapshot_failed", extra={"symbol": event.symbol, "why": str(trouble)})
            counted["failed"] += 1
    return counted


def record(now: datetime) -> dict[str, int]:
    """Measure the reactions to reports of the last two sessions, and the volatility that is left after them."""
    today = new_york_date(now)
    first = calendar.sessions_before(today, AFTER)[0].date
    counted = {"measured": 0, "after": 0, "failed": 0}
    for event in events.coming(following.symbols(), first, today):
        if event.status in events.NOT_DUE:
            continue
        try:
            counted["measured"] += len(history.measure(event.symbol, [event], now))
            counted["after"] += _keep_after(event, now)
        except CoachError as trouble:
            logger.warning("earnings.reaction_failed", extra={"symbol": event.symbol, "why": str(trouble)})
            counted["failed"] += 1
    return counted


def purge(now: datetime) -> dict[str, int]:
    """Remove reports and reactions of long ago, and volatilities from before reports that never came."""
    oldest, unmeasured = new_york_date(now) - KEPT_FOR, new_york_date(now) - UNMEASURED_FOR
    return {
        "events": EarningsEvent.objects.filter(date__lt=oldest).delete()[0],
        "reactions": EarningsReaction.objects.filter(date__lt=oldest).delete()[0],
        "unmeasured": EarningsReaction.objects.filter(date__lt=unmeasured, close_move=None).delete()[0],
    }


def _keep_before(event: EarningsEvent, now: datetime) -> None:
    straddle = straddles.around(event.symbol, Occasion.of(event), now=now)
    _upsert(
        EarningsReaction(
            symbol=event.symbol,
            date=event.date,
            time=event.time,
            implied_move=straddle.pct,
            iv_before=100.0 * straddle.sigma if straddle.sigma > 0 else None,
            iv_expiry=straddle.day,
            method=history.SNAPSHOT,
            updated_at=now,
        ),
        ("implied_move", "iv_before", "iv_expiry", "method", "updated_at"),
    )


def _keep_after(event: EarningsEvent, now: datetime) -> int:
    """Keep the volatility of the same expiry in the session that reacts; return how many rows that changed."""
    row = EarningsReaction.objects.filter(symbol=event.symbol, date=event.date, iv_after=None).first()
    if row is None or row.iv_expiry is None or row.iv_before is None or not _reacts_today(event, now):
        return 0
    read = readings.of_date(event.symbol, row.iv_expiry, now=now).reading
    sigma = chains.at_the_money(straddles.usual(read))
    if not sigma > 0:
        return 0
    return EarningsReaction.objects.filter(pk=row.pk, iv_after=None).update(iv_after=100.0 * sigma, updated_at=now)


def _reacts_today(event: EarningsEvent, now: datetime) -> bool:
    known_at = straddles.opens_after(Occasion.of(event))
    return known_at is not None and known_at <= now and new_york_date(known_at) == new_york_date(now)


def _is_known(event: EarningsEvent, now: datetime) -> bool:
    """Say whether the news may be in the prices: on the day of a report only one after the close is not."""
    if event.time != EarningsEvent.Time.AFTER and event.date == new_york_date(now):
        return True
    known_at = straddles.opens_after(Occasion.of(event))
    return known_at is not None and known_at <= now


def _upsert(row: EarningsReaction, fields: Iterable[str]) -> None:
    EarningsReaction.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["symbol", "date"], update_fields=list(fields)
    )
