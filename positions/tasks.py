"""The recurring work on positions."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import Any

from celery import shared_task

from market import clock
from market.errors import ProviderUnavailable
from market.vendors import vendor
from positions import (
    advice_outcomes,
    advisor,
    day_marks,
    hindsight,
    leaps,
    lifecycle,
    listed_contracts,
    mark_minutes,
    market_facts,
    plan_checks,
    retention,
    tracker,
)

logger = logging.getLogger(__name__)


# A vendor's outage is expected and told by health. The lease is longer than a cadence: a slow cycle is not doubled.
@shared_task(
    name="positions.track",
    lease_s=45,
    soft_time_limit=40,
    time_limit=45,
    expires=15,
    throws=(ProviderUnavailable,),
)
def track(**_unknown: object) -> dict[str, Any]:
    """Value every open position once. Safe to run twice."""
    now = clock.now()
    done = tracker.run(now)
    plan_checks.watch(done.facts, now=now)
    counters = {
        **{name: getattr(done, name) for name in ("positions", "users", "underlyings", "contracts")},
        **{name: getattr(done, name) for name in ("moved", "stored", "stale")},
        "failed": len(done.failed),
        "missing": len(done.missing),
    }
    if len(done.failed) >= done.contracts > 0:
        raise ProviderUnavailable(provider=vendor().name, reason="none of the contracts held could be asked about")
    logger.log(logging.WARNING if done.failed else logging.DEBUG, "positions.tracked", extra=counters)
    return counters


# Apart from the tracker: whatever keeps advice from being given, values go on.
@shared_task(name="positions.advise", lease_s=45, soft_time_limit=40, time_limit=45, expires=15)
def advise(**_unknown: object) -> dict[str, int]:
    """Hold every open position, as the tracker left it, against the rules. Safe to run twice."""
    now = clock.now()
    facts = tracker.facts_of(now=now)
    markets = market_facts.of_symbols({each.symbol for each in facts}, now)
    done = advisor.advise(facts, markets, now=now, listed=listed_contracts.reader(now))
    noted = advice_outcomes.record(facts, now=now)
    return {**asdict(done), "positions": len(facts), "outcomes": noted}


@shared_task(name="positions.prune", lease_s=110, expires=3_600)
def prune(**_unknown: object) -> dict[str, int]:
    """Remove advice, and minutes of contracts, that nobody looks up any more."""
    return {"advice": retention.prune(), "minutes": mark_minutes.prune(clock.now())}


@shared_task(name="positions.refresh_leaps", lease_s=110, soft_time_limit=100, time_limit=105, expires=3_600)
def refresh_leaps(**_unknown: object) -> dict[str, int]:
    """Write down what every LEAPS is worth at the close. Safe to run twice."""
    return leaps.refresh_all(clock.now())


# What waits is asked for again every minute of the day until it is known; `urgent` says when that has become pointless.
@shared_task(
    name="positions.settle",
    lease_s=115,
    soft_time_limit=100,
    time_limit=110,
    expires=1800,
    throws=(ProviderUnavailable,),
)
def settle(**_unknown: object) -> dict[str, int]:
    """Write the ends of options that are over. Safe to run twice."""
    done = lifecycle.settle(clock.now())
    counters = {name: getattr(done, name) for name in ("positions", "legs", "awaited", "failed")}
    counters["unpriced"] = len(done.unpriced)
    logger.info("positions.settled", extra=counters)
    if done.urgent:
        raise ProviderUnavailable(provider=vendor().name, reason=f"no close is known of {', '.join(done.unpriced)}")
    return counters


@shared_task(name="positions.keep_day", lease_s=60, expires=1800)
def keep_day(**_unknown: object) -> dict[str, int]:
    """Keep the marks of the day's end, and remove those that are too old. Safe to run twice."""
    return {"kept": day_marks.capture(clock.now()), "removed": day_marks.prune()}


@shared_task(name="positions.keep_minutes", lease_s=45, soft_time_limit=40, time_limit=45, expires=30)
def keep_minutes(**_unknown: object) -> dict[str, int]:
    """Write down what contracts cost in this minute. Safe to run twice."""
    return {"contracts": mark_minutes.keep(clock.now())}


@shared_task(name="positions.look_back", lease_s=115, soft_time_limit=100, time_limit=110, expires=3600)
def look_back(**_unknown: object) -> dict[str, int]:
    """Work out what closed positions would have made otherwise. Safe to run twice."""
    done = hindsight.look_back(clock.now())
    logger.info("positions.looked_back", extra=done)
    return done
