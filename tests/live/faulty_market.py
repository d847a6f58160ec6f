"""The made-up market with trouble put into it: no quotes come of the underlyings that a file names."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from market.errors import ProviderUnavailable
from market.pure.chain import Chain
from market.pure.contract_marks import Mark
from market.pure.contract_names import parsed
from market.vendors.protocol import MinuteSnapshot
from market.vendors.reference import Told
from simulation.pure.contracts import by_listing
from simulation.vendor import SimulatedVendor

VARIABLE = "FAULTY_MARKET"


class FaultyMarket(SimulatedVendor):
    """Tells nothing of what the file that the environment names has a line for; as a vendor whose answer lacks rows."""

    def snapshot(self, symbols: Collection[str], *, now: datetime) -> dict[str, MinuteSnapshot]:
        """Return quotes of the others."""
        return super().snapshot([symbol for symbol in symbols if symbol not in broken()], now=now)

    def option_chain(self, symbol: str, *, expiries: int, now: datetime, first: date | None = None) -> Chain:
        """Return a chain of the others."""
        if symbol in broken():
            raise ProviderUnavailable(provider=self.name, reason=f"no quotes of {symbol}")
        return super().option_chain(symbol, expiries=expiries, now=now, first=first)

    def contract_marks(self, tickers: Collection[str], *, now: datetime) -> Told[Mark]:
        """Return what contracts of the others cost; that rows are missing is said."""
        lost = broken()
        listings = by_listing(filter(None, map(parsed, tickers)))
        without = {each.name for listing, found in listings.items() if listing.symbol in lost for each in found}
        told = super().contract_marks([ticker for ticker in tickers if ticker not in without], now=now)
        return replace(told, partial=bool(without))


def broken() -> frozenset[str]:
    """Return the underlyings that are in trouble now."""
    try:
        return frozenset(Path(os.environ[VARIABLE]).read_text(encoding="utf-8").split())
    except FileNotFoundError:
        return frozenset()
