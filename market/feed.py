"""The feed: one round asks the vendor for every symbol that anybody needs, stores it and tells who listens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from config.redis import client
from market import calendar, clock, demand, session_store
from market import quotes as quote_store
from market import session_bars as bar_store
from market.errors import ProviderUnavailable, RateLimited
from market.intake import Intake, take_in
from market.pure.bars import Bars
from market.pure.intake import Progress
from market.pure.phase import Phase
from market.pure.sessions import Session
from market.pure.staleness import DELAY_S, silent_s, stale_after_s
from market.vendors import vendor
from market.vendors.protocol import MinuteSnapshot, Quote

logger = logging.getLogger(__name__)

BATCH = 250

QuoteSink = Callable[[dict[str, Quote]], object]
BarSink = Callable[[tuple[str, ...]], object]
_quote_sinks: list[QuoteSink] = []
_bar_sinks: list[BarSink] = []


@dataclass(frozen=True, slots=True)
class FeedResult:
    """What one round did.

    Attributes
    ----------
    symbols, quotes : int
        How many symbols are needed, and how many of them the vendor answered for.
    completed : dict
        For each symbol with new completed bars, how many.
    stale : tuple of str
        Symbols without a new bar for too long while the market is open.
    unanswered : tuple of str
        Symbols the vendor said nothing about.
    repaired, failed_calls : int
        Gaps that were filled; vendor calls that failed.
    trouble : str
        What the vendor said, or we of it, when the first question of the round failed.
    """

    symbols: int
    quotes: int
    completed: dict[str, int] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    repaired: int = 0
    failed_calls: int = 0
    trouble: str = ""


def on_quotes(sink: QuoteSink) -> None:
    """Have `sink` called with all quotes after each round."""
    if sink not in _quote_sinks:
        _quote_sinks.append(sink)


def on_bars(sink: BarSink) -> None:
    """Have `sink` called with the symbols that have new completed bars, when there are any."""
    if sink not in _bar_sinks:
        _bar_sinks.append(sink)


def quotes(symbols: Collection[str]) -> dict[str, Quote]:
    """Return the latest quotes of symbols the feed serves; others are left out."""
    return quote_store.read(symbols)


def plan_is_delayed() -> bool:
    """Say whether prices are late because of the vendor's plan; False before the first round."""
    return quote_store.plan_is_delayed()


def session_bars(symbols: Collection[str], session_date: date | None = None) -> dict[str, Bars]:
    """Return the completed minutes of a session, pre-market included; empty bars for a symbol that has none.

    The session is today's, or on a closed day the one before, unless a date is given.
    """
    return bar_store.read(symbols, session_date)


def settled(now: datetime) -> int:
    """Return the left edge of the newest minute that a vendor can have told whole: one without real time is late."""
    return clock.settle(now - timedelta(seconds=DELAY_S) if plan_is_delayed() else now)


def refresh(now: datetime) -> FeedResult:
    """Fetch, store and pass on what is new for every symbol that somebody needs. Safe to run twice.

    A call that fails costs its own symbols a round; what was known of them stays and grows old visibly.
    """
    wanted = demand.symbols()
    answers, troubles = _snapshots(wanted, now)
    session = calendar.session(clock.market_date(now))
    known = session_store.progress(session.date) if session else {}
    unwanted = known.keys() - wanted
    # Whoever is ahead of a clock that was set back starts again from what it has up to now.
    known = {symbol: at for symbol, at in known.items() if symbol in wanted and not at.is_ahead(now.timestamp())}
    intake = take_in(answers, session, known=known, now=now) if session else Intake({})
    told = _told(answers, wanted)
    stale = _stale(session, intake, told, answers.keys(), now)
    current = {symbol: replace(quote, stale=symbol in stale) for symbol, quote in told.items()}
    pipe = client().pipeline()
    quote_store.replace_all(pipe, current)
    if session:
        intake.store(pipe, session, known=known)
        session_store.drop(pipe, session.date, unwanted)
    pipe.execute()
    _tell(_quote_sinks, current)
    if intake.completed:
        _tell(_bar_sinks, tuple(sorted(intake.completed)))
    return FeedResult(
        symbols=len(wanted),
        quotes=len(answers),
        completed=intake.completed,
        stale=stale,
        unanswered=tuple(sorted(wanted - answers.keys())),
        repaired=intake.repaired,
        failed_calls=len(troubles) + intake.failed,
        trouble=troubles[0] if troubles else "",
    )


def _snapshots(wanted: Collection[str], now: datetime) -> tuple[dict[str, MinuteSnapshot], list[str]]:
    answers: dict[str, MinuteSnapshot] = {}
    troubles: list[str] = []
    ordered = sorted(wanted)
    # A vendor that asks for stocks and indexes apart makes fewer calls of one large question than of several.
    at_once: int = getattr(vendor(), "at_once", BATCH)
    for start in range(0, len(ordered), at_once):
        batch = ordered[start : start + at_once]
        try:
            answers |= vendor().snapshot(batch, now=now)
        except (ProviderUnavailable, RateLimited) as outage:
            troubles.append(getattr(outage, "reason", "") or str(outage))
            logger.warning("market.feed.batch_failed", extra={"symbols": len(batch), "why": str(outage)})
    return {symbol: answer for symbol, answer in answers.items() if symbol in wanted}, troubles


def _told(answers: Mapping[str, MinuteSnapshot], wanted: Collection[str]) -> dict[str, Quote]:
    """Return the quotes of this round, and of symbols without one what was known of them."""
    fresh = {symbol: _with_minute(answer) for symbol, answer in answers.items() if answer.quote.price > 0}
    return quote_store.read(sorted(set(wanted) - fresh.keys())) | fresh


def _stale(
    session: Session | None, intake: Intake, told: Mapping[str, Quote], answered: Collection[str], now: datetime
) -> tuple[str, ...]:
    """Return whose quote is older than it should be, also that of a vendor who has said nothing at all today."""
    phase = session.phase(now) if session else Phase.CLOSED
    if session is None or phase is Phase.CLOSED:
        return ()
    # A plan without real time is late all day; that is `delayed`, and only what comes on top of it is stale.
    up_to = {symbol: now.timestamp() - (DELAY_S if quote.delayed else 0) for symbol, quote in told.items()}
    if phase is Phase.OPEN:
        newest = {symbol: intake.progress.get(symbol, Progress()).newest for symbol in told}
        ages = {symbol: silent_s(newest[symbol], open_ts=session.open_ts, now_s=up_to[symbol]) for symbol in told}
    else:
        # Minutes without a trade are the rule then: only who was not answered for can be behind.
        ages = {symbol: up_to[symbol] - told[symbol].at.timestamp() for symbol in told.keys() - answered}
    return tuple(sorted(symbol for symbol, seconds in ages.items() if seconds > stale_after_s(clock.speed())))


def _with_minute(answer: MinuteSnapshot) -> Quote:
    if not len(answer.minute):
        return answer.quote
    return replace(answer.quote, volume_minute=float(answer.minute.volume[-1]))


def _tell(sinks: list[Callable[..., object]], news: object) -> None:
    for sink in sinks:
        try:
            sink(news)
        except Exception:
            # One listener's trouble is not the others'; what it missed its own safety net finds.
            logger.exception("market.feed.sink_failed", extra={"sink": f"{sink.__module__}.{sink.__qualname__}"})
