"""What the market's tests share: a vendor that tells what it was given, and a demand of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from market import demand, feed, vendors
from tests.market.fakes import FakeVendor


@pytest.fixture
def vendor() -> Iterator[FakeVendor]:
    """Return the vendor that the market asks for the length of a test."""
    fake = FakeVendor()
    with vendors.using(fake):
        yield fake


@pytest.fixture
def wanted(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the only symbols that anybody needs; a test adds to them. Other rooms neither ask nor listen."""
    symbols: set[str] = set()
    monkeypatch.setattr(demand, "_needs", {"test": lambda: symbols})
    monkeypatch.setattr(feed, "_quote_sinks", [])
    monkeypatch.setattr(feed, "_bar_sinks", [])
    return symbols
