"""A market with long-dated options of SPY, written out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from market.pure.chain import Chain
from tests.market.chains import chain
from tests.market.fakes import FakeVendor
from tests.market.past import minutes

TEN = datetime(2026, 2, 9, 15, tzinfo=UTC)  # 10:00 in New York
EXPIRY, LATER = date(2026, 12, 18), date(2027, 1, 15)


def spy(**figures: Any) -> Chain:
    """Return a call and a put at 600, and a call at 620, on two dates; the spot is 600."""
    listed = [
        (day, "SPY", strike, side) for day in (EXPIRY, LATER) for strike, side in ((600, "C"), (600, "P"), (620, "C"))
    ]
    quotes = {"bid": [49.8, 34.8, 39.8, 53.8, 36.8, 43.8], "ask": [50.2, 35.2, 40.2, 54.2, 37.2, 44.2]}
    return chain("SPY", listed, spot=600.0, as_of=TEN, **quotes | figures)


def vendor() -> FakeVendor:
    """Return a vendor that knows SPY at 600 and these options."""
    fake = FakeVendor()
    fake.chains["SPY"] = spy()
    fake.minutes["SPY"] = minutes("2026-02-09T09:30", [(600.0, 600.0, 600.0)] * 30)
    return fake
