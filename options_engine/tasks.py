"""The recurring work on option numbers."""

from __future__ import annotations

import logging

from celery import shared_task

from market import clock, demand
from market.errors import ProviderUnavailable, RateLimited
from market.vendors import vendor
from options_engine import opening_straddles, profiles, rates, retention, volatility_history
from options_engine.earnings import events as earnings_events
from options_engine.earnings import implied as earnings_implied
from options_engine.earnings import jobs as earnings_jobs
from options_engine.models import EarningsSource

logger = logging.getLogger(__name__)

# Wall seconds that a run may look at volatilities, below its soft limit with one symbol's reading to spare; and that it
# may read back the past in, a little of each run: whoever waits in its queue must not miss his minute.
VOLATILITY_BUDGET_S, READ_BACK_S = 25.0, 1.0

# What a round does beside waiting for chains.
SPARE_S = 6


@shared_task(
    name="options_engine.refresh_profiles",
    lease_s=profiles.ROUND_S + SPARE_S,
    soft_time_limit=int(profiles.ROUND_S),
    time_limit=int(profiles.ROUND_S + SPARE_S),
    expires=240,
    throws=(ProviderUnavailable,),
)
def refresh_profiles(**_unknown: object) -> dict[str, int]:
    """Make the gamma profiles of this five minutes; a vendor without options leaves nothing to do."""
    done = profiles.refresh(profiles.wanted(), clock.now())
    if done.failed and not done.made:
        raise ProviderUnavailable(provider=vendor().name)
    counters = {name: len(getattr(done, name)) for name in ("made", "empty", "no_chains", "failed")}
    logger.debug("options_engine.profiles.done", extra=counters)
    return counters


@shared_task(name="options_engine.capture_straddles", lease_s=55, expires=55)
def capture_straddles(**_unknown: object) -> dict[str, int]:
    """Write down what today's straddles cost in the minutes after the open; nothing to do for the rest of the day."""
    done = opening_straddles.capture(clock.now())
    if done.failed:
        logger.warning("options_engine.straddles.failed", extra={"symbols": list(done.failed)})
    return {"captured": len(done.captured), "none": len(done.none), "failed": len(done.failed)}


@shared_task(name="options_engine.keep_volatility", lease_s=90, expires=110, throws=(ProviderUnavailable,))
def keep_volatility(**_unknown: object) -> dict[str, int]:
    """Keep today's volatility of every symbol followed shortly before the close; read back missing days otherwise."""
    now, symbols = clock.now(), demand.symbols()
    done = volatility_history.keep(symbols, now, budget_s=VOLATILITY_BUDGET_S)
    if done.failed and not (done.kept or done.there):
        raise ProviderUnavailable(provider=vendor().name)
    counters = {name: getattr(done, name) for name in ("kept", "there", "no_chains", "failed")}
    busy = any(counters.values())
    read_back = 0 if busy else volatility_history.reconstruct(symbols, now, budget_s=READ_BACK_S)
    return counters | {"reconstructed": read_back}


@shared_task(name="options_engine.refresh_rates", expires=3600, throws=(ProviderUnavailable, RateLimited))
def refresh_rates(**_unknown: object) -> dict[str, int]:
    """Keep the treasury yields that were published lately. Safe to run twice."""
    return {"dates": rates.refresh(clock.now())}


@shared_task(name="options_engine.prune", lease_s=60, expires=3600)
def prune(**_unknown: object) -> dict[str, int]:
    """Remove gamma profiles and days of volatility that are older than they are kept. Safe to run twice."""
    return {"removed": retention.prune()}


@shared_task(name="options_engine.refresh_earnings", lease_s=115, expires=1800, throws=(ProviderUnavailable,))
def refresh_earnings(**_unknown: object) -> dict[str, int]:
    """Read the calendar of coming reports from every source; without any source there is nothing to do."""
    told = earnings_events.refresh(clock.now())
    troubles = EarningsSource.objects.filter(name__in=told).exclude(trouble="").values_list("trouble", flat=True)
    if told and len(troubles) == len(told):
        raise ProviderUnavailable(provider="earnings", reason=troubles[0])
    return told


@shared_task(name="options_engine.snapshot_before_reports", lease_s=115, expires=900)
def snapshot_before_reports(**_unknown: object) -> dict[str, int]:
    """Keep what options expect of the reports of the next two sessions. Safe to run twice."""
    return earnings_jobs.snapshot(clock.now())


@shared_task(name="options_engine.record_reactions", lease_s=115, expires=3600)
def record_reactions(**_unknown: object) -> dict[str, int]:
    """Measure how the reports of the last two sessions moved their shares. Safe to run twice."""
    return earnings_jobs.record(clock.now())


@shared_task(name="options_engine.rebuild_expected_moves", lease_s=115, expires=3600)
def rebuild_expected_moves(**_unknown: object) -> dict[str, int]:
    """Rebuild what options expected of a few past reports from the last trades before them. Safe to run twice."""
    return earnings_implied.reconstruct(clock.now())


@shared_task(name="options_engine.purge_earnings", lease_s=60, expires=3600)
def purge_earnings(**_unknown: object) -> dict[str, int]:
    """Remove reports and reactions that are older than they are kept. Safe to run twice."""
    return earnings_jobs.purge(clock.now())
