"""Rows of the market."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import factory
from factory.django import DjangoModelFactory

from market.models import (
    ClockState,
    EconomicEvent,
    Following,
    SessionBars,
    SessionOverride,
    SymbolReference,
    Watchlist,
)
from market.pure.bars import Bars
from tests.factories.accounts import UserFactory


class WatchlistFactory(DjangoModelFactory):
    class Meta:
        model = Watchlist

    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"List {n}")
    symbols = factory.LazyFunction(lambda: ["SPY", "QQQ"])
    is_default = False


class FollowingFactory(DjangoModelFactory):
    class Meta:
        model = Following

    user = factory.SubFactory(UserFactory)
    symbol = "AAPL"  # not on the list that every new trader gets
    auto_track = False


class SymbolReferenceFactory(DjangoModelFactory):
    class Meta:
        model = SymbolReference

    symbol = factory.Sequence(lambda n: f"SYM{n}")
    name = factory.LazyAttribute(lambda row: f"{row.symbol} Corporation")
    exchange = "XNAS"
    checked_at = datetime(2026, 2, 9, 15, tzinfo=UTC)


class SessionOverrideFactory(DjangoModelFactory):
    class Meta:
        model = SessionOverride

    date = date(2026, 2, 10)
    kind = SessionOverride.Kind.CLOSED
    reason = "a day of mourning"

    class Params:
        early = factory.Trait(kind=SessionOverride.Kind.EARLY_CLOSE, close_time=time(13), reason="a storm")


class ClockStateFactory(DjangoModelFactory):
    class Meta:
        model = ClockState


class SessionBarsFactory(DjangoModelFactory):
    class Meta:
        model = SessionBars

    symbol = "SPY"
    session_date = date(2026, 2, 9)
    packed = factory.LazyFunction(lambda: Bars.empty().pack())


class EconomicEventFactory(DjangoModelFactory):
    class Meta:
        model = EconomicEvent

    at = datetime(2026, 2, 11, 13, 30, tzinfo=UTC)
    name = factory.Sequence(lambda n: f"Release {n}")
    impact = EconomicEvent.Impact.HIGH
    source = "Bureau of Labor Statistics"
    issued_on = date(2026, 1, 5)
