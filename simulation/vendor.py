"""The vendor of the made-up market; `docs/simulation.md` says what it promises."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
from django.conf import settings

from market import calendar
from market.errors import NoChains, UnknownSymbol
from market.pure.alpha_vantage import EarningsDate, EarningsResult
from market.pure.bars import Bars
from market.pure.chain import Chain
from market.pure.contract_marks import Mark, of_chain
from market.pure.contract_names import parsed
from market.pure.panel import MINUTE_S
from market.pure.sessions import Session, new_york_date
from market.vendors.protocol import ListedExpiry, MinuteSnapshot, Quote, SymbolInfo
from market.vendors.reference import Told
from simulation import sessions
from simulation.pure import chains, contracts, listings
from simulation.pure.contracts import Expiry
from simulation.pure.daily import daily_bars
from simulation.pure.interest import traded_share
from simulation.pure.listings import LISTINGS, Listing
from simulation.pure.reports import MadeUpReport, reports
from simulation.pure.session import Hours, Recording, printed_at, recording
from simulation.pure.variance_clock import days_left

FEAR = LISTINGS["VIX"]  # how dear options are
REPORTS_AHEAD = timedelta(days=91)  # as calendars of three months are


class SimulatedVendor:
    """Sessions made from a seed: the same for ever, in every process, and never later than `now`.

    Needs no network and keeps nothing but bounded caches of what it can make again; safe to share between threads.
    """

    name = sessions.NAME
    simulated = True
    tells_past_chains = True

    def __init__(self, seed: int | None = None) -> None:
        self._seed: int = settings.SIMULATION_SEED if seed is None else seed

    def snapshot(self, symbols: Collection[str], *, now: datetime) -> dict[str, MinuteSnapshot]:
        """Return quotes and latest minutes; symbols outside the directory are missing."""
        session = sessions.begun(now)
        known = [LISTINGS[symbol] for symbol in symbols if symbol in LISTINGS]
        return {listing.symbol: self._seen(listing, session, now) for listing in known}

    def minute_bars(self, symbol: str, start: datetime, end: datetime, *, now: datetime) -> Bars:
        """Return the completed minutes whose left edge lies in [start, end); a forming one only stands in snapshots."""
        listing = _listing(symbol)
        at = _seconds(now)
        days = sessions.between(new_york_date(start), new_york_date(min(end, now)))
        whole = _joined(self._recording(listing, session).completed(at) for session in days)
        return whole.between(math.ceil(start.timestamp()), math.ceil(end.timestamp()))

    def daily_bars(self, symbol: str, first: date, last: date, *, now: datetime) -> Bars:
        """Return completed sessions from `first` to `last`, each the aggregate of its regular minutes."""
        listing = _listing(symbol)
        last = min(last, _last_completed(now))
        whole = _joined(daily_bars(self._seed, listing, quarter) for quarter in sessions.quarters(first, last))
        return whole.between(sessions.stamp(first), sessions.stamp(last) + 1)

    def option_chain(self, symbol: str, *, expiries: int, now: datetime, first: date | None = None) -> Chain:
        """Return a chain priced at this moment's spot and this moment's VIX; open interest stands all day."""
        listing = _listing(symbol)
        session = sessions.begun(now)
        ahead = sessions.ahead(session, days=contracts.HORIZON_DAYS)
        listed = contracts.expiries(listing, ahead[1:], now_ts=now.timestamp(), count=expiries, first=first)
        if not (contracts.has_options(listing) and listed):
            raise NoChains(provider=self.name, symbol=symbol)
        return self._chain(listing, listed, session, ahead, now)

    def option_expiries(self, symbol: str, *, now: datetime) -> list[ListedExpiry]:
        """Return every date of the made-up exchange, which lists options for a year."""
        listing = _listing(symbol)
        if not contracts.has_options(listing):
            return []
        ahead = sessions.ahead(sessions.begun(now), days=contracts.HORIZON_DAYS)
        listed = contracts.expiries(listing, ahead[1:], now_ts=now.timestamp())
        return sorted(ListedExpiry(each.day, each.root) for each in listed)

    def contract_marks(self, tickers: Collection[str], *, now: datetime) -> Told[Mark]:
        """Return what contracts cost: the rows that the chains of this moment have of them."""
        session = sessions.begun(now)
        ahead = sessions.ahead(session, days=contracts.HORIZON_DAYS)
        rows: list[Mark] = []
        for listing, wanted in contracts.by_listing(filter(None, map(parsed, tickers))).items():
            dates = {(each.root, each.expiry) for each in wanted}
            alive = contracts.expiries(listing, ahead[1:], now_ts=now.timestamp())
            if listed := [each for each in alive if (each.root, each.day) in dates]:
                # Whole dates: a strike more costs nothing, and what a row says never depends on the others.
                told = self._chain(listing, listed, session, ahead, now)
                rows += of_chain(told, {each.name for each in wanted})
        return Told(tuple(rows), as_of=now, source=self.name)

    def search(self, query: str, limit: int) -> list[SymbolInfo]:
        """Return what the directory has for a text, the likeliest first."""
        return [_info(listing) for listing in listings.search(query, limit)]

    def lookup(self, symbol: str) -> SymbolInfo | None:
        """Return what the symbol is, None when the directory does not have it."""
        listing = LISTINGS.get(symbol)
        return None if listing is None else _info(listing)

    def earnings_calendar(self, *, now: datetime) -> Told[EarningsDate]:
        """Return when the made-up companies report in the coming three months."""
        today = new_york_date(now)
        rows = [
            EarningsDate(each.symbol, each.name, report.day, report.fiscal_end, report.estimate, "USD", report.timing)
            for each in LISTINGS.values()
            for report in self._reports(each)
            if today <= report.day <= today + REPORTS_AHEAD
        ]
        return Told(tuple(sorted(rows, key=lambda row: (row.reports_on, row.symbol))), as_of=now, source=self.name)

    def earnings_history(self, symbol: str, *, now: datetime) -> Told[EarningsResult]:
        """Return what a made-up company has reported before this New York date, ascending."""
        today = new_york_date(now)
        told = [report for report in self._reports(_listing(symbol)) if report.day < today]
        return Told(tuple(_result(symbol, report) for report in told), as_of=now, source=self.name)

    def market_days(self) -> Sequence[date] | None:
        """Return None: whenever the exchange opens, so does the made-up market, in all years it can be asked in."""
        return None

    def _reports(self, listing: Listing) -> tuple[MadeUpReport, ...]:
        return reports(self._seed, listing, calendar.is_trading_day)

    def _recording(self, listing: Listing, session: Session) -> Recording:
        return recording(self._seed, listing, sessions.hours(session))

    def _chain(
        self, listing: Listing, listed: Sequence[Expiry], session: Session, ahead: Sequence[Hours], now: datetime
    ) -> Chain:
        to_open, to_close = days_left(now.timestamp(), ahead[: listed[-1].session + 2])
        days = np.array([(to_open if each.at_open else to_close)[each.session] for each in listed])
        return chains.chain(self._seed, listing, listed, days, self._moment(listing, session, now))

    def _moment(self, listing: Listing, session: Session, now: datetime) -> chains.Moment:
        quote = self._seen(listing, session, now).quote
        today = sessions.hours(session)
        since_open = (now.timestamp() - today.open_ts) / MINUTE_S
        traded = traded_share(since_open, (today.close_ts - today.open_ts) // MINUTE_S)
        return chains.Moment(
            day=session.date,
            now_ts=now.timestamp(),
            spot=quote.price,
            close=quote.prev_close,
            level=self._seen(FEAR, session, now).quote.price / FEAR.price,
            traded=traded if session.date == new_york_date(now) else 0.0,
        )

    def _seen(self, listing: Listing, session: Session, now: datetime) -> MinuteSnapshot:
        at = _seconds(now)
        yesterday = calendar.previous_session(session.date)
        before, today = self._recording(listing, yesterday), self._recording(listing, session)
        minute = today.latest(at)
        newest = minute if len(minute) else before.latest(at)
        is_today = session.date == new_york_date(now)
        quote = Quote(
            symbol=listing.symbol,
            price=float(newest.close[0]),
            prev_close=float(before.completed(_seconds(yesterday.close_at)).close[-1]),
            volume_today=today.volume_until(at) if is_today or not listing.has_volume else 0.0,
            at=datetime.fromtimestamp(printed_at(int(newest.ts[0]), at), tz=UTC),
            volume_minute=float(newest.volume[0]),
        )
        # The minute before too: it is complete, and a feed that asks in every minute then never asks for it again.
        minutes = today.completed(at).take(slice(-1, None)).extended(minute)
        return MinuteSnapshot(quote, minutes if is_today else Bars.empty())


def _listing(symbol: str) -> Listing:
    listing = LISTINGS.get(symbol)
    if listing is None:
        raise UnknownSymbol(symbol=symbol)
    return listing


def _info(listing: Listing) -> SymbolInfo:
    return SymbolInfo(listing.symbol, listing.name, listing.type, listing.exchange)


def _result(symbol: str, report: MadeUpReport) -> EarningsResult:
    surprise = report.actual - report.estimate
    return EarningsResult(
        symbol=symbol,
        reported_on=report.day,
        fiscal_end=report.fiscal_end,
        eps=report.actual,
        estimate=report.estimate,
        surprise=surprise,
        surprise_pct=100.0 * surprise / report.estimate,
        timing=report.timing,
    )


def _joined(pieces: Iterable[Bars]) -> Bars:
    return Bars.from_rows(np.concatenate([Bars.empty().rows(), *(piece.rows() for piece in pieces)]))


def _seconds(at: datetime) -> int:
    return math.floor(at.timestamp())


def _last_completed(now: datetime) -> date:
    session = sessions.begun(now)
    return session.date if session.close_at <= now else calendar.previous_session(session.date).date
