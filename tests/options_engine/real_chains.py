"""The recorded option chains of ../shared/data, read as the replayed market reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from market import overrides
from market.pure.chain import Chain
from market.pure.sessions import NEW_YORK, OPEN
from market.vendors.replay_chain_files import chain_files, open_file

DATA = Path(__file__).parents[3] / "shared" / "data"
FOLDERS = ("cboe_quotedata", "option_chains_2026_08_22", "lean_option_universes", "lean_option_minutes")
# Exercised at expiry only; all others at any time.
EUROPEAN = frozenset({"SPX", "NDX"})
TIMES = (time(10), time(12), time(14), time(15, 45))


@dataclass(frozen=True)
class Recorded:
    """A recorded chain.

    Attributes
    ----------
    name : str
        Of its file, and of the moment where the file has several.
    known_at : datetime
        When it was downloaded, or complete.
    chain : Chain
        `last` is a middle where the file has no quotes.
    has_quotes, has_iv : bool
        What the file knows.
    """

    name: str
    known_at: datetime
    chain: Chain
    has_quotes: bool = True
    has_iv: bool = True

    @property
    def european(self) -> bool:
        return self.chain.symbol in EUROPEAN


def whole_chains() -> Iterator[Recorded]:
    """Return the chain of every file, one after the other."""
    for folder, read in zip(FOLDERS, (_download, _download, _evenings, _minutes), strict=True):
        for symbol, paths in chain_files(DATA / folder).items():
            for path in paths:
                overrides.remember({})  # the readers ask the calendar, and tests of numbers have no database
                yield from read(symbol, path)


def _download(symbol: str, path: Path) -> Iterator[Recorded]:
    file = open_file(symbol, path)
    [known_at] = file.known_at()
    chain = file.chain(known_at)
    name = path.name.split(".")[0]
    yield Recorded(name if "_" in name else f"{symbol}_{chain.as_of.astimezone(NEW_YORK):%Y-%m-%d}", known_at, chain)


def _evenings(symbol: str, path: Path) -> Iterator[Recorded]:
    file, frame = open_file(symbol, path), pd.read_parquet(path)
    for known_at in file.known_at():
        day = f"{known_at.astimezone(NEW_YORK):%Y-%m-%d}"
        # The product leaves the middles out: they are neither quotes nor trades. Here the engine reads them.
        middles = frame[(frame.date == day) & frame.expiry.notna()].close.to_numpy(dtype=np.float64)
        chain = replace(file.chain(known_at), last=middles)
        yield Recorded(f"{symbol}_{day}", known_at, chain, has_quotes=False)


def _minutes(symbol: str, path: Path) -> Iterator[Recorded]:
    """Return the quotes that stood at 10:00, noon, 14:00 and 15:45 of a day."""
    root, day = path.name.split("_")[:2]
    file = open_file(symbol, path)
    for at in TIMES:
        known_at = datetime.combine(datetime.fromisoformat(day), at, tzinfo=NEW_YORK)
        chain = replace(file.chain(known_at), spot=_underlying(symbol, known_at))
        yield Recorded(f"{root}_{day}_{at.hour}:{at.minute:02d}", known_at, chain, has_iv=False)


def _underlying(symbol: str, as_of: datetime) -> float:
    """Return the underlying's last price before an instant of the minute files; NaN where there is none."""
    frame = underlying_minutes(symbol, as_of)
    return float("nan") if frame is None else float(frame[frame.ts < as_of - timedelta(seconds=1)].close.iloc[-1])


def underlying_minutes(symbol: str, as_of: datetime) -> pd.DataFrame | None:
    """Return the underlying's bars of a day, None where there are none."""
    found = sorted((DATA / "lean_equity_minutes").glob(f"{symbol}_*{as_of.astimezone(NEW_YORK):%Y-%m-%d}*"))
    prices = [path for path in found if "quote" not in path.name]
    if not prices:
        return None
    frame = pd.read_parquet(prices[0])
    if symbol == "SPX":  # stamped an hour early: its first minute is that of the open
        frame["ts"] += datetime.combine(as_of.date(), OPEN, tzinfo=NEW_YORK) - frame.ts.min()
    return frame
