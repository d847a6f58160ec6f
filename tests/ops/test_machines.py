"""What the machines of one coach must share, and who of them is up."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from coach import demo
from market import clock
from ops import host, machines
from ops.models import Heartbeat, Shared
from tests.factories.ops import HeartbeatFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine(settings: Any) -> Callable[..., None]:
    """Be another machine from now on."""

    def become(name: str, *, key: str = "the key", source: str = "simulated from seed 1") -> None:
        settings.MACHINE, settings.SECRET_KEY, settings.MARKET_SOURCE = name, key, source

    become("a")
    return become


def lives(instance: str, *, ago_s: float = 0, **columns: Any) -> Heartbeat:
    beat = HeartbeatFactory(instance=instance, **columns)
    Heartbeat.objects.filter(pk=beat.pk).update(updated_at=timezone.now() - timedelta(seconds=ago_s))
    return beat


def test_the_first_machine_is_alone_and_the_second_is_not(machine: Callable[..., None]) -> None:
    assert machines.join()
    lives("market@a")

    machine("b")

    assert not machines.join()


def test_machines_that_start_one_right_after_the_other_know_of_each_other(machine: Callable[..., None]) -> None:
    assert machines.join()
    assert machines.join()  # again, before anything of it has come up

    machine("b")
    assert not machines.join()

    machine("c", key="another key")
    with pytest.raises(machines.OtherKey, match="a and b"):
        machines.join()


@pytest.mark.parametrize(
    ("instance", "columns"),
    [
        ("market@a", {}),  # its own, of before a restart
        ("market@b", {"ago_s": 91}),
        ("market@b", {"stopped_at": datetime.fromisoformat("2026-02-09T17:00:00+00:00")}),
        ("inline@b", {}),  # a command at somebody's desk
    ],
)
def test_who_is_gone_is_nobody(machine: Callable[..., None], instance: str, columns: dict[str, Any]) -> None:
    lives(instance, **columns)

    assert machines.join()


def test_another_market_is_refused_even_when_nobody_runs(machine: Callable[..., None]) -> None:
    machines.join()

    machine("b", source="massive")

    with pytest.raises(machines.OtherSource, match="holds data of the provider 'simulated from seed 1', not 'massive'"):
        machines.join()
    assert Shared.objects.get().source == "simulated from seed 1"


@pytest.mark.parametrize("change", [{"key": "other"}, {"jwt": "j" * 40}])
def test_another_key_is_refused_while_others_run_and_taken_over_when_they_have_stopped(
    machine: Callable[..., None], settings: Any, change: dict[str, str]
) -> None:
    machines.join()
    lives("market@a")
    lives("slow@c")
    machine("b", key=change.get("key", "the key"))
    settings.JWT_SECRET = change.get("jwt", "")

    with pytest.raises(machines.OtherKey, match="a and c of the same database run with another SECRET_KEY"):
        machines.join()

    Heartbeat.objects.update(stopped_at=timezone.now())
    assert machines.join()
    assert machines.join()


def test_two_of_one_name_on_one_host_are_told_apart(machine: Callable[..., None]) -> None:
    lives("market@a", hostname=socket.gethostname(), pid=os.getpid())

    with pytest.raises(machines.NameTaken, match=f"process {os.getpid()} .* as market@a: set COACH_MACHINE"):
        machines.join()


def test_a_name_is_free_again_when_its_process_is_gone(machine: Callable[..., None]) -> None:
    gone = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(gone, 0)
    lives("market@a", hostname=socket.gethostname(), pid=gone)
    lives("slow@a", hostname="another host", pid=os.getpid())

    assert machines.join()


def test_two_hosts_of_one_name_are_noticed_once_the_other_shows_life(
    machine: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    lives("market@a", hostname="web", host_print="of the other", ago_s=60)
    monkeypatch.setattr(machines, "sleep", lambda _s: lives("beat@a", hostname="web", host_print="of the other"))
    said = StringIO()

    with pytest.raises(CommandError, match=r"beat@a shows life, and .* host that is called web: .* set COACH_"):
        call_command("prepare", "--no-static", stdout=said)

    assert said.getvalue() == (
        "waiting until market@a, seen on another host or before a restart, has been silent for 90 s\n"
    )
    assert not Heartbeat.objects.filter(name=machines.STARTING).exists()


def test_a_second_host_is_noticed_while_the_first_is_starting(
    machine: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    machines.join()
    first = host.fingerprint()
    monkeypatch.setattr(host, "fingerprint", lambda: "of the second")
    monkeypatch.setattr(machines, "sleep", lambda _s: lives("market@a", host_print=first))

    with pytest.raises(machines.NameShared, match="market@a shows life"):
        machines.await_name(str)


def test_what_a_host_left_before_a_restart_is_waited_out(
    machine: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    beat = lives("market@a", host_print="before", ago_s=60)
    looks = []

    def time_passes(_s: float) -> None:
        looks.append(beat.pk)
        Heartbeat.objects.filter(pk=beat.pk).update(updated_at=timezone.now() - timedelta(seconds=60 + 20 * len(looks)))

    monkeypatch.setattr(machines, "sleep", time_passes)

    machines.await_name(str)

    assert looks == [beat.pk] * 2


@pytest.mark.parametrize(
    ("instance", "columns"),
    [
        ("market@a", {"host_print": "here"}),
        ("market@a", {"host_print": ""}),  # written by the release before
        ("market@a", {"host_print": "other", "ago_s": 91}),
        ("market@a", {"host_print": "other", "stopped_at": datetime.fromisoformat("2026-02-09T17:00:00+00:00")}),
        ("market@b", {"host_print": "other"}),
        ("inline@a", {"host_print": "other"}),
    ],
)
def test_nobody_else_has_this_name(
    machine: Callable[..., None], monkeypatch: pytest.MonkeyPatch, instance: str, columns: dict[str, Any]
) -> None:
    monkeypatch.setattr(host, "fingerprint", lambda: "here")
    lives(instance, **columns)

    machines.await_name(pytest.fail)


def test_a_host_that_does_not_know_itself_waits_for_nobody(
    machine: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "fingerprint", lambda: "")
    lives("market@a", host_print="other")

    machines.await_name(pytest.fail)


def test_processes_are_up_once_they_have_started_since(machine: Callable[..., None]) -> None:
    at = timezone.now()
    lives("market@a", started_at=at + timedelta(seconds=1))
    lives("slow@a", started_at=at - timedelta(seconds=1))
    lives("beat@a", started_at=at + timedelta(seconds=1), stopped_at=at)

    assert machines.missing(["market@a", "slow@a", "beat@a"], since=at) == ["beat@a", "slow@a"]


def test_the_command_says_for_whom_it_waits_and_ends_when_they_are_up(
    machine: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    at, said = timezone.now(), StringIO()
    monkeypatch.setattr("ops.management.commands.machine.sleep", lambda _s: lives("beat@a", started_at=timezone.now()))

    call_command("machine", "beat@a", since=at, stdout=said)

    assert said.getvalue() == "waiting for beat@a\n"


def test_a_machine_that_joins_leaves_the_market_clock_as_it_goes(machine: Callable[..., None]) -> None:
    call_command("prepare", "--no-static")
    clock.set_state(market_at=clock.now() + timedelta(minutes=10))
    jumps = clock.clock_setting.current().jumps
    lives("market@a")
    machine("b")

    call_command("prepare", "--no-static")

    assert clock.clock_setting.current().jumps == jumps


def test_a_machine_alone_goes_on_where_the_clock_was_noted(machine: Callable[..., None]) -> None:
    call_command("prepare", "--no-static")
    stood = clock.now() + timedelta(hours=1)
    clock.set_state(market_at=stood, paused=True)

    call_command("prepare", "--no-static")

    assert clock.now() == stood


def test_what_must_not_join_is_told_in_a_sentence(machine: Callable[..., None]) -> None:
    machines.join()
    machine("b", source="massive")

    with pytest.raises(CommandError, match="name another database, or the same market"):
        call_command("prepare", "--no-static")


@pytest.mark.django_db(transaction=True)
def test_two_machines_that_start_together_prepare_one_after_the_other(
    machine: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, most, may_go = [0], [0], threading.Event()

    def seed(*, alone: bool) -> None:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        may_go.wait(10)
        inside[0] -= 1

    said = StringIO()

    def start() -> None:
        call_command("prepare", "--no-static", stdout=said)
        connection.close()

    monkeypatch.setattr(demo, "seed", seed)
    both = [threading.Thread(target=start) for _ in range(2)]
    for each in both:
        each.start()
    _until(lambda: "to prepare this database" in said.getvalue())
    may_go.set()
    for each in both:
        each.join(30)

    assert (most, inside) == ([1], [0])
    assert said.getvalue().startswith("waiting for coach prepare on a (Postgres session ")


def _until(condition: Callable[[], bool]) -> None:
    give_up = timezone.now() + timedelta(seconds=20)
    while not condition():
        assert timezone.now() < give_up, "it never came true"
