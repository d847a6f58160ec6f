from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jsonschema import Draft202012Validator

from market import calendar, vendors
from market.market_state import duration, wire_instant
from tests.contract.schemas import assert_matches
from tests.market.fakes import FakeVendor

FRAMES = Path(__file__).parents[2] / "docs" / "contract" / "websocket.schema.json"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wire(at: str) -> dict[str, object]:
    with vendors.using(FakeVendor()):
        return calendar.state(utc(at)).as_wire()


def test_while_open() -> None:
    assert wire("2026-02-02T15:42") == {
        "status": "open",
        "session": "regular",
        "message": "Regular trading is under way",
        "timeSinceOpen": "1h 12m",
        "closingTime": "16:00 ET",
        "nextOpenAt": "2026-02-03T14:30:00Z",
        "closesAt": "2026-02-02T21:00:00Z",
        "asOf": "2026-02-02T15:42:00Z",
        "isEarlyClose": False,
        "simulated": True,
    }


def test_before_the_open() -> None:
    assert wire("2026-02-02T13:25") == {
        "status": "pre-market",
        "session": "extended",
        "message": "Pre-market trading; regular trading starts at 09:30 ET",
        "nextOpen": "Monday 09:30 ET",
        "timeUntilOpen": "1h 5m",
        "nextOpenAt": "2026-02-02T14:30:00Z",
        "closesAt": "2026-02-02T21:00:00Z",
        "asOf": "2026-02-02T13:25:00Z",
        "isEarlyClose": False,
        "simulated": True,
    }


def test_on_a_friday_night_the_next_open_is_monday() -> None:
    state = wire("2026-02-07T02:00")

    assert state["status"] == "closed"
    assert state["nextOpen"] == "Monday 09:30 ET"
    assert "timeUntilOpen" not in state


def test_before_a_long_weekend_the_next_open_is_tuesday() -> None:
    assert wire("2026-01-17T02:00")["nextOpen"] == "Tuesday 09:30 ET"


def test_on_a_holiday() -> None:
    state = wire("2026-12-25T16:00")

    assert state["message"] == "The market is closed for Christmas"
    assert state["holidayName"] == "Christmas"
    assert state["nextOpen"] == "Monday 09:30 ET"


def test_on_an_early_close_day() -> None:
    during, later = wire("2026-11-27T16:00"), wire("2026-11-27T19:00")

    assert during["isEarlyClose"] is True
    assert during["closingTime"] == "13:00 ET"
    assert during["message"] == "Regular trading is under way until 13:00 ET: early close"
    assert later["isEarlyClose"] is True
    assert later["message"] == "After-hours trading until 17:00 ET"


def test_at_the_first_minute_no_time_has_passed() -> None:
    assert wire("2026-02-02T14:30")["timeSinceOpen"] == "0h 0m"


def test_every_state_is_the_contracts() -> None:
    frames = json.loads(FRAMES.read_text())
    status_frame = Draft202012Validator({**frames, **frames["$defs"]["Status"]})

    for hours in range(0, 24 * 12, 5):
        state = wire((datetime(2026, 1, 15) + timedelta(hours=hours)).isoformat())  # noqa: DTZ001 -- `utc` adds it

        assert_matches("MarketStatus", state)
        status_frame.validate({"type": "status", **state})


def test_durations_and_instants_as_text() -> None:
    assert duration(timedelta(hours=1, minutes=5, seconds=59)) == "1h 5m"
    assert wire_instant(utc("2026-02-02T14:30:00.250")) == "2026-02-02T14:30:00.250Z"
    assert wire_instant(None) is None
