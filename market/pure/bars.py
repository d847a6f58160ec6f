"""Bars of one symbol as arrays, and their packed form for the stores."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

PRICE_FIELDS = ("open", "high", "low", "close", "volume", "vwap")
_COLUMNS = 1 + len(PRICE_FIELDS)


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Bars of one symbol, ascending by open time without repeats.

    Attributes
    ----------
    ts : int64, shape (n,)
        Left edge of each bar. [Unix seconds, UTC]
    open, high, low, close : float64, shape (n,)
        Prices. [USD, or index points]
    volume : float64, shape (n,)
        Shares traded in the bar; NaN where the vendor has none (cash indices).
    vwap : float64, shape (n,)
        The vendor's volume-weighted price of the bar; NaN where it sends none.
    """

    ts: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    vwap: Floats

    @classmethod
    def empty(cls) -> Self:
        """Return bars of length zero."""
        return cls.from_rows(np.empty((0, _COLUMNS)))

    @classmethod
    def from_rows(cls, rows: Floats) -> Self:
        """Return bars from an array of shape (n, 7): ts, open, high, low, close, volume, vwap.

        Rows are sorted by time; of two with one time the later row wins. Rows that are no bar are dropped: a
        non-finite or non-positive price, or a close or open outside [low, high].
        """
        rows = rows[_is_bar(rows)]
        # Reversed, so that np.unique, which keeps the first of equals, keeps the last that came in.
        _, newest = np.unique(rows[::-1, 0], return_index=True)
        return cls._of(rows[::-1][newest])

    @classmethod
    def _of(cls, rows: Floats) -> Self:
        columns = (np.ascontiguousarray(rows[:, i]) for i in range(1, _COLUMNS))
        return cls(rows[:, 0].astype(np.int64), *columns)

    def rows(self) -> Floats:
        """Return the bars as an array of shape (n, 7), the inverse of `from_rows`."""
        return np.column_stack([self.ts.astype(np.float64), *(getattr(self, name) for name in PRICE_FIELDS)])

    def pack(self) -> bytes:
        """Return the bars as little-endian float64 rows; seconds since 1970 are exact in a float64."""
        return self.rows().astype("<f8").tobytes()

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """Return the bars that `pack` wrote.

        Raises
        ------
        ValueError
            If the length is no whole number of rows.
        """
        rows = np.frombuffer(packed, dtype="<f8").reshape(-1, _COLUMNS).astype(np.float64)
        # Stores append to what was packed, and may do so twice; what is in order is what `pack` wrote.
        return cls._of(rows) if (np.diff(rows[:, 0]) > 0).all() else cls.from_rows(rows)

    def __len__(self) -> int:
        return len(self.ts)

    def take(self, where: slice | npt.NDArray[np.bool_]) -> Self:
        """Return the bars that `where` selects."""
        return type(self)(*(getattr(self, field.name)[where] for field in fields(self)))

    def between(self, start: int, end: int) -> Self:
        """Return the bars whose left edge lies in [start, end). [Unix seconds]."""
        return self.take(slice(*np.searchsorted(self.ts, (start, end))))

    def until(self, ts: int) -> Self:
        """Return the bars whose left edge is at or before `ts`. [Unix seconds]."""
        return self.take(slice(0, int(np.searchsorted(self.ts, ts, side="right"))))

    def extended(self, other: Bars) -> Self:
        """Return both sets in one; where both have a minute, the bar of `other` stands."""
        if not len(other):
            return self
        return self.from_rows(np.concatenate([self.rows(), other.rows()]))


def _is_bar(rows: Floats) -> npt.NDArray[np.bool_]:
    opens, highs, lows, closes = rows[:, 1], rows[:, 2], rows[:, 3], rows[:, 4]
    sane: npt.NDArray[np.bool_] = (
        np.isfinite(rows[:, 0:5]).all(axis=1)
        & (lows > 0)
        & (lows <= np.minimum(opens, closes))
        & (highs >= np.maximum(opens, closes))
    )
    return sane
