"""A made-up share before its report: the specification's worked example as a vendor with dates, bars and options."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np

from market import calendar
from market.pure.alpha_vantage import EarningsDate, EarningsResult
from market.pure.bars import Bars
from market.pure.chain import Chain
from market.pure.sessions import in_utc
from market.vendors.protocol import SymbolInfo
from market.vendors.reference import Told
from options_engine.pure import black_scholes, carry
from options_engine.pure.event_variance import Split
from tests.market.chains import chain
from tests.market.fakes import FakeVendor

# The close of a Thursday: the share reports tonight, its options end on the Tuesday after, in five days, and in March.
TONIGHT = datetime(2026, 2, 12, 21, 0, tzinfo=UTC)
REPORT = date(2026, 2, 12)
NEAR, FAR = date(2026, 2, 17), date(2026, 3, 17)
SPOT = 220.0
MOVES = (3.1, 5.2, 4.4, 7.9, 2.0, 6.1, 4.8, 5.3)  # newest first
SHARE = "ACME"
_near, _far = 0.62**2 * 5 / 365, 0.38**2 * 33 / 365
_base = (_far - _near) * 365 / 28
EXAMPLE = Split(base=_base, event=_near - _base * 5 / 365)


class EarningsVendor(FakeVendor):
    """A vendor that knows reports too, and counts who asks."""

    def __init__(self) -> None:
        super().__init__()
        self.coming: list[EarningsDate] = []
        self.results: dict[str, list[EarningsResult]] = {}

    def earnings_calendar(self, *, now: datetime) -> Told[EarningsDate]:
        self._called("earnings_calendar")
        return Told(tuple(self.coming), as_of=now, source=self.name)

    def earnings_history(self, symbol: str, *, now: datetime) -> Told[EarningsResult]:
        self._called(f"earnings_history {symbol}")
        return Told(tuple(self.results.get(symbol, ())), as_of=now, source=self.name)


def reports_on(symbol: str, day: date, timing: str | None = "after", estimate: float = 1.5) -> EarningsDate:
    """Return a row of the calendar."""
    return EarningsDate(symbol, f"{symbol} Inc.", day, date(2025, 12, 31), estimate, "USD", timing)  # type: ignore[arg-type]


def reported(symbol: str, day: date, timing: str | None = "after", eps: float = 1.6) -> EarningsResult:
    """Return a row of the history."""
    return EarningsResult(symbol, day, day - timedelta(days=40), eps, 1.5, eps - 1.5, 0.0, timing)  # type: ignore[arg-type]


def past_reports(timing: str | None = "after") -> list[EarningsResult]:
    """Return eight reports of the share, a quarter apart."""
    days = [calendar.session_on_or_before(REPORT - timedelta(days=91 * (n + 1))).date for n in range(len(MOVES))]
    return [reported(SHARE, day, timing) for day in reversed(days)]


def daily(results: list[EarningsResult], *, on_the_day: bool = False, moves: tuple[float, ...] = MOVES) -> Bars:
    """Return flat daily bars that move by so many percent in the session after each report, or in its own."""
    sessions = calendar.sessions(REPORT - timedelta(days=900), REPORT + timedelta(days=20))
    by_day = dict(zip((each.reported_on for each in reversed(results)), moves, strict=True))
    rows, price = [], 100.0
    reacts: set[date] = set()
    for number, session in enumerate(sessions):
        told_on = session.date if on_the_day else sessions[number - 1].date
        opened = price
        if told_on in by_day:
            price *= 1.0 + by_day[told_on] / 100.0
            opened = price
            reacts.add(session.date)
        stamp = int(in_utc(session.date, datetime.min.time()).timestamp())
        rows.append([stamp, opened, max(opened, price), min(opened, price), price, 1e6, np.nan])
    assert len(reacts) == len(results)
    return Bars.from_rows(np.array(rows))


def options(
    spot: float = SPOT,
    *,
    event: float = 1.0,
    half: float = 0.005,
    as_of: datetime = TONIGHT,
    days: tuple[date, ...] = (NEAR, FAR),
) -> Chain:
    """Return calls and puts of some expiries at flat volatilities, quoted around their model's price."""
    strikes = [spot + 2.5 * step for step in range(-24, 25)]
    listed = [(day, SHARE, strike, side) for day in days for strike in strikes for side in "CP"]
    expires = {day: calendar.session(day).close_at for day in days}  # type: ignore[union-attr]
    years = np.array([(expires[day] - as_of).total_seconds() / 86_400 / 365 for day, *_ in listed])
    # The clocks change before March 17, so that it is an hour short of 33 days: its volatility follows its variance.
    sigma = np.sqrt(EXAMPLE.base + event * EXAMPLE.event / years)
    strike, is_call = np.array([each[2] for each in listed]), np.array([each[3] == "C" for each in listed])
    price = black_scholes.price(spot, strike, years, sigma, is_call, rate=carry.RATE, dividend=0.0)
    return chain(
        SHARE,
        listed,
        spot=spot,
        as_of=as_of,
        bid=price - half,
        ask=price + half,
        iv=sigma,
        open_interest=500,
        volume=10,
    )


def vendor() -> EarningsVendor:
    """Return the share tonight: a date, eight past reports, bars and options."""
    made = EarningsVendor()
    made.known[SHARE] = SymbolInfo(SHARE, "Acme Corporation", "stock")
    made.coming = [reports_on(SHARE, REPORT)]
    made.results[SHARE] = past_reports()
    made.daily[SHARE] = daily(made.results[SHARE])
    made.chains[SHARE] = options()
    return made
