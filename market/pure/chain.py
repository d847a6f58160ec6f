"""An option chain as arrays, and its packed form for the stores."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from io import BytesIO
from typing import Final, Self
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from market.pure.bars import Floats, Ints

Bools = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]
Texts = npt.NDArray[np.str_]

NAN: Final = float("nan")
FIGURES = ("bid", "ask", "last", "volume", "open_interest", "iv", "delta", "gamma", "theta", "vega")
FACTS = ("symbol", "spot", "delayed", "partial", "spot_ts", "quotes_ts")
COLUMNS = ("root", "expiry", "strike", "is_call", *FIGURES, "shares_per_contract")


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Listed options of one underlying as a vendor tells them. What it does not tell is NaN, never 0.

    Attributes
    ----------
    symbol : str
        Our name of the underlying.
    spot : float
        What the underlying cost then. [USD, or index points]
    as_of : datetime, aware
        When the chain was read, in market time.
    root : str, shape (n,)
        What comes before the date in the contract's name; one underlying may have several, SPX and SPXW.
    expiry : datetime64[D], shape (n,)
        New York date.
    strike : float64, shape (n,)
        [USD, or index points]
    is_call : bool, shape (n,)
    bid, ask : float64, shape (n,)
        The quote of one share; a bid of 0 is nobody's bid. [USD]
    last : float64, shape (n,)
        Price of today's last trade; NaN when there was none. [USD]
    volume : float64, shape (n,)
        Contracts traded today.
    open_interest : float64, shape (n,)
        Contracts open at the end of the session before.
    iv : float64, shape (n,)
        The vendor's implied volatility, 0.20 for 20 %. [1/sqrt(year)]
    delta, gamma, theta, vega : float64, shape (n,)
        The vendor's, of one share; theta a calendar day, vega a volatility point.
    shares_per_contract : float64, shape (n,)
        100 unless adjusted.
    delayed : bool
        The vendor's plan is not real-time.
    partial : bool
        Contracts are missing because an answer of the vendor got lost.
    spot_ts, quotes_ts : float
        When the spot and the newest of the quotes were made, where the vendor says so, else NaN. [Unix seconds]

    Raises
    ------
    ValueError
        If the columns differ in length.
    """

    symbol: str
    spot: float
    as_of: datetime
    root: Texts
    expiry: Days
    strike: Floats
    is_call: Bools
    bid: Floats
    ask: Floats
    last: Floats
    volume: Floats
    open_interest: Floats
    iv: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats
    shares_per_contract: Floats
    delayed: bool = False
    partial: bool = False
    spot_ts: float = NAN
    quotes_ts: float = NAN

    def __post_init__(self) -> None:
        lengths = {name: len(getattr(self, name)) for name in COLUMNS}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"{self.symbol}: columns of a chain differ in length: {lengths}")

    def __len__(self) -> int:
        return len(self.strike)

    @property
    def expiries(self) -> list[date]:
        """The dates on which anything expires, ascending."""
        found: list[date] = np.unique(self.expiry).astype("datetime64[D]").tolist()
        return found

    @property
    def skew_s(self) -> float:
        """How far apart spot and newest quote were made; NaN where the vendor does not say. [seconds]."""
        return abs(self.spot_ts - self.quotes_ts)

    def take(self, where: Bools | Ints) -> Self:
        """Return the chain of the contracts that `where` selects."""
        return replace(self, **{name: getattr(self, name)[where] for name in COLUMNS})

    def nearest(self, count: int) -> Self:
        """Return the chain of the `count` nearest dates."""
        days = np.unique(self.expiry)
        return self if len(days) <= count else self.take(self.expiry < days[count])

    def pack(self) -> bytes:
        """Return the chain as one piece, without anything that would have to be run to read it."""
        buffer = BytesIO()
        facts = {"as_of": self.as_of.isoformat(), **{name: getattr(self, name) for name in FACTS}}
        columns = {name: getattr(self, name) for name in COLUMNS}
        np.savez(buffer, allow_pickle=False, **{name: np.asarray(fact) for name, fact in facts.items()}, **columns)
        return buffer.getvalue()

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """Return the chain that `pack` wrote.

        Raises
        ------
        ValueError
            If something else wrote it, or a release with other columns.
        """
        try:
            with np.load(BytesIO(packed), allow_pickle=False) as stored:
                found = {field.name: stored[field.name] for field in fields(cls)}
        except (KeyError, OSError, EOFError, BadZipFile) as trouble:
            raise ValueError(f"not a packed chain: {trouble}") from trouble
        facts = {name: found[name].item() for name in FACTS}
        return cls(**found | facts | {"as_of": datetime.fromisoformat(found["as_of"].item())})
