import asyncio
import os
import re
import signal
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


async def test_a_service_that_ends_again_and_again_is_given_up():
    lines = Lines()
    supervisor = Supervisor(lines)
    child = python("db", "print('lock file exists')")
    await supervisor.start(child)

    with pytest.raises(ChildEnded, match="db ended 3 times; its lines above say why"):
        await supervisor.until(lambda: False, child, seconds=60)

    await supervisor.stop_all()


async def test_chatter_and_empty_lines_are_left_out():
    lines = Lines()
    supervisor = Supervisor(lines)
    child = python("redis", "print('hello'); print(); print('trouble')")
    child.chatter = re.compile("hello")

    await supervisor.start(child)
    await lines.until("trouble")
    await supervisor.stop_all()

    assert [text for name, text in lines.seen if name == "redis"][:1] == ["trouble"]


async def test_workers_stop_before_the_services_they_need():
    lines = Lines()
    supervisor = Supervisor(lines)
    code = "import signal; signal.signal(signal.SIGTERM, lambda *_: exit(print('bye'))); print('up'); signal.pause()"
    service, worker = python("db", code), python("worker", code)
    service.is_service = True
    await supervisor.start(service)
    await supervisor.start(worker)
    await lines.until("up", times=2)

    await supervisor.stop_all()

    assert [name for name, text in lines.seen if text == "bye"] == ["worker", "db"]


def test_a_log_that_nobody_reads_any_more_stops_the_coach(monkeypatch, tmp_path):
    raised = []
    with (tmp_path / "log").open("w") as out:
        monkeypatch.setattr(sys, "stdout", Unread(out))
        monkeypatch.setattr(signal, "raise_signal", raised.append)

        Printer().line("up", "ready")

    assert raised == [signal.SIGTERM]


class Unread:
    def __init__(self, out):
        self.fileno, self.isatty, self.flush = out.fileno, out.isatty, out.flush

    def write(self, _text):
        raise BrokenPipeError
