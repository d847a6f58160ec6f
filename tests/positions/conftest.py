"""Traders who hold something, on a Monday at ten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from accounts.models import User
from market import clock
from market.clock import Standing
from positions import book, contracts
from positions.ledger import Trade
from positions.models import Position
from tests.factories.accounts import UserFactory
from tests.positions.pure.test_structures import leg

TEN = datetime(2026, 2, 9, 15, tzinfo=UTC)

Opener = Callable[..., Position]


@pytest.fixture
def now() -> Iterator[Standing]:
    """Stand the clock at ten on Monday."""
    with clock.standing(TEN) as hand:
        yield hand


@pytest.fixture
def trader() -> User:
    """Return a trader."""
    return UserFactory()


def traded(text: str, price: str, *, fees: str = "0", root: str = "SPXW") -> Trade:
    """Return `+2C5900` at a price as a trade."""
    return Trade(leg=leg(text, root=root), price=Decimal(price), fees=Decimal(fees))


def contract(text: str, root: str = "SPXW") -> str:
    """Return the name of a contract."""
    return contracts.name(leg(text, root=root))


@pytest.fixture
def opens(trader: User) -> Opener:
    """Return a function that opens a position of the trader: legs as `+2C5900` with their prices."""

    def open_(*trades: tuple[str, str], symbol: str = "SPX", of: UUID | None = None, **about: object) -> Position:
        root = "SPXW" if symbol == "SPX" else symbol
        at = about.pop("at", TEN)
        made = book.open_position(
            of or trader.pk, symbol, [traded(*each, root=root) for each in trades], at=at, now=TEN, **about
        )
        return Position.objects.get(pk=made)

    return open_
