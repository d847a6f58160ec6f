"""What the tests of option numbers share: a clock that stands and a vendor with chains written out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from market import clock, demand, vendors
from market.pure.chain import Chain
from tests.market.chains import chain
from tests.market.fakes import FakeVendor

MONDAY, TUESDAY = date(2026, 2, 9), date(2026, 2, 10)
TEN = datetime(2026, 2, 9, 15, 0, 5, tzinfo=UTC)  # 10:00:05 in New York
NAN = float("nan")


def spx(symbol: str = "SPX", *, spot: float = 6000.0, as_of: datetime = TEN, **figures: object) -> Chain:
    """Return calls above the price and puts below it, on two dates."""
    listed = [
        (day, "SPXW", strike, side)
        for day in (MONDAY, TUESDAY)
        for strike, side in ((5950.0, "P"), (6000.0, "C"), (6050.0, "C"))
    ]
    usual = {"open_interest": [9_000, 2_000, 7_000] * 2, "iv": 0.15}
    return chain(symbol, listed, spot=spot, as_of=as_of, **usual | figures)


@pytest.fixture(autouse=True)
def hand() -> Iterator[clock.Standing]:
    with clock.standing(TEN) as standing:
        yield standing


@pytest.fixture(autouse=True)
def vendor() -> Iterator[FakeVendor]:
    fake = FakeVendor()
    with vendors.using(fake):
        yield fake


@pytest.fixture
def wanted(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the only symbols that anybody needs; a test adds to them."""
    symbols: set[str] = set()
    monkeypatch.setattr(demand, "_needs", {"test": lambda: symbols})
    return symbols
