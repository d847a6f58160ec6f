"""Which contract a leg is: its root, its name and how it settles."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import numpy as np

from config.http.errors import InvalidInput
from market.pure.contract_names import Contract
from options_engine.pure.contracts import settles_at_open as am_settled
from positions.pure.structures import Kind, Leg

STANDARD: Final = Decimal(100)
ONE: Final = Decimal(1)
# The indexes whose options settle on opening prices under their own name, and on closing prices under this one.
CLOSING_ROOTS: Final = {"SPX": "SPXW", "NDX": "NDXP", "RUT": "RUTW", "VIX": "VIX"}


def root_of(symbol: str, asked: str | None) -> str:
    """Return the root of a symbol's options: the one asked for, else the one that settles on closing prices.

    Raises
    ------
    InvalidInput
        If the symbol has no options of that root, or they are adjusted: what those deliver is not known.
    """
    plain = symbol.replace(".", "")
    usual = CLOSING_ROOTS.get(symbol, plain)
    if asked is None:
        return usual
    known = {plain, usual, *(["VIXW"] if symbol == "VIX" else [])}
    if asked not in known:
        raise InvalidInput(issues=[f"root: expected {' or '.join(sorted(known))} for {symbol}"])
    return asked


def name(leg: Leg) -> str:
    """Return the contract's name at the Options Clearing Corporation, or the ticker of a stock."""
    if leg.kind is Kind.STOCK:
        return leg.root
    assert leg.expiry is not None and leg.strike is not None  # noqa: S101, PT018 -- every option's leg has them
    return Contract(leg.root, leg.expiry, leg.kind is Kind.CALL, leg.strike).name


def settles_at_open(leg: Leg) -> bool:
    """Say whether it is AM-settled."""
    return leg.kind is not Kind.STOCK and bool(am_settled(np.array([leg.root]))[0])


def multiplier(leg: Leg) -> Decimal:
    """Return how many shares one is of."""
    return ONE if leg.kind is Kind.STOCK else STANDARD
