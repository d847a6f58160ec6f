"""What Massive calls things: plain stocks, indexes behind `I:`, options behind `O:`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

INDEX_PREFIX = "I:"
OPTION_PREFIX = "O:"

# Root (a trailing digit marks an adjusted contract), then exactly 15 characters: YYMMDD, C or P, strike in thousandths.
_OPTION = re.compile(r"O:([A-Z][A-Z.]{0,5}[0-9]?)([0-9]{6})([CP])([0-9]{8})")
_THOUSANDTHS = 1000
_CENTURY = 2000


@dataclass(frozen=True, slots=True)
class OptionTicker:
    """One listed contract, as its ticker names it.

    Attributes
    ----------
    root : str
        What comes before the date, such as SPXW.
    expiry : date
        New York date.
    is_call : bool
    strike : float
        A whole number of thousandths. [USD, or index points]
    """

    root: str
    expiry: date
    is_call: bool
    strike: float


def to_symbol(ticker: str) -> str:
    """Return our name of a stock, fund or index of Massive's."""
    return ticker.removeprefix(INDEX_PREFIX)


def of_option(contract: OptionTicker) -> str:
    """Return the ticker of a contract.

    Raises
    ------
    ValueError
        If its strike or date does not fit into one.
    """
    thousandths = round(contract.strike * _THOUSANDTHS)
    side = "C" if contract.is_call else "P"
    ticker = f"{OPTION_PREFIX}{contract.root}{contract.expiry:%y%m%d}{side}{thousandths:08d}"
    if thousandths / _THOUSANDTHS != contract.strike or to_option(ticker) != contract:
        raise ValueError(f"{contract}: no ticker says this")
    return ticker


def to_option(ticker: str) -> OptionTicker | None:
    """Return the contract that a ticker names, None when it names none."""
    match = _OPTION.fullmatch(ticker)
    if match is None:
        return None
    root, day, side, thousandths = match.groups()
    try:
        expiry = date(_CENTURY + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        return None
    return OptionTicker(root, expiry, side == "C", int(thousandths) / _THOUSANDTHS)
