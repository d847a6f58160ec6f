"""From a quote to the socket: the tracker's cycle, the layer, the hub and a trader's connection, all of them real."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import pytest

from accounts.models import User
from market import clock, feed, vendors
from positions import book, tracker
from positions.models import Mark
from realtime import hub
from tests.factories.accounts import UserFactory
from tests.positions.conftest import TEN, traded
from tests.positions.market import QuotedMarket
from tests.realtime.acts import in_thread
from tests.realtime.client import Client


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Iterator[QuotedMarket]:
    made = QuotedMarket()
    made.share("SPX", 5950.0, TEN)
    monkeypatch.setattr(feed, "quotes", lambda symbols: {s: made.quotes[s] for s in symbols if s in made.quotes})
    with clock.standing(TEN), vendors.using(made):
        yield made


@pytest.fixture
async def running(transactional_db: None) -> AsyncIterator[hub.Hub]:
    started = hub.of_this_process()
    await started.known()
    yield started
    await hub.stop()


async def opened(owner: User, *trades: tuple[str, str]) -> str:
    legs = [traded(*each) for each in trades]
    return str(await in_thread(lambda: book.open_position(owner.pk, "SPX", legs, at=TEN, now=TEN)))


async def test_each_owner_hears_of_his_own_position_what_is_stored(market: QuotedMarket, running: hub.Hub) -> None:
    ann, bob = await in_thread(UserFactory), await in_thread(UserFactory)
    hers, his = await opened(ann, ("+1C5900", "80")), await opened(bob, ("-2P5900", "40"))
    market.quote("+1C5900", 112.0, 112.4, at=TEN)
    market.quote("-2P5900", 30.0, 30.2, at=TEN)
    async with Client(user=ann) as one, Client(user=bob) as other:
        for client in (one, other):
            await client.subscribe(channels=["positions"])

        await in_thread(tracker.run, TEN)
        told = [(await client.next("position_update"))["data"] for client in (one, other)]

        assert [each["snapshot"]["id"] for each in told] == [hers, his]
        assert [each["snapshot"]["pnl"] for each in told] == [3220.0, 1980.0]
        assert await in_thread(lambda: Mark.objects.get(pk=hers).unrealised) == Decimal("3220.00")
        assert [await one.silence(), await other.silence()] == [[], []]
