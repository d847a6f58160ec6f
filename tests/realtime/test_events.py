import asyncio
import random
import threading
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
import redis
from channels.layers import get_channel_layer
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from realtime.channels import RING_GROUP
from realtime.events import NewEvent, publish, publish_all
from realtime.log import after
from realtime.messages import SetupChanged
from realtime.models import Event
from tests.factories.accounts import UserFactory
from tests.factories.realtime import EventFactory
from tests.realtime.acts import in_thread
from tests.realtime.conftest import NOON


def own(user, number=0, **fields):
    given = {
        "type": "setup_changed",
        "channel": "setups",
        "symbol": "SPX",
        "payload": {"n": number},
        "user_id": user.pk,
    }
    return NewEvent(**given | fields)


@pytest.mark.django_db
def test_an_event_keeps_market_time_and_wall_time_apart():
    before = timezone.now()

    event_id = publish(own(UserFactory()))

    event = Event.objects.get(pk=event_id)
    assert event.created_at == NOON
    assert before <= event.written_at <= timezone.now()


@pytest.mark.django_db
def test_an_event_may_have_become_true_earlier():
    event_id = publish(own(UserFactory(), market_at=NOON - timedelta(minutes=3)))

    assert Event.objects.get(pk=event_id).created_at == NOON - timedelta(minutes=3)


@pytest.mark.django_db
def test_a_message_becomes_the_payload_under_the_names_of_the_wire():
    user, setup_id = UserFactory(), uuid.uuid4()
    message = SetupChanged(
        setup_id=setup_id,
        user_id=user.pk,
        symbol="NDX",
        setup_type="gap_fill",
        previous_status="active",
        status=None,
        reason="deleted",
        changed_at=NOON,
    )

    publish(
        NewEvent.telling(
            message, user_id=user.pk, subject=setup_id, facts={"entry": Decimal("12.50"), "ratio": float("nan")}
        )
    )

    event = Event.objects.get()
    assert (event.type, event.channel, event.symbol, event.subject) == ("setup_changed", "setups", "NDX", setup_id)
    assert event.payload == {
        "setupId": str(setup_id),
        "userId": str(user.pk),
        "symbol": "NDX",
        "setupType": "gap_fill",
        "previousStatus": "active",
        "status": None,
        "reason": "deleted",
        "changedAt": "2026-02-09T17:00:00Z",
    }
    assert event.facts == {"entry": 12.5, "ratio": None}


@pytest.mark.django_db
def test_ten_thousand_events_cost_as_many_statements_as_one():
    user = UserFactory()
    with CaptureQueriesContext(connection) as one:
        publish(own(user))
    with CaptureQueriesContext(connection) as many:
        ids = publish_all([own(user, number) for number in range(10_000)])

    assert (len(one), len(many)) == (1, 1)
    assert [
        entry["n"] for entry in Event.objects.filter(pk__in=ids).order_by("id").values_list("payload", flat=True)
    ] == list(range(10_000))
    assert ids == sorted(ids)


@pytest.mark.django_db
def test_no_events_cost_nothing():
    with CaptureQueriesContext(connection) as none:
        assert publish_all([]) == []
    assert len(none) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{"user_id": None}, {"user_id": None, "subject": uuid.uuid4()}])
def test_an_event_that_nobody_could_hear_is_a_mistake(fields):
    with pytest.raises(ValueError, match="addressed to nobody"):
        publish(own(UserFactory(), **fields))


@pytest.mark.django_db
def test_a_shared_event_is_one_row(circle):
    publish(NewEvent(type="setup_detected", channel="setups", symbol="SPX", payload={}, subject=uuid.uuid4()))

    assert Event.objects.get().user_id is None


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_a_mistake():
    with pytest.raises(transaction.TransactionManagementError):
        publish(own(UserFactory()))


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{"channel": "rumours"}, {"type": ""}, {"user": None, "subject": None}])
def test_the_table_refuses_what_no_reader_could_place(fields):
    with pytest.raises(IntegrityError):
        EventFactory(**fields)


@pytest.mark.django_db(transaction=True)
def test_an_event_stands_or_falls_with_its_act():
    user = UserFactory()
    with transaction.atomic():
        publish(own(user))
        transaction.set_rollback(True)
    with transaction.atomic():
        publish(own(user))

    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_rollback_leaves_a_hole_and_the_order_stands():
    user = UserFactory()
    with transaction.atomic():
        first = publish(own(user))
    with transaction.atomic():
        lost = publish(own(user))
        transaction.set_rollback(True)
    with transaction.atomic():
        last = publish(own(user))

    assert first < lost < last
    assert list(Event.objects.order_by("id").values_list("id", flat=True)) == [first, last]


@pytest.mark.django_db(transaction=True)
async def test_a_commit_rings_once_for_all_its_events_and_a_rollback_never():
    user = await in_thread(UserFactory)
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(RING_GROUP, channel)

    def act():
        with transaction.atomic():
            publish_all([own(user), own(user)])
        with transaction.atomic():
            publish(own(user))
            transaction.set_rollback(True)

    await in_thread(act)

    assert await asyncio.wait_for(layer.receive(channel), 5) == {"type": "ring"}
    assert layer.channels[channel].empty()


@pytest.mark.django_db(transaction=True)
def test_an_act_succeeds_without_redis(monkeypatch, caplog):
    async def refuse(*_):
        raise redis.ConnectionError("no server")

    monkeypatch.setattr(get_channel_layer(), "group_send", refuse, raising=False)

    with transaction.atomic():
        publish(own(UserFactory()))

    assert Event.objects.count() == 1
    assert [record.message for record in caplog.records] == ["realtime.ring.lost"]


class Writers:
    """Threads that publish with random pauses and rollbacks while a reader follows the log by its ids."""

    def __init__(self, user, *, writers=4, acts=25):
        self.user = user
        self.committed = []
        self.read = []
        self._left = writers
        self._lock = threading.Lock()
        self._acts = acts
        self._threads = [threading.Thread(target=self._write, args=(seed,)) for seed in range(writers)]
        self._threads.append(threading.Thread(target=self._follow))

    def run(self):
        for thread in self._threads:
            thread.start()
        for thread in self._threads:
            thread.join(60)

    def _write(self, seed):
        chance = random.Random(seed)
        pause = threading.Event()
        try:
            for _ in range(self._acts):
                lost = chance.random() < 0.15
                with transaction.atomic():
                    pause.wait(chance.random() * 0.004)
                    event_id = publish(own(self.user))
                    pause.wait(chance.random() * 0.004)  # what no act of ours does: wait with the turn in hand
                    transaction.set_rollback(lost)
                if not lost:
                    with self._lock:
                        self.committed.append(event_id)
        finally:
            with self._lock:
                self._left -= 1
            connection.close()

    def _follow(self):
        at = 0
        while True:
            last_round = not self._left
            for entry in after(at):
                at = entry.id
                self.read.append(at)
            if last_round:
                break
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_follows_the_ids_misses_nothing_under_concurrent_writers():
    writers = Writers(UserFactory())

    writers.run()

    assert writers.read == sorted(writers.committed)
    assert len(writers.read) > 50


@pytest.mark.django_db(transaction=True)
def test_without_the_turn_such_a_reader_does_miss_events():
    # The control: it shows that the test above could fail.
    user = UserFactory()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE realtime_event DISABLE TRIGGER realtime_take_turn")
    try:
        writers = Writers(user, writers=8, acts=40)
        writers.run()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE realtime_event ENABLE TRIGGER realtime_take_turn")

    assert len(writers.read) < len(writers.committed)
