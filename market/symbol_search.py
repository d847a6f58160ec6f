"""Symbols for what somebody types."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from market import answers, clock, symbols
from market.errors import InvalidSymbol, ProviderUnavailable, RateLimited
from market.pure.symbol_search import ranked
from market.vendors import vendor
from market.vendors.protocol import SymbolInfo

logger = logging.getLogger(__name__)

KEPT_S = 24 * 3600
# A vendor's page may be cut before ranking, so more is asked for than is shown.
LEAST_ASKED, MOST_ASKED = 20, 50
VENDOR = "vendor"


def answer(query: str, limit: int) -> dict[str, Any]:
    """Return the contract's `SymbolSearchResult`, the likeliest first; the popular ones when nothing is typed.

    `degraded` names the vendor when the popular ones had to stand in for it; such an answer is soon asked for again.

    Raises
    ------
    ProviderUnavailable, RateLimited
        If the vendor is away and nothing popular matches.
    """
    typed = query.strip().upper()
    if not typed:
        return {"results": _rows(symbols.popular()[:limit]), "degraded": []}
    kept = answers.remembered(
        "symbols", str(limit), typed, ttl_s=KEPT_S, now=clock.now(), compute=lambda: _search(typed, limit)
    )
    return kept.body


def _search(typed: str, limit: int) -> dict[str, Any]:
    popular = symbols.popular()
    try:
        found, degraded = list(_ask(typed, limit)), []
    except (ProviderUnavailable, RateLimited):
        logger.warning("market.symbol_search.degraded", extra={"query": typed})
        found, degraded = [], [VENDOR]
        if not ranked(popular, typed, symbols.POPULAR):
            raise
    # The likeliest are kept; they are shown in the contract's order: symbols that start with the query, then by name.
    likeliest = ranked([*found, *popular], typed, symbols.POPULAR)[:limit]
    shown = sorted(likeliest, key=lambda info: (not info.symbol.startswith(typed), info.symbol))
    return {"results": _rows(shown or popular[:limit]), "degraded": degraded}


def _ask(typed: str, limit: int) -> Iterator[SymbolInfo]:
    # The exact symbol by itself: an alphabetical page of the vendor may end before it.
    exact = vendor().lookup(typed) if symbols.GRAMMAR.fullmatch(typed) else None
    asked = min(MOST_ASKED, max(2 * limit, LEAST_ASKED))
    for info in [*([exact] if exact else []), *vendor().search(typed, asked)]:
        try:
            symbol = symbols.normalise(info.symbol)
        except InvalidSymbol:
            continue  # a vendor lists more than our grammar takes, such as units and warrants with long names
        if not symbol.startswith(symbols.FOREIGN_PREFIXES):
            yield SymbolInfo(symbol, info.name, "index" if symbol in symbols.INDEXES else info.type, info.exchange)


def _rows(found: Iterable[SymbolInfo]) -> list[dict[str, Any]]:
    return [asdict(info) for info in found]
