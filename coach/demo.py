"""What a first start finds: a demo trader with a watchlist, a staff user, and a market that is about to open."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from accounts import demo as people
from accounts.models import User
from detectors import alerts
from market import clock, history, watchlists
from market.errors import ProviderUnavailable, RateLimited
from market.models import ClockState
from market.vendors import vendor

logger = logging.getLogger(__name__)

DEMO_SYMBOLS = ("SPX", "NDX", "SPY", "QQQ", "IWM", "AAPL", "NVDA", "TSLA")
MOST_REPLAYED_SYMBOLS = 20
# Two minutes before the bell: long enough to look around, short enough that nobody waits.
FIRST_MOMENT = time(9, 28)
DEFAULT_SPEED = 30
NEAR = 1.001  # of the last close
EASTERN = ZoneInfo("America/New_York")


def seed(*, alone: bool = True) -> None:
    """Make the demo complete; what is already there stays as its owner left it.

    Parameters
    ----------
    alone : bool
        Whether no other machine of this coach runs; the clock of one that runs is left as it goes.
    """
    newcomer = _people() if settings.COACH_ENV in ("development", "test") else None
    if alone or not ClockState.objects.exists():
        _clock()
    if newcomer is not None:
        _alert(newcomer)


def _people() -> User | None:
    """Return the demo trader if this is his first start."""
    secrets = settings.STORE.secrets()
    people.ensure_demo("admin", secrets["admin_password"], staff=True)
    trader = people.ensure_demo("demo", secrets["demo_password"])
    default = watchlists.default_list(trader)
    if tuple(default.symbols) != watchlists.DEFAULT_SYMBOLS:
        return None
    watchlists.change(trader, default.id, symbols=_demo_symbols())
    return trader


def _alert(trader: User) -> None:
    """Give him one price alert a little above the last close, so that he sees one fire."""
    symbol = next(iter(watchlists.default_list(trader).symbols))
    try:
        close = history.prev_close(symbol, clock.market_date())
    except (ProviderUnavailable, RateLimited) as outage:
        # A vendor that is away, or that has no key yet, must not keep the coach from starting.
        logger.warning("demo.alert.left_out", extra={"symbol": symbol, "why": str(outage)})
        return
    if math.isfinite(close):
        wanted = {"symbol": symbol, "alert_type": "price_above", "target_value": Decimal(f"{close * NEAR:.2f}")}
        alerts.create(trader.pk, wanted, now=clock.now())


def _demo_symbols() -> list[str]:
    """Return what a demo trader follows: with recorded days, what has been recorded."""
    if settings.MARKET_PROVIDER != "replay":
        return list(DEMO_SYMBOLS)
    return [info.symbol for info in vendor().search("", MOST_REPLAYED_SYMBOLS)]


def _clock() -> None:
    """Let the market clock go on where it stopped; a new store starts before its first session's bell."""
    source = vendor()  # one that there is; otherwise this is the place to say so
    if settings.MARKET_PROVIDER == clock.LIVE_PROVIDER:
        _live_clock()
        return
    replayed = settings.MARKET_PROVIDER == "replay"
    asked_speed = settings.REPLAY_SPEED if replayed else settings.SIMULATION_SPEED
    wanted = _replayed_day(source.market_days() or ()) if replayed else None
    if ClockState.objects.exists():
        clock.resume()
        if asked_speed:
            clock.set_speed(asked_speed)
        if wanted in (None, clock.market_date()):
            return
    day = wanted or _first_day()
    first = datetime.combine(day, FIRST_MOMENT, EASTERN)
    clock.set_state(
        mode=settings.MARKET_PROVIDER,
        market_at=first.astimezone(UTC),
        speed=asked_speed or DEFAULT_SPEED,
        paused=False,
    )
    logger.info("demo.clock.started", extra={"market_at": first.isoformat()})


def _live_clock() -> None:
    """Give a live market the world's time again, should a rehearsal have left its store with another."""
    if not clock.may_be_set() and clock.mode() != ClockState.Mode.LIVE:
        clock.set_state(mode=ClockState.Mode.LIVE)


def _first_day() -> date:
    if settings.MARKET_PROVIDER == "replay":
        return vendor().market_days()[-1]
    day: date = import_string(settings.SIMULATION_FIRST_SESSION)
    return day


def _replayed_day(recorded: Sequence[date]) -> date | None:
    """Return the day to stand at, None when none was asked for.

    Raises
    ------
    ImproperlyConfigured
        If nothing is recorded, or nothing of that day.
    """
    if not recorded:
        where = " and ".join(each for each in (settings.REPLAY_PATH, settings.REPLAY_CHAINS) if each)
        raise ImproperlyConfigured(f"no minute bars or option chains of any session in {where}")
    if settings.REPLAY_DATE and settings.REPLAY_DATE not in recorded:
        raise ImproperlyConfigured(
            f"nothing was recorded of {settings.REPLAY_DATE}: there are {recorded[0]} to {recorded[-1]}"
        )
    return settings.REPLAY_DATE
