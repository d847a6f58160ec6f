"""The addresses of Massive that we ask, and what each answers with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import quote

from market.vendors.massive.pure import wire

Message = TypeVar("Message")


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[Message]):
    """One address.

    Attributes
    ----------
    template : str
        Its path with `{names}`; what logs say instead of the path.
    family : str
        What fails, and is refused by a plan, together.
    kind : type
        The message it answers with.
    """

    template: str
    family: str
    kind: type[Message]

    @property
    def has_name(self) -> bool:
        """Its path names what is asked for."""
        return "{" in self.template

    def path(self, **names: object) -> str:
        """Return the path for these names; colons stay as they are."""
        return self.template.format(**{name: quote(str(value), safe=":") for name, value in names.items()})


AGGREGATES = Endpoint(
    "/v2/aggs/ticker/{ticker}/range/{multiplier}/{timespan}/{first}/{last}",
    "aggregates",
    wire.Aggregates,
)
STOCKS = Endpoint("/v2/snapshot/locale/us/markets/stocks/tickers", "stock_snapshot", wire.Stocks)
INDEXES = Endpoint("/v3/snapshot/indices", "index_snapshot", wire.Indexes)
CHAIN = Endpoint("/v3/snapshot/options/{underlying}", "option_chain", wire.OptionChain)
MARKS = Endpoint("/v3/snapshot", "universal_snapshot", wire.Marks)
TICKERS = Endpoint("/v3/reference/tickers", "tickers", wire.Tickers)
CONTRACTS = Endpoint("/v3/reference/options/contracts", "option_contracts", wire.Contracts)
DIVIDENDS = Endpoint("/v3/reference/dividends", "dividends", wire.Rows)
SPLITS = Endpoint("/v3/reference/splits", "splits", wire.Rows)
YIELDS = Endpoint("/fed/v1/treasury-yields", "treasury_yields", wire.Rows)
EVENTS = Endpoint("/tmx/v1/corporate-events", "corporate_events", wire.Rows)
INDICATOR = Endpoint("/v1/indicators/{indicator}/{ticker}", "indicators", wire.Indicator)
STATUS = Endpoint("/v1/marketstatus/now", "market_status", wire.MarketStatus)
UPCOMING = Endpoint("/v1/marketstatus/upcoming", "market_status", list[wire.Holiday])
