"""Which symbol somebody means by what he types, and what kind of symbol it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol, TypeVar

FUND_WORDS = ("ETF", "ETN", "ETV", "ETS")


class Named(Protocol):
    """What is ranked: anything with a symbol and a name."""

    @property
    def symbol(self) -> str:
        """Ticker, upper case."""
        ...

    @property
    def name(self) -> str:
        """What the company, fund or index is called."""
        ...


Found = TypeVar("Found", bound=Named)


def ranked(found: Iterable[Found], query: str, popular: Sequence[str]) -> list[Found]:
    """Return what matches, the likeliest first, each symbol once.

    The exact symbol, then symbols that start with the query, then names that do, then names and symbols that contain
    it; within each the popular ones in their order, then alphabetically.
    """
    typed = query.upper()
    places = {symbol: place for place, symbol in enumerate(popular)}
    once: dict[str, Found] = {}
    for one in found:
        once.setdefault(one.symbol, one)
    matching = [(rank, one) for one in once.values() if (rank := _rank(one, typed)) is not None]
    matching.sort(key=lambda pair: (pair[0], places.get(pair[1].symbol, len(places)), pair[1].symbol))
    return [one for _, one in matching]


def kind(vendor_type: str, market: str, symbol: str, indexes: Collection[str]) -> str:
    """Return index, etf or stock for a vendor's words; notes and vehicles traded like funds count as funds."""
    words = vendor_type.upper()
    if "INDEX" in words or words == "INDX" or market.lower() in ("index", "indices") or symbol in indexes:
        return "index"
    return "etf" if words == "ET" or any(word in words for word in FUND_WORDS) else "stock"


def _rank(one: Named, typed: str) -> int | None:
    symbol, name = one.symbol, one.name.upper()
    tests = (symbol == typed, symbol.startswith(typed), name.startswith(typed), typed in name or typed in symbol)
    return next((rank for rank, passed in enumerate(tests) if passed), None)
