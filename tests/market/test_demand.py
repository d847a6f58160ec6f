from __future__ import annotations

import pytest

from market import demand, following, watchlists
from tests.factories.market import FollowingFactory


@pytest.fixture(autouse=True)
def _nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demand, "_needs", {})


def test_what_anybody_needs_is_served_once() -> None:
    demand.register("lists", lambda: ["SPY", "AAPL"])
    demand.register("alerts", lambda: {"SPY", "TSLA"})

    assert demand.symbols() == {"SPY", "AAPL", "TSLA"}


def test_indexes_bring_their_proxies() -> None:
    demand.register("lists", lambda: ["SPX", "NDX", "VIX"])

    assert demand.symbols() == {"SPX", "SPY", "NDX", "QQQ", "VIX"}


def test_a_need_is_asked_anew_each_time_and_a_name_registers_once() -> None:
    wanted = ["SPY"]
    demand.register("lists", lambda: ["OLD"])
    demand.register("lists", lambda: wanted)
    assert demand.symbols() == {"SPY"}

    wanted.append("QQQ")

    assert demand.symbols() == {"SPY", "QQQ"}


@pytest.mark.django_db
def test_everything_on_a_list_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    FollowingFactory(symbol="AAPL", auto_track=True)
    FollowingFactory(symbol="AAPL")
    FollowingFactory(symbol="NVDA")

    assert following.symbols() == {"AAPL", "NVDA", *watchlists.DEFAULT_SYMBOLS}
