"""Rows of option numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime

import factory
from factory.django import DjangoModelFactory

from options_engine.models import GammaSnapshot, VolatilityDay

DAY = date(2026, 2, 9)
AT_TEN = datetime(2026, 2, 9, 15, 0, tzinfo=UTC)  # 10:00 in New York


class GammaSnapshotFactory(DjangoModelFactory):
    """SPX at 10:00 with calls above the price and puts below it."""

    class Meta:
        model = GammaSnapshot

    symbol = "SPX"
    mark = AT_TEN
    as_of = factory.SelfAttribute("mark")
    session_date = DAY
    expiry = DAY
    days_to_expiry = 0
    spot = 6002.0
    flip = 5994.5
    strikes = factory.LazyFunction(lambda: [5950.0, 6000.0, 6050.0])
    call_gex = factory.LazyFunction(lambda: [0.0, 4e8, 9e8])
    put_gex = factory.LazyFunction(lambda: [7e8, 3e8, 0.0])


class VolatilityDayFactory(DjangoModelFactory):
    """SPX at 20 points, kept on the day."""

    class Meta:
        model = VolatilityDay

    symbol = "SPX"
    session_date = DAY
    as_of = AT_TEN
    source = VolatilityDay.Source.STORED
    spot = 6002.0
    iv30 = 0.20
    front_iv = 0.18
    front_expiry = DAY
    skew25 = 0.035
