"""The completed minutes of one session of a symbol, with the volume that its VWAP weighs with."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np

from market import clock, feed
from market.errors import ProviderUnavailable, RateLimited
from market.pure.bars import Bars, Floats
from market.pure.indicators import VwapLine, session_vwap, volume_at
from market.pure.sessions import Session
from market.symbols import PROXIES

logger = logging.getLogger(__name__)

INTRADAY = "intraday"


@dataclass(frozen=True, slots=True, eq=False)
class Minutes:
    """Completed minutes of a session.

    Attributes
    ----------
    session : Session
        Which one.
    all_hours : Bars
        From 04:00 New York on, after-hours included.
    volume : float64, shape (len(all_hours),)
        The symbol's own volume, or its proxy's; NaN where there is none. [shares]
    volume_source : str or None
        Whose volume that is.
    is_lent : bool
        The volume is the proxy's; the bars carry none.
    degraded : tuple of str
        `intraday` when the vendor could not be asked.
    """

    session: Session
    all_hours: Bars
    volume: Floats
    volume_source: str | None
    is_lent: bool = False
    degraded: tuple[str, ...] = ()

    @property
    def premarket(self) -> Bars:
        """The minutes before the open."""
        return self.all_hours.take(slice(0, self._regular().start))

    @property
    def regular(self) -> Bars:
        """The minutes from the open to the close."""
        return self.all_hours.take(self._regular())

    def vwap(self) -> VwapLine:
        """Return the session's running VWAP, a value for each regular minute."""
        # Own volume stands in the bars, beside their own VWAP; a proxy's has to be passed.
        return session_vwap(self.regular, self.volume[self._regular()] if self.is_lent else None)

    def _regular(self) -> slice:
        edges = (self.session.open_ts, self.session.close_ts)
        return slice(*np.searchsorted(self.all_hours.ts, edges).tolist())


def of(symbol: str, session: Session) -> Minutes:
    """Return a session's minutes; without any, and saying so, when the vendor is away."""
    proxy = PROXIES.get(symbol)
    try:
        found = feed.session_bars([symbol, *([proxy] if proxy else [])], session.date)
    except (ProviderUnavailable, RateLimited) as trouble:
        logger.warning("market.session_minutes.missing", extra={"symbol": symbol, "why": str(trouble)})
        return Minutes(session, Bars.empty(), np.empty(0), None, degraded=(INTRADAY,))
    # After the clock was set back Redis may hold minutes that are still to come.
    settled = clock.settle()
    bars = found[symbol].until(settled)
    if proxy is None or np.isfinite(bars.volume).any():
        return Minutes(session, bars, bars.volume, symbol if np.isfinite(bars.volume).any() else None)
    lent = found[proxy].until(settled)
    return Minutes(session, bars, volume_at(bars.ts, lent), proxy if len(lent) else None, is_lent=True)
