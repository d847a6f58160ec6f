import pytest
import time_machine

from realtime import looking
from realtime.looking import look, symbols


def limit(settings, count):
    settings.SOCKET_LIMITS = settings.SOCKET_LIMITS | {"looked_at": count}


def test_what_is_looked_at_is_remembered_for_all_processes_and_then_forgotten():
    with time_machine.travel(1_000, tick=False) as at:
        look(["SPX", "NDX"])
        at.shift(30)
        look(["NDX"])
        assert symbols() == {"SPX", "NDX"}
        at.shift(looking.FORGOTTEN_AFTER_S - 30 + 1)
        assert symbols() == {"NDX"}
        at.shift(looking.FORGOTTEN_AFTER_S)
        assert symbols() == set()


def test_looking_at_nothing_asks_nobody():
    look([])

    assert symbols() == set()


def test_strangers_cannot_make_the_feed_fetch_more_than_the_limit(settings, caplog):
    limit(settings, 3)
    look(["A", "B"])

    look(["B", "C", "D"])
    look(["E"])

    assert symbols() == {"A", "B", "C"}
    assert [record.message for record in caplog.records] == ["realtime.looking.full"] * 2


def test_a_place_is_free_again_when_its_symbol_is_forgotten(settings):
    limit(settings, 1)
    with time_machine.travel(1_000, tick=False) as at:
        look(["A"])
        at.shift(looking.FORGOTTEN_AFTER_S + 1)
        look(["B"])

        assert symbols() == {"B"}


@pytest.mark.django_db
def test_the_feed_serves_what_sockets_look_at():
    from market import demand

    look(["ZZZZ"])

    assert "ZZZZ" in demand.symbols()
