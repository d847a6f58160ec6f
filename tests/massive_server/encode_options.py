"""Contracts of a chain as rows of the wire: what they are, and what they cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from market.pure.chain import Chain
from simulation.pure.listings import INDEX, Listing
from tests.massive_server.tickers import Contract, ticker_of

Row = dict[str, Any]
CBOE, GREEKS = 302, ("delta", "gamma", "theta", "vega")


def listed(chain: Chain, listing: Listing) -> list[Mapping[str, Any]]:
    """Return the fields that contracts are filtered and sorted by, and each one's place in the chain."""
    days = chain.expiry.astype("datetime64[D]").tolist()
    found: list[Mapping[str, Any]] = []
    for at, day in enumerate(days):
        is_call, strike = bool(chain.is_call[at]), float(chain.strike[at])
        found.append(
            {
                "at": at,
                "ticker": Contract(str(chain.root[at]), day, is_call, strike).ticker,
                "underlying_ticker": listing.symbol,
                "contract_type": "call" if is_call else "put",
                "expiration_date": day.isoformat(),
                "strike_price": strike,
            }
        )
    return found


def reference(contract: Mapping[str, Any], listing: Listing) -> Row:
    """Return the row of `/v3/reference/options/contracts`."""
    style = exercise_style(listing)
    return {
        **{name: contract[name] for name in contract if name != "at"},
        "strike_price": _plain(contract["strike_price"]),
        "exercise_style": style,
        "shares_per_contract": 100,
        "primary_exchange": "XCBO",
        "cfi": f"O{contract['contract_type'][0].upper()}{style[0].upper()}CPS",
    }


def snapshot(chain: Chain, contract: Mapping[str, Any], listing: Listing, *, timeframe: str, prefixed: bool) -> Row:
    """Return the row of `/v3/snapshot/options/{underlying}`.

    An index that was asked for without its prefix has neither Greeks nor a price of the underlying, as in reality.
    """
    at = contract["at"]
    stamp = round(chain.as_of.timestamp() * 1000) * 1_000_000
    bid, ask = float(chain.bid[at]), float(chain.ask[at])
    middle = round((bid + ask) / 2, 4)
    is_call = bool(chain.is_call[at])
    even = contract["strike_price"] + (middle if is_call else -middle)
    return {
        "details": details(contract, listing),
        "day": _day(chain, at, stamp),
        "last_quote": _quote(bid, ask, middle, stamp, timeframe),
        **_last_trade(chain, at, stamp, timeframe),
        **(_greeks(chain, at) if prefixed else {}),
        "open_interest": int(chain.open_interest[at]),
        "break_even_price": round(even, 4),
        "underlying_asset": {
            "ticker": ticker_of(listing),
            **({("value" if listing.type == INDEX else "price"): chain.spot} if prefixed else {}),
            "change_to_break_even": round(even - chain.spot, 4),
            "last_updated": stamp,
            "timeframe": timeframe,
        },
    }


def universal(row: Row, *, market_status: str) -> Row:
    """Return the row of `/v3/snapshot` of a contract, from its row in the chain."""
    details_, day = dict(row["details"]), row["day"]
    ticker = details_.pop("ticker")
    session = {name: value for name, value in day.items() if name not in ("vwap", "last_updated")}
    middle = row["last_quote"]["midpoint"]
    untraded = dict.fromkeys(("open", "high", "low", "close", "previous_close"), middle)
    return {
        **{name: value for name, value in row.items() if name not in ("day", "details")},
        "ticker": ticker,
        "name": ticker.removeprefix("O:"),
        "type": "options",
        "market_status": market_status,
        "details": {**details_, "underlying_ticker": row["underlying_asset"]["ticker"]},
        "session": session or {**untraded, "volume": 0, "change": 0, "change_percent": 0},
    }


def details(contract: Mapping[str, Any], listing: Listing) -> Row:
    """Return what a contract is, as snapshots say it."""
    return {
        **{name: contract[name] for name in ("ticker", "contract_type", "expiration_date")},
        "exercise_style": exercise_style(listing),
        "strike_price": _plain(contract["strike_price"]),
        "shares_per_contract": 100,
    }


def exercise_style(listing: Listing) -> str:
    """Return how options of a listing may be exercised."""
    return "european" if listing.type == INDEX else "american"


def _day(chain: Chain, at: int, stamp: int) -> Row:
    last = float(chain.last[at])
    if math.isnan(last):
        return {}  # it has not traded
    prices = dict.fromkeys(("open", "high", "low", "close", "vwap", "previous_close"), last)
    return {**prices, "volume": int(chain.volume[at]), "change": 0, "change_percent": 0, "last_updated": stamp}


def _quote(bid: float, ask: float, middle: float, stamp: int, timeframe: str) -> Row:
    sizes = {"bid_size": 40, "ask_size": 35, "bid_exchange": CBOE, "ask_exchange": CBOE}
    return {"bid": bid, "ask": ask, **sizes, "midpoint": middle, "last_updated": stamp, "timeframe": timeframe}


def _last_trade(chain: Chain, at: int, stamp: int, timeframe: str) -> Row:
    last = float(chain.last[at])
    if math.isnan(last):
        return {}
    trade = {"price": last, "size": 2, "conditions": [209], "exchange": CBOE, "sip_timestamp": stamp}
    return {"last_trade": {**trade, "timeframe": timeframe}}


def _greeks(chain: Chain, at: int) -> Row:
    known = {name: float(getattr(chain, name)[at]) for name in GREEKS}
    return {"greeks": known, "implied_volatility": float(chain.iv[at])}


def _plain(strike: float) -> float:
    # A whole strike is written without a point.
    return int(strike) if strike == int(strike) else strike
