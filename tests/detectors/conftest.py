"""A market whose bars the test writes, traders who watch it, and what they were told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import User
from config.redis import client
from detectors import scan
from detectors.scan import ScanResult
from market import calendar, clock, session_store, vendors
from market.models import Following
from market.pure.bars import Bars
from market.pure.sessions import in_utc
from realtime.models import Event
from tests.detectors.sessions import OPEN_TS, Row, as_bars
from tests.factories.accounts import PreferencesFactory, UserFactory
from tests.market.fakes import FakeVendor

MONDAY = date(2026, 2, 9)


def after_minute(minute: int, *, seconds: int = 3) -> datetime:
    """Return an instant just after a minute of Monday's session is complete."""
    return datetime.fromtimestamp(OPEN_TS + 60 * (minute + 1) + seconds, UTC)


class Floor:
    """The market of Monday: an ATR of 4 for every symbol, and whatever trades the test writes."""

    def __init__(self, vendor: FakeVendor) -> None:
        self.vendor = vendor

    def trade(self, symbol: str, rows: Sequence[Row | None], *, atr: float = 4.0) -> Bars:
        """Have a symbol trade these minutes from the open on."""
        bars = as_bars(rows)
        pipe = client().pipeline()
        session_store.write(pipe, MONDAY, symbol, bars)
        pipe.execute()
        days = [day.date for day in calendar.sessions(MONDAY - timedelta(days=90), MONDAY - timedelta(days=1))]
        stamps = [in_utc(day, datetime.min.time()).timestamp() for day in days]
        daily = [(ts, 100, 100 + atr / 2, 100 - atr / 2, 100, 1e6, np.nan) for ts in stamps]
        self.vendor.daily[symbol] = Bars.from_rows(np.array(daily))
        return bars

    def scan(self, symbol: str = "SPY", *, minute: int) -> ScanResult:
        """Scan a symbol just after a minute is complete."""
        now = after_minute(minute)
        with clock.standing(now):
            return scan.advance([symbol], now)


@pytest.fixture
def floor() -> Iterator[Floor]:
    vendor = FakeVendor()
    with vendors.using(vendor), clock.standing(after_minute(17)):
        yield Floor(vendor)


@pytest.fixture
def watcher(db: None) -> Callable[..., User]:
    """Return a maker of traders with a symbol on their default list, and preferences if any are given."""

    def make(symbol: str = "SPY", *, auto_track: bool = True, **preferences: Any) -> User:
        user = UserFactory.create()
        follow(user, symbol, auto_track=auto_track)
        if preferences:
            PreferencesFactory.create(user=user, **preferences)
        return user

    return make


def follow(user: User, *symbols: str, auto_track: bool = True) -> None:
    """Have a trader follow these symbols and no other; a new one starts with a list of his own."""
    Following.objects.filter(user=user).delete()
    Following.objects.bulk_create(Following(user=user, symbol=symbol, auto_track=auto_track) for symbol in symbols)


@pytest.fixture
def user(db: None) -> User:
    return UserFactory.create()


@pytest.fixture
def stranger(db: None) -> User:
    return UserFactory.create()


def client_of(user: User) -> APIClient:
    """Return a client that sends this user's bearer token."""
    made = APIClient()
    made.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(user)}")
    return made


@pytest.fixture
def api(user: User) -> APIClient:
    return client_of(user)


def told(*types: str) -> list[Event]:
    """Return the stored events of these types, all if none is named, in the order of the log."""
    events = Event.objects.order_by("id")
    return list(events.filter(type__in=types) if types else events)


def wait_until_somebody_waits() -> None:
    """Return once another connection is blocked by a lock; asks again and again for at most ten seconds."""
    give_up = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < give_up:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")
