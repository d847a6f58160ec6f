from __future__ import annotations

import numpy as np
import pytest

from market.pure.bars import Bars
from market.pure.intake import Gap, Progress, completed, covered_by, gap_apart, gap_before, is_final, latest, newer

DAY = 0


def minutes(*edges: int) -> Bars:
    ts = 60.0 * np.array(edges, dtype=np.float64)
    price, none = np.full(len(ts), 100.0), np.full(len(ts), np.nan)
    return Bars.from_rows(np.column_stack([ts, price, price, price, price, none, none]))


def settled(edge: int) -> int:
    return 60 * edge


def covered(edge: int) -> Progress:
    return Progress(newest=60 * edge, covered=60 * edge)


@pytest.mark.parametrize(
    ("progress", "shown", "gap"),
    [
        (covered(5), minutes(5), None),  # nothing new
        (covered(5), minutes(6), None),  # the next minute
        (covered(5), minutes(5, 6), None),
        (covered(5), minutes(7), Gap(360, 420)),  # one minute is unknown
        (covered(5), minutes(9, 10), Gap(360, 540)),
        (covered(5), minutes(3), None),  # a vendor behind what it said before
        (Progress(), minutes(4), Gap(0, 240)),  # first served: the day so far
        (Progress(), minutes(0), None),
        (Progress(), minutes(), None),
        (covered(5), minutes(), None),
    ],
)
def test_a_gap_lies_between_what_is_covered_and_what_is_shown(progress: Progress, shown: Bars, gap: Gap | None) -> None:
    assert gap_before(progress, shown, day_start=DAY, told=settled(10), settled=settled(10)) == gap


@pytest.mark.parametrize(
    ("progress", "edge", "gap"),
    [
        (covered(5), 6, None),  # it may still be renewed
        (covered(5), 7, Gap(360, 420)),
        (covered(4), 7, Gap(300, 420)),
        (covered(6), 9, None),  # asked and answered
    ],
)
def test_a_minute_after_which_a_snapshot_was_not_renewed_is_unknown(
    progress: Progress, edge: int, gap: Gap | None
) -> None:
    assert gap_before(progress, minutes(6), day_start=DAY, told=settled(5), settled=settled(edge)) == gap


@pytest.mark.parametrize(
    ("shown", "edge", "expected"),
    [
        (minutes(5), 4, []),  # forming
        (minutes(5), 5, [300]),  # settled by time
        (minutes(5, 6), 4, [300]),  # followed by a later one
        (minutes(5, 6), 6, [300, 360]),
        (minutes(), 6, []),
    ],
)
def test_a_minute_is_complete_when_it_settled_or_a_later_one_exists(
    shown: Bars, edge: int, expected: list[int]
) -> None:
    assert completed(shown, settled(edge)).ts.tolist() == expected


@pytest.mark.parametrize(
    ("gap", "found", "edge", "final"),
    [
        (Gap(0, 300), minutes(0, 1, 4), 4, True),  # its last minute is in
        (Gap(0, 300), minutes(0, 1), 4, False),  # it settled just now: the vendor may be late
        (Gap(0, 300), minutes(0, 1), 5, True),  # a minute later it had no trade
        (Gap(0, 300), minutes(), 5, True),
    ],
)
def test_an_answer_is_final_when_its_last_minute_is_in_or_old_enough(
    gap: Gap, found: Bars, edge: int, *, final: bool
) -> None:
    assert is_final(gap, found, settled(edge)) is final


def test_the_vendor_is_asked_at_most_twice_a_minute() -> None:
    at = Progress()
    asked = []
    for edge in (5, 5, 5, 5, 6, 6, 6):
        if at.may_ask(settled(edge)):
            at = at.after_asking(settled(edge))
            asked.append(edge)

    assert asked == [5, 5, 6, 6]


def test_a_snapshot_covers_up_to_its_last_minute_or_the_one_before_a_forming_one() -> None:
    assert covered_by(minutes(5, 6), settled(6)) == 360
    assert covered_by(minutes(5, 6), settled(5)) == 300
    assert covered_by(minutes(), settled(5)) is None


def test_newer_and_latest_know_what_nothing_is() -> None:
    assert newer(minutes(1, 2), None).ts.tolist() == [60, 120]
    assert newer(minutes(1, 2, 3), 120).ts.tolist() == [180]
    assert latest(None, None) is None
    assert latest(None, 3, 5) == 5


@pytest.mark.parametrize(
    ("progress", "edge", "last", "gap"),
    [
        (Progress(), 4, 100, Gap(0, 300)),  # first served: the day so far
        (covered(4), 4, 100, None),  # nothing has settled since
        (covered(4), 5, 100, Gap(300, 360)),
        (covered(4), 9, 100, Gap(300, 600)),
        (covered(4), 9, 7, Gap(300, 480)),  # no question behind the last minute
        (covered(7), 9, 7, None),
        (covered(9), 5, 100, None),  # a vendor that turned late
    ],
)
def test_minutes_that_no_snapshot_shows_are_unknown_until_they_are_asked_for(
    progress: Progress, edge: int, last: int, gap: Gap | None
) -> None:
    assert gap_apart(progress, day_start=DAY, settled=settled(edge), last=settled(last)) == gap
