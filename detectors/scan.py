"""Reading a session's newest bars: detect, store and track what is new, then move what is tracked."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

import numpy as np
from django.db import DatabaseError

from detectors import backgrounds, cursors, detections, tracking
from detectors.models import DetectedSetup, Source
from detectors.pure import engine
from detectors.pure.detection import RULESET, Detection, Key
from detectors.pure.engine import OUT_OF_REACH
from detectors.pure.lifecycle import TRACKING_DIRECTION, first_move
from market import calendar, clock, demand, panels
from market.errors import ProviderUnavailable, RateLimited
from market.pure.bars import Bars
from market.pure.panel import MINUTE_S, Panel
from market.pure.sessions import Session
from market.pure.staleness import silent_s, stale_after_s

logger = logging.getLogger(__name__)

LATE_AFTER_S = 300  # market seconds from the trigger bar's right edge
# An index is read again once its fund's volume of the minute is there; so long it is waited for. [minutes]
PATIENCE = 3
CATCH_UP = timedelta(minutes=10)  # after the close, for bars that a worker missed


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What one scan did.

    Attributes
    ----------
    read
        Symbols with bars that nobody had looked at.
    detected, tracked, moved
        New detections; rows that track them; rows that reached a stop or a target.
    stale
        Symbols that are skipped because their newest bar is too old.
    failed
        Symbols whose writes failed; the next sweep takes them up again.
    abstained
        (detector, reason) -> number of symbols.
    """

    read: int = 0
    detected: int = 0
    tracked: int = 0
    moved: int = 0
    stale: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    abstained: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __add__(self, other: ScanResult) -> ScanResult:
        return ScanResult(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


def advance(symbols: Iterable[str], now: datetime) -> ScanResult:
    """Bring some symbols up to their last completed bar. Safe to run twice, and by two workers at once.

    Raises
    ------
    ProviderUnavailable, RateLimited
        If the vendor alone could tell about any of the symbols and is away.
    """
    wanted = sorted(set(symbols))
    session = calendar.session(clock.market_date(now))
    if not wanted or session is None or now < session.open_at:
        return ScanResult()
    try:
        panel = panels.panel(wanted, session)
    except (ProviderUnavailable, RateLimited):
        if len(wanted) == 1:
            raise
        return _one_by_one(wanted, now)
    return _advance(_completed(panel, session, now), session, now)


def _advance(panel: Panel, session: Session, now: datetime) -> ScanResult:
    bars = {symbol: bars_of(panel, row) for row, symbol in enumerate(panel.symbols)}
    stale = tuple(symbol for symbol, found in bars.items() if _is_stale(found, session, now))
    behind = cursors.behind({symbol: newest(found) for symbol, found in bars.items() if symbol not in stale}, session)
    tally = _Tally()
    if behind:
        _detect(panel, session, behind, bars, now, tally)
    unfinished = panel.awaiting_volume(PATIENCE)
    for symbol in behind:
        _move(symbol, bars[symbol], session, now, tally, scanned=symbol not in unfinished)
    return tally.finished(read=len(behind), stale=stale)


def _one_by_one(wanted: Sequence[str], now: datetime) -> ScanResult:
    """Scan each symbol for itself: one that nobody has bars of must not blind the others."""
    result = ScanResult()
    for symbol in wanted:
        try:
            result += advance([symbol], now)
        except (ProviderUnavailable, RateLimited) as outage:
            logger.warning("detectors.scan.no_bars", extra={"symbol": symbol, "why": str(outage)})
            result += ScanResult(failed=(symbol,))
    return result


def is_reading(now: datetime) -> bool:
    """Say whether there may be bars to read: from the open until shortly after the close."""
    session = calendar.session(clock.market_date(now))
    return session is not None and session.open_at <= now <= session.close_at + CATCH_UP


def unread(now: datetime) -> list[str]:
    """Return every symbol that somebody needs and whose newest minute has not been read."""
    session = calendar.session(clock.market_date(now))
    if session is None or not is_reading(now):
        return []
    last = min(clock.settle(now), session.close_ts - MINUTE_S)
    return cursors.behind(dict.fromkeys(demand.symbols(), last), session) if last >= session.open_ts else []


def newest(bars: Bars) -> int | None:
    """Return the left edge of the last bar, None without any. [Unix seconds]."""
    return int(bars.ts[-1]) if len(bars) else None


def bars_of(panel: Panel, row: int) -> Bars:
    """Return one symbol's bars; `vwap` is not known here."""
    has = np.isfinite(panel.close[row])
    columns = np.flatnonzero(has)
    prices = (getattr(panel, name)[row, columns] for name in ("open", "high", "low", "close", "volume"))
    return Bars(panel.open_ts + MINUTE_S * columns, *prices, vwap=np.full(len(columns), np.nan))


@dataclass(slots=True)
class _Tally:
    # Counts while a scan runs.
    detected: int = 0
    tracked: int = 0
    moved: int = 0
    failed: set[str] = field(default_factory=set)
    abstained: Counter[tuple[str, str]] = field(default_factory=Counter)

    def finished(self, *, read: int, stale: tuple[str, ...]) -> ScanResult:
        abstained = self.abstained + Counter({("engine", "stale_data"): len(stale)})
        return ScanResult(
            read=read,
            detected=self.detected,
            tracked=self.tracked,
            moved=self.moved,
            stale=stale,
            failed=tuple(sorted(self.failed)),
            abstained=abstained,
        )


def _completed(panel: Panel, session: Session, now: datetime) -> Panel:
    """Return the panel without minutes that are not over: a forming bar must never be judged."""
    columns = (clock.settle(now) - session.open_ts) // MINUTE_S + 1
    return panel.until(max(0, min(columns, panel.minutes)))


def _is_stale(bars: Bars, session: Session, now: datetime) -> bool:
    """Say whether a symbol has been silent for too long; after the close nobody expects it to trade."""
    now_s = min(now.timestamp(), session.close_ts)
    return silent_s(newest(bars), open_ts=session.open_ts, now_s=now_s) > stale_after_s(clock.speed())


def _detect(
    panel: Panel, session: Session, behind: Sequence[str], bars: dict[str, Bars], now: datetime, tally: _Tally
) -> None:
    """Store what is new, in the order of time and the best of a minute first, so that budgets go to the best."""
    found, abstained = engine.detect(
        panel,
        close_ts=session.close_ts,
        background=backgrounds.of(panel, session),
        known=_known(panel.symbols, session),
    )
    tally.abstained += abstained
    for detection in found:
        if detection.symbol not in behind or detection.symbol in tally.failed:
            continue
        row = detections.as_row(
            detection,
            session_date=session.date,
            suppressed=why_untold(detection, bars[detection.symbol], now),
            now=now,
        )
        try:
            stored = detections.store(row, now=now)
        except DatabaseError:
            logger.exception("detectors.scan.not_stored", extra={"symbol": detection.symbol})
            tally.failed.add(detection.symbol)
        else:
            tally.detected += stored.new
            tally.tracked += stored.tracked


def why_untold(detection: Detection, bars: Bars, now: datetime) -> str | None:
    """Return why nobody is told of a detection: `no_plan`, `plan_rejected`, `target_out_of_reach`, `late`, or None.

    Late is what closed more than five minutes ago, and what later bars have already brought to its stop or target.
    """
    if detection.plan_rejected is not None:
        return detection.plan_rejected if detection.plan_rejected == OUT_OF_REACH else "plan_rejected"
    if detection.plan is None:
        return "no_plan"
    since = bars.between(detection.detected_ts, detection.valid_until)
    over = first_move(
        TRACKING_DIRECTION[detection.direction],
        stop=detection.plan.stop,
        target=detection.plan.target,
        highs=since.high,
        lows=since.low,
    )
    return "late" if over or now.timestamp() - detection.detected_ts > LATE_AFTER_S else None


def _known(symbols: Sequence[str], session: Session) -> set[Key]:
    rows = DetectedSetup.objects.filter(
        session_date=session.date, symbol__in=symbols, ruleset=RULESET, source=Source.ENGINE
    )
    return {Key(*row) for row in rows.values_list(*Key._fields)}


def _move(symbol: str, bars: Bars, session: Session, now: datetime, tally: _Tally, *, scanned: bool) -> None:
    try:
        scanned = scanned and symbol not in tally.failed
        tally.moved += tracking.move(symbol, bars, session, scanned=scanned, now=now)
    except DatabaseError:
        logger.exception("detectors.scan.not_moved", extra={"symbol": symbol})
        tally.failed.add(symbol)
