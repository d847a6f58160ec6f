"""Reads recorded minute bars from Parquet and CSV files."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
from django.core.exceptions import ImproperlyConfigured

from market.errors import InvalidSymbol
from market.pure.bars import PRICE_FIELDS, Floats
from market.symbols import normalise

TIME_COLUMNS = ("ts", "time", "timestamp")
OPTIONAL = ("vwap",)
READERS = {".parquet": pd.read_parquet, ".csv": pd.read_csv}

# SPY.parquet, SPY_1min.csv, spy-1m.csv
_PERIOD = re.compile(r"[_-](1|one)[_-]?(m|min|minute)$", re.IGNORECASE)
_HAS_OFFSET = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")


def symbol_files(folder: Path) -> dict[str, Path]:
    """Return the files of a folder by symbol, ascending; files that name no symbol are left out.

    Raises
    ------
    ImproperlyConfigured
        If there is no such folder, or two files are of one symbol.
    """
    if not folder.is_dir():
        raise ImproperlyConfigured(f"REPLAY_PATH={str(folder)!r}: expected a folder of Parquet or CSV minute bars")
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in READERS:
            continue
        try:
            symbol = normalise(_PERIOD.sub("", path.stem))
        except InvalidSymbol:
            continue  # a folder may hold other tables
        if symbol in found:
            raise ImproperlyConfigured(f"{path} and {found[symbol]} are both minutes of {symbol}: keep one")
        found[symbol] = path
    return dict(sorted(found.items()))


def read_minutes(path: Path) -> Floats:
    """Return a file's rows as `Bars.from_rows` takes them, stamps as they are in the file.

    Raises
    ------
    ImproperlyConfigured
        If a column is missing, or the stamps carry no time zone.
    """
    table = READERS[path.suffix.lower()](path)
    table.columns = [str(name).strip().lower() for name in table.columns]
    stamps = next((name for name in TIME_COLUMNS if name in table), None)
    missing = [name for name in PRICE_FIELDS if name not in table and name not in OPTIONAL]
    if stamps is None or missing:
        raise ImproperlyConfigured(f"{path}: expected columns {'|'.join(TIME_COLUMNS)}, {', '.join(PRICE_FIELDS[:5])}")
    columns = [_seconds(table[stamps], path)]
    for name in PRICE_FIELDS:
        known = name in table
        columns.append(
            table[name].to_numpy(dtype=np.float64, na_value=np.nan) if known else np.full(len(table), np.nan)
        )
    return np.column_stack(columns)


def _seconds(stamps: pd.Series, path: Path) -> Floats:
    if not isinstance(stamps.dtype, pd.DatetimeTZDtype):
        texts = stamps.astype(str)
        if not texts.str.contains(_HAS_OFFSET).all():
            raise ImproperlyConfigured(f"{path}: every time stamp needs an offset, such as 2026-02-09T09:30:00-05:00")
        try:
            stamps = pd.to_datetime(texts, utc=True, format="ISO8601")
        except ValueError as error:
            raise ImproperlyConfigured(f"{path}: {error}") from error
    return stamps.dt.as_unit("s").astype("int64").to_numpy(dtype=np.float64)
