"""What holding an underlying earns when the market has not said: a flat rate and a table of dividend yields."""

from __future__ import annotations

from typing import Final

RATE: Final = 0.045  # continuously compounded [1/year]
UNKNOWN_YIELD: Final = 0.005
# Continuous dividend yields. A 0 is a company that pays none, not a gap in the table. [1/year]
YIELDS: Final = {
    "SPX": 0.014,
    "XSP": 0.014,
    "SPY": 0.013,
    "NDX": 0.007,
    "QQQ": 0.006,
    "RUT": 0.012,
    "IWM": 0.012,
    "DJX": 0.018,
    "DIA": 0.018,
    "AAPL": 0.005,
    "MSFT": 0.007,
    "AMZN": 0.0,
    "GOOGL": 0.005,
    "META": 0.004,
    "TSLA": 0.0,
    "NVDA": 0.0003,
}


def dividend_yield(symbol: str) -> float:
    """Return the yield of the table, 0.5 % for a symbol that is not in it. [1/year]"""
    return YIELDS.get(symbol, UNKNOWN_YIELD)
