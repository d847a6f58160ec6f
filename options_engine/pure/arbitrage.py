"""Free money in quotes: spreads that cost less than nothing even when bought at the asks and sold at the bids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from market.pure.bars import Floats, Ints
from options_engine.pure.contracts import Bools

VERTICAL, BUTTERFLY, CALENDAR = 6, 7, 8  # as `quotes.Verdict` counts them
_REACH: Final = (1, 2, 3)  # strikes to each side that a quote is held against
_ROUNDING: Final = 1e-9  # of the forward
_COLUMNS: Final = ("series", "strike", "is_call", "bid", "ask", "t_years", "forward", "discount")


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """Quotes of one underlying, every array of shape (n,).

    Attributes
    ----------
    series : int64
        Tells apart what has an expiry and a settlement of its own.
    strike, bid, ask : float64
        [USD, or index points]
    is_call : bool
    t_years : float64
        Time to expiry. [years]
    forward : float64
        Of the series; NaN where it is not known: no calendar spreads are looked at then. [USD, or index points]
    discount : float64
        What a dollar at expiry is worth, 1 for American options. [1]
    """

    series: Ints
    strike: Floats
    is_call: Bools
    bid: Floats
    ask: Floats
    t_years: Floats
    forward: Floats
    discount: Floats

    def take(self, where: Bools | Ints) -> Self:
        """Return some of the quotes."""
        return replace(self, **{name: getattr(self, name)[where] for name in _COLUMNS})


@dataclass(frozen=True, slots=True, eq=False)
class Worst:
    """Quotes that are in no violation in which another one is more to blame.

    Attributes
    ----------
    contract : int64, shape (w,)
        Their places.
    kind : int8, shape (w,)
        What they violate most.
    """

    contract: Ints
    kind: npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    # Violations of one kind, with the quotes in each and what of the profit each would have to give up.
    kind: int
    members: Ints  # (v, 2) or (v, 3)
    shares: Floats  # of the same shape
    profit: Floats  # (v,)


def violations(market: Market) -> Worst:
    """Return the quotes to blame for spreads that are free money; none where there is no such spread.

    Blame is a quote's share of the profits of all violations that it is in. Calendar spreads are looked at when all
    others are in order, as one wrong quote has dozens of them.
    """
    if not len(market.strike):
        return _blamed(0, [])
    order = np.lexsort((market.strike, market.is_call, market.series))
    ordered = market.take(order)
    found = [each for each in (*_verticals(ordered), *_butterflies(ordered)) if len(each.profit)]
    found = found or [each for each in _calendars(ordered) if len(each.profit)]
    worst = _blamed(len(order), found)
    return Worst(order[worst.contract], worst.kind)


def _together(market: Market, apart: int) -> Bools:
    """Say of which quotes the one `apart` places on is of the same series and side."""
    here, there = slice(None, -apart), slice(apart, None)
    same = (market.series[here] == market.series[there]) & (market.is_call[here] == market.is_call[there])
    return np.asarray(same & (market.strike[here] < market.strike[there]))


def _verticals(market: Market) -> Iterator[_Found]:
    for apart in _REACH:
        low = np.flatnonzero(_together(market, apart))
        high = low + apart
        # What is worth more: the lower strike of calls, the higher of puts.
        dear = np.where(market.is_call[low], low, high)
        cheap = np.where(market.is_call[low], high, low)
        width = (market.strike[high] - market.strike[low]) * market.discount[low]
        for profit in (market.bid[cheap] - market.ask[dear], market.bid[dear] - market.ask[cheap] - width):
            yield _found(VERTICAL, (low, high), (1.0, 1.0), profit, market)


def _butterflies(market: Market) -> Iterator[_Found]:
    for back, ahead in product(_REACH, _REACH):
        low = np.flatnonzero(_together(market, back + ahead))
        body, high = low + back, low + back + ahead
        # Strikes that are listed twice lie beside each other.
        inside = (market.strike[low] < market.strike[body]) & (market.strike[body] < market.strike[high])
        low, body, high = low[inside], body[inside], high[inside]
        below = (market.strike[high] - market.strike[body]) / (market.strike[high] - market.strike[low])
        profit = market.bid[body] - below * market.ask[low] - (1.0 - below) * market.ask[high]
        yield _found(BUTTERFLY, (low, body, high), (below, 1.0, 1.0 - below), profit, market)


def _calendars(market: Market) -> Iterator[_Found]:
    """Hold every series against the next one: at the same share of the forward what lives longer is worth more."""
    scale = market.forward * market.discount
    share, bid, ask = market.strike / market.forward, market.bid / scale, market.ask / scale
    for side in (True, False):
        times = [
            (market.t_years[there[0]], there)
            for series in np.unique(market.series)
            if len(there := np.flatnonzero((market.series == series) & (market.is_call == side)))
            and np.isfinite(market.forward[there[0]])
        ]
        ordered = [there for _, there in sorted(times, key=lambda each: float(each[0]))]
        for near, far in pairwise(ordered):
            if len(far) < 2:  # noqa: PLR2004 -- nothing to lie between
                continue
            inside = near[(share[near] >= share[far[0]]) & (share[near] <= share[far[-1]])]
            above = np.clip(np.searchsorted(share[far], share[inside]), 1, len(far) - 1)
            low, high = far[above - 1], far[above]
            weight = (share[high] - share[inside]) / (share[high] - share[low])
            profit = (bid[inside] - weight * ask[low] - (1.0 - weight) * ask[high]) * scale[inside]
            yield _found(CALENDAR, (inside, low, high), (1.0, weight, 1.0 - weight), profit, market)


def _found(
    kind: int, members: tuple[Ints, ...], shares: tuple[Floats | float, ...], profit: Floats, market: Market
) -> _Found:
    there = profit > _ROUNDING * market.strike[members[0]]
    columns = [np.broadcast_to(np.asarray(share, dtype=np.float64), profit.shape)[there] for share in shares]
    return _Found(kind, np.stack(members, axis=1)[there], np.stack(columns, axis=1), profit[there])


def _blamed(count: int, found: list[_Found]) -> Worst:
    blame = np.zeros((CALENDAR + 1, count))
    for each in found:
        np.add.at(blame[each.kind], each.members.ravel(), (each.shares * each.profit[:, None]).ravel())
    total = blame.sum(axis=0)
    rank = np.empty(count, dtype=np.int64)
    rank[np.argsort(total, kind="stable")] = np.arange(count)  # no two alike, so that of each violation one is worst
    spared = total <= 0
    for each in found:
        ranks = rank[each.members]
        spared[each.members[ranks < ranks.max(axis=1, keepdims=True)]] = True
    worst = np.flatnonzero(~spared)
    return Worst(worst, blame[:, worst].argmax(axis=0).astype(np.int8))
