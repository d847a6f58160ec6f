"""A market whose quotes a test writes out: contracts by `5900C`, and what shares cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from market.pure.contract_marks import Mark
from market.vendors.protocol import NAN, Quote
from market.vendors.reference import Told
from tests.market.fakes import FakeVendor
from tests.positions.conftest import contract


class QuotedMarket(FakeVendor):
    """A vendor that knows the marks it was given; those of `away` it cannot tell, so that its answer is partial.

    `quotes` are what the feed has of underlyings.
    """

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, Mark] = {}
        self.quotes: dict[str, Quote] = {}
        self.away: set[str] = set()
        self.asked: list[int] = []
        self.calls = Counter()

    def quote(self, text: str, bid: float, ask: float, *, root: str = "SPXW", **more: Any) -> str:
        """Say what a contract `+1C5900` costs, by a quote of `at`, and return its name."""
        name = contract(text, root=root)
        figures = dict.fromkeys(("last", "iv", "delta", "gamma", "theta", "vega", "open_interest"), NAN)
        self.told[name] = Mark(name, bid=bid, ask=ask, **{"at": None, **figures, **more})
        return name

    def share(self, symbol: str, price: float, at: datetime, *, stale: bool = False) -> None:
        """Say what an underlying costs."""
        self.quotes[symbol] = Quote(symbol, price, price, NAN, at, stale=stale)

    def later(self, at: datetime) -> None:
        """Make every quote one of this moment."""
        self.told = {name: replace(mark, at=at) for name, mark in self.told.items()}

    def contract_marks(self, tickers: Collection[str], *, now: datetime) -> Told[Mark]:
        self.asked.append(len(tickers))
        gone = {name for name in tickers if any(name.startswith(root) for root in self.away)}
        rows = tuple(self.told[name] for name in tickers if name in self.told and name not in gone)
        return Told(rows, as_of=now, source=self.name, partial=bool(gone))
