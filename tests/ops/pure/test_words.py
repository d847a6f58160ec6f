"""Cadences as people say them."""

from __future__ import annotations

from datetime import time

import pytest

from config.schedule import At, Every
from ops.pure.words import cadence_in_words


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (
            Every(pre=5, open=5, after=5, closed=60, offset_s=2),
            "5 s pre-market, while open and after hours; 60 s closed",
        ),
        (Every(open=300), "5 min while open"),
        (Every(open=7200), "2 h while open"),
        (Every(pre=15, open=15, after=15, closed=15), "every 15 s, at all hours"),
        (At(time=time(7), days="trading", latest=time(16)), "07:00 ET on trading days, not after 16:00"),
        (At(after_close_min=15, days="trading"), "15 min after the close on trading days"),
        (At(time=time(18), days="sunday"), "18:00 ET on Sundays"),
        (At(time=time(0, 5), days="monthly"), "00:05 ET on the 1st of the month"),
    ],
)
def test_a_cadence_reads_like_a_sentence(when: Every | At, words: str) -> None:
    assert cadence_in_words(when) == words
