"""Whole chains as Cboe's site gives them for download: a table of quotes, and the JSON behind it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from market.pure.chain import NAN, Chain
from market.pure.listed_contracts import assemble, traded_today

Line = Sequence[str]

HEADING: Final = 3  # lines before the contracts: price, date, names of the columns
_COLUMNS: Final = {
    "last": "Last Sale",
    "bid": "Bid",
    "ask": "Ask",
    "volume": "Volume",
    "iv": "IV",
    "delta": "Delta",
    "gamma": "Gamma",
    "open_interest": "Open Interest",
}
_MEMBERS: Final = {"last": "last_trade_price"} | {
    each: each for each in ("bid", "ask", "volume", "open_interest", "iv", "delta", "gamma", "theta", "vega")
}
# The site writes the date in the language of who downloads; English and Russian have been seen.
_MONTHS: Final = {
    word: number
    for words in (
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "янв фев мар апр мая июн июл авг сен окт ноя дек",
    )
    for number, word in enumerate(words.split(), start=1)
}
_ZONES: Final[dict[str, tzinfo]] = {
    letters: ZoneInfo(name)
    for name, all_letters in {
        "America/New_York": "ET EST EDT",
        "America/Chicago": "CT CST CDT",
        "America/Denver": "MT MST MDT",
        "America/Los_Angeles": "PT PST PDT",
        "UTC": "UTC GMT",
    }.items()
    for letters in all_letters.split()
}


def table_heading(lines: Sequence[Line]) -> tuple[float, datetime]:
    """Return the underlying's price and when the table was downloaded, from its first lines that are not empty.

    Raises
    ------
    ValueError
        If either is not there, or cannot be read for certain.
    """
    if len(lines) < HEADING:
        raise ValueError("expected a line with the price, one with the date and one with the names of the columns")
    told = next((cell for cell in lines[0] if cell.strip().startswith("Last:")), None)
    if told is None:
        raise ValueError("the first line has no 'Last:' with the underlying's price")
    if not lines[1][0].strip().startswith("Date:"):
        raise ValueError("the second line does not begin with 'Date:'")
    # A date with commas is quoted by some downloads and not by others.
    words = ",".join(lines[1]).split(",Bid:")[0]
    return _number(told.split("Last:")[1]), stamp(words.split("Date:")[1])


def table_chain(symbol: str, lines: Sequence[Line], *, as_of: datetime) -> Chain:
    """Return the chain of a table: a line for a call and its put.

    Raises
    ------
    ValueError
        If a column is missing, or a line does not fit.
    """
    spot, _ = table_heading(lines)
    header = [cell.strip() for cell in lines[2]]
    names: list[str] = []
    figures: dict[str, list[float]] = {each: [] for each in _COLUMNS}
    for side in ("Calls", "Puts"):
        start = _place(header, side, 0)
        places = {ours: _place(header, theirs, start) for ours, theirs in _COLUMNS.items()}
        for number, line in enumerate(lines[HEADING:], start=1):
            if len(line) <= places["open_interest"]:
                raise ValueError(f"row {number} of the contracts has {len(line)} cells, the header {len(header)}")
            names.append(line[start])
            for ours, place in places.items():
                figures[ours].append(_number(line[place]))
    return _chain(symbol, names, figures, spot=spot, as_of=as_of)


def json_stamp(found: Mapping[str, Any]) -> datetime:
    """Return when an answer of the JSON service was made. It writes UTC, without saying so."""
    return datetime.fromisoformat(str(found["timestamp"])).replace(tzinfo=UTC)


def json_chain(symbol: str, found: Mapping[str, Any], *, as_of: datetime) -> Chain:
    """Return the chain of an answer of the JSON service."""
    told = found["data"]
    rows = told["options"]
    figures = {
        ours: [NAN if row[theirs] is None else float(row[theirs]) for row in rows] for ours, theirs in _MEMBERS.items()
    }
    names = [str(row["option"]) for row in rows]
    return _chain(symbol, names, figures, spot=float(told["current_price"]), as_of=as_of)


def stamp(text: str) -> datetime:
    """Return the instant of a date line, such as `June 9, 2023 at 1:40 PM EDT` or `9 June 2023, 13:40 GMT-4`.

    Raises
    ------
    ValueError
        If a part is missing or its language is not known. A wrong hour would show a chain before it was there.
    """
    words = re.findall(r"[^\W\d_]+", text)
    numbers = re.findall(r"(?<![\d:+-])\d+(?![\d:])", text)
    month = next((_MONTHS[word[:3].lower()] for word in words if word[:3].lower() in _MONTHS), None)
    year = next((int(number) for number in numbers if len(number) == len("2023")), None)
    day = next((int(number) for number in numbers if len(number) <= len("31")), None)
    clock = re.search(r"(\d{1,2}):(\d{2})", text)
    if month is None or year is None or day is None or clock is None:
        raise ValueError(f"{text.strip()!r}: expected a date such as June 9, 2023 at 1:40 PM EDT")
    hour, minute = (int(part) for part in clock.groups())
    if half := re.search(r"\b([ap])\.?\s?m\b", text, re.IGNORECASE):
        hour = hour % 12 + (12 if half[1].lower() == "p" else 0)
    return datetime(year, month, day, hour, minute, tzinfo=_zone(text)).astimezone(UTC)


def _zone(text: str) -> tzinfo:
    if shifted := re.search(r"(?:GMT|UTC)\s?([+-])(\d{1,2})(?::?(\d{2}))?", text):
        sign = -1 if shifted[1] == "-" else 1
        return timezone(sign * timedelta(hours=int(shifted[2]), minutes=int(shifted[3] or 0)))
    found = next((_ZONES[word] for word in re.findall(r"[A-Z]+", text) if word in _ZONES), None)
    if found is None:
        raise ValueError(f"{text.strip()!r}: expected a time zone such as EDT or GMT-4")
    return found


def _chain(symbol: str, names: list[str], figures: dict[str, list[float]], *, spot: float, as_of: datetime) -> Chain:
    arrays = {each: np.array(values, dtype=np.float64) for each, values in figures.items()}
    arrays["last"] = traded_today(arrays["last"], arrays["volume"])
    # The site is a quarter of an hour behind.
    return assemble(symbol, names, arrays, spot=spot, as_of=as_of, delayed=True)


def _place(header: list[str], name: str, start: int) -> int:
    try:
        return header.index(name, start)
    except ValueError:
        raise ValueError(f"the column {name!r} is missing: expected Cboe's table of calls and puts") from None


def _number(text: str) -> float:
    return float(text.replace(",", "")) if text.strip() else NAN
