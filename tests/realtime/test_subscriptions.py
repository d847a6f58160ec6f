from hypothesis import given
from hypothesis import strategies as st

from realtime.errors import MalformedSymbol, TooManySubscriptions
from realtime.subscriptions import sort


def read(text: str) -> str:
    if not text.strip():
        raise MalformedSymbol(name=text)
    return text.strip().upper()


def test_one_bad_entry_does_not_cost_the_others():
    result = sort(["spx", " ", "ndx"], read, held=(), room=5, limit=5)

    assert (result.granted, result.new) == (["SPX", "NDX"], ["SPX", "NDX"])
    assert result.as_rejected() == [{"channel": " ", "code": "unknown_symbol"}]


def test_what_is_held_is_granted_again_and_takes_no_room():
    result = sort(["SPX", "NDX", "spx"], read, held={"SPX"}, room=1, limit=2)

    assert (result.granted, result.new, result.refused) == (["SPX", "NDX"], ["NDX"], [])


def test_the_first_entry_beyond_the_limit_is_refused_and_the_rest_skipped():
    result = sort(["A", "B", "C", "D"], read, held=(), room=2, limit=2)

    assert result.granted == ["A", "B"]
    [(text, refusal)] = result.refused
    assert (text, str(refusal), refusal.code) == ("C", "Maximum 2 subscriptions", "too_many_subscriptions")


@given(st.lists(st.text("abc ", max_size=3)), st.sets(st.sampled_from("ABC")), st.integers(0, 5))
def test_no_more_is_granted_than_there_is_room_for(texts, held, room):
    result = sort(texts, read, held, room=room, limit=room)

    assert len(result.granted) == len(set(result.granted))
    assert set(result.new) == set(result.granted) - held
    assert len(result.new) <= room
    assert sum(isinstance(refusal, TooManySubscriptions) for _, refusal in result.refused) <= 1
