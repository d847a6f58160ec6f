"""Alpha Vantage's earnings answers as our values. It says 200 to everything, so that shapes tell errors from data."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any, Final, Literal

NAN: Final = float("nan")
NEEDED: Final = ("symbol", "reportDate", "fiscalDateEnding")
# How it words that somebody asks too often; anything else in an envelope is trouble that waiting does not end.
THROTTLING: Final = ("rate limit", "requests per", "call frequency", "per second", "per day", "per minute")
ENVELOPE: Final = ("Note", "Information", "Error Message")
LONGEST_TEXT: Final = 200

Timing = Literal["before", "after"]
_TIMINGS: Final[dict[str, Timing]] = {"pre-market": "before", "post-market": "after"}


class RefusedError(ValueError):
    """It answered with an envelope instead of data; `throttled` when it wants us to ask less."""

    def __init__(self, text: str) -> None:
        super().__init__(text[:LONGEST_TEXT])
        self.throttled = any(words in text.lower() for words in THROTTLING)


@dataclass(frozen=True, slots=True)
class EarningsDate:
    """When a company will report. `estimate` is NaN and `timing` None where nobody says. [USD a share]."""

    symbol: str
    name: str
    reports_on: date
    fiscal_end: date
    estimate: float
    currency: str
    timing: Timing | None


@dataclass(frozen=True, slots=True)
class EarningsResult:
    """What a company reported for a quarter; NaN where nobody says. [USD a share, percent]."""

    symbol: str
    reported_on: date
    fiscal_end: date
    eps: float
    estimate: float
    surprise: float
    surprise_pct: float
    timing: Timing | None


def calendar(body: str) -> tuple[list[EarningsDate], int]:
    """Return the rows of an earnings calendar, and how many others were no rows: too short or long, or without dates.

    Columns are found by their names: the provider adds some. A header alone is an empty calendar.

    Raises
    ------
    RefusedError
        If it is an envelope: JSON, although the function answers in CSV.
    ValueError
        If it is neither.
    """
    text = body.removeprefix("\ufeff").strip()
    if text.startswith("{"):
        raise _refused(text)
    lines = list(csv.reader(StringIO(text)))
    header = [name.strip() for name in lines[0]] if lines else []
    if missing := [name for name in NEEDED if name not in header]:
        raise ValueError(f"no earnings calendar: {', '.join(missing)} missing from its header")
    rows = [line for line in lines[1:] if line]
    whole = [dict(zip(header, line, strict=True)) for line in rows if len(line) == len(header)]
    found = list(_dates(whole))
    return found, len(rows) - len(found)


def history(body: str) -> list[EarningsResult]:
    """Return the quarters of a company that have a date of report, ascending; none of a company nobody knows.

    Raises
    ------
    RefusedError
        If it is an envelope.
    ValueError
        If it is no JSON, or of another shape.
    """
    text = body.removeprefix("\ufeff").strip()
    answer = json.loads(text)
    if not isinstance(answer, dict):
        raise ValueError("no earnings history: its answer is no object")  # noqa: TRY004 -- what callers catch
    if any(name in answer for name in ENVELOPE):
        raise _refused(text)
    quarters = answer.get("quarterlyEarnings", [])
    if not isinstance(quarters, list):
        raise ValueError("no earnings history: its quarters are no list")  # noqa: TRY004 -- as above
    return sorted(_results(str(answer.get("symbol", "")), quarters), key=lambda result: result.reported_on)


def _dates(rows: Iterable[Mapping[str, str]]) -> Iterator[EarningsDate]:
    for row in rows:
        day, fiscal_end = _date(row["reportDate"]), _date(row["fiscalDateEnding"])
        if day and fiscal_end and row["symbol"].strip():
            yield EarningsDate(
                symbol=row["symbol"].strip(),
                name=row.get("name", "").strip(),
                reports_on=day,
                fiscal_end=fiscal_end,
                estimate=_number(row.get("estimate")),
                currency=row.get("currency", "").strip(),
                timing=_TIMINGS.get(row.get("timeOfTheDay", "").strip().lower()),
            )


def _results(symbol: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[EarningsResult]:
    for row in rows:
        day, fiscal_end = _date(row.get("reportedDate")), _date(row.get("fiscalDateEnding"))
        if day and fiscal_end:
            yield EarningsResult(
                symbol=symbol,
                reported_on=day,
                fiscal_end=fiscal_end,
                eps=_number(row.get("reportedEPS")),
                estimate=_number(row.get("estimatedEPS")),
                surprise=_number(row.get("surprise")),
                surprise_pct=_number(row.get("surprisePercentage")),
                timing=_TIMINGS.get(str(row.get("reportTime", "")).strip().lower()),
            )


def _refused(text: str) -> RefusedError:
    try:
        envelope = json.loads(text)
    except ValueError:
        return RefusedError("an answer that cannot be read")
    told = next((envelope[name] for name in ENVELOPE if name in envelope), "an answer of another shape")
    return RefusedError(str(told))


def _date(text: object) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if isinstance(text, str) else None
    except ValueError:
        return None


def _number(text: object) -> float:
    """Return a number that comes as text; NaN for a blank, for "None", and for what is none."""
    try:
        value = float(str(text))
    except ValueError:
        return NAN
    return value if math.isfinite(value) else NAN
