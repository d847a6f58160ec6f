"""What page tests share: a signed-in trader, a clock at 10:15, quotes, and a way to read pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.models import User
from config.redis import client as redis
from market import clock, quotes
from market.clock import Standing
from market.vendors.protocol import Quote
from tests.factories.accounts import UserFactory

# 10:15 in New York, a quarter of an hour after the detections of the factories.
NOW = datetime(2026, 2, 9, 15, 15, tzinfo=UTC)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _fresh_clock() -> Iterator[None]:
    yield
    clock.forget()


@pytest.fixture
def now() -> Iterator[Standing]:
    with clock.standing(NOW) as hand:
        yield hand


@pytest.fixture
def user(db: None, now: Standing) -> User:
    return UserFactory.create(username="ana", first_name="Ana")


@pytest.fixture
def browser(user: User) -> Client:
    """A signed-in browser without scripts."""
    signed_in = Client()
    signed_in.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return signed_in


@pytest.fixture
def quote() -> Callable[..., None]:
    """Put quotes into the feed's store: `quote(SPX=(6010.0, 6000.0))` is price and prior close."""

    def put(*, stale: bool = False, delayed: bool = False, **prices: tuple[float, float]) -> None:
        made = {
            symbol: Quote(symbol, price, before, 1e6, NOW, delayed=delayed, volume_minute=900.0, stale=stale)
            for symbol, (price, before) in prices.items()
        }
        with redis().pipeline() as pipe:
            quotes.replace_all(pipe, made)
            pipe.execute()

    return put
