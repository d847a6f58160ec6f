"""Made-up corporate facts: reports, dividends, splits and Treasury yields; the same for ever, by symbol and date."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from simulation.pure.listings import LISTINGS, STOCK

Row = dict[str, Any]
FIRST_YEAR, LAST_YEAR = 2024, 2027
REPORT_MONTHS = {1: 4, 4: 1, 7: 2, 10: 3}  # month of the report: quarter it tells of
TIMINGS = ("pre-market", "post-market", "")
SATURDAY = 5

# symbol: cash a quarter [USD], month of the first payment
DIVIDENDS = {
    "AAPL": (0.26, 2),
    "MSFT": (0.91, 2),
    "KO": (0.51, 3),
    "JNJ": (1.30, 2),
    "SPY": (1.84, 3),
    "XOM": (0.99, 2),
}
SPLITS = (
    {"id": "split-1", "ticker": "AVGO", "execution_date": "2024-07-15", "split_from": 1, "split_to": 10},
    {"id": "split-2", "ticker": "SMCI", "execution_date": "2024-10-01", "split_from": 1, "split_to": 10},
    {"id": "split-3", "ticker": "NKE", "execution_date": "2026-06-15", "split_from": 1, "split_to": 2},
    {"id": "split-4", "ticker": "ARKK", "execution_date": "2026-09-08", "split_from": 4, "split_to": 1},
)
# Percent, by tenor.
CURVE = {
    "yield_1_month": 3.68,
    "yield_3_month": 3.66,
    "yield_6_month": 3.60,
    "yield_1_year": 3.52,
    "yield_2_year": 3.50,
    "yield_5_year": 3.70,
    "yield_10_year": 4.15,
    "yield_30_year": 4.80,
}


@dataclass(frozen=True, slots=True)
class Report:
    """One quarterly report: earnings a share [USD], and `timing`: pre-market, post-market or nothing."""

    symbol: str
    day: date
    quarter: int
    fiscal_year: int
    timing: str
    estimate: float
    actual: float

    @property
    def fiscal_end(self) -> date:
        """The last day of the quarter it tells of."""
        after = date(self.fiscal_year + self.quarter // 4, self.quarter * 3 % 12 + 1, 1)
        return after - timedelta(days=1)


def reports() -> list[Report]:
    """Return every report of every stock, by date and symbol."""
    stocks = [symbol for symbol, listing in LISTINGS.items() if listing.type == STOCK]
    months = [(year, month) for year in range(FIRST_YEAR, LAST_YEAR + 1) for month in REPORT_MONTHS]
    found = [_report(symbol, year, month) for symbol in stocks for year, month in months]
    return sorted(found, key=lambda report: (report.day, report.symbol))


def _report(symbol: str, year: int, month: int) -> Report:
    draw = zlib.crc32(f"{symbol} {year} {month}".encode())
    habit = zlib.crc32(symbol.encode())
    day = _weekday(date(year, month, 12) + timedelta(days=habit % 17))
    estimate = round(LISTINGS[symbol].price * 0.01, 2)
    quarter = REPORT_MONTHS[month]
    return Report(
        symbol=symbol,
        day=day,
        quarter=quarter,
        fiscal_year=year - (quarter == 4),
        timing=TIMINGS[habit % len(TIMINGS)],
        estimate=estimate,
        actual=round(estimate * (0.9 + draw % 21 / 100), 2),
    )


def dividends() -> list[Row]:
    """Return every dividend, as the wire's rows."""
    return [
        _dividend(symbol, cash, date(year, month, 9))
        for symbol, (cash, first) in DIVIDENDS.items()
        for year in range(FIRST_YEAR, LAST_YEAR + 1)
        for month in range(first, 13, 3)
    ]


def _dividend(symbol: str, cash: float, around: date) -> Row:
    ex = _weekday(around)
    return {
        "id": f"{symbol}-{ex:%Y%m}",
        "ticker": symbol,
        "cash_amount": cash,
        "currency": "USD",
        "declaration_date": (ex - timedelta(days=11)).isoformat(),
        "ex_dividend_date": ex.isoformat(),
        "record_date": ex.isoformat(),
        "pay_date": (ex + timedelta(days=3)).isoformat(),
        "frequency": 4,
        "dividend_type": "CD",
    }


def treasury_yields(last: date) -> list[Row]:
    """Return the curve of every weekday up to a date; on Mondays the longest tenor is missing, as some are at times."""
    span = (last - date(FIRST_YEAR, 1, 1)).days + 1
    days = [date(FIRST_YEAR, 1, 1) + timedelta(days=n) for n in range(max(0, span))]
    return [_yields(day) for day in days if day.weekday() < SATURDAY]


def _yields(day: date) -> Row:
    shift = (zlib.crc32(day.isoformat().encode()) % 11 - 5) / 100
    tenors = {tenor: round(level + shift, 2) for tenor, level in CURVE.items()}
    if day.weekday() == 0:
        del tenors["yield_30_year"]
    return {"date": day.isoformat(), **tenors}


def corporate_events(today: date) -> list[Row]:
    """Return three records of every report, as the wire's rows; what is past is historical."""
    return [row for report in reports() for row in _records(report, today)]


def _records(report: Report, today: date) -> list[Row]:
    said = {"pre-market": "-Before Mkt", "post-market": "-After Mkt", "": ""}[report.timing]
    quarter = f"Q{report.quarter} {report.fiscal_year} Earnings"
    kinds = (
        ("earnings_announcement_date", f"{quarter} Announcement{said}"),
        ("earnings_results_announcement", f"{quarter} Result{said}"),
        ("earnings_conference_call", f"{quarter} Call"),
    )
    ahead = (report.day - today).days
    status = "historical" if ahead < 0 else "confirmed" if ahead <= 14 else "unconfirmed"
    listing = LISTINGS[report.symbol]
    company = zlib.crc32(report.symbol.encode()) % 100_000
    return [
        {
            "ticker": report.symbol,
            "company_name": listing.name,
            "date": report.day.isoformat(),
            "name": name,
            "type": kind,
            "status": status,
            "trading_venue": listing.exchange,
            "isin": f"US{company:09d}0",
            "tmx_company_id": company,
            "tmx_record_id": f"{report.symbol}-{report.day:%y%m%d}-{number}",
            "url": "https://example.com/events",
        }
        for number, (kind, name) in enumerate(kinds)
    ]


def _weekday(day: date) -> date:
    return day if day.weekday() < SATURDAY else day + timedelta(days=7 - day.weekday())
