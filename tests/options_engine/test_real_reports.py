"""Real reports of ../shared/data: reactions of a share through two splits, and a whole month of all companies."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from market import calendar
from options_engine.earnings import events
from options_engine.earnings.sources import Answer, Report
from options_engine.models import EarningsEvent
from options_engine.pure.past_straddle import last_session_before, likely_expiries
from options_engine.pure.report_dates import Candidate
from options_engine.pure.report_moves import Move, realised, summarise
from options_engine.pure.report_timing import Timing, first_open_after, surprise

DATA = Path(__file__).parents[3] / "shared" / "data"
FOLDERS = ("earnings_2023", "earnings_history", "lean_daily")
pytestmark = pytest.mark.skipif(
    not all((DATA / name).is_dir() for name in FOLDERS), reason="the data folder is not here"
)
# Ex-date: shares that one became. Bars are raw.
SPLITS = {date(2014, 6, 9): 7, date(2020, 8, 31): 4}
# Closes before and after the news of the evening, as the exchange told them that day.
KNOWN = {
    date(2012, 4, 24): (560.28, 610.00),
    date(2013, 1, 23): (514.01, 450.50),
    date(2014, 1, 27): (550.50, 506.50),
    date(2018, 11, 1): (222.22, 207.48),
    date(2019, 1, 29): (154.68, 165.25),
    date(2020, 7, 30): (384.76, 425.04),
}
TIMES: dict[str, Timing | None] = {"amc": "AMC", "bmo": "BMO", "--": None}


@pytest.fixture(scope="module")
def bars() -> pd.DataFrame:
    return pd.read_parquet(DATA / "lean_daily" / "AAPL.parquet")


@pytest.fixture(scope="module")
def reports() -> list[date]:
    frame = pd.read_parquet(DATA / "earnings_history" / "eps_history_A-M.parquet")
    days = frame.loc[frame["ticker"] == "AAPL", "report_date"]
    return sorted(day for day in days if date(2012, 1, 1) <= day <= date(2021, 1, 31))


@pytest.fixture(scope="module")
def month() -> pd.DataFrame:
    return pd.read_parquet(DATA / "earnings_2023" / "earnings_reports.parquet")


def move(bars: pd.DataFrame, day: date, timing: Timing | None, divided_by: np.ndarray | float = 1.0) -> Move:
    days = np.array(bars["date"].tolist(), dtype="datetime64[D]")
    opens, closes = (bars[name].to_numpy() / divided_by for name in ("open", "close"))
    found = realised(days, opens, closes, day, timing)
    assert found is not None
    return found


def test_reports_of_the_evening_move_the_next_session(bars: pd.DataFrame, reports: list[date]) -> None:
    for day, (before, after) in KNOWN.items():
        assert day in reports
        # These bars end with the last trade, which the closing auction may differ from by a few cents.
        assert move(bars, day, "AMC").close == pytest.approx(100 * (after / before - 1), abs=0.1)


def test_splits_between_reports_change_no_reaction(bars: pd.DataFrame, reports: list[date]) -> None:
    shares = np.ones(len(bars))
    for day, into in SPLITS.items():
        shares[np.array(bars["date"].tolist()) < day] *= into

    whole = [move(bars, day, "AMC") for day in reports]
    divided = [move(bars, day, "AMC", shares) for day in reports]

    assert len(reports) == 37
    assert [each.close for each in divided] == pytest.approx([each.close for each in whole])
    assert [each.gap for each in divided] == pytest.approx([each.gap for each in whole])
    # Measured on its own session a split would be a fall by six sevenths: the adjusted bars have none.
    raw, whole = (move(bars, date(2014, 6, 9), "BMO", by).size for by in (1.0, shares))
    assert raw > 80
    assert whole < 5


def test_an_unknown_time_of_day_finds_the_evening_in_most_cases(bars: pd.DataFrame, reports: list[date]) -> None:
    known, guessed = ([move(bars, day, timing) for day in reports] for timing in ("AMC", None))

    assert all(guess.size >= each.size for guess, each in zip(guessed, known, strict=True))
    found = sum(guess.close == each.close for guess, each in zip(guessed, known, strict=True))
    assert found / len(reports) > 0.8
    # The day before the reaction is an ordinary one: measured there the average move is a third of the real one.
    wrong = summarise(np.array([move(bars, day, "BMO").size for day in reports])).mean
    assert wrong < 0.5 * summarise(np.array([each.size for each in known])).mean


def test_every_report_of_a_month_lies_between_a_close_and_an_open(month: pd.DataFrame) -> None:
    sessions = [each.date for each in calendar.sessions(date(2023, 6, 20), date(2023, 10, 31))]
    for row in month.itertuples():
        timing = TIMES[row.time]
        before = last_session_before(row.report_date, timing, sessions)
        after = first_open_after(row.report_date, timing, sessions)
        assert before is not None
        assert after is not None
        gap = sessions.index(after) - sessions.index(before)
        # An unknown time of day on a session leaves that session between them.
        own = timing is None and row.report_date in sessions
        assert (before < after, gap) == (True, 2 if own else 1), row
        expiries = likely_expiries(row.report_date, timing, sessions)
        assert expiries
        assert all(day in sessions and day > before for day in expiries)


def test_beat_and_miss_are_those_of_the_record(month: pd.DataFrame) -> None:
    told = month.dropna(subset=["eps_estimate", "eps_reported", "surprise"])
    signs = {"beat": 1, "miss": -1, "in-line": 0}
    found = [signs[surprise(row.eps_reported, row.eps_estimate)] for row in told.itertuples()]

    assert len(told) > 1_500
    assert (np.array(found) == np.sign(told["surprise"].round(4))).mean() > 0.99


@pytest.mark.django_db
def test_a_month_of_all_companies_is_kept_once(month: pd.DataFrame) -> None:
    now = datetime.combine(date(2023, 7, 3), time(12), UTC)
    told = tuple(
        Report(
            row.symbol,
            Candidate("alpha_vantage", row.report_date, TIMES[row.time], "estimated", now.isoformat()),
            name=row.company,
            estimate=None if pd.isna(row.eps_estimate) else Decimal(str(row.eps_estimate)),
        )
        for row in month.itertuples()
    )

    for _ in range(2):
        events.keep(Answer("alpha_vantage", told), now)

    kept = EarningsEvent.objects.values_list("symbol", "date", "time")
    plain = {row.symbol for row in month.itertuples() if row.symbol.replace(".", "").replace("-", "").isalnum()}
    assert len({symbol for symbol, *_ in kept}) == len(kept) >= 0.99 * len(plain)
    days = {(row.symbol, row.report_date, TIMES[row.time]) for row in month.itertuples()}
    assert {tuple(each) for each in kept} <= days
    week = events.coming([symbol for symbol, *_ in kept], date(2023, 7, 3), date(2023, 7, 3) + timedelta(days=14))
    assert [(each.date, each.symbol) for each in week] == sorted((each.date, each.symbol) for each in week)
