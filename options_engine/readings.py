"""A symbol's chain as the engine reads it, the same for everybody who asks within a minute."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock

from market import calendar, option_chains
from market.errors import NoChains, OutsideCalendar
from market.option_chains import EXPIRIES
from market.pure.chain import COLUMNS, FACTS, Chain
from market.pure.sessions import Session, new_york_date
from market.symbols import INDEXES
from market.vendors import vendor
from options_engine import rates
from options_engine.errors import ExpiryNotListed, NoSpot
from options_engine.pure import reading
from options_engine.pure.reading import Reading
from options_engine.rates import Rates

# Market seconds: what a page that refreshes by itself may be behind.
FRESH_S = 60.0
# What has just ended is looked at for a while, its numbers those of its end.
LINGERS_S = 900
_KEPT = 24  # readings of this process; a thousand contracts are a quarter of a megabyte
_read: OrderedDict[tuple[object, ...], Reading] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Read:
    """A reading and where it comes from.

    Attributes
    ----------
    reading : Reading
    rates : Rates
    stale : bool
        The vendor is away and this is the last chain it told.
    """

    reading: Reading
    rates: Rates
    stale: bool

    @property
    def symbol(self) -> str:
        """Our name of the underlying."""
        return self.reading.chain.symbol

    @property
    def market_date(self) -> date:
        """The New York date on which the chain was read."""
        return new_york_date(self.reading.chain.as_of)


def nearest(symbol: str, *, now: datetime, expiries: int = EXPIRIES, max_age_s: float = FRESH_S) -> Read:
    """Return the nearest expiry dates of a symbol, read.

    Parameters
    ----------
    symbol : str
        Normalised.
    now : datetime
        Market time.
    expiries : int
        How many dates.
    max_age_s : float
        0 asks the vendor in any case. [market seconds]

    Raises
    ------
    NoChains
        If the vendor has no options of the symbol.
    NoSpot
        If nobody knows what the underlying costs.
    UnknownSymbol, ProviderUnavailable, RateLimited
        As every call of a vendor.
    """
    chain = option_chains.chain(symbol, now=now, expiries=expiries, max_age_s=max_age_s, or_older=True)
    return _told(chain, now, max_age_s)


def of_date(symbol: str, expiry: date, *, now: datetime, max_age_s: float = FRESH_S) -> Read:
    """Return one expiry date of a symbol, read.

    Raises
    ------
    ExpiryNotListed
        If nothing expires on that date.
    """
    chain = option_chains.of_date(symbol, expiry, now=now, max_age_s=max_age_s, or_older=True)
    if expiry not in chain.expiries:
        raise ExpiryNotListed(symbol=symbol, expiry=expiry)
    return _told(chain, now, max_age_s)


def _told(chain: Chain, now: datetime, max_age_s: float) -> Read:
    if not len(chain):
        raise NoChains(provider=vendor().name, symbol=chain.symbol)
    if not chain.spot > 0:
        raise NoSpot(symbol=chain.symbol)
    known = rates.of(now)
    # Nobody makes quotes while the market is closed: those of the last close are the newest there can be.
    newest = _newest_quotes(now)
    age_s = (newest - chain.as_of).total_seconds()
    return Read(_kept(chain, known), known, stale=age_s > max(max_age_s, FRESH_S) + option_chains.SKEW.total_seconds())


def _newest_quotes(now: datetime) -> datetime:
    """Return when the newest quotes that there can be were made: now, or at the last close."""
    session = calendar.begun(now)
    if now < session.open_at:
        session = calendar.previous_session(session.date)
    return min(now, session.close_at)


def _kept(chain: Chain, known: Rates) -> Reading:
    told = b"".join(getattr(chain, name).tobytes() for name in COLUMNS)
    facts = tuple(str(getattr(chain, name)) for name in FACTS)  # as text: NaN is not equal to itself
    key = (*facts, chain.as_of, hash(told), known.date)
    with _lock:
        if found := _read.get(key):
            _read.move_to_end(key)
            return found
    session = calendar.session(new_york_date(chain.as_of))
    made = reading.read(
        chain,
        sessions(chain.expiries),
        european=chain.symbol in INDEXES,
        curve=known.curve,
        in_session=session is not None and session.open_at <= chain.as_of <= session.close_at,
    )
    with _lock:
        _read[key] = made
        while len(_read) > _KEPT:
            _read.popitem(last=False)
    return made


def sessions(days: Iterable[date]) -> dict[date, Session]:
    """Return the sessions of these dates, those without one left out."""
    found = {}
    for day in days:
        try:
            session = calendar.session(day)
        except OutsideCalendar:
            continue  # options run further into the future than the calendar; such a day counts as a regular one
        if session:
            found[day] = session
    return found
