"""What single option contracts cost, whatever their underlyings, and the packed form of it for the stores."""

from __future__ import annotations

import math
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

import numpy as np

from market.pure.chain import Chain
from market.pure.contract_names import names

NAN: Final = float("nan")
FIGURES: Final = ("bid", "ask", "last", "iv", "delta", "gamma", "theta", "vega", "open_interest", "underlying_price")
# What a row of a chain says of itself; the price of the underlying is the whole chain's.
_OF_ROW: Final = FIGURES[:-1]
_PACKED: Final = struct.Struct(f"<{len(FIGURES)}d2d?")


@dataclass(frozen=True, slots=True)
class Mark:
    """What one contract costs, for one share of it. What the vendor does not say is NaN, never 0.

    Attributes
    ----------
    ticker : str
        The contract's name, such as SPXW260220C06970000.
    bid, ask : float
        The newest quote; a bid of 0 is nobody's bid. [USD]
    last : float
        Price of today's last trade; NaN when there was none. [USD]
    iv : float
        The vendor's implied volatility, 0.20 for 20 %. [1/sqrt(year)]
    delta, gamma, theta, vega : float
        The vendor's; theta a calendar day, vega a volatility point.
    open_interest : float
        Contracts open at the end of the session before.
    at : datetime, aware, or None
        When the quote was made, in market time.
    underlying_price : float
        What the vendor says beside the quote that the underlying costs. [USD, or index points]
    last_at : datetime, aware, or None
        When the last trade was made.
    delayed : bool
        The vendor's plan is not real-time.
    """

    ticker: str
    bid: float
    ask: float
    last: float
    iv: float
    delta: float
    gamma: float
    theta: float
    vega: float
    open_interest: float
    at: datetime | None
    underlying_price: float = NAN
    last_at: datetime | None = None
    delayed: bool = False

    @property
    def mid(self) -> float:
        """Between bid and ask; NaN without both."""
        return (self.bid + self.ask) / 2

    def pack(self) -> bytes:
        """Return everything but the name as one piece."""
        figures = (getattr(self, name) for name in FIGURES)
        return _PACKED.pack(*figures, _seconds(self.at), _seconds(self.last_at), self.delayed)

    @classmethod
    def unpack(cls, ticker: str, packed: bytes) -> Self:
        """Return the mark that `pack` wrote.

        Raises
        ------
        ValueError
            If something else wrote it, or a release with other figures.
        """
        try:
            *figures, at, last_at, delayed = _PACKED.unpack(packed)
        except struct.error as trouble:
            raise ValueError(f"{ticker}: not a packed mark: {trouble}") from trouble
        told = dict(zip(FIGURES, figures, strict=True))
        return cls(ticker, **told, at=_instant(at), last_at=_instant(last_at), delayed=delayed)


@dataclass(frozen=True, slots=True)
class Marks:
    """What is known of some contracts: each of them stands in one of the three.

    Attributes
    ----------
    marks : mapping of str to Mark
        By name, ascending.
    missing : tuple of str
        The vendor does not know these, or they are no names of contracts; ascending.
    failed : mapping of str to str
        Nobody could be asked about these: by name, ascending, why.
    """

    marks: Mapping[str, Mark]
    missing: tuple[str, ...]
    failed: Mapping[str, str]


def of_chain(chain: Chain, wanted: Collection[str]) -> list[Mark]:
    """Return the rows of a chain that have these names, in the chain's order; the quotes are as old as the chain."""
    listed = names(chain.root, chain.expiry, chain.is_call, chain.strike)
    chosen = set(wanted)
    rows = np.array([row for row, name in enumerate(listed) if name in chosen], dtype=np.int64)
    columns = [getattr(chain, name)[rows].tolist() for name in _OF_ROW]
    return [
        Mark(
            listed[row],
            **dict(zip(_OF_ROW, told, strict=True)),
            at=chain.as_of,
            underlying_price=chain.spot,
            delayed=chain.delayed,
        )
        for row, *told in zip(rows.tolist(), *columns, strict=True)
    ]


def _seconds(at: datetime | None) -> float:
    return NAN if at is None else at.timestamp()


def _instant(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if math.isfinite(seconds) else None
