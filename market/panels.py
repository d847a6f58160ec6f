"""A session of many symbols in the shape the detectors read."""

from __future__ import annotations

from collections.abc import Iterable

from market import feed, history
from market.pure.panel import Panel, assemble
from market.pure.sessions import Session
from market.symbols import PROXIES


def panel(symbols: Iterable[str], session: Session) -> Panel:
    """Return the regular minutes of a session for these symbols, ascending; minutes still to come are NaN.

    An index takes its volume from its proxy, which is read along and has a row only if asked for.
    """
    asked = sorted(set(symbols))
    needed = sorted({*asked, *(PROXIES[symbol] for symbol in asked if symbol in PROXIES)})
    past = history.past(asked, session.date)
    return assemble(
        feed.session_bars(needed, session.date),
        open_ts=session.open_ts,
        close_ts=session.close_ts,
        proxies=PROXIES,
        atr={symbol: found.atr14 for symbol, found in past.items()},
        prev_close={symbol: found.prev_close for symbol, found in past.items()},
    ).only(asked)
