import asyncio
import os
import sys

import pytest

from config.supervise import Child, ChildEnded, Printer, Supervisor


class Lines(Printer):
    def __init__(self):
        super().__init__()
        self.seen = []
        self.news = asyncio.Event()

    def line(self, name, text):
        self.seen.append((name, text))
        self.news.set()

    async def until(self, wanted, times=1):
        async with asyncio.timeout(20):
            while sum(wanted in text for _, text in self.seen) < times:
                self.news.clear()
                await self.news.wait()


def python(name, code):
    return Child(name, (sys.executable, "-u", "-c", code), env=dict(os.environ))


async def test_output_carries_the_name_of_its_process():
    lines = Lines()

    code = await Supervisor(lines).once("hello", (sys.executable, "-c", "print('hi')"), dict(os.environ))

    assert code == 0
    assert ("hello", "hi") in lines.seen


async def test_a_child_that_ends_is_started_again_and_stop_ends_it_for_good():
    lines = Lines()
    supervisor = Supervisor(lines)

    await supervisor.start(python("brief", "print('here')"))
    await lines.until("here", times=2)
    await supervisor.stop_all()

    assert any("brief ended with code 0; starting it again" in text for _, text in lines.seen)
    seen = len(lines.seen)
    await asyncio.sleep(0)
    assert len(lines.seen) == seen


async def test_stop_ends_a_child_with_its_signal():
    lines = Lines()
    supervisor = Supervisor(lines)
    child = python("patient", "import signal; print('up'); signal.pause()")
    await supervisor.start(child)
    await lines.until("up")

    await supervisor.stop_all()

    assert child.process.returncode == -15


async def test_waiting_for_a_service_that_stays_silent_ends_with_a_sentence():
    supervisor = Supervisor(Lines())

    with pytest.raises(ChildEnded, match=r"db did not answer within 0\.1 s"):
        await supervisor.until(lambda: False, python("db", ""), seconds=0.1)
