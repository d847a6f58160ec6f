"""What single contracts of the made-up market cost: the rows of its chains, however few of them are asked for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from market import calendar, clock, contract_marks, vendors
from market.errors import ProviderUnavailable
from market.pure.contract_marks import FIGURES, Mark
from market.pure.contract_names import names
from simulation.pure.contracts import has_options
from simulation.pure.listings import LISTINGS
from simulation.vendor import SimulatedVendor

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 2, 9, 15, 7, 33, tzinfo=UTC)  # 10:07:33 in New York
UNDERLYINGS = [symbol for symbol, listing in LISTINGS.items() if has_options(listing)][:20]
ALL_DATES, MOST_CALLS, CYCLE_S = 10_000, 60, 10.0


@pytest.fixture
def vendor() -> Iterator[SimulatedVendor]:
    made = SimulatedVendor()
    with vendors.using(made), clock.standing(NOW):
        yield made


def rows(vendor: SimulatedVendor, symbol: str, now: datetime = NOW) -> dict[str, list[float]]:
    """Return the figures of every contract of the chain that is told of a symbol."""
    chain = vendor.option_chain(symbol, expiries=ALL_DATES, now=now)
    figures = np.column_stack([*(getattr(chain, name) for name in FIGURES[:-1]), np.full(len(chain), chain.spot)])
    return dict(zip(names(chain.root, chain.expiry, chain.is_call, chain.strike), figures.tolist(), strict=True))


def figures(mark: Mark) -> list[float]:
    return [getattr(mark, name) for name in FIGURES]


@pytest.mark.parametrize("symbol", ["SPX", "SPY", "NVDA", "BRK.B"])
@pytest.mark.parametrize("count", [1, 2, 7, 250])
def test_a_mark_is_exactly_the_row_of_the_chain(vendor: SimulatedVendor, symbol: str, count: int) -> None:
    listed = rows(vendor, symbol)
    some = np.random.default_rng(count).choice(list(listed), min(count, len(listed)), replace=False).tolist()

    told = vendor.contract_marks(some, now=NOW)

    assert {mark.ticker for mark in told.rows} == set(some)
    assert len(told.rows) == len(some)
    assert (told.as_of, told.source, told.partial) == (NOW, "simulated", False)
    for mark in told.rows:
        np.testing.assert_array_equal(figures(mark), listed[mark.ticker])
        assert (mark.at, mark.delayed) == (NOW, False)


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 2, 9, 8, tzinfo=UTC),  # 03:00, before the day begins
        datetime(2026, 2, 9, 20, 59, 59, tzinfo=UTC),  # a second before the close
        datetime(2026, 2, 14, 17, tzinfo=UTC),  # a Saturday
        datetime(2026, 2, 20, 14, 29, 59, tzinfo=UTC),  # monthly options settle in a second
    ],
)
def test_at_any_hour(vendor: SimulatedVendor, now: datetime) -> None:
    listed = rows(vendor, "SPX", now)
    some = list(listed)[::40]

    found = {mark.ticker: figures(mark) for mark in vendor.contract_marks(some, now=now).rows}

    assert list(found) == some
    np.testing.assert_array_equal(list(found.values()), [listed[ticker] for ticker in some])


def test_what_is_not_listed_is_left_out(vendor: SimulatedVendor) -> None:
    known = next(iter(rows(vendor, "SPX")))

    told = vendor.contract_marks(
        [
            known,
            "SPXW260206C06900000",  # expired
            "SPXW260209C00005000",  # no such strike
            "SPX260209C06900000",  # no such root on that date
            "SPXW260215C06900000",  # a Sunday
            "VIX260218C00020000",
            "ZZZZ260220C00100000",
            "not a contract",
        ],
        now=NOW,
    )

    assert [mark.ticker for mark in told.rows] == [known]
    assert vendor.contract_marks([], now=NOW).rows == ()


def test_a_contract_is_gone_when_it_has_expired(vendor: SimulatedVendor) -> None:
    close = calendar.session(NOW.date()).close_at
    today = next(ticker for ticker in rows(vendor, "SPX") if ticker.startswith("SPXW260209"))

    before, after = (
        contract_marks.marks([today], now=now, max_age_s=0) for now in (close - timedelta(seconds=1), close)
    )

    assert (list(before.marks), before.missing) == ([today], ())
    assert (list(after.marks), after.missing, after.failed) == ([], (today,), {})


def test_a_time_outside_its_years_is_trouble_and_not_ignorance(vendor: SimulatedVendor) -> None:
    found = contract_marks.marks(["SPXW190506C02900000"], now=datetime(2019, 5, 6, 16, tzinfo=UTC), max_age_s=0)

    assert (found.missing, list(found.failed)) == ((), ["SPXW190506C02900000"])
    with pytest.raises(ProviderUnavailable):
        vendor.contract_marks(["SPXW190506C02900000"], now=datetime(2019, 5, 6, 16, tzinfo=UTC))


def test_five_thousand_positions_on_twenty_underlyings_take_thirty_calls(
    vendor: SimulatedVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = {ticker: told for symbol in UNDERLYINGS for ticker, told in rows(vendor, symbol).items()}
    held = np.random.default_rng(6).choice(list(listed), 7_500, replace=False).tolist()
    calls = []
    tell = vendor.contract_marks
    monkeypatch.setattr(
        vendor, "contract_marks", lambda tickers, now: calls.append(len(tickers)) or tell(tickers, now=now)
    )

    began = time.monotonic()
    found = contract_marks.marks(held, now=NOW, max_age_s=0)
    took_s = time.monotonic() - began

    assert len(UNDERLYINGS) == 20
    assert calls == [250] * 30
    assert len(calls) <= MOST_CALLS
    assert took_s < CYCLE_S
    assert list(found.marks) == sorted(held)
    np.testing.assert_array_equal(list(map(figures, found.marks.values())), [listed[each] for each in sorted(held)])
