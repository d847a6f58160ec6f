"""A day of the made-up market on which options of every structure end: what they made is explained to the dollar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, cast

import httpx
import pytest
from rest_framework.test import APIClient

from accounts.models import User
from market import clock, feed, vendors
from market.clock import Standing
from positions import day_marks, explain, lifecycle, tracker
from positions.models import Position, Status
from positions.pure.explain import MARKET
from simulation.vendor import SimulatedVendor
from tests.detectors.conftest import client_of
from tests.factories.accounts import UserFactory
from tests.live.many_positions import Quotes, of_every_structure
from tests.live.vendor_process import EASTERN

pytestmark = pytest.mark.django_db

DAY, WEEK_LATER, MONTH_LATER = date(2026, 2, 20), date(2026, 2, 27), date(2026, 3, 20)
OF_EACH = 8
SEED = 7


def at(hour: int, minute: int, second: int = 0) -> datetime:
    return datetime.combine(DAY, time(hour, minute, second), EASTERN).astimezone(UTC)


class Answer:
    """What Django answers, with the names that a client over the wire has."""

    def __init__(self, answer: Any) -> None:
        self.status_code, self.json = answer.status_code, answer.json
        self.text = answer.content.decode()


class Reader:
    """A client that reads as one over the wire does."""

    def __init__(self, client: APIClient) -> None:
        self._client = client

    def get(self, path: str, params: dict[str, Any]) -> Answer:
        return Answer(self._client.get(path, params))


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Standing]:
    """The made-up market at twenty to ten."""
    market = SimulatedVendor(SEED)
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 1_000_000)

    def quotes(symbols: Any) -> dict[str, Any]:
        return {symbol: seen.quote for symbol, seen in market.snapshot(symbols, now=clock.now()).items()}

    monkeypatch.setattr(feed, "quotes", quotes)
    with vendors.using(market), clock.standing(at(9, 40)) as standing:
        yield standing


@pytest.fixture
def ended(hand: Standing) -> tuple[User, list[Position]]:
    """Positions of every structure after a day that three cycles of the tracker saw, of those that ended with it."""
    user = UserFactory()
    client = client_of(user)
    quotes = Quotes(cast("httpx.Client", Reader(client)))
    for each in of_every_structure(quotes, (DAY, WEEK_LATER, MONTH_LATER), each=OF_EACH):
        made = client.post("/api/positions", each.body, format="json")
        assert made.status_code == 201, made.content
    for moment in (at(9, 40, 10), at(12, 0), at(15, 59, 45), at(16, 16)):
        hand.move_to(moment)
        tracker.run(moment)
    day_marks.capture(at(16, 17))
    hand.move_to(at(16, 31))
    assert lifecycle.settle(at(16, 31)).failed == 0
    return user, list(Position.objects.exclude(status=Status.OPEN))


def test_the_end_of_options_leaves_no_dollar_unexplained(ended: tuple[User, list[Position]], hand: Standing) -> None:
    user, positions = ended

    days = {each: explain.of_day(user.pk, each.pk, DAY, now=hand.at) for each in positions}

    assert {each.closed_at for each in positions} == {at(16, 0)}
    # Condors, spreads and single options that were bought and sold; what delivers shares lives on.
    assert len(days) >= OF_EACH
    for each, told in days.items():
        parts = told.parts
        assert parts is not None
        assert parts.unexplained == ()
        assert parts.pnl == (each.realised - each.fees).quantize(Decimal("0.01"))
        sums = sum((getattr(parts, name) for name in (*MARKET, "spread", "fees", "residual")), Decimal(0))
        assert parts.pnl == sums
        assert abs(parts.residual) <= 1, (each.symbol, parts)
