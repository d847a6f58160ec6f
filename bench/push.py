"""Private events to 500, 2,000 and 5,000 sockets: a burst, a steady pace, what is lost, and what a socket costs."""

from __future__ import annotations

import itertools
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bench import database  # first: it has Django stand, which models need

# isort: split
from accounts.models import User
from bench.contenders import Bare, Contender, Ours, Stamps, Stock
from bench.processes import Process, memory_mb
from bench.row import Row, faster, none_of, oftener, percentile
from bench.sockets import QUIET_S, Heard, Sockets

BENCH = "push"
BURST = 10_000
BURSTS = 3  # of each contender at each number of sockets; the best counts: a busy machine only takes away
BURST_EACH = 1_000  # transactions of their own: the writer is the limit
RATE = 200.0  # events a second at a steady pace
PACED = 1_000
WARM_UP = 200
PUBSUB, CORE, BARE = "RedisPubSubChannelLayer", "RedisChannelLayer", "bare websockets"


@dataclass(frozen=True)
class Size:
    """How much of everything: the whole bench, or enough to see that it works."""

    sockets: tuple[int, ...] = (500, 2_000, 5_000)
    burst: int = BURST
    bursts: int = BURSTS
    each: int = BURST_EACH
    paced: int = PACED


QUICK = Size(sockets=(10, 20), burst=200, bursts=2, each=20, paced=40)


@dataclass(frozen=True)
class Told:
    """One round of pushing: when it was asked for, what was sent when, and what the sockets heard."""

    called_at: float
    stamps: Stamps
    heard: Heard

    @property
    def lost(self) -> int:
        """Events that no socket heard."""
        return len(self.stamps.keys() - {number for number, _ in self.heard.events})

    @property
    def rate(self) -> float:
        """Events heard a second, from the call that pushes them to the last one's frame.

        The clock starts alike for everybody: ours before the transaction that writes the events, the others' before the
        first is sent.
        """
        last = max(at for _, at in self.heard.events)
        return len(self.heard.events) / (last - self.called_at)

    @property
    def latencies_ms(self) -> list[float]:
        """From each event's stamp to its frame in the client."""
        return [1000 * (at - self.stamps[number]) for number, at in self.heard.events]


@dataclass(frozen=True)
class Result:
    """What one contender did at one number of sockets."""

    bursts: tuple[Told, ...]
    paced: Told | None
    each: Told | None
    accepted_s: float
    socket_kib: float

    @property
    def burst_rate(self) -> float:
        """Events a second of the best burst."""
        return max(each.rate for each in self.bursts)

    @property
    def burst_lost(self) -> int:
        """Events that the worst burst lost."""
        return max(each.lost for each in self.bursts)


def run(*, quick: bool = False) -> list[Row]:
    """Measure each contender at each number of sockets, one contender after the other."""
    size = QUICK if quick else Size()
    with database.fresh():
        users = User.objects.bulk_create(
            User(id=uuid.uuid4(), username=f"p{n}", email="") for n in range(size.sockets[-1])
        )
        database.analyse()
        contenders = (Ours(), Stock("pubsub"), Stock("core"), Bare())
        results = {each.name: _measure(each, users, size) for each in contenders}
    return [
        row
        for count in size.sockets
        for row in _rows(count, {name: at[count] for name, at in results.items() if count in at})
    ]


def _measure(contender: Contender, users: Sequence[User], size: Size) -> dict[int, Result]:
    found: dict[int, Result] = {}
    with contender.serving() as (process, port), Sockets(port) as sockets:
        before, _ = memory_mb(process.resident())
        for count in size.sockets[:1] if contender.is_slow else size.sockets:
            sys.stderr.write(f"bench: {BENCH}, {contender.name}, {count} sockets\n")
            joining = [contender.member(user) for user in users[sockets.count : count]]
            accepted_s = len(joining) / sockets.grow(joining)
            found[count] = _round(contender, users[:count], sockets, size, accepted_s, process, before)
    return found


def _round(
    contender: Contender,
    users: Sequence[User],
    sockets: Sockets,
    size: Size,
    accepted_s: float,
    process: Process,
    before_mb: float,
) -> Result:
    held_mb, _ = memory_mb(process.resident())
    numbers = itertools.count()

    def told(count: int, push: Callable[[Sequence[User], Sequence[int]], Stamps], quiet_s: float = QUIET_S) -> Told:
        these = list(itertools.islice(numbers, count))
        called_at = time.time()
        return Told(called_at, *sockets.while_listening(lambda: push(users, these), expect=count, quiet_s=quiet_s))

    told(min(WARM_UP, size.burst), contender.push, quiet_s=1)
    paced = (
        told(size.paced, lambda them, these: contender.pace(them, these, rate=RATE)) if not contender.is_slow else None
    )
    times = 1 if contender.is_slow else size.bursts
    bursts = tuple(told(size.burst, contender.push) for _ in range(times))
    each = told(size.each, contender.push_each) if isinstance(contender, Ours) else None
    return Result(bursts, paced, each, accepted_s, 1024 * (held_mb - before_mb) / len(users))


def _rows(count: int, of: dict[str, Result]) -> list[Row]:
    case = f"{count:,} sockets"
    ours, stock, bare = (of[name] for name in ("ours", PUBSUB, BARE))
    told = [each for each in (*ours.bursts, ours.paced, ours.each) if each]
    burst = f"burst of {len(ours.bursts[0].stamps):,}"
    rows = [
        oftener(BENCH, case, f"{burst}, call to last frame", ours.burst_rate, "events/s", stock.burst_rate, PUBSUB),
        oftener(BENCH, case, f"{burst}, call to last frame", ours.burst_rate, "events/s", bare.burst_rate, BARE),
        oftener(BENCH, case, "accepted", ours.accepted_s, "sockets/s", stock.accepted_s, PUBSUB),
        none_of(BENCH, case, "lost", sum(each.lost for each in told)),
        none_of(BENCH, case, "of another user", sum(each.heard.foreign for each in told)),
        none_of(BENCH, case, "out of order", sum(each.heard.out_of_order for each in told)),
        none_of(BENCH, case, "twice", sum(each.heard.doubled for each in told)),
        *(
            replace(
                none_of(BENCH, case, f"{burst}: lost", ours.burst_lost), baseline=each.burst_lost, baseline_name=name
            )
            for name, each in of.items()
            if name in (PUBSUB, CORE)
        ),
        Row(BENCH, case, "memory a socket", round(ours.socket_kib, 1), "KiB", round(stock.socket_kib, 1), PUBSUB),
    ]
    if ours.each:
        rows.append(Row(BENCH, case, "a transaction an event", round(ours.each.rate, 1), "events/s"))
    return rows + [_latency(case, ours, of[name], name, at) for at in (50, 99) for name in (PUBSUB, BARE)]


def _latency(case: str, ours: Result, other: Result, name: str, percent: int) -> Row:
    assert ours.paced is not None  # noqa: S101 -- these two were asked to
    assert other.paced is not None  # noqa: S101 -- as above
    mine, theirs = (percentile(each.latencies_ms, percent) for each in (ours.paced, other.paced))
    return faster(BENCH, case, f"{RATE:g}/s, commit to frame p{percent}", mine, theirs, name)
