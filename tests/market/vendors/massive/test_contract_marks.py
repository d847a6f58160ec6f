"""What contracts cost on Massive's wire: batches, pages, half answers, garbage, and what the whole of it takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from pytest_django import Settings
from werkzeug import Request, Response

from market import clock, contract_marks, vendors
from market.pure.contract_marks import FIGURES, Mark
from market.pure.contract_names import names
from market.vendors.massive.vendor import MassiveVendor
from market.vendors.reference import ReferenceVendor
from simulation.pure.contracts import has_options
from simulation.pure.listings import LISTINGS
from simulation.vendor import SimulatedVendor
from tests.market.vendors.massive.conftest import Wire
from tests.massive_server.faults import Fault
from tests.massive_server.plan import Gate, Plan
from tests.massive_server.serving import KEY, SEED, Running, serving

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 2, 10, 17, 0, 5, tzinfo=UTC)  # a Tuesday, noon and five seconds in New York
MARKS, STOCKS = "/v3/snapshot", "/v2/snapshot/locale/us/markets/stocks/tickers"
STRIP = [f"SPXW260220C0{5000 + n}000" for n in range(600)]
UNDERLYINGS = [symbol for symbol, listing in LISTINGS.items() if has_options(listing)][:20]
ALL_DATES, MOST_CALLS = 10_000, 60
CALL = "SPXW260220C06000000"


def rows(request: Request) -> list[dict[str, Any]]:
    """Return a row for each contract that was asked for, with a bid that tells them apart."""
    return [
        {"ticker": ticker, "type": "options", "last_quote": {"bid": bid(ticker), "ask": 99_999.0}}
        for ticker in request.args["ticker.any_of"].split(",")
    ]


def bid(ticker: str) -> float:
    return float(ticker[-8:]) / 1000


def said(results: list[dict[str, Any]], **members: object) -> Response:
    return Wire._response({"status": "OK", "request_id": "r", "results": results} | members, 200, None)


def ask(massive: MassiveVendor, *tickers: str) -> Any:
    with vendors.using(massive), clock.standing(NOW):
        return contract_marks.marks(tickers, now=NOW, max_age_s=0)


class TestOnTheWire:
    def test_a_call_takes_250_contracts_by_the_vendors_names_of_them(self, wire: Wire, massive: MassiveVendor) -> None:
        wire.says(MARKS, lambda request: said(rows(request)))

        found = massive.contract_marks([*STRIP, STRIP[0], "AAPL", "O:" + STRIP[0]], now=NOW)

        assert [(mark.ticker, mark.bid) for mark in found.rows] == [(each, bid(each)) for each in STRIP]
        asked = [request.args["ticker.any_of"].split(",") for request in wire.asked]
        assert asked == [[f"O:{each}" for each in STRIP[n : n + 250]] for n in (0, 250, 500)]
        assert {request.args["limit"] for request in wire.asked} == {"250"}
        assert (found.as_of, found.source, found.partial, found.request_ids) == (NOW, "massive", False, ("r",) * 3)
        assert massive.contract_marks(["AAPL"], now=NOW).rows == ()
        assert len(wire.asked) == 3

    def test_rows_may_come_on_several_pages(self, wire: Wire, massive: MassiveVendor) -> None:
        wire.says(MARKS, lambda request: said(rows(request)[:2], next_url=wire.url("/v3/more?cursor=x")))
        wire.says("/v3/more", {"status": "DELAYED", "results": [{"ticker": f"O:{STRIP[2]}"}]})

        found = ask(massive, *STRIP[:4])

        assert list(found.marks) == STRIP[:3]
        assert (found.missing, found.failed) == ((STRIP[3],), {})
        assert {mark.delayed for mark in found.marks.values()} == {True}

    def test_a_page_behind_the_last_contract_is_not_asked_for(self, wire: Wire, massive: MassiveVendor) -> None:
        wire.says(MARKS, lambda request: said(rows(request), next_url=wire.url("/v3/more?cursor=x")))

        assert list(ask(massive, *STRIP[:250]).marks) == STRIP[:250]
        assert wire.paths() == [MARKS]

    def test_contracts_of_a_lost_page_are_not_taken_for_unknown_ones(self, wire: Wire, massive: MassiveVendor) -> None:
        wire.says(MARKS, lambda request: said(rows(request)[:2], next_url=wire.url("/v3/more?cursor=x")))
        wire.says("/v3/more", "", status=500)

        found = ask(massive, *STRIP[:4])

        assert (list(found.marks), found.missing) == (STRIP[:2], ())
        assert found.failed == dict.fromkeys(STRIP[2:4], contract_marks.LOST)

    @pytest.mark.parametrize(
        ("status", "body", "why"),
        [
            (500, "<html>", "HTTP 500"),
            (429, "", "asks us to wait"),
            (403, '{"status":"NOT_AUTHORIZED"}', "massive"),
            (200, '{"status":"OK","results":[{', "an answer that cannot be read"),
            (200, '{"status":"OK","results":[{"ticker":"O:A","open_interest":"many"}]}', "cannot be read"),
        ],
    )
    def test_a_call_that_fails_leaves_the_others_standing(
        self, wire: Wire, massive: MassiveVendor, status: int, body: str, why: str
    ) -> None:
        def answer(request: Request) -> Response:
            second = f"O:{STRIP[250]}" in request.args["ticker.any_of"]
            return Wire._response(body, status, {"Retry-After": "60"}) if second else said(rows(request))

        wire.says(MARKS, answer)
        # One after the other, so that what the pace and the breaker make of trouble strikes nobody else.
        massive.marks_together = 1
        first, last = ask(massive, *STRIP[:250]), ask(massive, *STRIP[250:500])

        assert list(first.marks) == STRIP[:250]
        assert (last.marks, last.missing, list(last.failed)) == ({}, (), STRIP[250:500])
        assert all(why in reason for reason in last.failed.values())

    def test_rows_that_are_errors_are_missing_contracts(
        self, wire: Wire, massive: MassiveVendor, caplog: pytest.LogCaptureFixture
    ) -> None:
        wire.says(MARKS, said([{"ticker": f"O:{CALL}", "error": "NOT_ENTITLED", "message": "no"}]))

        found = ask(massive, CALL)

        assert (found.marks, found.missing, found.failed) == ({}, (CALL,), {})
        (record,) = [each for each in caplog.records if each.message == "market.massive.rows_refused"]
        assert record.rows == {f"O:{CALL}": "NOT_ENTITLED"}

    def test_numbers_may_come_as_text_and_unknown_members_do_no_harm(self, wire: Wire, massive: MassiveVendor) -> None:
        quote = {"bid": "1.5", "ask": 2, "last_updated": 1.770742805e18, "midpoint": 1.75, "new": {}}
        wire.says(MARKS, said([{"ticker": f"O:{CALL}", "last_quote": quote, "greeks": {}, "fmv": 1.7}]))

        (mark,) = massive.contract_marks([CALL], now=NOW).rows

        assert (mark.mid, mark.at) == (1.75, NOW)
        assert np.isnan([mark.last, mark.iv, mark.delta, mark.open_interest, mark.underlying_price]).all()

    def test_marks_leave_the_share_of_the_plan_for_prices_alone(
        self, wire: Wire, massive: MassiveVendor, settings: Settings
    ) -> None:
        settings.MARKET_PROVIDER_RPS, settings.MARKET_PROVIDER_RPM = 1_000, 5
        wire.says(MARKS, lambda request: said(rows(request)))
        wire.says(STOCKS, {"status": "OK", "tickers": []})
        limited = MassiveVendor()
        limited.marks_together = 1

        found = ask(limited, *[f"SPXW260220C0{5000 + n}000" for n in range(1_500)])

        assert (len(found.marks), len(found.failed)) == (1_000, 500)  # four calls of five
        assert all("asks us to wait" in reason for reason in found.failed.values())
        limited.snapshot(["AAPL"], now=NOW)  # the fifth is for prices
        assert wire.paths() == [MARKS] * 4 + [STOCKS]


@pytest.fixture
def server() -> Iterator[Running]:
    with serving(at=NOW) as running:
        yield running


@pytest.fixture
def served(server: Running, settings: Settings) -> Iterator[MassiveVendor]:
    """Return the vendor, asking the made-up market on Massive's wire."""
    settings.MARKET_PROVIDER_BASE_URL, settings.MARKET_PROVIDER_API_KEY = server.url, KEY
    settings.MARKET_PROVIDER_RPS = 1_000
    with vendors.using(MassiveVendor()) as found, clock.standing(NOW):
        yield found


def listed(symbol: str) -> dict[str, list[float]]:
    """Return the figures of every contract of a symbol as the market behind the server has them."""
    chain = SimulatedVendor(SEED).option_chain(symbol, expiries=ALL_DATES, now=NOW)
    figures = np.column_stack([*(getattr(chain, name) for name in FIGURES[:-1]), np.full(len(chain), chain.spot)])
    return dict(zip(names(chain.root, chain.expiry, chain.is_call, chain.strike), figures.tolist(), strict=True))


def figures(mark: Mark) -> list[float]:
    return [getattr(mark, name) for name in FIGURES]


@pytest.mark.usefixtures("served")
class TestOfTheMadeUpMarket:
    def test_every_figure_arrives(self, server: Running) -> None:
        known = {**listed("SPX"), **listed("NVDA")}
        some = list(known)[::97]

        found = contract_marks.marks([*some, "SPXW260220C00005000", "ZZZZ260220C00100000"], now=NOW, max_age_s=12)

        assert list(found.marks) == sorted(some)
        assert (found.missing, found.failed) == (("SPXW260220C00005000", "ZZZZ260220C00100000"), {})
        np.testing.assert_allclose([figures(found.marks[each]) for each in some], [known[each] for each in some])
        traded = [mark for mark in found.marks.values() if not np.isnan(mark.last)]
        assert {mark.at for mark in found.marks.values()} == {mark.last_at for mark in traded} == {NOW}
        assert not any(mark.delayed for mark in found.marks.values())
        stats = server.control.stats.read()
        assert (stats["calls"], stats["problems"]) == (1, [])

    def test_a_plan_without_real_time_shows_on_every_mark(self, server: Running) -> None:
        server.control.gate = Gate(Plan(delay_s=900.0))
        some = list(listed("SPY"))[:300]

        found = contract_marks.marks(some, now=NOW, max_age_s=0)

        assert {(mark.delayed, mark.at) for mark in found.marks.values()} == {(True, NOW - timedelta(minutes=15))}
        assert len(found.marks) == 300

    @pytest.mark.parametrize("kind", ["500", "reset", "truncated", "object_for_array", "429"])
    def test_trouble_of_one_call_is_that_of_its_contracts(self, server: Running, kind: str) -> None:
        """The first of three calls is asked for alone, and fails as often as it is tried."""
        some = sorted(listed("SPY"))[:700]
        facts = {"retry_after": 60} if kind == "429" else {}
        server.control.faults.add(Fault(kind, path="^/v3/snapshot$", times=3, facts=facts))

        broken = contract_marks.marks(some[:250], now=NOW, max_age_s=0)
        assert (broken.marks, broken.missing, list(broken.failed)) == ({}, (), some[:250])

        server.control.faults.clear()
        if kind == "429":  # everybody keeps still as long as the vendor asked for
            assert len(contract_marks.marks(some, now=NOW, max_age_s=0).failed) == 700
        else:
            assert list(contract_marks.marks(some, now=NOW, max_age_s=0).marks) == some

    def test_a_call_that_hangs_costs_its_own_contracts(self, server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("market.vendors.massive.vendor.MARKS_S", 2.0)
        some = sorted(listed("SPY"))[:700]
        batches = [some[:250], some[250:500], some[500:]]
        assert len(vendors.vendor().contract_marks(some, now=NOW).rows) == 700  # the server has its chain at hand now
        server.control.faults.add(Fault("hang", path="^/v3/snapshot$", times=1))

        found = contract_marks.marks(some, now=NOW, max_age_s=0)

        assert list(found.failed) in batches
        assert sorted([*found.marks, *found.failed]) == some

    @pytest.mark.parametrize(
        ("kind", "facts", "unknown"),
        [
            ("crossed", {}, {"bid", "ask"}),
            ("iv_five", {}, {"iv", "delta", "gamma", "theta", "vega"}),
            (
                "fields_missing",
                {"fields": ["greeks", "last_quote", "underlying_asset"]},
                {
                    "bid",
                    "ask",
                    "delta",
                    "gamma",
                    "theta",
                    "vega",
                    "underlying_price",
                },
            ),
            ("results_missing", {}, None),
            ("results_null", {}, None),
        ],
    )
    def test_garbage_is_unknown(
        self, server: Running, kind: str, facts: dict[str, Any], unknown: set[str] | None
    ) -> None:
        known = listed("SPY")
        some = [ticker for ticker, told in known.items() if told[0] > 0 and not np.isnan(told[2])][:20]
        server.control.faults.add(Fault(kind, path="^/v3/snapshot$", times=1, facts=facts))

        found = contract_marks.marks(some, now=NOW, max_age_s=0)

        if unknown is None:
            assert (found.marks, found.missing, found.failed) == ({}, tuple(sorted(some)), {})
            return
        for ticker, mark in found.marks.items():
            told = dict(zip(FIGURES, known[ticker], strict=True))
            assert {name for name in FIGURES if np.isnan(getattr(mark, name))} == unknown
            assert all(getattr(mark, name) == pytest.approx(told[name]) for name in FIGURES if name not in unknown)

    def test_five_thousand_positions_on_twenty_underlyings(
        self, server: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Calls are counted here; how soon the made-up market answers is the machine's affair.
        monkeypatch.setattr("market.vendors.massive.vendor.MARKS_S", 120.0)
        known = {ticker: told for symbol in UNDERLYINGS for ticker, told in listed(symbol).items()}
        held = np.random.default_rng(6).choice(list(known), 7_500, replace=False).tolist()
        server.control.stats.reset()

        found = contract_marks.marks(held, now=NOW, max_age_s=0)

        stats = server.control.stats.read()
        assert (stats["calls"], stats["problems"]) == (30, [])
        assert stats["calls"] <= MOST_CALLS
        assert list(found.marks) == sorted(held)
        np.testing.assert_allclose(list(map(figures, found.marks.values())), [known[each] for each in sorted(held)])


def test_marks_are_of_every_vendor_and_the_rest_of_who_knows_more(massive: MassiveVendor) -> None:
    assert isinstance(massive, ReferenceVendor)
    assert isinstance(massive, vendors.Vendor)
    assert not isinstance(SimulatedVendor(), ReferenceVendor)
