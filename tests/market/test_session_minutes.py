from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest

from market import calendar, clock, session_minutes, vendors
from market.errors import ProviderUnavailable
from market.pure.sessions import Session
from tests.market.fakes import FakeVendor
from tests.market.past import eastern, minutes, ts

pytestmark = pytest.mark.django_db
NAN = float("nan")
FLAT = [(11.0, 9.0, 10.0)] * 3


@pytest.fixture(autouse=True)
def vendor() -> Iterator[FakeVendor]:
    day = [("2026-02-10T09:27", 7.0), ("2026-02-10T09:30", 10.0), ("2026-02-10T15:58", 20.0)]
    spy = minutes(day[0][0], FLAT, volume=day[0][1])
    for start, volume in day[1:]:
        spy = spy.extended(minutes(start, FLAT, volume=volume))
    fake = FakeVendor(
        minutes={
            "SPY": spy,
            "SPX": minutes("2026-02-10T09:31", FLAT, volume=NAN),
            "VIX": minutes("2026-02-10T09:30", FLAT, volume=NAN),
        }
    )
    with vendors.using(fake), clock.standing(eastern("2026-02-10T17:00")):
        yield fake


def session() -> Session:
    found = calendar.session(date(2026, 2, 10))
    assert found is not None
    return found


def test_the_open_and_the_close_are_half_open_borders() -> None:
    found = session_minutes.of("SPY", session())

    assert found.premarket.ts.tolist() == [ts(f"2026-02-10T09:{minute}") for minute in (27, 28, 29)]
    assert found.regular.ts.tolist() == [
        *(ts(f"2026-02-10T09:{minute}") for minute in (30, 31, 32)),
        *(ts(f"2026-02-10T15:{minute}") for minute in (58, 59)),
    ]
    assert len(found.all_hours) == 9


def test_a_stock_weighs_with_its_own_volume() -> None:
    found = session_minutes.of("SPY", session())

    assert (found.volume_source, found.is_lent) == ("SPY", False)


def test_an_index_borrows_its_proxys_volume_minute_by_minute() -> None:
    found = session_minutes.of("SPX", session())

    assert (found.volume_source, found.is_lent) == ("SPY", True)
    np.testing.assert_array_equal(found.volume, [10.0, 10.0, NAN])
    assert found.vwap().vwap[-1] == 10.0


def test_an_index_without_proxy_has_no_volume() -> None:
    found = session_minutes.of("VIX", session())

    assert found.volume_source is None
    assert np.isnan(found.vwap().vwap).all()


def test_an_outage_is_said_and_leaves_nothing(vendor: FakeVendor) -> None:
    vendor.failing["minute_bars SPY"] = ProviderUnavailable(provider="fake")

    found = session_minutes.of("SPY", session())

    assert (len(found.all_hours), found.degraded) == (0, ("intraday",))
    assert len(found.vwap().vwap) == 0
