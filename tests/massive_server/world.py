"""What there is to tell at a moment of market time: our made-up market, in the pieces the wire is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from market import calendar
from market.errors import NoChains, ProviderUnavailable
from market.pure.bars import Bars
from market.pure.chain import Chain
from market.pure.resample import fold
from market.pure.sessions import NEW_YORK, Session, new_york_date
from market.vendors.protocol import Quote
from simulation.pure.listings import Listing
from simulation.vendor import SimulatedVendor

# Yesterday's numbers leave the snapshots of stocks at half past three in the morning.
CLEARED_AT = timedelta(hours=3, minutes=30)
ALL_DATES = 10_000
DAYS_BACK = 10  # the longest closure of the exchange is shorter


@dataclass(frozen=True)
class World:
    """The made-up market at one moment.

    Attributes
    ----------
    vendor : SimulatedVendor
    now : datetime
        Nothing later is told.
    delayed : bool
        The plan is not real-time.
    """

    vendor: SimulatedVendor
    now: datetime
    delayed: bool = False

    @property
    def timeframe(self) -> str:
        """The wire's word for how fresh the plan's data are."""
        return "DELAYED" if self.delayed else "REAL-TIME"

    @property
    def today(self) -> date:
        """The New York date."""
        return new_york_date(self.now)

    def quote(self, listing: Listing) -> Quote:
        """Return the newest price."""
        return self.vendor.snapshot([listing.symbol], now=self.now)[listing.symbol].quote

    def minutes(self, listing: Listing, start: datetime, end: datetime) -> Bars:
        """Return the completed minutes with trades whose left edge lies in [start, end)."""
        try:
            return self.vendor.minute_bars(listing.symbol, start, end, now=self.now)
        except ProviderUnavailable:
            return Bars.empty()

    def shown_day(self, listing: Listing) -> date:
        """Return the date a snapshot speaks of: a stock's is cleared early, an index's stands until it is computed."""
        if listing.has_volume:
            return new_york_date(self.now - CLEARED_AT)
        return self._last_session_open_by_now().date

    def day(self, listing: Listing, day: date, *, forming: bool = True) -> Bars:
        """Return the minutes of a date as far as they are known, the forming one last unless it is not wanted."""
        session = calendar.session(day)
        if session is None or session.pre_at > self.now:
            return Bars.empty()
        known = self.minutes(listing, session.pre_at, session.post_at)
        newest = self.vendor.snapshot([listing.symbol], now=self.now)[listing.symbol].minute
        start, end = int(session.pre_at.timestamp()), int(session.post_at.timestamp())
        return known.extended(newest.between(start, end)) if forming else known

    def daily(self, listing: Listing, first: date, last: date) -> Bars:
        """Return sessions stamped at 00:00 New York, the running one as far as it has come."""
        whole = self.vendor.daily_bars(listing.symbol, first, last, now=self.now)
        session = calendar.session(self.today)
        if session is None or not first <= session.date <= last or self.now >= session.close_at:
            return whole
        so_far = self.day(listing, session.date)
        regular = so_far.between(session.open_ts, session.close_ts)
        return whole.extended(total(regular if len(regular) else so_far, session))

    def day_before(self, listing: Listing, day: date) -> Bars:
        """Return the last completed session before a date."""
        return self.vendor.daily_bars(
            listing.symbol, day - timedelta(days=DAYS_BACK), day - timedelta(days=1), now=self.now
        ).take(slice(-1, None))

    def chain(self, listing: Listing) -> Chain | None:
        """Return every listed contract, None where there are no options."""
        try:
            return self.vendor.option_chain(listing.symbol, expiries=ALL_DATES, now=self.now)
        except (NoChains, ProviderUnavailable):
            return None

    def _last_session_open_by_now(self) -> Session:
        session = calendar.session_on_or_before(self.today)
        return session if session.open_at <= self.now else calendar.previous_session(session.date)


def total(minutes: Bars, session: Session) -> Bars:
    """Return minutes of a session as one bar at 00:00 New York of its date; no bar of no minutes."""
    midnight = int(datetime.combine(session.date, datetime.min.time(), NEW_YORK).timestamp())
    return fold(minutes, np.full(len(minutes), midnight, dtype=np.int64))
