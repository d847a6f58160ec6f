"""Reads the recorded option chains of ../shared/data into the chains that vendors give."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from market.pure.chain import FIGURES, Chain
from market.pure.sessions import CLOSE, NEW_YORK, OPEN

DATA = Path(__file__).parents[3] / "shared" / "data"
# Exercised at expiry only; all others at any time.
EUROPEAN = frozenset({"SPX", "NDX"})
MONTHS = {date(2000, number, 1).strftime("%b").lower(): number for number in range(1, 13)}
MONTHS["дек"] = 12
_NAME = re.compile(r"^(?P<root>[A-Z.]+)(?P<expiry>\d{6})(?P<side>[CP])(?P<strike>\d{8})$")


@dataclass(frozen=True)
class Recorded:
    """A recorded chain.

    Attributes
    ----------
    name : str
        Of its file, and of the moment where the file has several.
    chain : Chain
        `last` is a middle where the file has no quotes.
    has_quotes, has_iv : bool
        What the file knows.
    """

    name: str
    chain: Chain
    has_quotes: bool = True
    has_iv: bool = True

    @property
    def european(self) -> bool:
        return self.chain.symbol in EUROPEAN


def whole_chains() -> Iterator[Recorded]:
    """Return the chain of every file, one after the other."""
    for path in sorted((DATA / "cboe_quotedata").glob("*.csv.gz")):
        yield cboe_table(path)
    for path in sorted((DATA / "cboe_quotedata").glob("*.json.gz")):
        yield cboe_json(path)
    for path in sorted((DATA / "option_chains_2026_08_22").glob("*.json.gz")):
        yield options_desk(path)
    for path in sorted((DATA / "lean_option_universes").glob("*.parquet")):
        yield from lean_universe(path)
    for path in sorted((DATA / "lean_option_minutes").glob("*_quote.parquet")):
        yield from lean_minutes(path)


def cboe_table(path: Path) -> Recorded:
    """Read a whole-chain download of Cboe: a title with the price, a date, a header, a row for a call and its put."""
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        lines = [line for line in csv.reader(file) if any(line)]
    symbol = path.name.split("_")[0]
    spot = float(next(cell for cell in lines[0] if cell.startswith("Last:")).removeprefix("Last:"))
    read_at = _stamp(",".join(lines[1]).split(",Bid:")[0])
    header = [cell.strip() for cell in lines[2]]
    columns = {"last": "Last Sale", "bid": "Bid", "ask": "Ask", "volume": "Volume", "iv": "IV", "delta": "Delta"}
    columns |= {"gamma": "Gamma", "open_interest": "Open Interest"}
    rows = []
    for side in ("Calls", "Puts"):
        start = header.index(side)
        places = {ours: header.index(theirs, start) for ours, theirs in columns.items()}
        rows += [
            {"name": line[start]} | {ours: _number(line[place]) for ours, place in places.items()} for line in lines[3:]
        ]
    return Recorded(path.name.split(".")[0], _chain(symbol, spot, _quoted_at(read_at), rows))


def cboe_json(path: Path) -> Recorded:
    """Read the JSON form of the same service."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        found = json.load(file)
    told, symbol = found["data"], path.name.split("_")[0]
    read_at = datetime.fromisoformat(found["timestamp"]).replace(tzinfo=UTC)
    columns = {"last": "last_trade_price"} | {each: each for each in FIGURES if each != "last"}
    rows = [
        {"name": row["option"]} | {ours: float(row[theirs]) for ours, theirs in columns.items()}
        for row in told["options"]
    ]
    return Recorded(path.name.split(".")[0], _chain(symbol, float(told["current_price"]), _quoted_at(read_at), rows))


def options_desk(path: Path) -> Recorded:
    """Read one of the chains of Friday 2026-08-21."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        found = json.load(file)
    columns = {each: each for each in FIGURES} | {"open_interest": "openInterest"}
    rows = [
        {"name": row["symbol"]} | {ours: _known(row[theirs]) for ours, theirs in columns.items()}
        for row in found["quotes"]
    ]
    read_at = datetime.fromisoformat(found["updated"])
    made = _chain(found["symbol"], found["underlyingPrice"], _quoted_at(read_at), rows)
    return Recorded(f"{made.symbol}_2026-08-21", made)


def lean_universe(path: Path) -> Iterator[Recorded]:
    """Read the chains of some evenings: middles, volatilities and Greeks; the first row of a day is the underlying."""
    symbol = path.name.split("_")[0]
    frame = pd.read_parquet(path)
    for day, rows in frame.groupby("date"):
        contracts = rows[rows.expiry.notna()]
        named = zip(contracts.expiry.astype(int), contracts.right, contracts.strike, strict=True)
        renamed = contracts.rename(columns={"close": "last", "implied_volatility": "iv"})
        told = [each for each in FIGURES if each in renamed.columns]
        parts = renamed[told].to_dict("records")
        listed = [
            {"name": f"{symbol}{str(expiry)[2:]}{right}{round(1000 * strike):08d}"} | row
            for (expiry, right, strike), row in zip(named, parts, strict=True)
        ]
        as_of = datetime.combine(date.fromisoformat(day), CLOSE, tzinfo=NEW_YORK)
        spot = float(rows[rows.expiry.isna()].close.iloc[0])
        yield Recorded(f"{symbol}_{day}", _chain(symbol, spot, as_of, listed), has_quotes=False)


def lean_minutes(path: Path) -> Iterator[Recorded]:
    """Read the quotes that stood at 10:00, noon, 14:00 and 15:45 of a day."""
    root, day = path.name.split("_")[:2]
    symbol = root.removesuffix("W")
    frame = pd.read_parquet(path).dropna(subset=["bid_close", "ask_close"])
    for hour, minute in ((10, 0), (12, 0), (14, 0), (15, 45)):
        as_of = datetime.combine(date.fromisoformat(day), time(hour, minute), tzinfo=NEW_YORK)
        # A minute is named by its start, and known at its end.
        stood = frame[frame.ts < as_of - timedelta(seconds=1)].groupby(["expiration", "strike", "right"]).last()
        rows = [
            {
                "name": f"{root}{expiry.replace('-', '')[2:]}{right}{round(1000 * strike):08d}",
                "bid": row.bid_close,
                "ask": row.ask_close,
            }
            for (expiry, strike, right), row in zip(stood.index, stood.itertuples(), strict=True)
        ]
        name = f"{root}_{day}_{hour}:{minute:02d}"
        yield Recorded(name, _chain(symbol, _underlying(symbol, as_of), as_of, rows), has_iv=False)


def _underlying(symbol: str, as_of: datetime) -> float:
    """Return the underlying's last price before an instant of the minute files; NaN where there is none."""
    found = sorted((DATA / "lean_equity_minutes").glob(f"{symbol}_*{as_of:%Y-%m-%d}*"))
    prices = [path for path in found if "quote" not in path.name]
    if not prices:
        return float("nan")
    frame = pd.read_parquet(prices[0])
    if symbol == "SPX":  # stamped an hour early: its first minute is that of the open
        frame["ts"] += datetime.combine(as_of.date(), OPEN, tzinfo=NEW_YORK) - frame.ts.min()
    return float(frame[frame.ts < as_of - timedelta(seconds=1)].close.iloc[-1])


def _chain(symbol: str, spot: float, as_of: datetime, rows: list[dict[str, object]]) -> Chain:
    parts = [_NAME.match(str(row["name"])) for row in rows]
    known = [(part, row) for part, row in zip(parts, rows, strict=True) if part]
    days = [datetime.strptime(part["expiry"], "%y%m%d").date() for part, _ in known]  # noqa: DTZ007 -- a date
    figures = {each: np.array([row.get(each, np.nan) for _, row in known], dtype=np.float64) for each in FIGURES}
    figures["iv"] = np.where(figures["iv"] > 0, figures["iv"], np.nan)  # none was found
    return Chain(
        symbol=symbol,
        spot=spot,
        as_of=as_of.astimezone(UTC),
        root=np.array([part["root"] for part, _ in known]),
        expiry=np.array(days, dtype="datetime64[D]"),
        strike=np.array([float(part["strike"]) / 1000 for part, _ in known]),
        is_call=np.array([part["side"] == "C" for part, _ in known], dtype=np.bool_),
        shares_per_contract=np.full(len(known), 100.0),
        **figures,
    )


def _stamp(text: str) -> datetime:
    """Read the date line of a download, which is in the reader's own language and order."""
    words = re.findall(r"\d+:\d+|\d+|[^\W\d_]+", text.removeprefix("Date:"))
    month = next(MONTHS[word[:3].lower()] for word in words if word[:3].lower() in MONTHS)
    year = next(int(word) for word in words if len(word) == 4 and word.isdigit())
    day = next(int(word) for word in words if word.isdigit() and len(word) <= 2)
    hour, minute = (int(part) for part in next(word for word in words if ":" in word).split(":"))
    if re.search(r"\bp\.?m", text, re.IGNORECASE) and hour < 12:
        hour += 12
    return datetime(year, month, day, hour, minute, tzinfo=NEW_YORK)


def _quoted_at(read_at: datetime) -> datetime:
    """Return when the quotes of a download were made: then, or at the close before. No file is of a holiday."""
    at = read_at.astimezone(NEW_YORK)
    while at.weekday() > 4:
        at = datetime.combine(at.date() - timedelta(days=1), CLOSE, tzinfo=NEW_YORK)
    return min(at, datetime.combine(at.date(), CLOSE, tzinfo=NEW_YORK))


def _number(text: str) -> float:
    return float(text.replace(",", "")) if text.strip() else float("nan")


def _known(number: float | None) -> float:
    return float("nan") if number is None else float(number)
