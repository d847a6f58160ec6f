"""Setups to look at: five of real days and five of a driftless random walk for each detector, picked by lot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from coach.pure import drawing, words
from coach.pure.drawing import End, Setup
from detectors.pure import engine, tape
from detectors.pure.background import Background
from detectors.pure.detection import BAR_S, Abstention, Detection, Sighting
from detectors.pure.engine import Detector
from detectors.pure.outcomes import resolve
from detectors.pure.plans import is_out_of_reach
from gallery.draw import Case
from gallery.sessions import Day, random_walks, recorded
from market.pure.bars import Bars
from market.pure.opening_range import opening_range
from market.pure.sessions import NEW_YORK
from options_engine.pure.gex import GammaProfile

EACH = 5
WALKS = 60
FIRST_DAY = 20  # of a folder: from here on a symbol has an ATR and a week behind it
INDEX_FACTOR = 12.0  # a walk from 500 becomes an index near 6,000
MARK_S = 300
DRIVE, GAMMA = "opening_drive", "gamma_squeeze"


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A detection and the day it belongs to."""

    day: Day
    row: int
    detection: Detection


def cases(folder: Path, *, seed: int = 1) -> Iterator[Case]:
    """Yield the pictures of every detector: those of real days first.

    Parameters
    ----------
    folder : Path
        1-minute Parquet files, a file a symbol.
    seed : int
        Of the lot. The pictures are drawn by it, not chosen.

    Notes
    -----
    The folder has no index: the opening drive is judged on SPY's minutes by the rule of SPX. Nor has it chains, so the
    gamma squeeze comes from walks alone, with a made-up profile.
    """
    real, walks, indexes = recorded(folder)[FIRST_DAY:], _walks(), _index_walks()
    sources: dict[str, tuple[Iterable[Day], Iterable[Day]]] = {
        DRIVE: ([_as_index(day) for day in real], indexes),
        GAMMA: ((), indexes),
    }
    for position, detector in enumerate(engine.REGISTRY):
        random = np.random.default_rng((seed, position))  # its own, so that a change of one leaves the others' pictures
        for kind, days in zip(("real", "walk"), sources.get(detector.name, (real, walks)), strict=True):
            everything = [found for day in days for found in _found(day, detector)]
            for number, found in enumerate(_drawn(everything, detector, random), start=1):
                yield _case(f"{detector.name}-{kind}-{number}", kind, found)


def _drawn(everything: list[Found], detector: Detector, random: np.random.Generator) -> list[Found]:
    """Return five by lot, the setup types of the detector in turn."""
    by_type = {
        kind: [each for each in everything if each.detection.setup_type == kind] for kind in detector.setup_types
    }
    lots = [list(random.permutation(len(found))) for found in by_type.values()]
    drawn: list[Found] = []
    while len(drawn) < min(EACH, len(everything)):
        for found, lot in zip(by_type.values(), lots, strict=True):
            if lot and len(drawn) < EACH:
                drawn.append(found[lot.pop()])
    return drawn


def _found(day: Day, detector: Detector) -> Iterator[Found]:
    strip = tape.read(day.panel, day.close_ts, day.background)
    rows = {symbol: row for row, symbol in enumerate(day.panel.symbols)}
    for seen in detector.find(strip):
        if isinstance(seen, Sighting):
            detection = seen.describe()
            if detection.variant in (None, 15):
                yield Found(day, rows[detection.symbol], detection)
        else:
            assert isinstance(seen, Abstention)  # noqa: S101 -- the type's other half


def _case(name: str, kind: str, found: Found) -> Case:
    day, d = found.day, found.detection
    bars = _bars(day, found.row)
    vwap = tape.read(day.panel.only([d.symbol]), day.close_ts).vwap[0]
    end = _end(d, bars)
    setup = Setup(
        id=name,
        setup_type=d.setup_type,
        direction=d.direction,
        bar_ts=d.bar_ts,
        detected_ts=d.detected_ts,
        valid_until_ts=d.valid_until,
        entry=d.plan.entry if d.plan else None,
        stop=d.plan.stop if d.plan else None,
        targets=tuple(target.price for target in d.plan.targets) if d.plan else (),
        end=end,
    )
    near = [
        {"name": label, "price": price}
        for label, price in day.background.levels.get(d.symbol, {}).items()
        if bars.low.min() <= price <= bars.high.max()
    ]
    span = {"open_ts": day.panel.open_ts, "settled_ts": int(bars.ts[-1])}
    minutes = d.signal.get("orbPeriodMinutes")
    box = opening_range(bars, **span, minutes=minutes) if isinstance(minutes, int) else None
    where = f"{day.date:%a %b %-d, %Y}" if kind == "real" else "random walk"
    at = dt.datetime.fromtimestamp(d.detected_ts, NEW_YORK)
    return Case(
        name=name,
        title=f"{words.setup_of(d.symbol if kind == 'real' else 'Walk', d.setup_type)}, {d.direction}",
        note=f"{where}, {at:%H:%M} ET, score {d.score}. {d.description}{_untracked(day, found.row, d)}",
        data=drawing.of_setup(
            d.symbol,
            bars,
            vwap,
            setup=setup,
            levels=drawing.named_levels(d.signal, near),
            opening_range=drawing.ranged(box, close_ts=day.close_ts, over=True),
        ),
    )


def _untracked(day: Day, row: int, d: Detection) -> str:
    """Return why the engine would have kept it as information, in words."""
    if d.plan is None:
        return ""
    left = (d.valid_until - d.detected_ts) / BAR_S
    far = is_out_of_reach(d.plan, atr=float(day.panel.atr[row]), minutes=left)
    reason = d.plan_rejected or (engine.OUT_OF_REACH if far else None)
    return f" (not tracked: {words.rejected(reason)})" if reason else ""


def _end(d: Detection, bars: Bars) -> End | None:
    if d.plan is None or d.direction == "neutral":
        return None
    window = bars.between(d.detected_ts, d.valid_until)
    ending = resolve(d.direction, entry=d.plan.entry, stop=d.plan.stop, target=d.plan.target, bars=window)
    return End(ending.verdict, ending.exit_bar_ts, ending.realized_r) if ending.exit_bar_ts is not None else None


def _bars(day: Day, row: int) -> Bars:
    panel = day.panel
    has = np.flatnonzero(np.isfinite(panel.close[row]))
    columns = [getattr(panel, name)[row, has] for name in ("open", "high", "low", "close", "volume", "vwap")]
    return Bars(panel.open_ts + 60 * has, *columns)


def _walks() -> list[Day]:
    return [random_walks(seed) for seed in range(WALKS)]


def _index_walks() -> list[Day]:
    return [_with_gamma(_scaled(random_walks(1_000 + seed), INDEX_FACTOR), seed) for seed in range(WALKS)]


def _scaled(day: Day, factor: float) -> Day:
    panel = day.panel
    prices = ("open", "high", "low", "close", "atr", "prev_close")
    (levels,) = day.background.levels.values()
    return Day(
        day.date,
        replace(panel, symbols=("SPX",), volume_source=("SPY",), **{n: factor * getattr(panel, n) for n in prices}),
        Background(levels={"SPX": {label: factor * price for label, price in levels.items()}}),
    )


def _with_gamma(day: Day, seed: int) -> Day:
    """Give an index walk a profile every five minutes: walls at round strikes near the open, the same all day."""
    random = np.random.default_rng(seed)
    spot = round(float(day.panel.open[0, 0]) / 25) * 25
    strikes = spot + np.arange(-200.0, 201.0, 5)
    weight = np.exp(-(((strikes - spot) / 80) ** 2)) * np.where(strikes % 25 == 0, 4, 1)
    made = partial(
        GammaProfile,
        spot=float(spot),
        expiry=day.date,
        days_to_expiry=0,
        strikes=strikes,
        call_gex=weight * random.lognormal(0, 0.4, len(strikes)) * (1 + (strikes > spot)) * 1e8,
        put_gex=weight * random.lognormal(0, 0.4, len(strikes)) * (1 + (strikes < spot)) * 1e8,
        flip=float(spot - 10),
    )
    marks = range(day.panel.open_ts, day.close_ts, MARK_S)
    return replace(day, background=replace(day.background, profiles={"SPX": tuple(made(as_of_ts=at) for at in marks)}))


def _as_index(day: Day) -> Day:
    """Return SPY's minutes under the name of SPX, for the rule that knows indexes alone."""
    panel = replace(day.panel.only(["SPY"]), symbols=("SPX",), volume_source=("SPY",))
    return Day(day.date, panel, Background(levels={"SPX": day.background.levels.get("SPY", {})}))
