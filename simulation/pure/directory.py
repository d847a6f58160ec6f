"""The table of symbols: real names, round numbers of early 2026, and rough sizes of their moves."""

from __future__ import annotations

from typing import Final

# Shared drivers and the standard deviation of their daily log moves. [1]
FACTORS: Final = {
    "market": 0.0090,
    "technology": 0.0048,
    "small companies": 0.0060,
    "chips": 0.0125,
    "software": 0.0090,
    "finance": 0.0060,
    "energy": 0.0105,
    "health": 0.0060,
    "consumers": 0.0055,
    "industry": 0.0055,
    "crypto": 0.0270,
    "rates": 0.0065,
    "gold": 0.0100,
}

Loads = dict[str, float]

# symbol, name, level, daily sigma in percent, loads
INDEXES: Final[tuple[tuple[str, str, float, float, Loads], ...]] = (
    ("SPX", "S&P 500 Index", 6900.0, 0.90, {"market": 1.0}),
    ("NDX", "Nasdaq-100 Index", 25000.0, 1.17, {"market": 1.12, "technology": 1.0}),
    ("RUT", "Russell 2000 Index", 2600.0, 1.25, {"market": 1.15, "small companies": 1.0}),
    ("DJI", "Dow Jones Industrial Average", 49000.0, 0.82, {"market": 0.85, "industry": 0.35}),
    ("VIX", "Cboe Volatility Index", 17.5, 5.40, {"market": -4.3}),
)

# symbol, name, type, exchange, index it tracks, its price per index point, usual volume in millions
FOLLOWERS: Final[tuple[tuple[str, str, str, str | None, str, float, float], ...]] = (
    ("XSP", "Mini-S&P 500 Index", "index", None, "SPX", 0.1, float("nan")),
    ("DJX", "1/100 Dow Jones Industrial Average", "index", None, "DJI", 0.01, float("nan")),
    ("SPY", "SPDR S&P 500 ETF Trust", "etf", "ARCX", "SPX", 0.1, 70.0),
    ("VOO", "Vanguard S&P 500 ETF", "etf", "ARCX", "SPX", 0.092, 8.0),
    ("QQQ", "Invesco QQQ Trust", "etf", "XNAS", "NDX", 0.0243, 50.0),
    ("IWM", "iShares Russell 2000 ETF", "etf", "ARCX", "RUT", 0.1, 35.0),
    ("DIA", "SPDR Dow Jones Industrial Average ETF Trust", "etf", "ARCX", "DJI", 0.01, 4.5),
)

_BIG_TECH: Final[Loads] = {"market": 1.1, "technology": 0.9}
_CHIPS: Final[Loads] = {"market": 1.3, "technology": 0.9, "chips": 1.0}
_SOFTWARE: Final[Loads] = {"market": 1.1, "technology": 0.7, "software": 1.0}
_FINANCE: Final[Loads] = {"market": 0.95, "finance": 1.0}
_ENERGY: Final[Loads] = {"market": 0.6, "energy": 1.0}
_HEALTH: Final[Loads] = {"market": 0.6, "health": 1.0}
_CONSUMERS: Final[Loads] = {"market": 0.6, "consumers": 1.0}
_INDUSTRY: Final[Loads] = {"market": 1.0, "industry": 1.0}
_CRYPTO: Final[Loads] = {"market": 1.4, "crypto": 1.0}

# symbol, name, type, exchange, price, usual volume in millions, daily sigma in percent, loads
SHARES: Final[tuple[tuple[str, str, str, str, float, float, float, Loads], ...]] = (
    ("AAPL", "Apple Inc.", "stock", "XNAS", 260.0, 48.0, 1.6, _BIG_TECH),
    ("NVDA", "NVIDIA Corporation", "stock", "XNAS", 185.0, 175.0, 2.4, _CHIPS),
    ("TSLA", "Tesla, Inc.", "stock", "XNAS", 420.0, 75.0, 3.5, {"market": 1.7, "technology": 1.0}),
    ("AMZN", "Amazon.com, Inc.", "stock", "XNAS", 215.0, 42.0, 1.9, _BIG_TECH),
    ("META", "Meta Platforms, Inc.", "stock", "XNAS", 650.0, 14.0, 2.1, _BIG_TECH),
    ("MSFT", "Microsoft Corporation", "stock", "XNAS", 430.0, 26.0, 1.5, _BIG_TECH),
    ("GOOGL", "Alphabet Inc. Class A", "stock", "XNAS", 315.0, 34.0, 1.8, _BIG_TECH),
    ("AMD", "Advanced Micro Devices, Inc.", "stock", "XNAS", 210.0, 45.0, 3.2, _CHIPS),
    ("AVGO", "Broadcom Inc.", "stock", "XNAS", 340.0, 26.0, 2.8, _CHIPS),
    ("INTC", "Intel Corporation", "stock", "XNAS", 45.0, 95.0, 3.0, _CHIPS),
    ("MU", "Micron Technology, Inc.", "stock", "XNAS", 380.0, 26.0, 3.4, _CHIPS),
    ("QCOM", "QUALCOMM Incorporated", "stock", "XNAS", 155.0, 9.0, 2.1, _CHIPS),
    ("ARM", "Arm Holdings plc", "stock", "XNAS", 125.0, 6.0, 3.2, _CHIPS),
    ("SMCI", "Super Micro Computer, Inc.", "stock", "XNAS", 32.0, 28.0, 4.2, _CHIPS),
    ("PLTR", "Palantir Technologies Inc.", "stock", "XNAS", 140.0, 48.0, 3.4, _SOFTWARE),
    ("APP", "AppLovin Corporation", "stock", "XNAS", 470.0, 6.0, 4.0, _SOFTWARE),
    ("CRM", "Salesforce, Inc.", "stock", "XNYS", 220.0, 8.0, 2.1, _SOFTWARE),
    ("ORCL", "Oracle Corporation", "stock", "XNYS", 165.0, 24.0, 2.9, _SOFTWARE),
    ("ADBE", "Adobe Inc.", "stock", "XNAS", 290.0, 4.5, 2.0, _SOFTWARE),
    ("SHOP", "Shopify Inc.", "stock", "XNAS", 130.0, 9.0, 3.0, _SOFTWARE),
    ("SNOW", "Snowflake Inc.", "stock", "XNYS", 180.0, 5.5, 3.0, _SOFTWARE),
    ("NFLX", "Netflix, Inc.", "stock", "XNAS", 80.0, 40.0, 1.9, {"market": 1.0, "technology": 0.7}),
    ("UBER", "Uber Technologies, Inc.", "stock", "XNYS", 75.0, 18.0, 2.2, {"market": 1.1, "technology": 0.6}),
    ("COIN", "Coinbase Global, Inc.", "stock", "XNAS", 170.0, 11.0, 4.2, _CRYPTO),
    ("MSTR", "Strategy Inc", "stock", "XNAS", 130.0, 18.0, 4.5, _CRYPTO),
    ("HOOD", "Robinhood Markets, Inc.", "stock", "XNAS", 80.0, 30.0, 4.0, _CRYPTO),
    ("SOFI", "SoFi Technologies, Inc.", "stock", "XNAS", 20.0, 55.0, 3.3, {"market": 1.5, "finance": 1.0}),
    ("JPM", "JPMorgan Chase & Co.", "stock", "XNYS", 305.0, 9.0, 1.4, _FINANCE),
    ("BAC", "Bank of America Corporation", "stock", "XNYS", 53.0, 38.0, 1.5, _FINANCE),
    ("GS", "The Goldman Sachs Group, Inc.", "stock", "XNYS", 900.0, 2.0, 1.8, _FINANCE),
    ("V", "Visa Inc.", "stock", "XNYS", 325.0, 6.5, 1.3, _FINANCE),
    ("MA", "Mastercard Incorporated", "stock", "XNYS", 530.0, 3.0, 1.3, _FINANCE),
    ("BRK.B", "Berkshire Hathaway Inc. Class B", "stock", "XNYS", 500.0, 4.5, 1.0, {"market": 0.7, "finance": 0.5}),
    ("XOM", "Exxon Mobil Corporation", "stock", "XNYS", 140.0, 17.0, 1.5, _ENERGY),
    ("CVX", "Chevron Corporation", "stock", "XNYS", 178.0, 9.0, 1.4, _ENERGY),
    ("UNH", "UnitedHealth Group Incorporated", "stock", "XNYS", 290.0, 9.0, 2.2, _HEALTH),
    ("LLY", "Eli Lilly and Company", "stock", "XNYS", 1040.0, 3.2, 2.0, _HEALTH),
    ("JNJ", "Johnson & Johnson", "stock", "XNYS", 235.0, 8.0, 1.1, _HEALTH),
    ("PFE", "Pfizer Inc.", "stock", "XNYS", 27.0, 45.0, 1.4, _HEALTH),
    ("WMT", "Walmart Inc.", "stock", "XNAS", 128.0, 18.0, 1.3, _CONSUMERS),
    ("COST", "Costco Wholesale Corporation", "stock", "XNAS", 980.0, 2.0, 1.3, _CONSUMERS),
    ("HD", "The Home Depot, Inc.", "stock", "XNYS", 385.0, 4.0, 1.4, _CONSUMERS),
    ("KO", "The Coca-Cola Company", "stock", "XNYS", 78.0, 16.0, 0.95, _CONSUMERS),
    ("NKE", "NIKE, Inc.", "stock", "XNYS", 63.0, 14.0, 2.1, _CONSUMERS),
    ("DIS", "The Walt Disney Company", "stock", "XNYS", 108.0, 9.0, 1.6, {"market": 0.9, "consumers": 0.7}),
    ("BA", "The Boeing Company", "stock", "XNYS", 240.0, 8.0, 2.0, _INDUSTRY),
    ("CAT", "Caterpillar Inc.", "stock", "XNYS", 720.0, 3.5, 2.0, _INDUSTRY),
    ("GE", "GE Aerospace", "stock", "XNYS", 320.0, 5.0, 1.8, _INDUSTRY),
    ("F", "Ford Motor Company", "stock", "XNYS", 13.8, 60.0, 1.9, _INDUSTRY),
    ("T", "AT&T Inc.", "stock", "XNYS", 28.0, 38.0, 1.2, _CONSUMERS),
    ("SMH", "VanEck Semiconductor ETF", "etf", "XNAS", 405.0, 8.0, 2.05, _CHIPS),
    ("XLK", "Technology Select Sector SPDR Fund", "etf", "ARCX", 142.0, 14.0, 1.3, _BIG_TECH),
    ("XLF", "Financial Select Sector SPDR Fund", "etf", "ARCX", 53.0, 42.0, 1.06, _FINANCE),
    ("XLE", "Energy Select Sector SPDR Fund", "etf", "ARCX", 53.0, 32.0, 1.25, _ENERGY),
    ("XLV", "Health Care Select Sector SPDR Fund", "etf", "ARCX", 156.0, 11.0, 0.85, _HEALTH),
    ("ARKK", "ARK Innovation ETF", "etf", "ARCX", 75.0, 9.0, 2.5, {"market": 1.6, "technology": 0.8, "crypto": 0.4}),
    ("TQQQ", "ProShares UltraPro QQQ", "etf", "XNAS", 52.0, 85.0, 3.4, {"market": 3.36, "technology": 3.0}),
    ("SQQQ", "ProShares UltraPro Short QQQ", "etf", "XNAS", 70.0, 45.0, 3.4, {"market": -3.36, "technology": -3.0}),
    ("TLT", "iShares 20+ Year Treasury Bond ETF", "etf", "XNAS", 88.0, 38.0, 0.75, {"market": -0.1, "rates": 1.0}),
    ("GLD", "SPDR Gold Shares", "etf", "ARCX", 440.0, 12.0, 1.05, {"gold": 1.0}),
)
