"""What the wire calls things: stocks as they are, indices with a prefix, options by root, date, side and strike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from simulation.pure.listings import INDEX, LISTINGS, Listing

OPTION = re.compile(r"O:([A-Z0-9]{1,6})(\d{6})([CP])(\d{8})")
MILLS = 1000


def listing(ticker: str) -> Listing | None:
    """Return what a ticker of the wire names; an index without its prefix, or a share with one, names nothing."""
    found = LISTINGS.get(ticker.removeprefix("I:"))
    return found if found and ticker_of(found) == ticker else None


def ticker_of(found: Listing) -> str:
    """Return what the wire calls a listing."""
    return f"I:{found.symbol}" if found.type == INDEX else found.symbol


@dataclass(frozen=True, slots=True)
class Contract:
    """An option by what its ticker says."""

    root: str
    expiry: date
    is_call: bool
    strike: float

    @property
    def ticker(self) -> str:
        """The ticker of the wire."""
        side = "C" if self.is_call else "P"
        return f"O:{self.root}{self.expiry:%y%m%d}{side}{round(self.strike * MILLS):08d}"


def contract(ticker: str) -> Contract | None:
    """Return what an option's ticker says, None when it is none."""
    match = OPTION.fullmatch(ticker)
    if match is None:
        return None
    root, ymd, side, mills = match.groups()
    try:
        expiry = date(2000 + int(ymd[:2]), int(ymd[2:4]), int(ymd[4:]))
    except ValueError:
        return None
    return Contract(root, expiry, side == "C", int(mills) / MILLS)
