"""The symbols of the made-up market and what each hangs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from simulation.pure.directory import FACTORS, FOLLOWERS, INDEXES, SHARES
from simulation.pure.drivers import USUAL_MEMORY, Driver

INDEX, ETF, STOCK = "index", "etf", "stock"
# VIX answers to moves of the market, not to its level, and falls back to its own within weeks.
_FEAR_MEMORY = 0.965


@dataclass(frozen=True, slots=True)
class Listing:
    """One symbol.

    Attributes
    ----------
    symbol, name, exchange
        Real ones; the exchange is a market identifier code, None for an index.
    type : str
        index, etf or stock.
    price : float
        Level around which it moves. [USD, or index points]
    shares : float
        Average volume of a full session; NaN for an index, which does not trade. [shares]
    exposures : tuple of (Driver, float)
        Log moves it takes per log move of each driver.
    follows : str
        Symbol whose path it tracks: its own, or its index's.
    """

    symbol: str
    name: str
    type: str
    exchange: str | None
    price: float
    shares: float
    exposures: tuple[tuple[Driver, float], ...]
    follows: str

    @property
    def sigma(self) -> float:
        """Standard deviation of its daily log move. [1]"""
        return float(sum((load * driver.sigma) ** 2 for driver, load in self.exposures) ** 0.5)

    @property
    def has_volume(self) -> bool:
        """Tell whether it trades: an index is computed, in regular hours only."""
        return self.type != INDEX


def _exposures(
    symbol: str, sigma: float, loads: Mapping[str, float], memory: float = USUAL_MEMORY
) -> tuple[tuple[Driver, float], ...]:
    # What the shared drivers leave of the symbol's daily sigma is its own story. Drivers of one name draw the same
    # moves whatever their memory.
    shared = tuple((Driver(name, FACTORS[name], memory), load) for name, load in loads.items())
    left = sigma**2 - sum((load * driver.sigma) ** 2 for driver, load in shared)
    if left <= 0:
        return shared
    return (*shared, (Driver(symbol, left**0.5, memory), 1.0))


def _all() -> dict[str, Listing]:
    listings = {}
    for symbol, name, price, percent, loads in INDEXES:
        memory = _FEAR_MEMORY if symbol == "VIX" else USUAL_MEMORY
        exposures = _exposures(symbol, percent / 100, loads, memory)
        listings[symbol] = Listing(symbol, name, INDEX, None, price, float("nan"), exposures, symbol)
    for symbol, name, kind, exchange, index, ratio, millions in FOLLOWERS:
        leader = listings[index]
        listings[symbol] = Listing(
            symbol, name, kind, exchange, leader.price * ratio, millions * 1e6, leader.exposures, index
        )
    for symbol, name, kind, exchange, price, millions, percent, loads in SHARES:
        exposures = _exposures(symbol, percent / 100, loads)
        listings[symbol] = Listing(symbol, name, kind, exchange, price, millions * 1e6, exposures, symbol)
    return listings


LISTINGS: Mapping[str, Listing] = MappingProxyType(_all())


def search(query: str, limit: int) -> list[Listing]:
    """Return listings whose symbol or name contains the query, the likeliest first.

    The order is: the symbol itself, symbols that begin so, names with a word that begins so, the rest; within each by
    turnover, indexes first.
    """
    text = query.strip().upper()
    ranked = [
        (rank, -_turnover(listing), listing.symbol)
        for listing in LISTINGS.values()
        if (rank := _rank(listing, text)) < _NO_MATCH
    ]
    return [LISTINGS[symbol] for _, _, symbol in sorted(ranked)[: max(0, limit)]]


_NO_MATCH = 4


def _rank(listing: Listing, text: str) -> int:
    name = listing.name.upper()
    matches = (
        listing.symbol == text,
        listing.symbol.startswith(text),
        any(word.startswith(text) for word in name.split()),
        text in listing.symbol or text in name,
    )
    return matches.index(True) if any(matches) else _NO_MATCH


def _turnover(listing: Listing) -> float:
    return listing.price * listing.shares if listing.has_volume else float("inf")
