"""The days of a symbol's volatility: kept as they end, read back where the vendor can, and told to whoever ranks."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

import numpy as np

from market import calendar, history
from market.errors import NoChains, ProviderUnavailable, RateLimited, UnknownSymbol
from market.pure.bars import Floats
from market.pure.chain import Chain
from market.pure.sessions import Session, new_york_date
from market.symbols import INDEXES
from market.vendors import vendor
from market.vendors.protocol import PastChains
from options_engine import readings, term_readings
from options_engine.errors import NoSpot
from options_engine.models import VolatilityDay
from options_engine.pure import ladder, reading, smile, volatility_rank
from options_engine.pure.volatility_rank import WINDOW, Rank
from options_engine.term_readings import Rung, Term

logger = logging.getLogger(__name__)

Kind = Literal["stored", "reconstructed", "realized_proxy"]
# Quotes are alive until the close and made by nobody after it: a chain read later has wide, old or no quotes.
MEASURED_FROM: Final = timedelta(minutes=15)
# The moment of a day that is read back.
MEASURED_AT: Final = timedelta(minutes=10)
# Fewer implied days than this, and realised volatility may stand in for them, named as what it is.
ENOUGH: Final = 60
_CLOSES: Final = WINDOW + volatility_rank.RETURNS + 1
# How far from the spot strikes matter to thirty days at the money and at 25 delta.
_REACH: Final = 0.25
# Strikes of a day that is read back: those beside the money on each side, and so many more over the whole reach.
_BESIDE, _SPREAD = 6, 20
# A rank that is older than this says nothing of today. [calendar days]
_GOOD_FOR: Final = 7
_TROUBLE: Final = (NoChains, UnknownSymbol, NoSpot)


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of each symbol of a round: kept, already there, without options, or not to be had from the vendor."""

    kept: int = 0
    there: int = 0
    no_chains: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Volatilities of earlier days of one kind, ascending.

    Attributes
    ----------
    values : float64, shape (n,)
        [1/sqrt(year)]
    kind : str or None
        None without any; reconstructed as soon as one day is.
    reconstructed : int
        How many days were read back later.
    """

    values: Floats
    kind: Kind | None
    reconstructed: int = 0


def keep(symbols: Iterable[str], now: datetime, *, budget_s: float) -> Kept:
    """Keep today's volatility of some symbols in the last quarter of an hour of the session; nothing at other times.

    Safe to run twice: a symbol has one row a day. One that cannot be had does not stop the others, and is asked for
    again by the next run; so are those that the budget of wall seconds did not reach.
    """
    session = calendar.session(new_york_date(now))
    if session is None or not session.close_at - MEASURED_FROM <= now < session.close_at:
        return Kept()
    wanted = sorted(set(symbols))
    there = set(VolatilityDay.objects.filter(session_date=session.date).values_list("symbol", flat=True))
    kept = no_chains = failed = 0
    ends = time.monotonic() + budget_s
    for symbol in wanted:
        if symbol in there or time.monotonic() > ends:
            continue
        try:
            _write(_of_now(symbol, now), session, VolatilityDay.Source.STORED)
            kept += 1
        except _TROUBLE:
            no_chains += 1
        except (ProviderUnavailable, RateLimited) as outage:
            logger.warning("options_engine.volatility.not_kept", extra={"symbol": symbol, "why": str(outage)})
            failed += 1
    return Kept(kept, len(there.intersection(wanted)), no_chains, failed)


def reconstruct(symbols: Iterable[str], now: datetime, *, budget_s: float) -> int:
    """Read back days of the past year that nobody kept, newest first; return how many. A vendor of today only has none.

    Stops after so many wall seconds; the next run goes on.
    """
    source = vendor()
    if not isinstance(source, PastChains):
        return 0
    ends, made = time.monotonic() + budget_s, 0
    for symbol, missing in _missing(symbols, now):
        for session in reversed(missing):
            if time.monotonic() > ends:
                return made
            try:
                term = _of_past(source, symbol, session.close_at - MEASURED_AT)
            except (*_TROUBLE, ProviderUnavailable, RateLimited) as trouble:
                logger.debug("options_engine.volatility.no_past", extra={"symbol": symbol, "why": str(trouble)})
                break
            _write(term, session, VolatilityDay.Source.RECONSTRUCTED)
            made += 1
    return made


def implied(symbol: str, before: date) -> Series:
    """Return the last 252 known days before a date: one query."""
    rows = VolatilityDay.objects.filter(symbol=symbol, session_date__lt=before, iv30__isnull=False)
    told = list(rows.order_by("-session_date").values_list("iv30", "source")[:WINDOW])[::-1]
    read_back = sum(source == VolatilityDay.Source.RECONSTRUCTED for _, source in told)
    kind: Kind | None = ("reconstructed" if read_back else "stored") if told else None
    return Series(np.array([iv for iv, _ in told], dtype=np.float64), kind, read_back)


def series(symbol: str, before: date) -> Series:
    """Return implied days, or realised volatility in their place while there are fewer than 60; never both together."""
    known = implied(symbol, before)
    if len(known.values) >= ENOUGH:
        return known
    try:
        closes = history.daily(symbol, before, _CLOSES).close
    except (UnknownSymbol, ProviderUnavailable, RateLimited):
        return known
    proxies = volatility_rank.realised(closes[np.isfinite(closes) & (closes > 0)])[-WINDOW:]
    return Series(proxies, "realized_proxy") if len(proxies) > len(known.values) else known


def last_rank(symbol: str, today: date) -> tuple[Rank, date] | None:
    """Return the rank of the newest day known, and that day; None where it is older than a week, or history short.

    Of implied days only, and without asking the vendor: one query.
    """
    rows = VolatilityDay.objects.filter(symbol=symbol, session_date__lte=today, iv30__isnull=False)
    told = list(rows.order_by("-session_date").values_list("iv30", "session_date")[: WINDOW + 1])[::-1]
    if len(told) <= ENOUGH or (today - told[-1][1]).days > _GOOD_FOR:
        return None
    found = volatility_rank.rank(told[-1][0], np.array([iv for iv, _ in told[:-1]]))
    return None if found is None else (found, told[-1][1])


def _of_now(symbol: str, now: datetime) -> Term:
    days = term_readings.listed(symbol, now)
    return term_readings.read(symbol, _needed(days, new_york_date(now)), now=now)


def _of_past(source: PastChains, symbol: str, at: datetime) -> Term:
    today = new_york_date(at)
    days = sorted({each.day for each in source.option_expiries(symbol, now=at)})
    if not days:
        raise NoChains(provider=vendor().name, symbol=symbol)
    rungs: list[Rung] = []
    spot = float("nan")
    for day in _needed(days, today):
        told = source.option_chain(symbol, expiries=1, first=day, now=at)
        near = _thinned(told)
        read = reading.read(
            near,
            readings.sessions(near.expiries),
            european=symbol in INDEXES,
            in_session=True,
        )
        rungs += term_readings.of_reading(read, at).rungs
        spot = told.spot
    return Term(symbol, at, spot, tuple(rungs))


def _thinned(chain: Chain) -> Chain:
    """Return the strikes that say what a row keeps: a year of whole chains would take hours to read."""
    strikes = np.unique(chain.strike)
    strikes = strikes[np.abs(np.log(strikes / chain.spot)) <= _REACH]
    at = int(np.searchsorted(strikes, chain.spot))
    spread = strikes[np.unique(np.linspace(0, len(strikes) - 1, min(_SPREAD, len(strikes))).astype(int))]
    return chain.take(np.isin(chain.strike, [*strikes[max(0, at - _BESIDE) : at + _BESIDE], *spread]))


def _needed(days: list[date], today: date) -> list[date]:
    return sorted({*days[:1], *ladder.around_month(days, today)})


def _write(term: Term, session: Session, source: VolatilityDay.Source) -> None:
    front, month = term.front(), term.nearest_month()
    skew25 = smile.skew(month.smile).skew25 if month else float("nan")
    row = VolatilityDay(
        symbol=term.symbol,
        session_date=session.date,
        as_of=term.now,
        source=source,
        spot=term.spot,
        iv30=_known(term.month()),
        front_iv=front.smile.at_the_money() if front else None,
        front_expiry=front.day if front else None,
        skew25=_known(skew25),
    )
    VolatilityDay.objects.bulk_create([row], ignore_conflicts=True)


def _missing(symbols: Iterable[str], now: datetime) -> list[tuple[str, list[Session]]]:
    """Return sessions of the past year without a row, by symbol, the symbol with the fewest rows first."""
    past = calendar.sessions_before(new_york_date(now), WINDOW)
    if not past:
        return []
    wanted = sorted(set(symbols))
    rows = VolatilityDay.objects.filter(symbol__in=wanted, session_date__gte=past[0].date)
    there: dict[str, set[date]] = {symbol: set() for symbol in wanted}
    for symbol, day in rows.values_list("symbol", "session_date"):
        there[symbol].add(day)
    found = [(symbol, [session for session in past if session.date not in there[symbol]]) for symbol in wanted]
    return sorted((each for each in found if each[1]), key=lambda each: -len(each[1]))


def _known(number: float) -> float | None:
    return number if np.isfinite(number) else None
