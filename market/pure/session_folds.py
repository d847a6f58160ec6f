"""Intraday bars of many sessions, with the session's VWAP as it stood at the end of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from market.pure.bars import Bars, Floats
from market.pure.indicators import VwapLine, session_vwap
from market.pure.resample import fold, session_edges
from market.pure.sessions import Session

_COLUMNS = 9


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """Bars of some sessions.

    Attributes
    ----------
    bars : Bars
        Ascending.
    vwap, sigma : float64, shape (len(bars),)
        The session's VWAP and its spread when the bar ended; NaN outside regular hours and without volume. [price]
    """

    bars: Bars
    vwap: Floats
    sigma: Floats

    @classmethod
    def empty(cls) -> Self:
        """Return no bars."""
        return cls(Bars.empty(), np.empty(0), np.empty(0))

    def followed_by(self, later: Folded) -> Folded:
        """Return both, one behind the other; `later` must be later."""
        if not len(self.bars) or not len(later.bars):
            return later if len(later.bars) else self
        return Folded(
            bars=self.bars.extended(later.bars),
            vwap=np.concatenate([self.vwap, later.vwap]),
            sigma=np.concatenate([self.sigma, later.sigma]),
        )

    def pack(self) -> bytes:
        """Return the bars and their lines as little-endian float64 rows."""
        return np.column_stack([self.bars.rows(), self.vwap, self.sigma]).astype("<f8").tobytes()

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """Return what `pack` wrote."""
        rows = np.frombuffer(packed, dtype="<f8").reshape(-1, _COLUMNS).astype(np.float64)
        return cls(Bars.from_rows(rows[:, :7]), rows[:, 7], rows[:, 8])


def fold_sessions(
    minutes: Bars, sessions: Sequence[Session], *, step_s: int, extended: bool, volume: Floats | None = None
) -> Folded:
    """Merge minutes to longer bars that begin at each session's open.

    Parameters
    ----------
    minutes : Bars
        Minutes of these sessions, extended hours among them.
    sessions : sequence of Session
        Ascending; minutes outside of them are left out.
    step_s : int
        Length of a bar. [seconds]
    extended : bool
        Whether bars before the open and after the close are kept.
    volume : float64, shape (len(minutes),), optional
        What VWAP weighs with instead of the minutes' own volume. [shares]

    Returns
    -------
    Folded
        A bar per `step_s` from each open on that has a minute in it.
    """
    if not sessions or not len(minutes):
        return Folded.empty()
    line = _lines(minutes, sessions, volume)
    kept = _within(minutes, sessions, extended=extended)
    inside = minutes.take(kept)
    edges = session_edges(
        inside.ts,
        starts=np.array([int(session.pre_at.timestamp()) for session in sessions]),
        opens=np.array([session.open_ts for session in sessions]),
        step_s=step_s,
    )
    bars = fold(inside, edges)
    ends = np.searchsorted(edges, bars.ts, side="right") - 1
    return Folded(bars=bars, vwap=line.vwap[kept][ends], sigma=line.sigma[kept][ends])


def _lines(minutes: Bars, sessions: Sequence[Session], volume: Floats | None) -> VwapLine:
    vwap, sigma = np.full(len(minutes), np.nan), np.full(len(minutes), np.nan)
    for session in sessions:
        part = slice(*np.searchsorted(minutes.ts, (session.open_ts, session.close_ts)))
        line = session_vwap(minutes.take(part), None if volume is None else volume[part])
        vwap[part], sigma[part] = line.vwap, line.sigma
    return VwapLine(vwap=vwap, sigma=sigma)


def _within(minutes: Bars, sessions: Sequence[Session], *, extended: bool) -> np.ndarray:
    kept = np.zeros(len(minutes), dtype=bool)
    for session in sessions:
        first, last = (
            (int(session.pre_at.timestamp()), int(session.post_at.timestamp()))
            if extended
            else (session.open_ts, session.close_ts)
        )
        kept[slice(*np.searchsorted(minutes.ts, (first, last)))] = True
    return kept
