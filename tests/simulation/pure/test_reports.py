from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from market import calendar
from market.vendors.earnings import EarningsVendor
from simulation.pure.listings import LISTINGS, STOCK
from simulation.pure.reports import reports
from simulation.vendor import SimulatedVendor

SEED = 20260209
NOW = datetime(2026, 2, 10, 17, tzinfo=UTC)


def test_every_company_reports_once_a_quarter_on_a_trading_day() -> None:
    for symbol in ("AAPL", "NVDA", "TSLA"):
        made = reports(SEED, LISTINGS[symbol], calendar.is_trading_day)

        gaps = np.diff([each.day.toordinal() for each in made])
        assert 75 <= gaps.min() <= gaps.max() <= 110
        assert all(calendar.is_trading_day(each.day) for each in made)
        assert len({each.timing for each in made}) == 1
        assert {each.fiscal_end.month for each in made} == {3, 6, 9, 12}


def test_a_seed_is_a_market_and_another_seed_another() -> None:
    listing = LISTINGS["AAPL"]

    assert reports(SEED, listing, calendar.is_trading_day) == reports(SEED, listing, calendar.is_trading_day)
    assert reports(SEED, listing, calendar.is_trading_day) != reports(SEED + 1, listing, calendar.is_trading_day)


@pytest.mark.parametrize("symbol", ["SPX", "SPY"])
def test_an_index_and_a_fund_report_nothing(symbol: str) -> None:
    assert reports(SEED, LISTINGS[symbol], calendar.is_trading_day) == ()


def test_the_vendor_tells_three_months_ahead_and_results_of_the_past_only() -> None:
    vendor = SimulatedVendor(SEED)
    coming, past = vendor.earnings_calendar(now=NOW), vendor.earnings_history("AAPL", now=NOW)

    assert isinstance(vendor, EarningsVendor)
    days = [row.reports_on for row in coming.rows]
    assert days == sorted(days)
    assert date(2026, 2, 10) <= days[0] <= days[-1] <= date(2026, 2, 10) + timedelta(days=91)
    stocks = {symbol for symbol, listing in LISTINGS.items() if listing.type == STOCK}
    assert {row.symbol for row in coming.rows} <= stocks
    assert len(past.rows) > 20
    assert past.rows[-1].reported_on < date(2026, 2, 10)
    assert all(row.surprise == pytest.approx(row.eps - row.estimate) for row in past.rows)


def test_prices_know_nothing_of_reports() -> None:
    # The page says so; whoever lets the paths react has to change what it says.
    vendor, symbol = SimulatedVendor(SEED), "NVDA"
    told = [row.reported_on for row in vendor.earnings_history(symbol, now=NOW).rows]
    bars = vendor.daily_bars(symbol, date(2021, 1, 4), date(2026, 2, 6), now=NOW)
    moves = np.abs(np.diff(np.log(bars.close)))
    days = np.array([datetime.fromtimestamp(ts, UTC).date() for ts in bars.ts.tolist()][1:])
    reacting = np.isin(days, [calendar.next_session(day).date for day in told])

    assert reacting.sum() > 15
    assert moves[reacting].mean() < 1.6 * moves[~reacting].mean()
