"""What rules want to know of a market beside prices, gathered for many symbols from what is kept already.

A handful of queries for all symbols together, and for each the answers about levels and dividends, which one process
computes for all and a minute or an hour serve: never a call of the vendor for a position. What cannot be had is NaN or
None, and the rule that wants it abstains.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any, Final

from market import answers, calendar, levels
from market.errors import OutsideCalendar, ProviderUnavailable, RateLimited, UnknownSymbol
from market.models import EconomicEvent
from market.pure.sessions import Session, new_york_date
from market.symbols import INDEXES
from market.vendors import vendor
from market.vendors.reference import ReferenceVendor
from options_engine import profiles, rates
from options_engine.earnings import events
from options_engine.models import EarningsEvent, OpeningStraddle, VolatilityDay
from options_engine.pure import carry
from options_engine.pure.session_clock import share_left
from positions.pure.facts import NAN, MarketFacts

logger = logging.getLogger(__name__)

AHEAD: Final = timedelta(days=60)
# A flip of an hour ago says little about now.
FLIP_GOOD_FOR: Final = timedelta(minutes=15)
MONTH_DAYS: Final = 30.0
# Of so many stored sessions, at least so many, the middle one is what options usually imply.
USUAL_SPAN: Final = timedelta(days=90)
LEAST_DAYS: Final = 20
DIVIDENDS_TTL_S: Final = 3_600


@dataclass(frozen=True, slots=True)
class _Ladder:
    atr: float = NAN
    resistances: tuple[float, ...] = ()
    supports: tuple[float, ...] = ()


def of_symbols(symbols: Collection[str], now: datetime) -> dict[str, MarketFacts]:
    """Return what is known of each of these symbols' markets at a market time."""
    asked = sorted(set(symbols))
    today = new_york_date(now)
    common = _session_facts(now)
    session = calendar.session(today)
    flips = _flips(asked, session, now) if session else {}
    moves = _moves_left(asked, session, now) if session else {}
    reports, usual = _reports(asked, today), _usual_volatilities(asked, today)
    found = {}
    for symbol in asked:
        ladder, ex = _ladder(symbol), _next_dividend(symbol, today, now)
        found[symbol] = replace(
            common,
            atr=ladder.atr,
            resistances=ladder.resistances,
            supports=ladder.supports,
            gamma_flip=flips.get(symbol, NAN),
            move_left=moves.get(symbol, NAN),
            ex_date=ex[0] if ex else None,
            dividend=ex[1] if ex else NAN,
            ex_sessions=_sessions_to(ex[0], today) if ex else None,
            report_date=reports.get(symbol),
            base_volatility=usual.get(symbol, NAN),
            dividend_yield=carry.dividend_yield(symbol),
        )
    return found


def _session_facts(now: datetime) -> MarketFacts:
    """Return what all symbols share: the session, the next releases, the rate."""
    session = calendar.session(new_york_date(now))
    is_open = session is not None and session.open_at <= now < session.close_at
    current = session if session is not None and now < session.close_at else calendar.next_session(new_york_date(now))
    release = EconomicEvent.objects.filter(impact=EconomicEvent.Impact.HIGH, at__gte=now, at__lte=now + AHEAD)
    first = release.order_by("at", "name").values_list("at", "name").first()
    curve = rates.of(now).curve
    return MarketFacts(
        now=now,
        is_open=is_open,
        minutes_open=(now - current.open_at).total_seconds() / 60.0 if is_open else NAN,
        minutes_left=(current.close_at - now).total_seconds() / 60.0 if is_open else NAN,
        close_at=current.close_at,
        next_close_at=calendar.next_session(current.date).close_at,
        macro_at=first[0] if first else None,
        macro_name=first[1] if first else "",
        rate=float(curve.to(MONTH_DAYS)) if curve else carry.RATE,
    )


def _ladder(symbol: str) -> _Ladder:
    try:
        body = levels.answer(symbol)["levels"]
    except (ProviderUnavailable, RateLimited, UnknownSymbol) as trouble:
        logger.warning("positions.market_facts.no_levels", extra={"symbol": symbol, "why": str(trouble)})
        return _Ladder()
    atr = body["indicators"]["atr14"]
    return _Ladder(
        atr=NAN if atr is None else float(atr),
        resistances=tuple(sorted(float(each["price"]) for each in body["resistance"])),
        supports=tuple(sorted((float(each["price"]) for each in body["support"]), reverse=True)),
    )


def _flips(symbols: Collection[str], session: Session, now: datetime) -> dict[str, float]:
    """Return the newest flip that is kept and still says something."""
    found = {}
    for symbol, kept in profiles.of_session(symbols, session).items():
        known = [each for each in kept if each.as_of_ts <= now.timestamp()]
        newest = known[-1] if known else None
        if newest and newest.flip is not None and now.timestamp() - newest.as_of_ts <= FLIP_GOOD_FOR.total_seconds():
            found[symbol] = float(newest.flip)
    return found


def _moves_left(symbols: Collection[str], session: Session, now: datetime) -> dict[str, float]:
    """Return what is left of the straddle of the open, its variance used up evenly. [USD, or index points]"""
    rows = OpeningStraddle.objects.filter(symbol__in=symbols, session_date=session.date, as_of__lte=now)
    left = math.sqrt(float(share_left(now.timestamp(), session.open_ts, session.close_ts)))
    return {symbol: price * left for symbol, price in rows.values_list("symbol", "price")}


def _reports(symbols: Collection[str], today: date) -> dict[str, date]:
    """Return the next report of each symbol that is neither canceled nor postponed."""
    rows = EarningsEvent.objects.filter(symbol__in=symbols, date__gte=today, date__lte=today + AHEAD)
    due = rows.exclude(status__in=events.NOT_DUE).order_by("-date").values_list("symbol", "date")
    return dict(due)  # the nearest is written last


def _usual_volatilities(symbols: Collection[str], today: date) -> dict[str, float]:
    """Return the middle one of the month's volatilities that were kept: what options imply when nothing is due."""
    rows = VolatilityDay.objects.filter(
        symbol__in=symbols, session_date__gte=today - USUAL_SPAN, session_date__lt=today, iv30__isnull=False
    )
    days: dict[str, list[float]] = {}
    for symbol, sigma in rows.values_list("symbol", "iv30"):
        days.setdefault(symbol, []).append(sigma)
    return {symbol: float(median(known)) for symbol, known in days.items() if len(known) >= LEAST_DAYS}


def _next_dividend(symbol: str, today: date, now: datetime) -> tuple[date, float] | None:
    """Return the next ex-date and what is paid; asked of the vendor once an hour for all, if he tells dividends."""
    if symbol in INDEXES or not isinstance(vendor(), ReferenceVendor):
        return None

    def told() -> dict[str, Any]:
        return {"dividends": _ask(symbol, today, now)}

    kept = answers.remembered(
        "dividends", symbol, today.isoformat(), ttl_s=DIVIDENDS_TTL_S, now=now, compute=told, once=True
    )
    coming = [(date.fromisoformat(day), float(amount)) for day, amount in kept.body["dividends"]]
    return min((each for each in coming if each[0] >= today), default=None)


def _ask(symbol: str, today: date, now: datetime) -> list[tuple[str, float]]:
    source = vendor()
    if not isinstance(source, ReferenceVendor):
        return []
    try:
        rows = source.dividends(symbol, today, today + AHEAD, now=now).rows
    except (ProviderUnavailable, RateLimited, UnknownSymbol) as trouble:
        # Kept as none for the hour: a vendor that is away is not asked every fifteen seconds for each symbol.
        logger.warning("positions.market_facts.no_dividends", extra={"symbol": symbol, "why": str(trouble)})
        return []
    return [(each.ex_date.isoformat(), each.amount) for each in rows if each.amount > 0]


def _sessions_to(day: date, today: date) -> int | None:
    """Return how many sessions after today's begin until a date, its own included."""
    try:
        return len(calendar.sessions(today + timedelta(days=1), day)) if day > today else 0
    except OutsideCalendar:
        return None
