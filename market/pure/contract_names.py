"""Names of option contracts as the Options Clearing Corporation writes them, without padding: SPXW260220C06970000."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

import numpy as np

from market.pure.bars import Floats
from market.pure.chain import Bools, Days, Texts

# Root (a trailing digit marks an adjusted contract), then exactly 15 characters: YYMMDD, C or P, strike in thousandths.
_NAME: Final = re.compile(r"([A-Z][A-Z.]{0,5}[0-9]?)([0-9]{6})([CP])([0-9]{8})")
_CENTURY: Final = 2000
_PLACES: Final = 3
EXAMPLE: Final = "SPXW260220C06970000"


@dataclass(frozen=True, slots=True)
class Contract:
    """One option contract, as its name says it.

    Attributes
    ----------
    root : str
        What comes before the date; one underlying may have several, SPX and SPXW.
    expiry : date
        New York date.
    is_call : bool
    strike : Decimal
        A whole number of thousandths. [USD, or index points]
    """

    root: str
    expiry: date
    is_call: bool
    strike: Decimal

    @property
    def is_adjusted(self) -> bool:
        """It delivers something else than a hundred shares, after a split or the like."""
        return self.root[-1:].isdigit()

    @property
    def name(self) -> str:
        """The contract's name.

        Raises
        ------
        ValueError
            If its root, date or strike does not fit into one.
        """
        thousandths = self.strike.scaleb(_PLACES)
        if thousandths.is_finite():
            side = "C" if self.is_call else "P"
            made = f"{self.root}{self.expiry:%y%m%d}{side}{int(thousandths):08d}"
            # What is read back is the same only where nothing was cut off.
            if parsed(made) == self:
                return made
        raise ValueError(f"{self}: no name of an option contract says this")


def parse(name: str) -> Contract:
    """Return the contract that a name says.

    Raises
    ------
    ValueError
        If it is no such name.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"{name!r}: expected the name of an option contract, such as {EXAMPLE}")
    root, day, side, thousandths = match.groups()
    try:
        expiry = date(_CENTURY + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        raise ValueError(f"{name!r}: {day} is no date, expected year, month and day, such as 260220") from None
    if int(thousandths) == 0:
        raise ValueError(f"{name!r}: expected a strike above 0")
    return Contract(root, expiry, side == "C", Decimal(thousandths).scaleb(-_PLACES))


def parsed(name: str) -> Contract | None:
    """Return the contract that a name says, None when it is no such name."""
    try:
        return parse(name)
    except ValueError:
        return None


def names(root: Texts, expiry: Days, is_call: Bools, strike: Floats) -> list[str]:
    """Return the names of contracts given as columns, each of shape (n,); strikes are rounded to thousandths."""
    if not len(strike):
        return []  # numpy has no longest of no texts
    days = np.strings.slice(np.strings.replace(expiry.astype("datetime64[D]").astype(np.str_), "-", ""), 2, 8)
    thousandths = np.strings.zfill(np.rint(1000.0 * strike).astype(np.int64).astype(np.str_), 8)
    sides = np.where(is_call, "C", "P")
    parts = np.strings.add(np.strings.add(root, days), np.strings.add(sides, thousandths))
    return [str(name) for name in parts.tolist()]
