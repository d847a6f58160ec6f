"""Option chains in the tables of the LEAN engine's data: whole ones of evenings, and quotes by the minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pandas as pd

from market.pure.chain import FIGURES, NAN, Chain
from market.pure.listed_contracts import assemble, name
from market.pure.sessions import in_utc, new_york_date

EVENING_COLUMNS = frozenset({"date", "expiry", "strike", "right", "close", "implied_volatility"})
MINUTE_COLUMNS = frozenset({"ts", "expiration", "strike", "right", "bid_close", "ask_close"})
MINUTE = timedelta(minutes=1)


def evening_dates(frame: pd.DataFrame) -> list[date]:
    """Return the New York dates of a table of evenings, ascending."""
    return [date.fromisoformat(day) for day in sorted(frame["date"].unique())]


def evening(symbol: str, frame: pd.DataFrame, day: date, *, as_of: datetime) -> Chain:
    """Return the chain at the end of a day: volatilities, Greeks and counts, and no quotes.

    Prices of such a table are middles, which are neither a quote nor a trade: they are left out.

    Raises
    ------
    ValueError
        If the underlying, the row without an expiry, is missing.
    """
    rows = frame[frame["date"] == day.isoformat()]
    underlying = rows[rows["expiry"].isna()]["close"]
    if underlying.empty:
        raise ValueError(f"{day} has no row of the underlying: one without an expiry")
    listed = rows[rows["expiry"].notna()].rename(columns={"implied_volatility": "iv"})
    names = [
        name(symbol, str(expiry), right, strike)
        for expiry, right, strike in zip(listed["expiry"].astype(int), listed["right"], listed["strike"], strict=True)
    ]
    told = {each: listed[each].to_numpy(dtype="float64") for each in FIGURES if each in listed.columns}
    return assemble(symbol, names, told, spot=float(underlying.iloc[0]), as_of=as_of)


def minute_edges(frame: pd.DataFrame) -> list[datetime]:
    """Return when each minute from the first to the last of a table was over, ascending."""
    stamps = frame["ts"]
    if not isinstance(stamps.dtype, pd.DatetimeTZDtype):
        raise ValueError("ts: expected instants with a time zone")  # noqa: TRY004 -- a file's fault, not a caller's
    days = stamps.groupby(stamps.dt.tz_convert("America/New_York").dt.date)
    spans = [(day.min(), day.max()) for _, day in days]
    return [
        (at + MINUTE).to_pydatetime().astimezone(UTC)
        for first, last in sorted(spans)
        for at in pd.date_range(first, last, freq="min")
    ]


def minute(symbol: str, root: str, frame: pd.DataFrame, at: datetime) -> Chain:
    """Return the quotes that stood at an instant of a day; the table does not say what the underlying cost.

    Only minutes in which a quote changed have a row.
    """
    midnight = in_utc(new_york_date(at), time(0))
    known = frame[(frame["ts"] >= midnight) & (frame["ts"] <= at - MINUTE)]
    quoted = known.dropna(subset=["bid_close", "ask_close"])
    stood = quoted.groupby(["expiration", "strike", "right"]).last()
    names = [name(root, str(expiry), right, strike) for expiry, strike, right in stood.index]
    figures = {"bid": stood["bid_close"].to_numpy(), "ask": stood["ask_close"].to_numpy()}
    return assemble(symbol, names, figures, spot=NAN, as_of=at)
