"""Small recorded option chains of our own making, one in each form."""

from __future__ import annotations

from typing import Any

import pandas as pd

# Friday 2023-06-09, 13:40 in New York.
TABLE = """
S&P 500 INDEX,Last: 4300.01,Change:  6.08
"Date: June 9, 2023 at 1:40 PM EDT",Bid: 4299.34,Ask: 4300.83,Size: 1*1,Volume: 0
Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike,\
Puts,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest
Fri Jun 09 2023,SPXW230609C04300000,5.05,0,5,5.2,900,0.11,0.5,0.02,"1,000",4300,\
SPXW230609P04300000,5.2,0,5.1,5.3,800,0.12,-0.5,0.02,2000
Fri Jun 16 2023,SPX230616C04287500,39,0,40,41,0,0,0.6,0.004,20,4287.5,\
SPX230616P04287500,"1,020.50",0,20,21,5,0.14,-0.4,0.004,30
"""


def cboe_answer() -> dict[str, Any]:
    usual = {"open_interest": 10.0, "iv": 0.2, "delta": 0.5, "gamma": 0.03, "theta": -0.1, "vega": 0.2}
    call = {"option": "SPY230616C00430000", "bid": 1.4, "ask": 1.6, "volume": 3.0, "last_trade_price": 1.5, **usual}
    put = call | {"option": "SPY230616P00430000", "bid": None, "volume": 0.0, "vega": 0.0}
    return {"timestamp": "2023-06-09 17:40:00", "data": {"current_price": 430.0, "options": [call, put]}}


def desk_file() -> dict[str, Any]:
    usual = {"iv": 0.4, "delta": 0.5, "gamma": 0.1, "theta": -0.01, "vega": 0.01, "bid": 9.0, "ask": 9.9, "last": 9.5}
    call = {"symbol": "F230616C00012000", "volume": 27.0, "openInterest": 60.0, **usual}
    put = call | {"symbol": "F230616P00012000", "volume": None, "openInterest": 5.0}
    return {"symbol": "F", "updated": "2023-06-09T13:40:00-04:00", "underlyingPrice": 12.5, "quotes": [call, put]}


def evenings() -> pd.DataFrame:
    """Return two contracts of June 8 with their underlying, and one of June 9 that has lost it."""
    listed = [
        ("2023-06-08", None, None, None, 180.5, 100, None, None),
        ("2023-06-08", 20230616, 180.0, "C", 3.0, 10, 500.0, 0.20),
        ("2023-06-08", 20230616, 182.5, "P", 4.0, 0, 400.0, 0.25),
        ("2023-06-09", 20230616, 180.0, "C", 2.5, 10, 500.0, 0.20),
    ]
    columns = ["date", "expiry", "strike", "right", "close", "volume", "open_interest", "implied_volatility"]
    return pd.DataFrame(listed, columns=columns)


def minutes() -> pd.DataFrame:
    """Return two contracts of June 9 from 9:30 on, of which the first changes at 9:33 and a third is blank."""
    listed = [
        ("2023-06-09 13:30", 4300.0, 5.0, 5.2),
        ("2023-06-09 13:31", 4310.0, 2.0, 2.2),
        ("2023-06-09 13:31", 4320.0, None, 1.0),
        ("2023-06-09 13:33", 4300.0, 6.0, 6.2),
    ]
    frame = pd.DataFrame(listed, columns=["ts", "strike", "bid_close", "ask_close"])
    return frame.assign(ts=pd.to_datetime(frame["ts"], utc=True), expiration="2023-06-09", right="C")
