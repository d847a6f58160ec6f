"""What the legs of positions cost now: the vendor asked in batches, each underlying read as one chain."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import numpy as np

from market import calendar, contract_marks, feed
from market.pure.bars import Floats
from market.pure.chain import FIGURES, Chain
from market.pure.contract_marks import Mark
from market.pure.sessions import new_york_date
from market.symbols import INDEXES
from market.vendors.protocol import Quote
from options_engine import rates, readings
from options_engine.pure import reading
from options_engine.pure.rates import Curve
from positions.pure import marks
from positions.pure.facts import NAN
from positions.pure.lone_contracts import completed
from positions.pure.marks import LegMark, Told
from positions.pure.structures import Kind, Leg
from positions.pure.valuation import OpenPosition

logger = logging.getLogger(__name__)

# What somebody else has asked for within this is taken, too. [market seconds]
SHARED_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Prices:
    """What is known of everything that is held.

    Attributes
    ----------
    marks : dict of str to dict
        By underlying: the mark of each contract, shares under the name of their leg.
    spots : dict of str to float
        By underlying; NaN where nobody knows. [USD, or index points]
    failed : dict of str to str
        By contract or underlying, why nobody could be asked about it.
    missing : tuple of str
        Contracts that the vendor does not know.
    """

    marks: dict[str, dict[str, LegMark]]
    spots: dict[str, float]
    failed: dict[str, str]
    missing: tuple[str, ...]


def of(positions: Iterable[OpenPosition], *, now: datetime, max_age_s: float = SHARED_S) -> Prices:
    """Return what the legs of positions cost. What went wrong of one contract or underlying is told, and no other's.

    Raises
    ------
    redis.RedisError
        If the feed's quotes cannot be read.
    """
    held, shares = _contracts(positions)
    symbols = sorted(held.keys() | shares.keys())
    quotes = feed.quotes(symbols)
    told = contract_marks.marks([name for legs in held.values() for name in legs], now=now, max_age_s=max_age_s)
    session = calendar.session(new_york_date(now))
    market = _Market(
        now=now,
        in_session=session is not None and session.open_at <= now <= session.close_at,
        curve=rates.of(now).curve if told.marks else None,
    )
    found = Prices({}, {}, dict(told.failed), told.missing)
    for symbol in symbols:
        rows = [told.marks[name] for name in held.get(symbol, ()) if name in told.marks]
        quote = quotes.get(symbol)
        found.spots[symbol] = _spot(rows, quote)
        found.marks[symbol] = {name: market.shares(quote) for name in shares.get(symbol, ())} if quote else {}
        try:
            found.marks[symbol] |= market.options(symbol, found.spots[symbol], rows, held.get(symbol, {}))
        except Exception:
            # Numbers that no formula takes are one underlying's trouble: its rows keep what they have, and say so.
            logger.exception("positions.pricing.failed", extra={"symbol": symbol})
            found.failed[symbol] = "its quotes make no chain"
    return found


@dataclass(frozen=True, slots=True)
class _Market:
    """What all underlyings share: the time, whether quotes are made now, and the rates."""

    now: datetime
    in_session: bool
    curve: Curve | None

    def shares(self, quote: Quote) -> LegMark:
        return LegMark.of_stock(quote.price, at_ts=quote.at.timestamp(), old=quote.stale)

    def options(self, symbol: str, spot: float, rows: Sequence[Mark], held: Mapping[str, Leg]) -> dict[str, LegMark]:
        if not rows:
            return {}
        told = _told(rows)
        is_old = told.is_old(self.now.timestamp(), in_session=self.in_session)
        whole = _chain(symbol, spot, rows, [held[row.ticker] for row in rows], now=self.now)
        # An old quote must not bend the forward, nor lend its volatility to others.
        whole = replace(whole, bid=np.where(is_old, NAN, whole.bid), ask=np.where(is_old, NAN, whole.ask))
        read = reading.read(
            whole,
            readings.sessions(whole.expiries),
            european=symbol in INDEXES,
            curve=self.curve,
            in_session=self.in_session,
        )
        return marks.of_reading(completed(read), told, now_ts=self.now.timestamp(), in_session=self.in_session)


def _contracts(positions: Iterable[OpenPosition]) -> tuple[dict[str, dict[str, Leg]], dict[str, set[str]]]:
    """Return by underlying the option contracts, each by its name, and the names of shares."""
    options: defaultdict[str, dict[str, Leg]] = defaultdict(dict)
    shares: defaultdict[str, set[str]] = defaultdict(set)
    for position in positions:
        for leg in position.legs:
            if leg.leg.kind is Kind.STOCK:
                shares[position.symbol].add(leg.contract)
            else:
                options[position.symbol][leg.contract] = leg.leg
    return dict(options), dict(shares)


def _spot(rows: Collection[Mark], quote: Quote | None) -> float:
    """Return what the underlying costs: as the newest of the quotes has it beside itself, else as the feed has it."""
    beside = [row for row in rows if row.underlying_price > 0]
    if beside:
        return max(beside, key=lambda row: (row.at.timestamp() if row.at else 0.0, row.ticker)).underlying_price
    return quote.price if quote else NAN


def _told(rows: Sequence[Mark]) -> Told:
    def instants(name: str) -> Floats:
        found = [getattr(row, name) for row in rows]
        return np.array([NAN if each is None else each.timestamp() for each in found], dtype=np.float64)

    return Told(
        bid=np.array([row.bid for row in rows]),
        ask=np.array([row.ask for row in rows]),
        last=np.array([row.last for row in rows]),
        quoted_ts=instants("at"),
        last_ts=instants("last_at"),
        delayed=np.array([row.delayed for row in rows]),
    )


def _chain(symbol: str, spot: float, rows: Sequence[Mark], legs: Sequence[Leg], *, now: datetime) -> Chain:
    # What a mark does not have, such as the volume, nobody told.
    figures: dict[str, Any] = {name: np.array([getattr(row, name, NAN) for row in rows]) for name in FIGURES}
    return Chain(
        symbol=symbol,
        spot=spot,
        as_of=now,
        root=np.array([leg.root for leg in legs]),
        expiry=np.array([leg.expiry for leg in legs], dtype="datetime64[D]"),
        strike=np.array([float(leg.strike or NAN) for leg in legs]),
        is_call=np.array([leg.kind is Kind.CALL for leg in legs]),
        shares_per_contract=np.full(len(rows), 100.0),
        delayed=any(row.delayed for row in rows),
        **figures,
    )
