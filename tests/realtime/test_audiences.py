from uuid import uuid4

from realtime import audiences
from tests.factories.accounts import UserFactory


def test_nobody_hears_a_type_that_no_room_answers_for():
    assert audiences.hearers("unheard_of", uuid4(), [uuid4()]) == {}
    assert audiences.heard(uuid4(), [("unheard_of", uuid4())]) == {}


def test_without_listeners_nobody_is_asked(circle):
    assert audiences.hearers("setup_detected", uuid4(), []) == {}
    assert circle.questions == 0


def test_both_directions_agree(circle):
    ann, bob = UserFactory.build(), UserFactory.build()
    first, second = uuid4(), uuid4()
    circle.let_hear(first, ann, bob)
    circle.let_hear(second, bob)

    assert audiences.hearers("setup_detected", first, [ann.pk, uuid4()]) == {ann.pk: circle.members(first, ann.pk)}
    assert audiences.heard(bob.pk, [("setup_detected", first), ("setup_detected", second), ("other", second)]) == {
        ("setup_detected", first): circle.members(first, bob.pk),
        ("setup_detected", second): circle.members(second, bob.pk),
    }
    assert circle.questions == 2
