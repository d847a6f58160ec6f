import uuid
from datetime import timedelta

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from realtime import log
from realtime.log import Entry, after, newest, replay
from realtime.models import Event
from tests.contract.frames import assert_frame
from tests.factories.accounts import UserFactory
from tests.factories.realtime import EventFactory, RetentionFactory

pytestmark = pytest.mark.django_db
CHANNELS = ("setups", "positions")


def heard(user, *, since=0, upto=None, channels=CHANNELS):
    found = replay(user.pk, channels, since=since, upto=newest() if upto is None else upto)
    return None if found is None else [each.entry.id for each in found]


def shared(subject, **fields):
    return EventFactory(user=None, type="setup_detected", subject=subject, **fields)


def test_the_newest_id_of_an_empty_log_is_zero_and_survives_retention():
    assert newest() == 0
    RetentionFactory(removed_upto=41)
    assert newest() == 41
    event = EventFactory(id=50)
    assert newest() == event.pk


def test_following_returns_the_next_events_of_everybody_in_order():
    events = [EventFactory(), EventFactory(user=None, type="setup_detected"), EventFactory()]

    assert [entry.id for entry in after(events[0].pk)] == [event.pk for event in events[1:]]


def test_following_takes_a_batch_at_a_time(monkeypatch):
    monkeypatch.setattr(log, "BATCH", 2)
    events = EventFactory.create_batch(3)

    assert [entry.id for entry in after(0)] == [event.pk for event in events[:2]]


def test_a_replay_holds_own_and_heard_events_in_order_and_nobody_elses(circle):
    ann, bob = UserFactory(), UserFactory()
    heard_one, unheard = uuid.uuid4(), uuid.uuid4()
    circle.let_hear(heard_one, ann)
    circle.let_hear(unheard, bob)
    first = EventFactory(user=ann)
    second = shared(heard_one)
    EventFactory(user=bob)
    shared(unheard)
    third = EventFactory(user=ann, channel="positions")
    EventFactory(user=ann, channel="journal")

    assert heard(ann) == [first.pk, second.pk, third.pk]
    assert heard(ann, since=first.pk) == [second.pk, third.pk]
    assert heard(ann, since=first.pk, upto=second.pk) == [second.pk]
    assert heard(ann, channels=("positions",)) == [third.pk]


def test_a_shared_event_carries_the_hearers_own_members(circle):
    ann, subject = UserFactory(), uuid.uuid4()
    circle.let_hear(subject, ann)
    shared(subject, payload={"symbol": "SPX"})

    [found] = replay(ann.pk, CHANNELS, since=0, upto=newest())

    assert found.members == circle.members(subject, ann.pk)


@pytest.mark.parametrize(("kept", "told"), [(5, True), (4, False)])
def test_more_than_the_limit_is_not_told_again(monkeypatch, kept, told):
    monkeypatch.setattr(log, "MOST_REPLAYED", kept)
    ann = UserFactory()
    EventFactory.create_batch(5, user=ann)

    assert (heard(ann) is not None) is told


def test_what_happened_a_day_ago_is_not_told_again():
    ann, day = UserFactory(), log.REPLAY_WINDOW
    old = EventFactory(user=ann, written_at=timezone.now() - day - timedelta(seconds=5))
    recent = EventFactory(user=ann, written_at=timezone.now() - day + timedelta(minutes=1))

    assert heard(ann) is None
    assert heard(ann, since=old.pk) == [recent.pk]


def test_an_old_position_is_fine_for_whom_nothing_has_happened_since():
    old = EventFactory(written_at=timezone.now() - timedelta(days=3))

    assert heard(UserFactory(), since=old.pk - 1) == []


def test_a_position_before_what_was_removed_is_too_old():
    RetentionFactory(removed_upto=10)
    ann = UserFactory()
    EventFactory(id=12, user=ann)

    assert heard(ann, since=9) is None
    assert heard(ann, since=10) == [12]


def test_a_position_that_this_log_never_gave_is_not_believed():
    ann = UserFactory()
    event = EventFactory(user=ann)

    assert heard(ann, since=event.pk) == []
    assert heard(ann, since=event.pk + 1) is None
    assert heard(ann, since=10**30) is None
    assert heard(ann, since=-1) is None


def test_a_process_that_lags_behind_the_clients_last_one_has_nothing_to_tell():
    ann = UserFactory()
    first, second = EventFactory(user=ann), EventFactory(user=ann)

    assert heard(ann, since=second.pk, upto=first.pk) == []


def test_a_replay_costs_the_same_queries_for_one_event_as_for_many(circle):
    ann = UserFactory()

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert heard(ann, upto=10**9) is not None
        return len(queries)

    subject = uuid.uuid4()
    circle.let_hear(subject, ann)
    shared(subject)
    one = cost()
    for _ in range(20):
        subject = uuid.uuid4()
        circle.let_hear(subject, ann)
        shared(subject)
        EventFactory(user=ann)

    assert cost() == one


def test_heard_by_narrows_any_query_to_what_a_user_hears(circle):
    ann, bob = UserFactory(), UserFactory()
    subject = uuid.uuid4()
    circle.let_hear(subject, ann)
    own, together = EventFactory(user=ann), shared(subject)
    EventFactory(user=bob)
    shared(uuid.uuid4())
    ndx = EventFactory(user=ann, symbol="NDX")

    assert list(Event.objects.order_by("id").heard_by(ann.pk)) == [own, together, ndx]
    assert list(Event.objects.filter(symbol="NDX").heard_by(ann.pk)) == [ndx]
    assert list(Event.objects.order_by("id").heard_by(bob.pk).values_list("user_id", flat=True)) == [bob.pk]


def test_a_frame_is_the_payload_with_own_members_the_channel_and_the_position():
    user_id, setup_id = uuid.uuid4(), uuid.uuid4()
    payload = {
        "detectedSetupId": str(uuid.uuid4()),
        "symbol": "SPX",
        "setupType": "gamma_squeeze",
        "direction": "bullish",
        "confidence": None,
        "currentPrice": 6020.1,
        "detectedAt": "2026-02-09T16:10:00.000Z",
        "validUntil": None,
        "probability": None,
    }
    entry = Entry(7, None, "setups", "setup_detected", payload, uuid.uuid4(), timezone.now())

    frame = orjson.loads(entry.frame(user_id, {"trackedSetupId": setup_id, "userId": user_id, "interrupt": False}))

    assert_frame(frame)
    assert frame == {
        "type": "setup_detected",
        "channel": f"setups:{user_id}",
        "data": payload | {"trackedSetupId": str(setup_id), "userId": str(user_id), "interrupt": False},
        "id": 7,
    }
