from __future__ import annotations

from datetime import date

import pytest

from options_engine.pure.report_dates import Candidate, believed, reports_of, surest

EARLY, LATE = "2026-01-05T11:00:00+00:00", "2026-01-20T11:00:00+00:00"


def said(source: str, day: int, status: str = "estimated", at: str = EARLY, time: str | None = None) -> Candidate:
    return Candidate(source, date(2026, 2, day), time, status, at)  # type: ignore[arg-type]


def test_what_staff_pinned_has_the_last_word() -> None:
    told = [said("tmx", 10, "confirmed", LATE), said("manual", 12), said("alpha_vantage", 11, at=LATE)]

    assert believed(told).date == date(2026, 2, 12)


def test_an_announcement_beats_an_estimate_however_new() -> None:
    assert believed([said("tmx", 10, "confirmed"), said("alpha_vantage", 11, at=LATE)]).source == "tmx"
    assert believed([said("tmx", 10, "canceled"), said("alpha_vantage", 10, at=LATE)]).status == "canceled"


def test_of_two_estimates_the_newest_is_believed_and_of_equals_the_first() -> None:
    assert believed([said("alpha_vantage", 10), said("tmx", 11, at=LATE)]).source == "tmx"
    assert believed([said("alpha_vantage", 10), said("tmx", 11)]).source == "alpha_vantage"


def test_a_time_of_day_is_lent_for_the_same_date_only() -> None:
    pinned = said("manual", 12)

    assert believed([pinned, said("alpha_vantage", 12, time="AMC")]).time == "AMC"
    assert believed([pinned, said("alpha_vantage", 11, time="AMC")]).time is None


def test_three_records_of_one_quarter_are_one_report_and_a_call_alone_is_none() -> None:
    call = Candidate("tmx", date(2026, 2, 11), None, "confirmed", EARLY, stands_alone=False)
    result, announcement = said("tmx", 10, "unconfirmed"), said("tmx", 10, "confirmed")
    later = Candidate("tmx", date(2026, 5, 12), None, "estimated", EARLY)

    assert [len(group) for group in reports_of([call, result, announcement, later])] == [3, 1]
    assert reports_of([call]) == []


def test_the_surest_record_dates_the_report() -> None:
    call = Candidate("tmx", date(2026, 2, 9), None, "confirmed", EARLY, stands_alone=False)

    assert surest([call, said("tmx", 12, "canceled"), said("tmx", 11), said("tmx", 10, "confirmed")]).date.day == 10


def test_what_is_stored_is_read_back() -> None:
    told = said("tmx", 10, "confirmed", LATE, "BMO")

    assert Candidate.of_json("tmx", told.as_json()) == told
    assert told.says_as(said("tmx", 10, "confirmed", EARLY, "BMO"))
    with pytest.raises(ValueError, match="max"):
        believed([])
