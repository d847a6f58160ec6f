from __future__ import annotations

import math
from datetime import UTC, date, datetime, time

import numpy as np
import pytest

from config.redis import client, key
from market import calendar, clock, history
from market.errors import UnknownSymbol
from market.pure.bars import Bars
from market.pure.sessions import in_utc
from tests.market.fakes import FakeVendor

TUESDAY = date(2026, 2, 10)
AT = datetime(2026, 2, 10, 15, tzinfo=UTC)


def daily(before: date, count: int, *, spread: float = 2.0) -> Bars:
    """Return sessions before a date that close at 101, 102, ... and each span `spread` around their close."""
    sessions = calendar.sessions_before(before, count)
    ts = [int(in_utc(session.date, time(0)).timestamp()) for session in sessions]
    close = 101.0 + np.arange(count)
    flat = np.full(count, np.nan)
    return Bars.from_rows(
        np.column_stack([ts, close, close + spread / 2, close - spread / 2, close, np.full(count, 1e6), flat])
    )


@pytest.fixture(autouse=True)
def _standing() -> object:
    with clock.standing(AT):
        yield


def test_the_last_sessions_before_a_date(vendor: FakeVendor) -> None:
    vendor.daily["SPY"] = daily(date(2026, 2, 13), 400)

    bars = history.daily("SPY", TUESDAY, 3)

    dates = [datetime.fromtimestamp(ts, UTC).date() for ts in bars.ts]
    assert dates == [date(2026, 2, 5), date(2026, 2, 6), date(2026, 2, 9)]
    assert len(history.daily("SPY", TUESDAY)) == history.USUAL


def test_the_vendor_is_asked_once_for_a_session(vendor: FakeVendor) -> None:
    vendor.daily["SPY"] = daily(TUESDAY, 300)

    for n in (3, history.USUAL, 20):
        history.daily("SPY", TUESDAY, n)
    history.atr14("SPY", TUESDAY)

    assert vendor.calls["daily_bars SPY"] == 1


def test_a_longer_past_is_asked_for_by_itself(vendor: FakeVendor) -> None:
    vendor.daily["SPY"] = daily(TUESDAY, 800)

    assert len(history.daily("SPY", TUESDAY, 780)) == 780
    assert len(history.daily("SPY", TUESDAY, history.USUAL)) == history.USUAL


def test_atr_is_wilders(vendor: FakeVendor) -> None:
    # Closes rise by 1 in ranges of 2, so that every true range is 2, the last one 6.
    bars = daily(TUESDAY, 16)
    rows = bars.rows()
    rows[-1, 2] += 2
    rows[-1, 3] -= 2
    vendor.daily["SPY"] = Bars.from_rows(rows)

    assert history.atr14("SPY", TUESDAY) == pytest.approx((2 * 13 + 6) / 14)


@pytest.mark.parametrize(("count", "known"), [(14, False), (15, True)])
def test_atr_needs_fifteen_sessions(vendor: FakeVendor, count: int, *, known: bool) -> None:
    vendor.daily["SPY"] = daily(TUESDAY, count)

    assert math.isfinite(history.atr14("SPY", TUESDAY)) is known


def test_prev_close_is_the_last_sessions(vendor: FakeVendor) -> None:
    vendor.daily["SPY"] = daily(TUESDAY, 20)

    assert history.prev_close("SPY", TUESDAY) == 120.0


def test_prev_close_is_unknown_when_the_vendors_last_session_is_older(vendor: FakeVendor) -> None:
    vendor.daily["SPY"] = daily(date(2026, 2, 9), 20)

    assert math.isnan(history.prev_close("SPY", TUESDAY))


def test_many_symbols_cost_one_round_trip_and_unknown_ones_are_nan(vendor: FakeVendor) -> None:
    vendor.daily.update({symbol: daily(TUESDAY, 20) for symbol in ("SPY", "QQQ")})

    first = history.past(["SPY", "QQQ", "NOPE"], TUESDAY)
    second = history.past(["SPY", "QQQ"], TUESDAY)

    assert first["SPY"] == second["SPY"] == history.Past(atr14=2.0, prev_close=120.0)
    assert math.isnan(first["NOPE"].atr14)
    assert vendor.calls["daily_bars SPY"] == 1
    assert history.past([], TUESDAY) == {}


def test_an_unknown_symbol_has_no_history(vendor: FakeVendor) -> None:
    with pytest.raises(UnknownSymbol):
        history.daily("NOPE", TUESDAY)


def test_a_running_session_is_no_past(vendor: FakeVendor) -> None:
    vendor.daily["SPY"] = daily(date(2026, 2, 11), 20)

    # Asked for Wednesday while Tuesday runs: Monday is the last there is, and that answer is not kept.
    assert math.isnan(history.prev_close("SPY", date(2026, 2, 11)))
    assert history.daily("SPY", date(2026, 2, 11)).close[-1] == 119.0
    assert list(client().scan_iter(match=key("daily", "2026-02-11", "*"))) == []


def test_a_late_vendor_is_asked_again(vendor: FakeVendor) -> None:
    vendor.daily["SPY"] = daily(date(2026, 2, 9), 20)
    history.past(["SPY"], TUESDAY)
    [kept] = client().scan_iter(match=key("daily", "*"))
    assert 0 < client().ttl(kept) <= 300

    client().delete(kept)
    vendor.daily["SPY"] = daily(TUESDAY, 20)

    assert history.prev_close("SPY", TUESDAY) == 120.0
