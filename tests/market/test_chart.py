from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from config.http.renderers import dumps
from config.redis import client, key
from market import chart, clock, vendors
from market.errors import ProviderUnavailable, UnknownSymbol
from market.pure.bars import Bars
from tests.contract.schemas import assert_matches
from tests.market.fakes import FakeVendor
from tests.market.past import Row, days, eastern, minutes, ts

pytestmark = pytest.mark.django_db
NAN = float("nan")
TUESDAY = date(2026, 2, 10)
OUTAGE = ProviderUnavailable(provider="fake")
HALF_DAYS = {"2025-07-03", "2025-11-28", "2025-12-24"}


def session(day: str, *, base: float, volume: float = 100.0, length: int = 390) -> Bars:
    """Return regular minutes of a session in which price rises by a cent a minute."""
    rows: list[Row] = [(base + i / 100 + 0.5, base + i / 100 - 0.5, base + i / 100) for i in range(length)]
    return minutes(f"{day}T09:30", rows, volume=volume)


@pytest.fixture
def vendor() -> Iterator[FakeVendor]:
    fridays = session("2026-02-06", base=90).extended(session("2026-02-09", base=100))
    today = minutes("2026-02-10T09:28", [(111.0, 109.0, 110.0)] * 2).extended(session("2026-02-10", base=110))
    fake = FakeVendor(
        minutes={
            "SPY": fridays.extended(today),
            "SPX": session("2026-02-09", base=100, volume=NAN).extended(session("2026-02-10", base=110, volume=NAN)),
        },
        daily={symbol: days(TUESDAY, [(105.0, 99.0, 104.0)], count=600) for symbol in ("SPY", "SPX")},
    )
    fake.days = [date(2026, 2, 6), date(2026, 2, 9), TUESDAY]
    with vendors.using(fake):
        yield fake


def forget_lent_bars() -> None:
    """Drop the minutes that are kept for symbols no feed serves: they live by the wall, which stands still here."""
    for name in client().scan_iter(match=key("bars", "*")):
        client().delete(name)


def answer(symbol: str, timeframe: str, *, at: str = "2026-02-10T09:43:05", **options: Any) -> dict[str, Any]:
    """Return the answer as it leaves on the wire, held against the contract."""
    forget_lent_bars()
    with clock.standing(eastern(at)):
        body: dict[str, Any] = json.loads(dumps(chart.answer(symbol, timeframe, **options)))
    assert_matches("ChartData", body)
    times = [bar["time"] for bar in body["bars"]]
    assert times == sorted(set(times))
    assert body["count"] == len(times)
    return body


@pytest.mark.usefixtures("vendor")
def test_a_minute_chart_shows_the_completed_minutes_of_today() -> None:
    body = answer("SPY", "1m")

    assert [bar["time"] for bar in body["bars"]] == [ts(f"2026-02-10T09:{minute}") for minute in range(30, 43)]
    assert body["bars"][-1] == {
        "time": ts("2026-02-10T09:42"),
        "open": 110.12,
        "high": 110.62,
        "low": 109.62,
        "close": 110.12,
        "volume": 100,
    }
    assert (body["forming"], body["hasVolume"], body["volumeSource"]) == (False, True, "SPY")


@pytest.mark.usefixtures("vendor")
def test_before_the_first_minute_of_the_day_the_last_session_is_shown() -> None:
    for at in ("2026-02-10T04:30", "2026-02-10T09:30:59", "2026-02-09T23:59"):
        body = answer("SPY", "1m", at=at)

        assert (body["session"]["date"], body["count"]) == ("2026-02-09", 390)


@pytest.mark.usefixtures("vendor")
@pytest.mark.parametrize("at", ["2026-02-07T12:00", "2026-02-08T12:00"])
def test_at_the_weekend_a_minute_chart_shows_friday(at: str) -> None:
    body = answer("SPY", "1m", at=at)

    assert (body["session"]["date"], body["count"], body["forming"]) == ("2026-02-06", 390, False)


@pytest.mark.usefixtures("vendor")
def test_a_bar_whose_time_is_not_over_is_there_and_marked() -> None:
    body = answer("SPY", "5m")

    assert body["forming"] is True
    assert body["bars"][-1]["time"] == ts("2026-02-10T09:40")
    assert body["bars"][-1]["volume"] == 300
    assert answer("SPY", "5m", at="2026-02-10T09:45:02")["forming"] is False


@pytest.mark.usefixtures("vendor")
def test_the_part_hour_at_the_close_is_complete_when_the_session_is() -> None:
    body = answer("SPY", "1h", at="2026-02-10T16:00:02")

    assert (body["bars"][-1]["time"], body["forming"]) == (ts("2026-02-10T15:30"), False)
    assert answer("SPY", "4h", at="2026-02-10T15:59:30")["forming"] is True


@pytest.mark.usefixtures("vendor")
def test_an_intraday_chart_looks_back_in_sessions() -> None:
    body = answer("SPY", "15m")

    assert {datetime.fromtimestamp(bar["time"], UTC).date().isoformat() for bar in body["bars"]} == {
        "2026-02-06",
        "2026-02-09",
        "2026-02-10",
    }
    assert body["count"] == 26 + 26 + 1


@pytest.mark.usefixtures("vendor")
def test_as_many_bars_as_asked_for() -> None:
    assert answer("SPY", "1m", bars=7)["bars"] == answer("SPY", "1m")["bars"][-7:]
    assert answer("SPY", "5m", bars=100)["count"] == 100
    assert answer("SPY", "1D", bars=3)["count"] == 3


@pytest.mark.usefixtures("vendor")
def test_extended_hours_are_shown_when_asked_for() -> None:
    assert answer("SPY", "1m", extended=True)["bars"][0]["time"] == ts("2026-02-10T09:28")
    early = answer("SPY", "1m", extended=True, at="2026-02-10T09:29:10")
    assert (early["session"]["date"], early["count"]) == ("2026-02-10", 1)


@pytest.mark.usefixtures("vendor")
def test_a_daily_chart_ends_with_today_so_far() -> None:
    body = answer("SPY", "1D")

    assert (body["count"], body["forming"]) == (180, True)
    assert body["bars"][-2:] == [
        {"time": ts("2026-02-09T00:00"), "open": 102, "high": 105, "low": 99, "close": 104, "volume": 1e6},
        {"time": ts("2026-02-10T00:00"), "open": 110, "high": 110.62, "low": 109.5, "close": 110.12, "volume": 1300},
    ]
    assert "vwap" not in body
    assert answer("SPY", "1D", at="2026-02-10T16:01")["forming"] is False
    assert answer("SPY", "1D", at="2026-02-10T09:00")["bars"][-1]["time"] == ts("2026-02-09T00:00")


@pytest.mark.usefixtures("vendor")
def test_weeks_and_months_carry_their_own_indicators() -> None:
    week = answer("SPY", "1W")

    assert (week["forming"], week["bars"][-1]["time"]) == (True, ts("2026-02-09T00:00"))
    assert (week["bars"][-1]["high"], week["bars"][-1]["low"]) == (110.62, 99)
    # The week before was quiet: 101, 99, 100.
    assert week["indicators"]["pivots"] == {"pp": 100, "r1": 101, "r2": 102, "s1": 99, "s2": 98}
    assert week["indicators"]["ema200"] is None
    assert week["indicators"]["ema50"] > 100
    assert "indicators" not in answer("SPY", "1D")
    assert answer("SPY", "1M")["bars"][-1]["time"] == ts("2026-02-02T00:00")


def test_on_a_saturday_pivots_come_from_the_week_that_has_just_ended(vendor: FakeVendor) -> None:
    vendor.daily["SPY"] = days(date(2026, 2, 14), [(110.0, 104.0, 107.0)])

    body = answer("SPY", "1W", at="2026-02-14T12:00")

    assert body["forming"] is False
    assert body["indicators"]["pivots"]["pp"] == round((110 + 99 + 107) / 3, 2)


def test_a_symbol_with_one_week_has_no_pivots(vendor: FakeVendor) -> None:
    vendor.daily["SPY"] = days(TUESDAY, [(105.0, 99.0, 104.0)], count=1)

    assert answer("SPY", "1W")["indicators"]["pivots"] is None


@pytest.mark.usefixtures("vendor")
def test_an_index_has_zero_volume_says_so_and_borrows_for_its_vwap() -> None:
    body = answer("SPX", "5m")

    assert {bar["volume"] for bar in body["bars"]} == {0}
    assert (body["hasVolume"], body["volumeSource"]) == (False, "SPY")
    assert body["vwap"][-1]["value"] == pytest.approx(110.06)


@pytest.mark.usefixtures("vendor")
def test_the_vwap_starts_anew_each_session_and_is_the_same_on_every_timeframe() -> None:
    minute, five = answer("SPY", "1m"), answer("SPY", "5m")

    assert minute["vwap"][0] == {"time": ts("2026-02-10T09:30"), "value": 110.0, "sigma": 0}
    assert five["vwap"][-1] == minute["vwap"][-1] | {"time": ts("2026-02-10T09:40")}
    assert len(five["vwap"]) == five["count"]


@pytest.mark.usefixtures("vendor")
def test_the_opening_range_of_a_late_plan_is_not_complete_while_its_minutes_are_on_their_way() -> None:
    client().set(key("quotes-delayed"), 1)

    drawn = answer("SPY", "1m", at="2026-02-10T09:52:05")["openingRange"]

    assert [(one["minutes"], one["complete"]) for one in drawn] == [(5, True), (15, False), (30, False)]


@pytest.mark.usefixtures("vendor")
def test_the_opening_ranges_grow_until_they_are_complete() -> None:
    body = answer("SPY", "1m")

    assert body["openingRange"] == [
        {
            "minutes": 5,
            "high": 110.54,
            "low": 109.5,
            "from": ts("2026-02-10T09:30"),
            "to": ts("2026-02-10T09:35"),
            "complete": True,
        },
        {
            "minutes": 15,
            "high": 110.62,
            "low": 109.5,
            "from": ts("2026-02-10T09:30"),
            "to": ts("2026-02-10T09:45"),
            "complete": False,
        },
        {
            "minutes": 30,
            "high": 110.62,
            "low": 109.5,
            "from": ts("2026-02-10T09:30"),
            "to": ts("2026-02-10T10:00"),
            "complete": False,
        },
    ]


@pytest.mark.usefixtures("vendor")
def test_the_session_and_the_close_before_it_are_told() -> None:
    body = answer("SPY", "1m")

    assert body["session"] == {
        "date": "2026-02-10",
        "preMarketOpen": ts("2026-02-10T04:00"),
        "open": ts("2026-02-10T09:30"),
        "close": ts("2026-02-10T16:00"),
        "afterHoursClose": ts("2026-02-10T20:00"),
        "isEarlyClose": False,
    }
    assert (body["prevClose"], body["degraded"], body["simulated"]) == (104.0, [], True)
    assert body["delayed"] is False


@pytest.mark.usefixtures("vendor")
def test_indicators_come_only_when_asked_for_and_name_their_maker() -> None:
    body = answer("SPY", "5m", with_indicators=True)["providerIndicators"]

    assert (body["source"], body["computedBy"], body["timespan"]) == ("massive", "coach", "minute")
    assert "providerIndicators" not in answer("SPY", "5m")


def closes_by_pandas(symbol: str, rule: str) -> pd.Series:
    """Return the closes of all bars from 2025 to now, resampled day by day by pandas."""
    now = clock.now()
    raw = vendors.vendor().minute_bars(symbol, eastern("2025-01-02T09:30"), now, now=now)
    times = pd.to_datetime(raw.ts, unit="s", utc=True).tz_convert("America/New_York")
    regular = pd.Series(raw.close, index=times).between_time("09:30", "15:59")
    by_day = [
        day.between_time("09:30", "12:59") if name.isoformat() in HALF_DAYS else day
        for name, day in regular.groupby(regular.index.date)
    ]
    return pd.concat([day.resample(rule, origin="start").last() for day in by_day])


def rsi_by_pandas(closes: pd.Series) -> pd.Series:
    """Return Wilder's RSI(14) as a plain exponential average, whose start 250 bars have made good."""
    change = closes.diff()
    up = change.clip(lower=0).ewm(alpha=1 / 14, adjust=False).mean()
    down = (-change.clip(upper=0)).ewm(alpha=1 / 14, adjust=False).mean()
    return 100 * up / (up + down)


@pytest.mark.parametrize(("timeframe", "rule"), [("5m", "5min"), ("15m", "15min"), ("4h", "4h")])
def test_indicators_are_those_of_the_bars_shown(timeframe: str, rule: str) -> None:
    with clock.standing(eastern("2026-02-10T13:17:05")):
        body = chart.answer("AAPL", timeframe, with_indicators=True)
        closes = closes_by_pandas("AAPL", rule)
    count, found = body["count"], body["providerIndicators"]
    averages = {span: closes.ewm(span=span, adjust=False).mean() for span in (8, 12, 21, 26)}
    expected = {
        "ema8": (averages[8], 1e-9),
        "ema21": (averages[21], 1e-9),
        "rsi14": (rsi_by_pandas(closes), 1e-5),
        "macd": (averages[12] - averages[26], 1e-6),
    }

    assert [bar["close"] for bar in body["bars"]] == closes.tail(count).tolist()
    for name, (series, within) in expected.items():
        points = found[name]
        assert [point["time"] for point in points] == [bar["time"] for bar in body["bars"]]
        np.testing.assert_allclose([point["value"] for point in points], series.tail(count), rtol=0, atol=100 * within)


def test_today_is_left_out_and_said_so_when_its_minutes_cannot_be_had(vendor: FakeVendor) -> None:
    answer("SPY", "5m", at="2026-02-10T09:40:30")  # the history is kept from here on
    vendor.failing["minute_bars SPY"] = OUTAGE

    body = answer("SPY", "5m", at="2026-02-10T09:43:05")

    assert body["degraded"] == ["intraday"]
    assert body["bars"][-1]["time"] == ts("2026-02-09T15:55")


def test_without_history_there_is_no_chart(vendor: FakeVendor) -> None:
    vendor.failing["minute_bars SPY"] = OUTAGE

    with pytest.raises(ProviderUnavailable):
        answer("SPY", "5m")


def test_a_missing_previous_close_does_not_cost_the_chart(vendor: FakeVendor) -> None:
    vendor.failing["daily_bars SPY"] = OUTAGE

    body = answer("SPY", "5m")

    assert (body["prevClose"], body["degraded"]) == (None, ["prevClose"])


@pytest.mark.usefixtures("vendor")
@pytest.mark.parametrize("timeframe", ["1m", "1D"])
def test_a_symbol_nobody_knows_is_said_to_be_unknown(timeframe: str) -> None:
    with pytest.raises(UnknownSymbol):
        answer("NOPE", timeframe)


@pytest.mark.usefixtures("vendor")
def test_a_symbol_that_never_traded_has_an_empty_chart(vendor: FakeVendor) -> None:
    vendor.minutes["NEW"] = vendor.daily["NEW"] = Bars.empty()

    for timeframe in ("1m", "1D", "1W", "1M"):
        assert answer("NEW", timeframe, with_indicators=True)["bars"] == []


def test_completed_sessions_are_asked_for_once(vendor: FakeVendor) -> None:
    for at in ("09:43:05", "09:44:05", "09:50:05"):
        answer("SPX", "5m", at=f"2026-02-10T{at}")

    # Once for the history, once a round for a session that no feed serves.
    assert vendor.calls["minute_bars SPX"] <= 4
    assert vendor.calls["daily_bars SPX"] == 1


@pytest.mark.usefixtures("vendor")
def test_an_answer_is_shared_until_the_next_minute_settles() -> None:
    with clock.standing(eastern("2026-02-10T09:43:05")) as hand:
        assert chart.answer("SPY", "1m")["cached"] is False
        hand.forward(seconds=50)
        assert chart.answer("SPY", "1m")["cached"] is True
        assert chart.answer("SPY", "1m", bars=5)["cached"] is False
        hand.move_to(eastern("2026-02-10T09:44:02"))
        forget_lent_bars()
        assert chart.answer("SPY", "1m")["bars"][-1]["time"] == ts("2026-02-10T09:43")


@pytest.mark.parametrize("timeframe", ["1m", "5m", "15m", "1h", "4h", "1D", "1W", "1M"])
@pytest.mark.parametrize("at", ["2026-02-14T12:00", "2026-11-27T12:30", "2026-03-09T09:35", "2026-07-03T20:30"])
def test_the_simulated_market_has_a_chart_at_any_time(timeframe: str, at: str) -> None:
    body = answer("SPX", timeframe, at=at, with_indicators=True)

    assert body["count"] > 0
    assert body["degraded"] == []
