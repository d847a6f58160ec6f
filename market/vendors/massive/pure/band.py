"""Which strikes of a chain are worth their pages."""

from __future__ import annotations

import math
from typing import Final

# Underlyings with an expiry a day and strikes a few points apart: whole, six dates of SPX are thirty pages.
DENSE: Final = frozenset({"SPX", "NDX", "RUT", "DJX", "XSP", "SPY", "QQQ", "IWM", "DIA"})
# Six trading days at a volatility of 20 % move one standard deviation of 3.1 %: gamma beyond 2.3 of them is a
# fourteenth of that at the money. At SPX 6,900 with a strike every 5 points this makes 10 pages, 12 with a date of two
# roots.
NEAR: Final = 0.07
USUAL_EXPIRIES: Final = 6
# Around the spot, where years away an index has a strike every hundred points and a cheap share one every five dollars.
MONEY_OF_DENSE: Final = 0.02
MONEY_OF_OTHERS: Final = 0.30


def strikes(symbol: str, spot: float, expiries: int) -> tuple[float | None, float | None]:
    """Return the lowest and highest strike worth reading, (None, None) for all of them.

    Parameters
    ----------
    symbol : str
        Ours. Only underlyings with many contracts near the money are cut; of the others every strike fits a few pages,
        and what moves more than an index needs them.
    spot : float
        NaN when unknown, then nothing is cut. [USD, or index points]
    expiries : int
        How many dates: further ones reach further, with the square root of time.

    Returns
    -------
    low, high : float
        In whole points, outwards. [USD, or index points]
    """
    if symbol not in DENSE or not spot > 0:
        return None, None
    reach = min(NEAR * math.sqrt(max(1.0, expiries / USUAL_EXPIRIES)), 0.5)
    low, high = round(spot * (1 - reach), 6), round(spot * (1 + reach), 6)
    return float(math.floor(low)), float(math.ceil(high))


def near_the_money(symbol: str, spot: float) -> tuple[float | None, float | None]:
    """Return a band of strikes in which every expiry has one, however far apart its strikes are.

    Parameters
    ----------
    symbol : str
        Ours. Underlyings with a strike every few points need a narrow one.
    spot : float
        NaN when unknown, then nothing is cut. [USD, or index points]
    """
    if not spot > 0:
        return None, None
    reach = MONEY_OF_DENSE if symbol in DENSE else MONEY_OF_OTHERS
    return float(math.floor(spot * (1 - reach))), float(math.ceil(spot * (1 + reach)))
