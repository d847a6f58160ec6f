"""Prices by HTTP while the socket is down."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client


def test_prices_of_known_symbols_and_nothing_for_the_others(browser: Client, quote: Callable[..., None]) -> None:
    quote(SPX=(6010.0, 6000.0), SPY=(600.0, float("nan")))

    body = browser.get("/coach/prices", {"symbols": "spx, SPY,TSLA,???"}).json()

    assert body == {
        "prices": [
            {
                "symbol": "SPX",
                "price": 6010.0,
                "change": 10.0,
                "changePct": 100 * 10 / 6000,
                "volume": 900.0,
                "at": "2026-02-09T15:15:00Z",
                "stale": False,
                "delayed": False,
            },
            {
                "symbol": "SPY",
                "price": 600.0,
                "change": None,
                "changePct": None,
                "volume": 900.0,
                "at": "2026-02-09T15:15:00Z",
                "stale": False,
                "delayed": False,
            },
        ]
    }


def test_a_late_price_says_so(browser: Client, quote: Callable[..., None]) -> None:
    quote(SPX=(6010.0, 6000.0), delayed=True, stale=True)

    (price,) = browser.get("/coach/prices", {"symbols": "SPX"}).json()["prices"]

    assert (price["delayed"], price["stale"]) == (True, True)


def test_nothing_asked_is_nothing_answered(browser: Client) -> None:
    assert browser.get("/coach/prices").json() == {"prices": []}
