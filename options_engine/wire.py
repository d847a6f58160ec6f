"""Option numbers as they go out: rounded once, here, and None where nobody knows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from market.market_state import wire_instant
from market.pure.bars import Floats
from market.pure.chain import Chain
from market.pure.contract_names import names as contract_names
from market.vendors import vendor
from options_engine.pure.own_volatilities import Source
from options_engine.pure.quotes import Verdict
from options_engine.pure.reading import Reading
from options_engine.readings import Read

SHARES: Final = 100.0  # of a contract that was never adjusted
# Decimals on the wire. [USD, 1/USD, decimal volatility]
MONEY, SLOPE, CURVATURE, VOLATILITY = 4, 4, 8, 6
SOURCES: Final = {
    Source.QUOTE: "quote",
    Source.TWIN: "twin",
    Source.LAST: "last_trade",
    Source.VENDOR: "vendor",
    Source.ASK: "ask",
    Source.NONE: None,
}


def figure(number: float, digits: int) -> float | None:
    """Return a rounded number, None where it is not known."""
    return round(float(number), digits) + 0.0 if np.isfinite(number) else None


def figures(numbers: Floats, digits: int) -> list[float | None]:
    """Return rounded numbers, None where one is not known."""
    # Adding 0 turns the -0 of a rounded -0.00001 into 0.
    return known(np.round(numbers, digits) + 0.0)


def known(numbers: Floats) -> list[float | None]:
    """Return numbers as they are, None where one is not known."""
    told = numbers.astype(object)
    told[~np.isfinite(numbers)] = None
    found: list[float | None] = told.tolist()
    return found


def counts(numbers: Floats) -> list[int | None]:
    """Return whole numbers, None where one is not known."""
    whole = np.where(np.isfinite(numbers), numbers, 0.0).astype(np.int64)
    return [None if number is None else count for number, count in zip(known(numbers), whole.tolist(), strict=True)]


def provenance(read: Read) -> dict[str, Any]:
    """Return where the numbers of an answer come from and how old they are (docs/options-api.md)."""
    chain = read.reading.chain
    return {
        "asOf": wire_instant(chain.as_of),
        "spotAsOf": _instant(chain.spot_ts),
        "quotesAsOf": _instant(chain.quotes_ts),
        "stale": read.stale,
        "delayed": chain.delayed,
        "simulated": vendor().simulated,
        "partial": chain.partial,
        "rateSource": read.rates.source,
        "rateDate": read.rates.date.isoformat() if read.rates.date else None,
        "dataQuality": read.reading.quality(),
    }


def _instant(seconds: float) -> str | None:
    return wire_instant(datetime.fromtimestamp(seconds, UTC)) if np.isfinite(seconds) else None


def spread_pct(chain: Chain) -> Floats:
    """Return how wide each quote is in percent of its middle; NaN without a bid and an ask."""
    quoted = (chain.bid > 0) & (chain.ask > 0)
    middle = np.where(quoted, 0.5 * (chain.bid + chain.ask), np.nan)
    return 100.0 * (chain.ask - chain.bid) / middle


def contracts(reading: Reading) -> list[dict[str, Any]]:
    """Return the contract's `OptionContract` of each contract of a reading, in its order.

    Members that the wire wants as numbers are 0 where nobody knows them, and then named in `unavailable`.
    """
    chain, greeks, higher = reading.chain, reading.greeks, reading.higher
    sign = np.where(chain.is_call, 1.0, -1.0)
    intrinsic = np.maximum(sign * (reading.spot - chain.strike), 0.0)
    needed: dict[str, list[Any]] = {
        "last": figures(chain.last, MONEY),
        "bid": figures(chain.bid, MONEY),
        "ask": figures(chain.ask, MONEY),
        "volume": counts(chain.volume),
        "openInterest": counts(chain.open_interest),
        "impliedVolatility": figures(reading.sigma, VOLATILITY),
        "intrinsicValue": figures(intrinsic, MONEY),
        "extrinsicValue": figures(np.maximum(reading.mark - intrinsic, 0.0), MONEY),
    }
    optional = {
        "mark": figures(reading.mark, MONEY),
        "theoretical": figures(greeks.price, MONEY),
        "delta": figures(greeks.delta, SLOPE),
        "gamma": figures(greeks.gamma, CURVATURE),
        "theta": figures(greeks.theta, SLOPE),
        "vega": figures(greeks.vega, SLOPE),
        "rho": figures(greeks.rho, SLOPE),
        "vanna": figures(higher.vanna, CURVATURE),
        "charm": figures(higher.charm, CURVATURE),
        "vomma": figures(higher.vomma, CURVATURE),
        "speed": figures(higher.speed, 10),
        "breakeven": figures(chain.strike + sign * reading.mark, MONEY),
        "spreadPct": figures(spread_pct(chain), 2),
    }
    told = {name: figures(getattr(chain, name), CURVATURE) for name in ("iv", "delta", "gamma", "theta", "vega")}
    columns: dict[str, list[Any]] = {
        "symbol": [chain.symbol] * len(chain),
        "contract": contract_names(chain.root, chain.expiry, chain.is_call, chain.strike),
        "root": chain.root.tolist(),
        "settlement": np.where(reading.at_open, "AM", "PM").tolist(),
        "expiry": chain.expiry.astype("datetime64[D]").astype(str).tolist(),
        "strike": chain.strike.tolist(),
        "type": np.where(chain.is_call, "call", "put").tolist(),
        "inTheMoney": (sign * (reading.spot - chain.strike) > 0).tolist(),
        "sharesPerContract": figures(chain.shares_per_contract, 0),
        "ivSource": [SOURCES[Source(code)] for code in reading.source.tolist()],
        "quote": [Verdict(code).name.lower() for code in reading.verdict.tolist()],
        "provider": _rows(told),
        **{name: [value or 0 for value in values] for name, values in needed.items()},
        **optional,
        "unavailable": [[name for name, value in row.items() if value is None] for row in _rows(needed)],
    }
    return _rows(columns)


def _rows(columns: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    # Column by column, then all rows together: a thousand contracts cost milliseconds.
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
