"""What a first start finds: a demo trader with a watchlist, a staff user, and a market that is about to open."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.module_loading import import_string

from accounts import demo as people
from market import clock, watchlists
from market.models import ClockState
from market.vendors import vendor

logger = logging.getLogger(__name__)

DEMO_SYMBOLS = ("SPX", "NDX", "SPY", "QQQ", "IWM", "AAPL", "NVDA", "TSLA")
MOST_REPLAYED_SYMBOLS = 20
# Two minutes before the bell: long enough to look around, short enough that nobody waits.
FIRST_MOMENT = time(9, 28)
EASTERN = ZoneInfo("America/New_York")


def seed() -> None:
    """Make the demo complete; what is already there stays as its owner left it."""
    if settings.COACH_ENV in ("development", "test"):
        _people()
    _clock()


def _people() -> None:
    secrets = settings.STORE.secrets()
    people.ensure_demo("admin", secrets["admin_password"], staff=True)
    trader = people.ensure_demo("demo", secrets["demo_password"])
    default = watchlists.default_list(trader)
    if tuple(default.symbols) == watchlists.DEFAULT_SYMBOLS:
        watchlists.change(trader, default.id, symbols=_demo_symbols())


def _demo_symbols() -> list[str]:
    """Return what a demo trader follows: with recorded days, what has been recorded."""
    if settings.MARKET_PROVIDER != "replay":
        return list(DEMO_SYMBOLS)
    return [info.symbol for info in vendor().search("", MOST_REPLAYED_SYMBOLS)]


def _clock() -> None:
    """Let the market clock go on where it stopped; a new store starts before its first session's bell."""
    if settings.MARKET_PROVIDER == "massive":
        return
    if ClockState.objects.exists():
        clock.resume()
        return
    replayed = settings.MARKET_PROVIDER == "replay"
    first = datetime.combine(_replayed_day() if replayed else _simulated_day(), FIRST_MOMENT, EASTERN)
    clock.set_state(
        mode=settings.MARKET_PROVIDER,
        market_at=first.astimezone(UTC),
        speed=settings.REPLAY_SPEED if replayed else settings.SIMULATION_SPEED,
        paused=False,
    )
    logger.info("demo.clock.started", extra={"market_at": first.isoformat()})


def _simulated_day() -> date:
    day: date = import_string(settings.SIMULATION_FIRST_SESSION)
    return day


def _replayed_day() -> date:
    if settings.REPLAY_DATE:
        return date.fromisoformat(settings.REPLAY_DATE)
    days = vendor().market_days()
    return days[-1] if days else _simulated_day()
