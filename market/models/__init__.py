"""The market's tables, one module a thing."""

from market.models.clock_state import ClockState
from market.models.economic_event import EconomicEvent
from market.models.following import Following
from market.models.session_bars import SessionBars
from market.models.session_override import SessionOverride
from market.models.symbol_reference import SymbolReference
from market.models.watchlist import Watchlist

__all__ = [
    "ClockState",
    "EconomicEvent",
    "Following",
    "SessionBars",
    "SessionOverride",
    "SymbolReference",
    "Watchlist",
]
