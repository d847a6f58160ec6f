"""What a symbol is: its grammar, the indexes and their proxies, the popular ones, and what a vendor says of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from market import clock
from market.errors import InvalidSymbol
from market.models import SymbolReference
from market.vendors import vendor
from market.vendors.protocol import SymbolInfo

GRAMMAR = re.compile(r"[A-Z0-9._:-]{1,10}")
INDEX_PREFIX = "I:"
# Currencies and coins pass the grammar, but no US session trades them.
FOREIGN_PREFIXES = ("X:", "C:")

INDEXES = frozenset(
    {"SPX", "NDX", "DJX", "DJI", "DJIA", "RUT", "VIX", "COMP", "XSP", "XND", "MRUT", "VIX9D", "VVIX"},
)
# Cash indexes have no volume; these funds lend them theirs.
PROXIES = {
    **dict.fromkeys(("SPX", "XSP"), "SPY"),
    **dict.fromkeys(("NDX", "XND"), "QQQ"),
    **dict.fromkeys(("RUT", "MRUT"), "IWM"),
    **dict.fromkeys(("DJX", "DJI", "DJIA"), "DIA"),
}

WELL_KNOWN = {
    info.symbol: info
    for info in (
        SymbolInfo("SPX", "S&P 500 Index", "index"),
        SymbolInfo("NDX", "Nasdaq 100 Index", "index"),
        SymbolInfo("SPY", "SPDR S&P 500 ETF Trust", "etf"),
        SymbolInfo("QQQ", "Invesco QQQ Trust", "etf"),
        SymbolInfo("IWM", "iShares Russell 2000 ETF", "etf"),
        SymbolInfo("AAPL", "Apple Inc.", "stock"),
        SymbolInfo("NVDA", "NVIDIA Corporation", "stock"),
        SymbolInfo("TSLA", "Tesla, Inc.", "stock"),
        SymbolInfo("AMZN", "Amazon.com, Inc.", "stock"),
        SymbolInfo("META", "Meta Platforms, Inc.", "stock"),
        SymbolInfo("MSFT", "Microsoft Corporation", "stock"),
        SymbolInfo("GOOGL", "Alphabet Inc.", "stock"),
        SymbolInfo("DJX", "Dow Jones Industrial Average, 1/100", "index"),
        SymbolInfo("DJI", "Dow Jones Industrial Average", "index"),
        SymbolInfo("DJIA", "Dow Jones Industrial Average", "index"),
        SymbolInfo("RUT", "Russell 2000 Index", "index"),
        SymbolInfo("VIX", "Cboe Volatility Index", "index"),
        SymbolInfo("COMP", "Nasdaq Composite Index", "index"),
        SymbolInfo("DIA", "SPDR Dow Jones Industrial Average ETF Trust", "etf"),
    )
}
POPULAR = tuple(WELL_KNOWN)[:12]

KNOWN_FOR = timedelta(hours=24)
UNKNOWN_FOR = timedelta(hours=1)


def normalise(text: str) -> str:
    """Return the symbol that a text names, without an index's prefix.

    Raises
    ------
    InvalidSymbol
        If it cannot be one.
    """
    symbol = text.strip().upper()
    if symbol.removeprefix(INDEX_PREFIX) in INDEXES:
        symbol = symbol.removeprefix(INDEX_PREFIX)
    # Letters such as ß become plain ones in upper case, and would name another symbol.
    if not (text.isascii() and GRAMMAR.fullmatch(symbol)):
        raise InvalidSymbol(symbol=text[:40])
    return symbol


def sanitise(texts: Iterable[str], limit: int = 20) -> list[str]:
    """Return the valid ones of some texts as symbols, each once, in order, at most `limit` of them."""
    found: dict[str, None] = {}
    for text in texts:
        try:
            found[normalise(text)] = None
        except InvalidSymbol:
            continue  # a query string may hold anything; who must refuse it calls `normalise`
    return list(found)[:limit]


def vendor_ticker(symbol: str) -> str:
    """Return what Massive calls a symbol: an index has a prefix."""
    return f"{INDEX_PREFIX}{symbol}" if symbol in INDEXES else symbol


def popular() -> list[SymbolInfo]:
    """Return what is offered before anything is typed."""
    return [WELL_KNOWN[symbol] for symbol in POPULAR]


def lookup(symbol: str) -> SymbolInfo | None:
    """Return what a normalised symbol is, None when nobody knows it.

    The vendor is asked once a day for a known symbol, once an hour for an unknown one, and never for well-known ones.

    Raises
    ------
    ProviderUnavailable, RateLimited
        If only the vendor could tell and it is away.
    """
    if symbol in WELL_KNOWN:
        return WELL_KNOWN[symbol]
    if symbol.startswith(FOREIGN_PREFIXES):
        return None
    row = SymbolReference.objects.filter(pk=symbol).first()
    if row and clock.now() - row.checked_at < (KNOWN_FOR if row.known else UNKNOWN_FOR):
        return _info(row) if row.known else None
    return refresh(symbol)


def refresh(symbol: str) -> SymbolInfo | None:
    """Ask the vendor what a symbol is and keep the answer; None when it does not know it."""
    info = vendor().lookup(symbol)
    facts = {"name": info.name[:200], "type": info.type, "exchange": info.exchange} if info else {}
    SymbolReference.objects.update_or_create(
        pk=symbol, defaults={**facts, "known": info is not None, "checked_at": clock.now()}
    )
    return info


def _info(row: SymbolReference) -> SymbolInfo:
    return SymbolInfo(row.symbol, row.name, row.type, row.exchange)
