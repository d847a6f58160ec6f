"""When things are said to have happened: units, zones, half days, and what a snapshot shows at which hour."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

EASTERN = ZoneInfo("America/New_York")
STOCKS = "/v2/snapshot/locale/us/markets/stocks/tickers"


def eastern(*parts):
    return datetime(*parts, tzinfo=EASTERN)


def at(stamp_ms):
    return datetime.fromtimestamp(stamp_ms / 1000, UTC)


@pytest.fixture
def stand(server):
    """Return what puts the server's clock somewhere."""
    return lambda *parts: server.control.set_clock(market_at=eastern(*parts).isoformat())


def test_days_are_stamped_at_midnight_of_the_exchange_on_both_sides_of_the_change_to_summer_time(get, stand):
    stand(2026, 3, 10, 12, 0)
    path = "/v2/aggs/ticker/{}/range/1/day/2026-03-05/2026-03-09"

    funds, indices = ([at(row["t"]) for row in get(path.format(name))["results"]] for name in ("SPY", "I:SPX"))

    assert funds == [
        datetime(2026, 3, 5, 5, tzinfo=UTC),
        datetime(2026, 3, 6, 5, tzinfo=UTC),
        datetime(2026, 3, 9, 4, tzinfo=UTC),
    ]
    assert indices == [
        datetime(2026, 3, 5, 6, tzinfo=UTC),
        datetime(2026, 3, 6, 6, tzinfo=UTC),
        datetime(2026, 3, 9, 5, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("day", "opens_utc"), [("2026-03-06", 14), ("2026-03-09", 13), ("2026-10-30", 13), ("2026-11-02", 14)]
)
def test_the_bell_rings_at_half_past_nine_in_new_york_all_year(get, stand, day, opens_utc):
    stand(2026, 11, 3, 12, 0)

    minutes = [at(row["t"]) for row in get(f"/v2/aggs/ticker/I:SPX/range/1/minute/{day}/{day}", limit=50000)["results"]]

    assert (minutes[0].hour, minutes[0].minute) == (opens_utc, 30)
    assert len(minutes) == 390
    assert {minute.date().isoformat() for minute in minutes} == {day}


def test_a_half_day_ends_at_one_and_a_holiday_has_no_bars(get, stand):
    stand(2026, 12, 1, 12, 0)
    path = "/v2/aggs/ticker/I:SPX/range/1/minute/2026-11-26/2026-11-27"

    minutes = [at(row["t"]) for row in get(path, limit=50000)["results"]]

    assert (minutes[0], minutes[-1]) == (
        datetime(2026, 11, 27, 14, 30, tzinfo=UTC),
        datetime(2026, 11, 27, 17, 59, tzinfo=UTC),
    )
    assert [at(row["t"]).day for row in get(path.replace("minute", "day"))["results"]] == [27]
    assert get("/v2/aggs/ticker/SPY/prev")["results"][0]["t"] == 1000 * int(eastern(2026, 11, 30, 16).timestamp())
    stand(2026, 11, 27, 20, 0)
    assert get("/v2/aggs/ticker/SPY/prev")["results"][0]["t"] == 1000 * int(eastern(2026, 11, 27, 13).timestamp())


def test_a_question_in_milliseconds_includes_both_ends(get, stand):
    stand(2026, 3, 9, 12, 0)
    first, last = (1000 * int(eastern(2026, 3, 9, 9, minute).timestamp()) for minute in (31, 35))

    rows = get(f"/v2/aggs/ticker/I:SPX/range/1/minute/{first}/{last}")["results"]

    assert [row["t"] for row in rows] == [first + 60_000 * n for n in range(5)]


def test_only_minutes_with_trades_are_there(get, stand):
    stand(2026, 3, 9, 9, 30)

    rows = get("/v2/aggs/ticker/PFE/range/1/minute/2026-03-09/2026-03-09").get("results", [])

    assert 0 < len(rows) < 330
    assert all(row["v"] > 0 for row in rows)


def test_an_empty_answer_has_no_results(get, stand):
    stand(2026, 3, 9, 9, 0)

    body = get("/v2/aggs/ticker/I:SPX/range/1/minute/2026-03-09/2026-03-09")

    assert (body["status"], body["resultsCount"], "results" in body) == ("OK", 0, False)


def test_the_running_day_is_there_as_far_as_it_has_come(get, stand, truth):
    stand(2026, 3, 9, 9, 45)
    minutes = truth.minute_bars(
        "SPX", eastern(2026, 3, 9, 9, 30), eastern(2026, 3, 9, 9, 45), now=eastern(2026, 3, 9, 9, 45)
    )

    (row,) = get("/v2/aggs/ticker/I:SPX/range/1/day/2026-03-09/2026-03-09")["results"]

    assert row["o"] == minutes.open[0]
    assert row["h"] >= minutes.high.max()
    assert row["l"] <= minutes.low.min()
    assert row["t"] == 1000 * int(datetime(2026, 3, 9, 5, tzinfo=UTC).timestamp())


def test_weeks_begin_on_sunday_and_months_on_the_first(get, stand):
    stand(2026, 3, 9, 12, 0)

    weeks = get("/v2/aggs/ticker/SPY/range/1/week/2026-02-23/2026-03-06")["results"]
    months = get("/v2/aggs/ticker/SPY/range/1/month/2026-01-02/2026-03-06")["results"]
    days = get("/v2/aggs/ticker/SPY/range/1/day/2026-03-02/2026-03-06")["results"]

    assert [at(row["t"]).astimezone(EASTERN) for row in weeks] == [eastern(2026, 2, 22), eastern(2026, 3, 1)]
    assert [at(row["t"]).astimezone(EASTERN) for row in months] == [eastern(2026, month, 1) for month in (1, 2, 3)]
    assert (weeks[1]["o"], weeks[1]["c"]) == (days[0]["o"], days[-1]["c"])
    assert weeks[1]["v"] == sum(day["v"] for day in days)


def test_the_snapshots_minute_is_the_newest_complete_one(get, stand):
    stand(2026, 3, 9, 11, 0, 30)
    row = get(f"{STOCKS}/SPY")["ticker"]
    newest = get("/v2/aggs/ticker/SPY/range/1/minute/2026-03-09/2026-03-09")["results"][-1]

    assert row["min"]["t"] == 1000 * int(eastern(2026, 3, 9, 10, 59).timestamp())
    assert {name: row["min"][name] for name in newest} == newest
    assert row["lastTrade"]["t"] == 1_000_000_000 * int(eastern(2026, 3, 9, 11, 0, 30).timestamp())
    assert row["min"]["av"] <= row["day"]["v"]


@pytest.mark.parametrize("hour", [(2026, 3, 9, 3, 45), (2026, 3, 7, 12, 0)])
def test_a_stocks_snapshot_is_zeros_between_half_past_three_and_its_first_trade(get, stand, hour):
    stand(*hour)

    row = get(f"{STOCKS}/SPY")["ticker"]

    assert (row["day"]["c"], row["min"]["t"], row["todaysChange"], row["updated"]) == (0, 0, 0, 0)
    assert row["prevDay"]["c"] == 650.16


def test_until_then_it_is_yesterdays(get, stand):
    stand(2026, 3, 7, 3, 15)

    row = get(f"{STOCKS}/SPY")["ticker"]

    assert at(row["min"]["t"]).astimezone(EASTERN).date().isoformat() == "2026-03-06"
    assert row["day"]["h"] >= row["day"]["c"] > 0


def test_an_index_shows_the_last_session_until_the_next_bell(get, stand, truth):
    stand(2026, 3, 9, 9, 0)
    (before,) = get("/v3/snapshot/indices", ticker__any_of="I:SPX")["results"]
    stand(2026, 3, 9, 9, 31)
    (after,) = get("/v3/snapshot/indices", ticker__any_of="I:SPX")["results"]

    assert before["session"]["close"] == before["value"] == after["session"]["previous_close"]
    assert (before["market_status"], after["market_status"]) == ("early_trading", "open")
    assert at(before["last_updated"] / 1e6).astimezone(EASTERN) == eastern(2026, 3, 6, 15, 59, 55)


def test_the_calendar_to_come_has_holidays_and_early_closes_for_both_exchanges(get, stand):
    stand(2026, 11, 3, 12, 0)

    rows = get("/v1/marketstatus/upcoming")

    assert [row for row in rows if row["date"] == "2026-11-27"] == [
        {
            "date": "2026-11-27",
            "name": "Early close",
            "status": "early-close",
            "open": "2026-11-27T14:30:00.000Z",
            "close": "2026-11-27T18:00:00.000Z",
            "exchange": exchange,
        }
        for exchange in ("NYSE", "NASDAQ")
    ]
    assert ("2026-11-26", "closed") in {(row["date"], row["status"]) for row in rows}


@pytest.mark.parametrize(
    ("hour", "word"),
    [((2026, 3, 9, 8, 0), "extended-hours"), ((2026, 3, 9, 12, 0), "open"), ((2026, 3, 8, 12, 0), "closed")],
)
def test_the_market_says_whether_it_is_open(get, stand, hour, word):
    stand(*hour)

    assert get("/v1/marketstatus/now")["market"] == word
