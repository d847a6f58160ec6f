import asyncio

import pytest

from realtime.outbox import ROOM, Outbox
from tests.realtime.acts import until


class Peer:
    """The other end: reads only while `reading` is set, and may vanish."""

    def __init__(self, limit=4):
        self.got, self.closed = [], None
        self.reading = asyncio.Event()
        self.reading.set()
        self.gone = False
        self.outbox = Outbox(self._send, self._close, limit)

    async def _send(self, text):
        await self.reading.wait()
        if self.gone:
            raise OSError("gone")
        self.got.append(text)

    async def _close(self, code):
        await self.reading.wait()
        self.closed = code

    async def idle(self):
        await until(lambda: self.outbox._task is None)


@pytest.fixture
async def peer():
    return Peer()


async def test_frames_leave_in_order(peer):
    for text in "abc":
        await peer.outbox.say(text)
    peer.outbox.hear("d")
    await peer.idle()

    assert peer.got == list("abcd")


async def test_of_a_value_only_the_newest_leaves_and_after_the_events(peer):
    peer.reading.clear()
    peer.outbox.hear("first")
    await asyncio.sleep(0)
    for number in range(5):
        peer.outbox.latest("SPX", f"SPX {number}")
        peer.outbox.latest("NDX", f"NDX {number}")
    peer.outbox.hear("second")
    peer.reading.set()
    await peer.idle()

    assert peer.got == ["first", "second", "SPX 4", "NDX 4"]


async def test_a_value_that_is_sent_may_follow_again(peer):
    peer.outbox.latest("SPX", "1")
    await peer.idle()
    peer.outbox.latest("SPX", "2")
    await peer.idle()

    assert peer.got == ["1", "2"]


async def test_hearing_never_waits_and_says_when_the_reader_is_too_slow(peer):
    peer.reading.clear()

    assert [peer.outbox.hear(str(number)) for number in range(6)] == [True] * 4 + [False] * 2


async def test_an_abandoned_reader_gets_the_close_and_nothing_else(peer):
    peer.reading.clear()
    for number in range(6):
        peer.outbox.hear(str(number))
    await asyncio.sleep(0)

    peer.outbox.abandon(4410)
    peer.outbox.hear("later")
    peer.outbox.latest("SPX", "later")
    peer.reading.set()
    await peer.idle()

    assert (peer.got, peer.closed, len(peer.outbox)) == ([], 4410, 0)


async def test_what_the_client_asked_for_waits_until_there_is_room(peer):
    peer.reading.clear()

    async def answer():
        for number in range(ROOM + 20):
            await peer.outbox.say(str(number))

    answering = asyncio.create_task(answer())
    await until(lambda: len(peer.outbox) >= ROOM - 1)  # and one is on its way
    await asyncio.sleep(0)
    assert (answering.done(), len(peer.outbox) <= ROOM) == (False, True)

    peer.reading.set()
    await answering
    await peer.idle()
    assert peer.got == [str(number) for number in range(ROOM + 20)]


async def test_a_close_follows_what_is_queued_and_ends_everything(peer):
    await peer.outbox.say("last words")
    peer.outbox.close(4401)
    peer.outbox.close(1011)
    peer.outbox.hear("later")
    peer.outbox.latest("SPX", "later")
    await peer.idle()

    assert (peer.got, peer.closed) == (["last words"], 4401)


async def test_nobody_waits_for_a_client_that_has_vanished(peer):
    peer.gone = True
    for number in range(ROOM + 20):
        await peer.outbox.say(str(number))
    await peer.idle()

    assert (peer.got, peer.outbox.closed) == ([], True)


async def test_dropping_frees_whoever_waits_for_room(peer):
    peer.reading.clear()
    for number in range(ROOM):
        await peer.outbox.say(str(number))
    waiting = asyncio.create_task(peer.outbox.say("one more"))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(peer.outbox.say("and another"))
    await asyncio.sleep(0)

    peer.outbox.drop()
    await asyncio.wait_for(waiting, 1)

    assert len(peer.outbox) == 0


@pytest.mark.parametrize("closes", [True, False])
async def test_a_mistake_while_sending_closes_the_socket_instead_of_silencing_it(peer, monkeypatch, caplog, closes):
    async def mistake(*_):
        raise RuntimeError("mistake")

    monkeypatch.setattr(peer.outbox, "_send", mistake)
    if not closes:
        monkeypatch.setattr(peer.outbox, "_close", mistake)
    peer.outbox.hear("a")
    await peer.idle()

    assert peer.closed == (1011 if closes else None)
    assert (peer.outbox.closed, len(peer.outbox)) == (True, 0)
    assert "realtime.outbox.broken" in caplog.text
    await peer.outbox.say("b")  # nobody waits for it, and nothing is kept
    assert len(peer.outbox) == 0
