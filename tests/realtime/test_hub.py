import asyncio
import json
from uuid import uuid4

import pytest
from channels.layers import get_channel_layer
from django.db import OperationalError, connection

from config.redis import client
from market import clock
from realtime import audiences, events, hub, log, looking
from realtime.channels import PRICES_GROUP, RING_GROUP
from realtime.errors import TooManySockets
from realtime.models import Event
from tests.contract.frames import assert_frame
from tests.realtime.acts import changed, commit, detected, in_thread, roll_back, until
from tests.realtime.conftest import NOON


class Ear:
    """A socket that only listens."""

    def __init__(self):
        self.heard, self.values = [], {}

    def hear(self, event_id, channel, text):
        self.heard.append((event_id, channel, text))

    def latest(self, key, text, channel=None):
        self.values[key] = text

    @property
    def ids(self):
        return [event_id for event_id, _, _ in self.heard]


@pytest.fixture
def ear(running, ann):
    listener = Ear()
    running.arrive(listener, "")
    running.identify(listener, ann.pk)
    return listener


async def test_a_committed_event_is_handed_to_its_users_sockets(running, ear, ann, bob):
    [theirs] = await commit(changed(bob))
    [mine] = await commit(changed(ann))

    await until(lambda: running.told == mine)

    assert theirs < mine
    [(event_id, channel, text)] = ear.heard
    assert (event_id, channel) == (mine, "setups")
    assert_frame(json.loads(text))
    assert json.loads(text)["channel"] == f"setups:{ann.pk}"


async def test_the_ring_is_heard_long_before_the_silence_ends(monkeypatch, ann, transactional_db):
    monkeypatch.setattr(hub, "SILENCE_S", 3600)
    started = hub.of_this_process()
    await started.known()
    listener = Ear()
    started.arrive(listener, "")
    started.identify(listener, ann.pk)

    [event_id] = await commit(changed(ann))
    await until(lambda: listener.ids == [event_id])

    await hub.stop()


async def test_a_lost_ring_costs_a_moment_and_never_an_event(monkeypatch, running, ear, ann):
    monkeypatch.setattr(hub, "SILENCE_S", 0.05)
    monkeypatch.setattr(events, "ring", lambda: None)

    ids = [(await commit(changed(ann)))[0] for _ in range(3)]

    await until(lambda: ear.ids == ids)


async def test_a_doubled_ring_doubles_nothing(running, ear, ann):
    ids = []
    for _ in range(5):
        ids += await commit(changed(ann))
        await in_thread(events.ring)
    await until(lambda: ear.ids == ids)
    await in_thread(events.ring)
    last = await commit(changed(ann))

    await until(lambda: ear.ids == ids + last)


async def test_what_was_rolled_back_is_never_heard_and_the_rest_is(running, ear, ann):
    first = await commit(changed(ann))
    await roll_back(changed(ann))
    second = await commit(changed(ann))

    await until(lambda: running.told == second[0])
    assert ear.ids == first + second


async def test_a_shared_event_is_one_row_one_question_and_a_frame_of_his_own_for_each_hearer(
    running, ear, ann, bob, circle
):
    other, stranger = Ear(), Ear()
    running.identify(other, bob.pk)
    running.identify(stranger, uuid4())
    subject = uuid4()
    circle.let_hear(subject, ann, bob)

    [event_id] = await commit(detected(subject))
    await until(lambda: running.told == event_id)

    assert await in_thread(Event.objects.count) == 1
    assert circle.questions == 1
    assert stranger.heard == []
    for user, listener in ((ann, ear), (bob, other)):
        [(_, _, text)] = listener.heard
        frame = json.loads(text)
        assert_frame(frame)
        assert frame["data"]["trackedSetupId"] == f"tracked-{user.pk}"
        assert frame["channel"] == f"setups:{user.pk}"


async def test_a_burst_is_handed_on_in_order(running, ear, ann):
    ids = await commit(*(changed(ann, number) for number in range(1_200)))

    await until(lambda: running.told == ids[-1])

    assert ear.ids == ids


async def test_postgres_away_for_a_while_costs_nothing(monkeypatch, running, ear, ann, caplog):
    monkeypatch.setattr(hub, "AGAIN_S", 0.01)
    monkeypatch.setattr(hub, "SILENCE_S", 0.01)
    away = asyncio.Event()
    read = log.after

    def unreachable(event_id):
        away.set()
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(log, "after", unreachable)
    ids = await commit(changed(ann))
    await asyncio.wait_for(away.wait(), 5)
    await until(lambda: "realtime.hub.waits" in [record.message for record in caplog.records])
    monkeypatch.setattr(log, "after", read)

    await until(lambda: ear.ids == ids)
    # One line an outage, not one a try.
    assert [record.message for record in caplog.records] == ["realtime.hub.waits"]


async def test_a_killed_connection_is_replaced(running, ear, ann):
    def kill(pid):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])

    pid = await running._reader.run(lambda: connection.connection.info.backend_pid)
    first = await commit(changed(ann))
    await until(lambda: ear.ids == first)
    await in_thread(kill, pid)
    second = await commit(changed(ann))

    await until(lambda: ear.ids == first + second)


async def test_an_outage_while_the_audience_is_asked_takes_the_event_again(monkeypatch, running, ear, ann, circle):
    monkeypatch.setattr(hub, "AGAIN_S", 0.01)
    subject = uuid4()
    circle.let_hear(subject, ann)
    asked = []

    def unreachable_once(about, user_ids):
        asked.append(about)
        if len(asked) == 1:
            raise OperationalError("the server closed the connection")
        return circle.hearers(about, user_ids)

    monkeypatch.setitem(audiences._audiences, "setup_detected", audiences.Audience(unreachable_once, circle.heard_by))
    ids = await commit(detected(subject))

    await until(lambda: ear.ids == ids)
    assert asked == [subject, subject]


async def test_one_rooms_mistake_does_not_stop_the_log(monkeypatch, running, ear, ann, circle, caplog):
    def broken(_subject, _user_ids):
        raise KeyError("mistake")

    monkeypatch.setitem(audiences._audiences, "setup_detected", audiences.Audience(broken, circle.heard_by))
    await commit(detected(uuid4()))
    ids = await commit(changed(ann))

    await until(lambda: ear.ids == ids)
    assert "realtime.audience.failed" in [record.message for record in caplog.records]


async def test_the_layer_is_joined_again_after_redis_dropped_its_subscribers(monkeypatch, running, ear, ann):
    monkeypatch.setattr(hub, "SILENCE_S", 3600)
    first = await commit(changed(ann))
    await until(lambda: ear.ids == first)

    assert await in_thread(lambda: client().client_kill_filter(_type="pubsub")) >= 1

    async def ring():
        await get_channel_layer().group_send(RING_GROUP, {"type": "ring"})

    second = await commit(changed(ann))
    await until(lambda: len(ear.ids) > 1, doing=ring, seconds=20)
    assert ear.ids == first + second


async def test_prices_reach_only_those_who_look(running, ear):
    running.lookers.look(ear, ["SPX", "NDX"])
    other = Ear()
    running.lookers.look(other, ["NDX"])

    async def send():
        frames = {"SPX": "1", "NDX": "2", "TSLA": "3"}
        await get_channel_layer().group_send(PRICES_GROUP, {"type": "prices", "frames": frames})

    await until(lambda: ear.values and other.values, doing=send)

    assert (ear.values, other.values) == ({"SPX": "1", "NDX": "2"}, {"NDX": "2"})
    assert running.lookers.prices == {"SPX": "1", "NDX": "2"}
    running.lookers.look_away(ear, ["SPX", "NDX"])
    assert (set(running.lookers.symbols), running.lookers.prices) == ({"NDX"}, {"NDX": "2"})
    running.lookers.look_away(other, ["NDX"])
    assert (running.lookers.symbols, running.lookers.prices) == ({}, {})


async def test_what_is_looked_at_is_said_again_and_again(monkeypatch, ann, transactional_db):
    monkeypatch.setattr(looking, "REFRESH_S", 0.01)
    started = hub.of_this_process()
    started.lookers.look(Ear(), ["SPX"])

    await until(lambda: looking.symbols() == {"SPX"})

    await hub.stop()


async def test_everybody_is_told_when_the_phase_changes_or_a_market_minute_has_passed(monkeypatch, transactional_db):
    monkeypatch.setattr(hub, "CLOCK_S", 0.01)
    started = hub.of_this_process()
    first = json.loads(await started.status())
    listener = Ear()
    started.arrive(listener, "")
    assert (first["status"], listener.values) == ("open", {})

    with clock.standing(NOON.replace(minute=1)):
        await until(lambda: listener.values)
        assert json.loads(listener.values["status"])["timeSinceOpen"] == "2h 31m"
    listener.values.clear()
    with clock.standing(NOON.replace(hour=21, minute=1)):
        await until(lambda: listener.values)
        frame = json.loads(listener.values["status"])
    assert_frame(frame)
    assert frame["status"] == "after-hours"
    await hub.stop()


async def test_an_address_and_a_user_hold_only_so_many_sockets(running, ann, settings):
    settings.SOCKET_LIMITS = settings.SOCKET_LIMITS | {"per_user": 2, "per_address": 3}
    ears = [Ear() for _ in range(4)]
    for listener in ears[:3]:
        running.arrive(listener, "10.0.0.1")

    with pytest.raises(TooManySockets, match="Maximum 3 connections for one address"):
        running.arrive(ears[3], "10.0.0.1")
    running.arrive(ears[3], "10.0.0.2")
    running.identify(ears[0], ann.pk)
    running.identify(ears[1], ann.pk)
    running.identify(ears[1], ann.pk)  # again is not one more
    with pytest.raises(TooManySockets, match="Maximum 2 connections for one user"):
        running.identify(ears[2], ann.pk)

    for listener in ears:
        running.leave(listener, "10.0.0.2" if listener is ears[3] else "10.0.0.1", ann.pk)
        running.leave(listener, "10.0.0.1", ann.pk)
    assert (running.sockets, running.users, running.addresses) == (set(), {}, {})


async def test_a_loop_has_one_hub(running):
    assert hub.of_this_process() is running


@pytest.mark.parametrize("turns", range(0, 40, 4))
async def test_a_hub_stops_whatever_it_was_about_to_do(transactional_db, turns):
    started = hub.of_this_process()
    for _ in range(turns):
        await asyncio.sleep(0)

    await asyncio.wait_for(hub.stop(), 5)

    assert [task.done() for task in started._tasks] == [True] * 5
    await hub.stop()  # a second time there is nothing to stop
