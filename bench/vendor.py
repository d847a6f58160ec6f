"""What the feed asks of the vendor in a cycle: against symbols, where it may grow by the batch, and against users."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import numpy as np

from bench import database  # first: it has Django stand, which models need

# isort: split
from accounts.models import User
from bench.row import Row
from market import calendar, clock, feed, vendors
from market.models import Following
from tests.market.fakes import FakeVendor, bars

BENCH = "vendor"
SYMBOLS = (10, 250, 500, 1_000)
USERS = (1, 100, 10_000)
SYMBOLS_OF_USERS = 250
NOON_MINUTES = 150  # after the open
MOST_FOLLOWED = 20
DAY = datetime(2026, 2, 9).date()  # noqa: DTZ001 -- a date


def run(*, quick: bool = False) -> list[Row]:
    """Count the calls at the vendor protocol, whoever implements it, once a session is under way."""
    rows = []
    for count in SYMBOLS[:2] if quick else SYMBOLS:
        calls = _calls(symbols=count, users=1)
        rows.append(_row(f"{count:,} symbols, 1 user", calls, must_be=-(-count // feed.BATCH)))
    for count in USERS[:2] if quick else USERS:
        calls = _calls(symbols=SYMBOLS_OF_USERS, users=count)
        rows.append(_row(f"{SYMBOLS_OF_USERS} symbols, {count:,} users", calls, must_be=1))
    return rows


def _row(case: str, calls: list[int], *, must_be: int) -> Row:
    if len(set(calls)) != 1:
        raise AssertionError(f"{case}: the calls of four cycles are {calls}")
    return Row(BENCH, f"{case}, at the vendor protocol", "calls a cycle", calls[0], "calls", must_be=must_be)


def _calls(*, symbols: int, users: int) -> list[int]:
    """Return the calls of the cycles of a minute: the first sees a new bar, the others do not."""
    names = [f"V{number:04}" for number in range(symbols)]
    with database.fresh():
        _follow(names, users)
        session = calendar.session(DAY)
        if session is None:
            raise AssertionError(f"{DAY} is no session")
        closes = 100 + np.cumsum(np.sin(np.arange(NOON_MINUTES + 5)))
        fake = FakeVendor({name: bars(session.open_at, closes.tolist()) for name in names})
        start = session.open_at + timedelta(minutes=NOON_MINUTES, seconds=2)
        with clock.standing(start) as hand, vendors.using(fake):
            feed.refresh(hand.at)  # the first cycle asks for what was missed, once a symbol
            counts = []
            for seconds in (60, 5, 5, 5):
                hand.forward(seconds=seconds)
                counts.append(_cycle(fake, hand.at))
        return counts


def _cycle(fake: FakeVendor, now: datetime) -> int:
    before = fake.calls.total()
    feed.refresh(now)
    return fake.calls.total() - before


def _follow(names: list[str], users: int) -> None:
    """Have each user follow some of the symbols, so that together they follow all."""
    made = User.objects.bulk_create(User(id=uuid.uuid4(), username=f"v{n}", email="") for n in range(users))
    share = max(MOST_FOLLOWED, -(-len(names) // users))
    Following.objects.bulk_create(
        (
            Following(user=user, symbol=names[(share * index + offset) % len(names)], auto_track=True)
            for index, user in enumerate(made)
            for offset in range(share)
        ),
        batch_size=5_000,
        ignore_conflicts=True,
    )
    database.analyse()
