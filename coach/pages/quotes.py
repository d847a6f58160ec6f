"""Quotes as pages show them: rows of the feed, with None for what is not known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from coach.pages import addresses
from coach.pure.formats import number
from market import feed
from market.models import SymbolReference
from market.symbols import WELL_KNOWN
from market.vendors.protocol import Quote


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """What a symbol costs and how it moved against the prior regular close. [USD, index points, percent]"""

    symbol: str
    name: str = ""
    price: float | None = None
    change: float | None = None
    change_pct: float | None = None
    prev_close: float | None = None
    volume: float | None = None
    at: datetime | None = None
    delayed: bool = False
    stale: bool = False
    # Read with a chain of options, not by the feed: a price without a change.
    with_chain: bool = False

    @property
    def missing(self) -> bool:
        """No price has arrived."""
        return self.price is None

    @property
    def chart(self) -> str:
        """The address of its chart."""
        return addresses.chart(self.symbol)


def rows(symbols: Iterable[str], *, named: bool = False) -> dict[str, QuoteRow]:
    """Return a row for each symbol, in order; without a quote it carries the symbol alone."""
    wanted = list(dict.fromkeys(symbols))
    found, names = feed.quotes(wanted), _names(wanted) if named else {}
    return {symbol: _row(symbol, found.get(symbol), names.get(symbol, "")) for symbol in wanted}


def row(symbol: str) -> QuoteRow:
    """Return the row of one symbol, its name included."""
    return rows([symbol], named=True)[symbol]


def spot_of(answer: dict[str, Any], price: float) -> dict[str, Any]:
    """Return what an answer about options says of the underlying: its price, and when it was made, else read."""
    return {"spot": price, "spot_at": datetime.fromisoformat(answer["spotAsOf"] or answer["asOf"])}


def with_options(symbol: str, told: dict[str, Any] | None) -> QuoteRow:
    """Return the row of a symbol; where the feed has no price of it, the one that its options were read with."""
    known = row(symbol)
    if not known.missing or told is None:
        return known
    return replace(known, price=number(told["spot"]), at=told["spot_at"], delayed=told["delayed"], with_chain=True)


def _row(symbol: str, quote: Quote | None, name: str) -> QuoteRow:
    if quote is None or number(quote.price) is None:
        return QuoteRow(symbol=symbol, name=name)
    return QuoteRow(
        symbol=symbol,
        name=name,
        price=number(quote.price),
        change=number(quote.change),
        change_pct=number(quote.change_pct) if quote.prev_close else None,
        prev_close=number(quote.prev_close),
        volume=number(quote.volume_minute),
        at=quote.at,
        delayed=quote.delayed,
        stale=quote.stale,
    )


def _names(symbols: Iterable[str]) -> dict[str, str]:
    known = {symbol: WELL_KNOWN[symbol].name for symbol in symbols if symbol in WELL_KNOWN}
    asked = SymbolReference.objects.filter(pk__in=set(symbols) - known.keys(), known=True)
    return known | dict(asked.values_list("symbol", "name"))
