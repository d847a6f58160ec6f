from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from market.errors import ProviderUnavailable
from market.vendors.massive import endpoints, pages
from market.vendors.massive.pages import Pages
from market.vendors.massive.pure import wire as messages
from market.vendors.massive.vendor import MassiveVendor
from tests.market.vendors.massive.conftest import KEY, Wire

PATH = "/v3/reference/tickers"
NOW = datetime(2026, 2, 9, 15, tzinfo=UTC)


def page(*tickers: str, after: str | None = None) -> dict[str, Any]:
    rows = [{"ticker": ticker, "market": "stocks"} for ticker in tickers]
    return {"status": "OK", "request_id": f"r{tickers[0]}", "results": rows} | ({"next_url": after} if after else {})


def read(massive: MassiveVendor, **how: Any) -> Pages[messages.Tickers]:
    client = massive._client
    deadline = client.deadline()
    first = client.get(endpoints.TICKERS, params={"limit": 2}, deadline=deadline)
    return pages.read(client, endpoints.TICKERS, first, deadline=deadline, **how)


def tickers(found: Pages[messages.Tickers]) -> list[str]:
    return [row.ticker for page in found.pages for row in page.results or ()]


def test_pages_are_followed_to_the_last(wire: Wire, massive: MassiveVendor) -> None:
    wire.says(PATH, page("A", "B", after=wire.url(f"{PATH}?cursor=x%2By")), page("C", after=None))

    found = read(massive)

    assert (tickers(found), found.partial, found.request_ids) == (["A", "B", "C"], False, ("rA", "rC"))
    first, second = wire.asked
    assert first.args.to_dict() == {"limit": "2"}
    # A cursor holds all filters already; only the key goes along, and in the header.
    assert second.args.to_dict() == {"cursor": "x+y"}
    assert second.headers["Authorization"] == f"Bearer {KEY}"


def test_a_page_on_another_host_is_not_asked_for(wire: Wire, massive: MassiveVendor) -> None:
    wire.says(PATH, page("A", after=f"http://localhost.evil.example:{wire.host.port}{PATH}?cursor=x"))

    with pytest.raises(ProviderUnavailable, match="its next page lies on another host"):
        read(massive)
    assert len(wire.asked) == 1


def test_a_cursor_that_comes_back_ends_the_reading(wire: Wire, massive: MassiveVendor) -> None:
    wire.says(PATH, page("A", after=wire.url(f"{PATH}?cursor=x")))

    found = read(massive)

    assert (len(wire.asked), found.lost) == (2, "a cursor came back")


def test_pages_are_capped(wire: Wire, massive: MassiveVendor) -> None:
    numbers = iter(range(100))
    wire.says(PATH, lambda _: Wire._response(page("A", after=wire.url(f"{PATH}?c={next(numbers)}")), 200, None))

    found = read(massive, most=4)

    assert (len(wire.asked), found.lost) == (4, "more than 4 pages")


@pytest.mark.parametrize(
    ("status", "body"), [(500, ""), (200, '{"status":"OK","results":[{"tick'), (404, '{"status":"NOT_FOUND"}')]
)
def test_a_lost_page_is_told(
    wire: Wire, massive: MassiveVendor, status: int, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    wire.says(PATH, page("A", after=wire.url("/v3/lost?cursor=x")))
    wire.says("/v3/lost", body, status=status)

    found = read(massive)

    assert (tickers(found), found.partial) == (["A"], True)
    assert "market.massive.pages_lost" in [record.getMessage() for record in caplog.records]


def test_who_has_enough_stops_and_has_lost_nothing(wire: Wire, massive: MassiveVendor) -> None:
    wire.says(PATH, page("A", after=wire.url(f"{PATH}?cursor=x")), page("B", after=wire.url(f"{PATH}?cursor=y")))

    found = read(massive, enough=lambda read: len(read) == 2)

    assert (tickers(found), found.partial) == (["A", "B"], False)
