"""The machines of one coach: what all of them have to share, and which processes of one of them are up."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from time import sleep

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from config.guard import alive
from config.http.errors import CoachError
from ops import heartbeats, host
from ops.models import Heartbeat, Shared

# A worker that nothing ails shows life once a minute at least; a machine that was killed counts as gone after this.
SILENT_AFTER = timedelta(seconds=90)
LOOK_S = 0.5
# The name of a heartbeat that counts for nobody's health: of a machine that is about to start.
STARTING = "starting"


class CannotJoin(CoachError):
    """A machine would do harm to the coach whose database it was given."""


class OtherSource(CannotJoin):
    """Its market is another one: made-up, recorded and real data never share a database."""

    code = "ops.machines.other_source"
    message = (
        "the database holds data of the provider {held!r}, not {ours!r}: name another database, or the same market"
    )


class OtherKey(CannotJoin):
    """It signs with another key: who signed in at one machine would be a stranger at the next."""

    code = "ops.machines.other_key"
    message = (
        "{others} of the same database run with another SECRET_KEY or JWT_SECRET: give every machine the same,"
        " or stop all of them to change it"
    )


class NameTaken(CannotJoin):
    """Another coach of the same database runs here under the same name: heartbeats and runs would be one's for two."""

    code = "ops.machines.name_taken"
    message = "process {pid} of the same database runs here as {instance}: set COACH_MACHINE to another name"


class NameShared(CannotJoin):
    """Another host of the same database has the same name; no process id of it says anything here."""

    code = "ops.machines.name_shared"
    message = (
        "{instance} shows life, and runs on another host that is called {hostname}: two machines of one database need"
        " two names, set COACH_MACHINE to another on one of them"
    )


def await_name(say: Callable[[str], object]) -> None:
    """Return once no other host shows life under this machine's name.

    Signs of life that this host left before it was restarted, or of an earlier container, end by themselves; those of
    another machine go on.

    Parameters
    ----------
    say
        Is told once what we wait for.

    Raises
    ------
    NameShared
        If another host shows life meanwhile.
    """
    before = _namesake()
    if before is None:
        return
    patience = f"{SILENT_AFTER.total_seconds():g} s"
    say(f"waiting until {before.instance}, seen on another host or before a restart, has been silent for {patience}")
    while (latest := _namesake()) is not None:
        if latest.updated_at > before.updated_at:
            raise NameShared(instance=latest.instance, hostname=latest.hostname)
        sleep(LOOK_S)


def join() -> bool:
    """Make this machine one of the coach whose database it has; return whether it is the only one that runs.

    Raises
    ------
    CannotJoin
        If it must not.
    """
    with transaction.atomic():
        others = _others()
        ours = {"source": settings.MARKET_SOURCE, "key_print": _key_print()}
        shared, _ = Shared.objects.select_for_update().get_or_create(pk=Shared.THE_ONE, defaults=ours)
        if shared.source != ours["source"]:
            raise OtherSource(held=shared.source, ours=ours["source"])
        if shared.key_print != ours["key_print"]:
            if others:
                raise OtherKey(others=" and ".join(others))
            Shared.objects.filter(pk=Shared.THE_ONE).update(key_print=ours["key_print"])
        # Its processes show life only seconds from now; a machine that starts meanwhile has to know of this one.
        heartbeats.process_started([STARTING], f"{STARTING}@{settings.MACHINE}")
    _check_name()
    return not others


def missing(instances: Collection[str], *, since: datetime) -> list[str]:
    """Return which of these processes, such as `market@web-1`, have not come up since then."""
    up = Heartbeat.objects.filter(instance__in=instances, started_at__gte=since, stopped_at=None)
    return sorted(set(instances) - set(up.values_list("instance", flat=True)))


def _others() -> list[str]:
    """Return the names of the other machines that show signs of life."""
    instances = _living().exclude(instance__endswith=f"@{settings.MACHINE}").values_list("instance", flat=True)
    return sorted({instance.partition("@")[2] for instance in instances})


def _check_name() -> None:
    mine = _living().filter(instance__endswith=f"@{settings.MACHINE}", hostname=socket.gethostname())
    mine = mine.exclude(name=STARTING)  # its process has ended, and others may have its id by now
    for instance, pid in mine.values_list("instance", "pid").distinct():
        if alive(pid):
            raise NameTaken(pid=pid, instance=instance)


def _namesake() -> Heartbeat | None:
    """Return the newest sign of life of a process that has our name and runs elsewhere."""
    here = host.fingerprint()
    if not here:
        return None  # nothing to tell us apart by
    named = _living().filter(instance__endswith=f"@{settings.MACHINE}")
    return named.exclude(host_print__in=["", here]).order_by("-updated_at").first()


def _living() -> QuerySet[Heartbeat]:
    seen = Heartbeat.objects.filter(stopped_at=None, updated_at__gt=timezone.now() - SILENT_AFTER)
    return seen.exclude(instance__startswith="inline@")


def _key_print() -> str:
    """Return what tells one pair of keys from another, and nothing about them."""
    return salted_hmac("ops.machines", settings.JWT_SECRET, algorithm="sha256").hexdigest()
