from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest
import redis

from market import clock, intraday_history, vendors
from market.pure.session_folds import Folded
from market.pure.timeframes import TIMEFRAMES
from tests.market.fakes import FakeVendor
from tests.market.past import eastern, minutes

pytestmark = pytest.mark.django_db
FLAT = [(11.0, 9.0, 10.0)] * 390
FRIDAY, MONDAY, TUESDAY = date(2026, 2, 6), date(2026, 2, 9), date(2026, 2, 10)


@pytest.fixture(autouse=True)
def vendor() -> Iterator[FakeVendor]:
    spy = minutes("2026-02-06T09:30", FLAT).extended(minutes("2026-02-09T09:30", FLAT))
    spx = minutes("2026-02-06T09:30", FLAT, volume=float("nan"))
    fake = FakeVendor(minutes={"SPY": spy, "SPX": spx.extended(minutes("2026-02-09T09:30", FLAT, volume=float("nan")))})
    fake.days = [FRIDAY, MONDAY, TUESDAY]
    with vendors.using(fake), clock.standing(eastern("2026-02-10T12:00")):
        yield fake


def folded(symbol: str, *, weighed_from: date = FRIDAY) -> Folded:
    return intraday_history.folded(
        symbol,
        TIMEFRAMES["5m"],
        intraday_history.sessions_before(TUESDAY, 5),
        weighed_from=weighed_from,
        extended=False,
        now=clock.now(),
    )


def test_sessions_are_those_the_vendor_has_data_for(vendor: FakeVendor) -> None:
    assert [session.date for session in intraday_history.sessions_before(TUESDAY, 5)] == [FRIDAY, MONDAY]
    assert [session.date for session in intraday_history.sessions_before(TUESDAY, 1)] == [MONDAY]
    assert intraday_history.sessions_before(TUESDAY, 0) == []


def test_a_vendor_with_every_day_has_the_calendars_sessions(vendor: FakeVendor) -> None:
    vendor.days = None

    found = [session.date.isoformat() for session in intraday_history.sessions_before(date(2026, 1, 21), 3)]

    assert found == ["2026-01-15", "2026-01-16", "2026-01-20"]  # Monday was a holiday


def test_history_is_asked_for_once(vendor: FakeVendor) -> None:
    first, second = folded("SPY"), folded("SPY")

    np.testing.assert_array_equal(first.bars.rows(), second.bars.rows())
    np.testing.assert_array_equal(first.vwap, second.vwap)
    assert vendor.calls["minute_bars SPY"] == 1


def test_an_indexs_proxy_is_asked_only_for_what_is_weighed(vendor: FakeVendor) -> None:
    found = folded("SPX", weighed_from=MONDAY)

    assert np.isnan(found.vwap[:78]).all()
    assert np.isfinite(found.vwap[78:]).all()


def test_an_index_of_which_nothing_is_weighed_asks_no_proxy(vendor: FakeVendor) -> None:
    folded("SPX", weighed_from=TUESDAY)

    assert vendor.calls["minute_bars SPY"] == 0


def test_without_redis_the_vendor_is_asked_each_time(vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch) -> None:
    unreachable = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.1)
    monkeypatch.setattr(intraday_history, "client", lambda: unreachable)

    assert [len(folded("SPY").bars), len(folded("SPY").bars)] == [156, 156]
    assert vendor.calls["minute_bars SPY"] == 2
