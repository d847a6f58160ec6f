"""Numbers as a trader reads them: money, signed money, points, percent, large numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

MINUS: Final = "-"
# Unit, from which size on it is used, letter: 999,950 reads 1.0M, not 1,000.0K.
_COMPACT: Final = ((1e9, 0.99995e9, "B"), (1e6, 0.99995e6, "M"), (1e3, 1e3, "K"))

Number = float | int | Decimal | str | None


def number(value: object) -> float | None:
    """Return the value as a finite float; None when it is no number, so that nothing is ever invented.

    Numeric text counts as a number (old rows carry it), booleans do not.
    """
    if value is None or isinstance(value, bool) or not isinstance(value, float | int | Decimal | str):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def rounded(value: float, places: int) -> Decimal:
    """Return the value rounded half up, the way a trader rounds: 0.005 is 0.01.

    Parameters
    ----------
    value : float
        Finite.
    places : int
        Digits behind the point, 0 or more.

    Returns
    -------
    Decimal
        Zero never carries a minus sign.
    """
    # repr gives the shortest text that means this float, so 1.005 rounds as it reads.
    result = Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return abs(result) if result == 0 else result


def money(value: Number) -> str | None:
    """Return `$5,012.37`, with the sign before the dollar; None when there is no number. [USD or points]"""
    return _with_sign(value, lambda amount: f"${amount:,.2f}", plus="")


def pnl(value: Number) -> str | None:
    """Return `+$1,234.50` or `-$87.00`: the sign is always printed, except on zero. [USD]"""
    return _with_sign(value, lambda amount: f"${amount:,.2f}")


def strike(value: Number) -> str | None:
    """Return a strike without trailing zeros: `$6,050`, `$42.5`. [USD]"""
    found = number(value)
    if found is None:
        return None
    text = f"{rounded(found, 3):,f}"
    return "$" + (text.rstrip("0").rstrip(".") if "." in text else text)


def points(value: Number) -> str | None:
    """Return `12.40 pts`. [points]"""
    found = number(value)
    return None if found is None else f"{rounded(found, 2):,.2f} pts"


def change(value: Number) -> str | None:
    """Return a signed difference of two prices: `+8.41`, `-0.20`, `0.00`. [USD or points]"""
    return _with_sign(value, lambda amount: f"{amount:,.2f}")


def percent(value: Number, places: int = 2) -> str | None:
    """Return `61%` or `0.14%`, with a minus where it is negative. [percent, not a fraction]"""
    return _with_sign(value, lambda amount: f"{amount:,.{places}f}%", plus="", places=places)


def change_percent(value: Number, places: int = 2) -> str | None:
    """Return a signed percentage: `+0.14%`. [percent, not a fraction]"""
    return _with_sign(value, lambda amount: f"{amount:,.{places}f}%", places=places)


def compact(value: Number) -> str | None:
    """Return `1.2K`, `3.4M` or `5.0B` with one decimal; below a thousand the whole number."""
    found = number(value)
    if found is None:
        return None
    sign = MINUS if found < 0 else ""
    size = abs(found)
    for unit, least, letter in _COMPACT:
        if size >= least:
            return f"{sign}{rounded(size / unit, 1)}{letter}"
    return f"{sign}{rounded(size, 0)}"


def confidence(value: Number) -> str | None:
    """Return `81%` for a confidence that arrives as 0.81 or as 81; None outside 0 to 100."""
    found = number(value)
    if found is None or not 0 <= found <= 100:  # noqa: PLR2004 -- the two scales of the wire
        return None
    return f"{rounded(found * 100 if found <= 1 else found, 0)}%"


def _with_sign(value: Number, body: Callable[[Decimal], str], *, plus: str = "+", places: int = 2) -> str | None:
    found = number(value)
    if found is None:
        return None
    amount = rounded(found, places)
    sign = MINUS if amount < 0 else plus if amount > 0 else ""
    return sign + body(abs(amount))
