import pytest

from realtime.pace import Pace


class Watch:
    def __init__(self):
        self.at = 100.0

    def __call__(self):
        return self.at


@pytest.fixture
def watch():
    return Watch()


def test_so_many_pass_at_once_and_no_more(watch):
    pace = Pace(2, 5, now=watch)

    assert [pace.take() for _ in range(7)] == [True] * 5 + [False] * 2


def test_a_steady_talker_is_never_stopped(watch):
    pace = Pace(2, 5, now=watch)

    for _ in range(1_000):
        watch.at += 0.5
        assert pace.take()


def test_one_who_talks_faster_is_stopped_once_he_has_used_what_he_may_say_at_once(watch):
    pace = Pace(2, 5, now=watch)
    passed = 0
    while pace.take():
        passed += 1
        watch.at += 0.25  # four a second

    assert passed == 9  # the five and the half a message that each of eight pauses brings back


def test_a_long_silence_saves_up_no_more_than_what_passes_at_once(watch):
    pace = Pace(2, 5, now=watch)
    watch.at += 3600

    assert [pace.take() for _ in range(6)] == [True] * 5 + [False]


def test_who_was_stopped_stays_so(watch):
    pace = Pace(2, 1, now=watch)
    assert [pace.take(), pace.take()] == [True, False]
    watch.at += 3600

    assert not pace.take()
