"""The levels of each symbol as lines along its tape: fixed ones, round numbers, and those that move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from detectors.pure.tape import Mask, Tape
from market.pure.bars import Floats, Ints
from market.pure.panel import MINUTE_S
from options_engine.pure.gex import GammaProfile

VWAP = "VWAP"
ROUND = "round"
GAMMA = ("GEX flip", "call wall", "put wall", "max GEX strike")
# The strongest first: of levels that lie together, the first gives its name.
RANKS = ("PDH", "PDL", "PDC", "PWH", "PWL", "PMH", "PML", *GAMMA, "PP", "R1", "S1", "R2", "S2", VWAP, ROUND)
# How a sentence names those that are no plain label.
PHRASES = {VWAP: "its VWAP", ROUND: "the round number", **{label: f"the {label}" for label in GAMMA}}
RANK = {label: rank for rank, label in enumerate(RANKS)}
PROFILE_FIGURES = ("flip", "call_wall", "put_wall", "max_strike")  # of a profile, in the order of GAMMA

MERGE_SHARE = 0.25  # of the tolerance: nearer than this is the same level
TOLERANCE_ATR = 0.15
TOLERANCE_OF_PRICE = 0.0006
ROUND_FROM = 1_000.0  # a session that opens at or above it counts in 25, below in 5
ROUND_STEPS = (5.0, 25.0)


@dataclass(frozen=True, slots=True, eq=False)
class LevelLines:
    """Levels that the session came near, one line each, ordered by row, then by rank, then by price.

    Attributes
    ----------
    row : int64, shape (p,)
        The symbol, as a row of the tape.
    label : tuple of str, length p
        PDH, VWAP, `round`, ...
    others : tuple of tuple of str, length p
        Weaker levels that lie on it all session, the strongest first. Those that move come and go: see `neighbours`.
    price : float64, shape (p, n)
        The level as it stood at the end of each bar, NaN where there was none. Fixed levels have one price all along.
    step : float64, shape (p,)
        Distance between round numbers; NaN for any other level. [price]
    """

    row: Ints
    label: tuple[str, ...]
    others: tuple[tuple[str, ...], ...]
    price: Floats
    step: Floats

    def near_round(self, close: Floats, which: Ints | None = None) -> Mask:
        """Say where a line may be judged: a round number only while it is one of the three nearest to the close.

        Parameters
        ----------
        close : float64, shape (q, k)
            Closes of each line's symbol.
        which : int64, shape (q,)
            The lines, all of them unless told.
        """
        step = self.step if which is None else self.step[which]
        rounds = np.flatnonzero(np.isfinite(step))
        at = self.price[rounds if which is None else which[rounds], :1]
        width = step[rounds, None]
        near = np.ones(close.shape, dtype=np.bool_)
        near[rounds] = np.abs(at - np.rint(close[rounds] / width) * width) <= 1.5 * width
        return near


def read(tape: Tape, *, reach: Floats) -> LevelLines:
    """Return the lines of all symbols that have an ATR.

    Parameters
    ----------
    reach : float64, shape (s,)
        How far beyond the session's extremes a level still matters; NaN leaves a symbol out. [price]

    Notes
    -----
    Fixed levels and round numbers nearer to each other than 0.25 max(0.15 ATR, 0.06 % of the stronger's price) are one,
    under the strongest label. Levels that move lie together at one bar and not at another: see `neighbours`.
    Which lines are read follows from how far the session went, but what a line says of a bar does not.
    """
    width = tape.close.shape[1]
    if not width:
        return LevelLines(np.empty(0, np.int64), (), (), np.empty((0, 0)), np.empty(0))
    reach = np.where(tape.panel.atr > 0, reach, np.nan)
    bottom, top = np.fmin.reduce(tape.low, axis=1) - reach, np.fmax.reduce(tape.high, axis=1) + reach
    steps = np.array(ROUND_STEPS)[(tape.open[:, 0] >= ROUND_FROM).astype(np.int64)]
    fixed, others = _merged(_fixed(tape), steps, tape.panel.atr)
    still = _Lines.join([_standing(fixed), _rounds(tape, fixed, steps)])
    still = still.take((still.price >= bottom[still.row]) & (still.price <= top[still.row]))
    moving, grid = _moving(tape, np.flatnonzero(np.isfinite(top)))
    found = _Lines.join([still, moving])
    order = np.lexsort((found.price, found.rank, found.row))
    price = np.empty((len(order), width))
    price[:] = found.price[order, None]
    moves = np.flatnonzero(order >= len(still.row))
    price[moves] = grid[order[moves] - len(still.row)]
    found = found.take(order)
    row, rank = found.row.tolist(), found.rank.tolist()
    return LevelLines(
        row=found.row,
        label=tuple(map(RANKS.__getitem__, rank)),
        others=tuple(map(others.get, zip(row, rank, strict=True), repeat(()))),
        price=price,
        step=np.where(found.rank == RANK[ROUND], steps[found.row], np.nan),
    )


def tolerance(price: Floats, atr: Floats) -> Floats:
    """Return how near is "at the level": max(0.15 ATR, 0.06 % of price); NaN where either is NaN. [price]."""
    near: Floats = np.maximum(TOLERANCE_ATR * atr, TOLERANCE_OF_PRICE * price)
    return near


def neighbours(tape: Tape, lines: LevelLines, line: Ints, bar: Ints) -> tuple[Ints, Ints]:
    """Return which other lines are the same level as a line at a bar: nearer than 0.25 of the stronger's tolerance.

    Parameters
    ----------
    line, bar : int64, shape (k,)
        The lines, and where on the tape.

    Returns
    -------
    entry, other : int64, shape (m,)
        Pairs: `other` is the same level as `line[entry]` at `bar[entry]`, a stronger one where it is the smaller. It
        is no round number that may not be judged there.
    """
    row = lines.row[line]
    first = np.searchsorted(lines.row, row)
    count = np.searchsorted(lines.row, row, side="right") - first
    entry = np.repeat(np.arange(len(line)), count)
    other = np.arange(len(entry)) + np.repeat(first - np.cumsum(count) + count, count)
    mine, its = lines.price[line[entry], bar[entry]], lines.price[other, bar[entry]]
    atr, close = tape.panel.atr[row[entry]], tape.close[row[entry], bar[entry]]
    near = _same(np.where(other < line[entry], its, mine), np.where(other < line[entry], mine, its), atr)
    near &= (other != line[entry]) & lines.near_round(close[:, None], other)[:, 0]
    return entry[near], other[near]


def latest_profile(tape: Tape, row: int, profiles: Sequence[GammaProfile]) -> Ints:
    """Return which profile was the last one known at the right edge of each bar, -1 before the first, shape (n,)."""
    edges = tape.panel.open_ts + MINUTE_S * (tape.minute[row] + 1)
    stamps = [profile.as_of_ts for profile in profiles]
    latest: Ints = np.searchsorted(stamps, edges, side="right") - 1
    return latest


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    # Lines in any order: row, rank and price of each, the price 0 where it moves, shape (q,).
    row: Ints
    rank: Ints
    price: Floats

    @classmethod
    def join(cls, parts: Sequence[_Lines]) -> _Lines:
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__))

    def take(self, which: Ints | Mask) -> _Lines:
        return _Lines(self.row[which], self.rank[which], self.price[which])


def _fixed(tape: Tape) -> Floats:
    """Return the background's levels by row and rank, NaN where there is none."""
    nothing: Mapping[str, float] = {}
    levels = [list(map(tape.background.levels.get(symbol, nothing).get, RANKS)) for symbol in tape.panel.symbols]
    return np.array(levels, dtype=np.float64)


def _merged(levels: Floats, steps: Floats, atr: Floats) -> tuple[Floats, dict[tuple[int, int], tuple[str, ...]]]:
    """Return the levels that stand for all, NaN instead of the others, and the labels under them by row and rank."""
    kept = levels.copy()
    under: dict[tuple[int, int], tuple[str, ...]] = {}
    for rank in range(1, len(RANKS)):
        near = _same(kept[:, :rank], levels[:, rank, None], atr[:, None])
        for row in np.flatnonzero(near.any(axis=1)).tolist():
            stronger = int(np.argmax(near[row]))
            under[row, stronger] = (*under.get((row, stronger), ()), RANKS[rank])
            kept[row, rank] = np.nan
    nearest = np.rint(kept / steps[:, None]) * steps[:, None]
    for row, rank in np.argwhere((nearest > 0) & _same(kept, nearest, atr[:, None])).tolist():
        under[row, rank] = (*under.get((row, rank), ()), ROUND)
    return kept, under


def _standing(fixed: Floats) -> _Lines:
    row, rank = np.nonzero(np.isfinite(fixed))
    return _Lines(row, rank, fixed[row, rank])


def _rounds(tape: Tape, fixed: Floats, steps: Floats) -> _Lines:
    """Return the round numbers that were among the three nearest to some close, and that are no fixed level."""
    nearest = np.rint(tape.close / steps[:, None])
    fresh = np.isfinite(nearest)
    fresh[:, 1:] &= nearest[:, 1:] != nearest[:, :-1]
    row, bar = np.divmod(np.flatnonzero(fresh), nearest.shape[1])
    around = nearest[row, bar].astype(np.int64)[:, None] + np.arange(-1, 2)
    span = int(around.max(initial=0)) + 1
    row, count = np.divmod(np.unique(span * row[:, None] + np.maximum(around, 0)), span)
    found = _Lines(row, np.full(len(row), RANK[ROUND]), count * steps[row])
    taken = np.logical_or.reduce(_same(fixed[row], found.price[:, None], tape.panel.atr[row, None]), axis=1)
    return found.take((count > 0) & ~taken)


def _moving(tape: Tape, rows: Ints) -> tuple[_Lines, Floats]:
    """Return the lines that move, and their prices at each bar, shape (q, n)."""
    traded = rows[tape.has_volume[rows]]
    where = [(row, RANK[VWAP]) for row in traded.tolist()]
    grids = [tape.vwap[traded]]
    for row in rows.tolist():
        profiles = tape.background.profiles.get(tape.panel.symbols[row], ())
        if profiles:
            where += [(row, RANK[label]) for label in GAMMA]
            grids.append(_gamma(tape, row, profiles))
    row, rank = np.array(where, dtype=np.int64).reshape(-1, 2).T
    return _Lines(row, rank, np.zeros(len(row))), np.concatenate(grids)


def _gamma(tape: Tape, row: int, profiles: Sequence[GammaProfile]) -> Floats:
    figures = [[getattr(profile, name) for profile in profiles] for name in PROFILE_FIGURES]
    # One column of NaN in front: what is known before the first profile. None becomes NaN as well.
    known = np.array([[None, *of_all] for of_all in figures], dtype=np.float64)
    return known[:, latest_profile(tape, row, profiles) + 1]


def _same(strong: Floats, weak: Floats, atr: Floats) -> Mask:
    same: Mask = np.abs(strong - weak) < MERGE_SHARE * tolerance(strong, atr)
    return same
