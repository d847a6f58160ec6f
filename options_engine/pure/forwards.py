"""The forward and the discount that calls and puts of one expiry agree on, from put-call parity."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np

from market.pure.bars import Floats, Ints
from options_engine.pure.contracts import Bools, Days
from options_engine.pure.implied_volatility import Reasons

LEAST_PAIRS: Final = 3
# Further away from the forward quotes are wider and American puts are exercised early.
MOST_PAIRS: Final = 40
REACH: Final = 0.10  # of the forward
# Rates from -10 % to 35 % over two years; beyond, the quotes are wrong.
LEAST_DISCOUNT, MOST_DISCOUNT = 0.5, 1.2
_SD_OF_MAD: Final = 1.4826
_OUTLYING: Final = 4.0  # robust standard deviations


class ForwardReason(IntEnum):
    """Why an expiry has a forward, or why not."""

    FOUND = 0
    TOO_FEW_PAIRS = 1
    NO_DISCOUNT = 2  # the fitted slope is none


@dataclass(frozen=True, slots=True, eq=False)
class Forwards:
    """What parity says of each expiry, arrays of shape (e,).

    Attributes
    ----------
    expiry : shape (e,)
        The keys, ascending.
    forward : float64
        NaN where it cannot be had. [USD, or index points]
    discount : float64
        Of a dollar at expiry: fitted, or as it was given. [1]
    forward_error, discount_error : float64
        One standard error, by how far the pairs are from parity; 0 for a discount that was given. [USD], [1]
    pairs : int64
        Strikes that were used.
    refused : int64
        Strikes near the money that were out of line with the others.
    reason : int8
        A `ForwardReason`.
    """

    expiry: Days
    forward: Floats
    discount: Floats
    forward_error: Floats
    discount_error: Floats
    pairs: Ints
    refused: Ints
    reason: Reasons


@dataclass(frozen=True, slots=True)
class _Fit:
    reason: ForwardReason
    forward: float = np.nan
    discount: float = np.nan
    forward_error: float = np.nan
    discount_error: float = np.nan
    pairs: int = 0
    refused: int = 0


def of_quotes(
    expiry: Days, strike: Floats, is_call: Bools, bid: Floats, ask: Floats, *, discount: Floats | None = None
) -> Forwards:
    """Return the forward of every expiry by regression of C - P = D (F - K) on strikes near the money.

    Parameters
    ----------
    expiry : array, shape (n,)
        What tells expiries apart: dates, or numbers where AM- and PM-settled contracts share a date.
    strike, bid, ask : float64, shape (n,)
        Contracts without both, with a bid that is not above 0 or an ask that is not above the bid, are not used; nor
        are those of a strike that has several calls or puts. [USD, or index points]
    is_call : bool, shape (n,)
    discount : float64, shape (n,), optional
        What a dollar at each contract's expiry is worth, from a curve; the slope is then not fitted. Few or noisy
        strikes say much about the forward and little about the discount. [1]

    Returns
    -------
    Forwards

    Notes
    -----
    A pair weighs as its spreads are tight; at most `MOST_PAIRS` pairs within `REACH` are used; and one that is further
    from the line than its quotes are wide, and than four times what is usual, is refused. Parity is exact for
    European options; early exercise of American ones makes the forward of a long expiry a little too low.
    """
    keys, which = np.unique(expiry, return_inverse=True)
    quoted = np.isfinite(strike) & (bid > 0) & (ask > bid)
    fits = []
    for index in range(len(keys)):
        there = quoted & (which == index)
        known = None if discount is None else float(discount[which == index][0])
        fits.append(_fit(*_pairs(strike[there], is_call[there], bid[there], ask[there]), known))
    return Forwards(
        expiry=keys,
        forward=np.array([fit.forward for fit in fits], dtype=np.float64),
        discount=np.array([fit.discount for fit in fits], dtype=np.float64),
        forward_error=np.array([fit.forward_error for fit in fits], dtype=np.float64),
        discount_error=np.array([fit.discount_error for fit in fits], dtype=np.float64),
        pairs=np.array([fit.pairs for fit in fits], dtype=np.int64),
        refused=np.array([fit.refused for fit in fits], dtype=np.int64),
        reason=np.array([fit.reason for fit in fits], dtype=np.int8),
    )


def _pairs(strike: Floats, is_call: Bools, bid: Floats, ask: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the strikes that one call and one put are quoted at, C - P of the middles, and how wide they are."""
    (calls, call_at, call_times), (puts, put_at, put_times) = (
        np.unique(strike[side], return_index=True, return_counts=True) for side in (is_call, ~is_call)
    )
    both, of_calls, of_puts = np.intersect1d(
        calls[call_times == 1], puts[put_times == 1], assume_unique=True, return_indices=True
    )
    middle, half = 0.5 * (bid + ask), 0.5 * (ask - bid)
    call = np.flatnonzero(is_call)[call_at[call_times == 1][of_calls]]
    put = np.flatnonzero(~is_call)[put_at[put_times == 1][of_puts]]
    return both, middle[call] - middle[put], half[call] + half[put]


def _fit(strike: Floats, gap: Floats, width: Floats, discount: float | None) -> _Fit:
    """Return the line through the pairs of one expiry, gap = discount (forward - strike)."""
    if len(strike) < LEAST_PAIRS:
        return _Fit(ForwardReason.TOO_FEW_PAIRS, pairs=len(strike))
    # Where call and put cost the same; the median of seven, as the single best may be a bad quote.
    inner = np.argsort(np.abs(gap))[:7]
    money = float(np.median(strike[inner] + gap[inner]))
    near = np.argsort(np.abs(strike - money), kind="stable")[:MOST_PAIRS]
    near = near[np.abs(strike[near] - money) <= REACH * money]
    if len(near) < LEAST_PAIRS:
        return _Fit(ForwardReason.TOO_FEW_PAIRS, pairs=len(near))
    strike, gap, width = strike[near], gap[near], width[near]
    slope = _middle_slope(strike, gap) if discount is None else -discount
    off = gap - slope * strike
    off = np.abs(off - np.median(off))
    kept = off <= np.maximum(width, _OUTLYING * _SD_OF_MAD * np.median(off))
    if kept.sum() < LEAST_PAIRS:
        return _Fit(ForwardReason.TOO_FEW_PAIRS, pairs=int(kept.sum()), refused=int((~kept).sum()))
    return _line(strike[kept], gap[kept], width[kept] ** -2.0, discount, int((~kept).sum()))


def _middle_slope(strike: Floats, gap: Floats) -> float:
    """Return the median slope between any two pairs (Theil and Sen), which three bad ones in ten cannot move far."""
    one, other = np.triu_indices(len(strike), 1)
    return float(np.median((gap[one] - gap[other]) / (strike[one] - strike[other])))


def _line(strike: Floats, gap: Floats, weight: Floats, discount: float | None, refused: int) -> _Fit:
    centre, level = np.average(strike, weights=weight), np.average(gap, weights=weight)
    spread = strike - centre
    leverage = float((weight * spread * spread).sum())
    fitted = -float((weight * spread * gap).sum()) / leverage if discount is None else discount
    if not LEAST_DISCOUNT <= fitted <= MOST_DISCOUNT:
        return _Fit(ForwardReason.NO_DISCOUNT, pairs=len(strike), refused=refused)
    freedom = len(strike) - (2 if discount is None else 1)
    scatter = float((weight * (gap - level + fitted * spread) ** 2).sum()) / freedom
    discount_error = np.sqrt(scatter / leverage) if discount is None else 0.0
    level_error = np.sqrt(scatter / weight.sum())
    return _Fit(
        ForwardReason.FOUND,
        forward=float(centre + level / fitted),
        discount=fitted,
        forward_error=float(np.hypot(level_error, discount_error * level / fitted) / fitted),
        discount_error=float(discount_error),
        pairs=len(strike),
        refused=refused,
    )
