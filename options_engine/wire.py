"""Option numbers as they go out: rounded once, here, and None where nobody knows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from market.market_state import wire_instant
from market.pure.bars import Floats
from market.pure.chain import Chain
from market.vendors import vendor
from options_engine.pure.contracts import names as contract_names
from options_engine.pure.quotes import Verdict
from options_engine.pure.reading import Reading, Source
from options_engine.readings import Read

SHARES: Final = 100.0  # of a contract that was never adjusted
# Decimals on the wire. [USD, 1/USD, decimal volatility]
MONEY, SLOPE, CURVATURE, VOLATILITY = 4, 4, 8, 6
SOURCES: Final = {
    Source.QUOTE: "quote",
    Source.TWIN: "twin",
    Source.LAST: "last_trade",
    Source.VENDOR: "vendor",
    Source.NONE: None,
}


def figure(number: float, digits: int) -> float | None:
    """Return a rounded number, None where it is not known."""
    return round(float(number), digits) + 0.0 if np.isfinite(number) else None


def figures(numbers: Floats, digits: int) -> list[float | None]:
    """Return rounded numbers, None where one is not known."""
    # Adding 0 turns the -0 of a rounded -0.00001 into 0.
    rounded = np.round(numbers, digits) + 0.0
    return [number if np.isfinite(number) else None for number in rounded.tolist()]


def counts(numbers: Floats) -> list[int | None]:
    """Return whole numbers, None where one is not known."""
    return [int(number) if np.isfinite(number) else None for number in numbers.tolist()]


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
    needed = {
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
    names = contract_names(chain.root, chain.expiry, chain.is_call, chain.strike)
    rows = []
    for at in range(len(chain)):
        row: dict[str, Any] = {
            "symbol": chain.symbol,
            "contract": names[at],
            "root": str(chain.root[at]),
            "settlement": "AM" if reading.at_open[at] else "PM",
            "expiry": chain.expiry[at].item().isoformat(),
            "strike": float(chain.strike[at]),
            "type": "call" if chain.is_call[at] else "put",
            "inTheMoney": bool(sign[at] * (reading.spot - chain.strike[at]) > 0),
            "sharesPerContract": figure(chain.shares_per_contract[at], 0),
            "ivSource": SOURCES[Source(int(reading.source[at]))],
            "quote": Verdict(int(reading.verdict[at])).name.lower(),
            "provider": {name: values[at] for name, values in told.items()},
        }
        row |= {name: values[at] or 0 for name, values in needed.items()}
        row |= {name: values[at] for name, values in optional.items()}
        row["unavailable"] = [name for name, values in needed.items() if values[at] is None]
        rows.append(row)
    return rows
