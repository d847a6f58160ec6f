"""Massive's messages, as far as we read them: every member may be missing, unknown members are skipped.

Names are the wire's. Numbers may come as text; what is no number at all spoils its message, which is then malformed.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

# Whole numbers; one that comes as 1.77e18 has lost digits, but names its moment all the same.
Stamp = int | float

Row = TypeVar("Row")


class Envelope(msgspec.Struct):
    """What every answer may carry."""

    status: str = ""
    request_id: str = ""
    next_url: str | None = None

    @property
    def delayed(self) -> bool:
        """The plan is not real-time."""
        return self.status == "DELAYED"


class Listing(Envelope, Generic[Row]):
    """An answer that is a list; absent or null when it is empty."""

    results: list[Row] | None = None


class Failure(msgspec.Struct):
    """The body of an error; sometimes `message`, sometimes `error`."""

    status: str = ""
    error: str | None = None
    message: str | None = None


class Bar(msgspec.Struct):
    """One row of aggregates, and the day, minute and previous day inside a stock's snapshot."""

    t: Stamp | None = None
    o: float | None = None
    h: float | None = None
    l: float | None = None  # noqa: E741 -- the wire's name
    c: float | None = None
    v: float | None = None
    vw: float | None = None
    av: float | None = None
    otc: bool | None = None


class Aggregates(Listing[Bar]):
    """`/v2/aggs/...`."""


class Trade(msgspec.Struct):
    """The last trade inside a stock's snapshot; `t` in nanoseconds."""

    p: float | None = None
    t: Stamp | None = None


class StockRow(msgspec.Struct):
    """One stock of `/v2/snapshot/...`; `updated` in nanoseconds."""

    ticker: str = ""
    updated: Stamp | None = None
    day: Bar | None = None
    prevDay: Bar | None = None  # noqa: N815 -- the wire's name
    min: Bar | None = None
    lastTrade: Trade | None = None  # noqa: N815 -- as above


class Stocks(Envelope):
    """`/v2/snapshot/locale/us/markets/stocks/tickers`."""

    tickers: list[StockRow] | None = None


class Day(msgspec.Struct):
    """The session of an index, the last traded day of an option; `last_updated` in nanoseconds."""

    close: float | None = None
    previous_close: float | None = None
    volume: float | None = None
    last_updated: Stamp | None = None


class Stamped(msgspec.Struct):
    """What says when it was made, in nanoseconds, and how fresh the plan lets it be."""

    last_updated: Stamp | None = None
    timeframe: str = ""


class IndexRow(Stamped):
    """One index of `/v3/snapshot/indices`, or why there is none."""

    ticker: str = ""
    value: float | None = None
    session: Day | None = None
    error: str | None = None


class Indexes(Listing[IndexRow]):
    """`/v3/snapshot/indices`."""


class Contract(msgspec.Struct):
    """What an option is."""

    ticker: str = ""
    contract_type: str = ""
    exercise_style: str = ""
    expiration_date: str = ""
    strike_price: float | None = None
    shares_per_contract: float | None = None
    underlying_ticker: str = ""


class OptionQuote(Stamped):
    """Best bid and ask of an option."""

    bid: float | None = None
    ask: float | None = None


class OptionTrade(msgspec.Struct):
    """Last trade of anything in the newer snapshots."""

    price: float | None = None
    sip_timestamp: Stamp | None = None


class Greeks(msgspec.Struct):
    """Of one share; `{}` where there are none."""

    delta: float | None = None
    gamma: float | None = None
    theta: float | None = None
    vega: float | None = None


class Underlying(Stamped):
    """What an option is written on: `price` of a stock, `value` of an index."""

    ticker: str = ""
    price: float | None = None
    value: float | None = None


class OptionRow(msgspec.Struct):
    """One contract of `/v3/snapshot/options/...`; its ticker stands in `details`."""

    details: Contract | None = None
    day: Day | None = None
    last_quote: OptionQuote | None = None
    last_trade: OptionTrade | None = None
    greeks: Greeks | None = None
    implied_volatility: float | None = None
    open_interest: float | None = None
    underlying_asset: Underlying | None = None


class OptionChain(Listing[OptionRow]):
    """`/v3/snapshot/options/{underlying}`."""


class MarkRow(OptionRow):
    """One row of the universal snapshot, whose ticker stands in it, or why there is none."""

    ticker: str = ""
    error: str | None = None


class Marks(Listing[MarkRow]):
    """`/v3/snapshot`."""


class TickerRow(msgspec.Struct):
    """One symbol of the directory."""

    ticker: str = ""
    name: str = ""
    market: str = ""
    locale: str = ""
    type: str = ""
    primary_exchange: str | None = None
    active: bool = True


class Tickers(Listing[TickerRow]):
    """`/v3/reference/tickers`."""


class Contracts(Listing[Contract]):
    """`/v3/reference/options/contracts`."""


class Rows(Listing[dict[str, Any]]):
    """Flat rows of facts: dividends, splits, yields, events."""


class IndicatorValue(msgspec.Struct):
    """One value of an indicator; `timestamp` in milliseconds, of the last bar used."""

    timestamp: Stamp | None = None
    value: float | None = None
    signal: float | None = None
    histogram: float | None = None


class IndicatorValues(msgspec.Struct):
    """The series inside an indicator's answer."""

    values: list[IndicatorValue] | None = None


class Indicator(Envelope):
    """`/v1/indicators/...`."""

    results: IndicatorValues | None = None


class MarketStatus(msgspec.Struct):
    """`/v1/marketstatus/now`, which has no envelope."""

    market: str = ""
    earlyHours: bool = False  # noqa: N815 -- the wire's name
    afterHours: bool = False  # noqa: N815 -- as above
    serverTime: str = ""  # noqa: N815 -- as above
    exchanges: dict[str, str] = msgspec.field(default_factory=dict)


class Holiday(msgspec.Struct):
    """One row of `/v1/marketstatus/upcoming`, a bare list."""

    date: str = ""
    exchange: str = ""
    name: str = ""
    status: str = ""
    open: str | None = None
    close: str | None = None


Message = TypeVar("Message")


def decode(body: bytes, kind: type[Message]) -> Message:
    """Return the message in a body.

    Raises
    ------
    ValueError
        If it is cut off, no JSON, or of another shape.
    """
    try:
        return msgspec.json.decode(body, type=kind, strict=False)
    except msgspec.MsgspecError as trouble:
        raise ValueError(str(trouble)) from trouble
