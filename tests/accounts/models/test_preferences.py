"""The preferences' row: what the database refuses, and what is mended on reading."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from accounts.models import Preferences, User
from accounts.models.preferences import INDICATORS, LARGEST_OBJECT_BYTES, small_object, timezones
from tests.factories.accounts import PreferencesFactory

pytestmark = pytest.mark.django_db


def test_without_a_row_there_are_defaults_and_still_no_row(user: User) -> None:
    defaults = Preferences.of(user)

    assert (defaults.orb_period, defaults.risk_per_trade_pct, defaults.min_confidence) == (15, Decimal("1.00"), 0)
    assert defaults.chart_indicators == INDICATORS
    assert not Preferences.objects.exists()


def test_reading_costs_one_query(user: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    PreferencesFactory.create(user=user)

    with django_assert_num_queries(1):
        Preferences.of(user)


@pytest.mark.parametrize(
    "values",
    [
        {"orb_period": 10},
        {"default_chart_timeframe": "2m"},
        {"default_options_strike_range": 11},
        {"risk_per_trade_pct": Decimal("0.24")},
        {"risk_per_trade_pct": Decimal("5.01")},
        {"default_risk_per_trade": Decimal("-0.01")},
        {"default_account_size": Decimal("-0.01")},
        {"min_confidence": 101},
        {"min_confidence": -1},
        {"quiet_from": time(22)},
        {"quiet_to": time(7)},
        {"quiet_from": time(7), "quiet_to": time(7)},
        {"timezone": "Mars/Olympus_Mons"},
    ],
    ids=str,
)
def test_the_database_refuses_what_is_out_of_bounds(user: User, values: dict[str, object]) -> None:
    PreferencesFactory.create(user=user)

    with pytest.raises(DatabaseError), transaction.atomic():
        Preferences.objects.filter(user=user).update(**values)


def test_postgres_knows_every_zone_that_we_offer(user: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        known = {name for (name,) in cursor.fetchall()}

    assert timezones() - known == set()


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        (
            {"chart_indicators": {"ema8": False, "vwap": "yes", "rsi": 1, "bollinger": True}},
            INDICATORS | {"ema8": False},
        ),
        ({"chart_indicators": [1, 2]}, INDICATORS),
        ({"chart_indicators": {}}, INDICATORS),
    ],
    ids=["key by key", "a list", "empty"],
)
def test_overlays_fall_back_one_by_one(user: User, stored: dict[str, object], read: dict[str, bool]) -> None:
    PreferencesFactory.create(user=user, **stored)

    assert Preferences.of(user).chart_indicators == read


@pytest.mark.parametrize(
    ("field", "stored", "read"),
    [
        ("ui", [1], {}),
        ("ui", {"theme": "dark"}, {"theme": "dark"}),
        ("dashboard_layout", "wide", None),
        ("dashboard_layout", {"big": "x" * LARGEST_OBJECT_BYTES}, None),
        ("muted_types", ["orb_breakout", "Not a type"], []),
        ("muted_types", ["orb_breakout"], ["orb_breakout"]),
    ],
)
def test_an_unusable_value_falls_back_and_its_neighbours_stay(
    user: User, field: str, stored: object, read: object
) -> None:
    PreferencesFactory.create(user=user, orb_period=30, **{field: stored})

    row = Preferences.of(user)

    assert (getattr(row, field), row.orb_period) == (read, 30)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"a": "x" * (LARGEST_OBJECT_BYTES - 8)}, None),
        ({"a": "x" * (LARGEST_OBJECT_BYTES - 7)}, "has 32769 bytes"),
        ({"a": "ü" * (LARGEST_OBJECT_BYTES // 2)}, "bytes"),
        ({"a": "\x00"}, "NUL"),
        ([], "an object"),
        (None, "an object"),
        ({"a": object()}, "cannot be kept"),
        ({"a": [{"b": -(2.0**53)}]}, None),
        ({"a": [{"b": -1e300}]}, "Numbers beyond"),
        ({"a": 2**53 + 1}, "Numbers beyond"),
    ],
    ids=[
        *("just fits", "a byte too long", "bytes, not letters", "nul", "list", "null", "no json"),
        *("largest number", "a number of 301 digits", "one too large"),
    ],
)
def test_objects_are_small_and_storable(value: object, why: str | None) -> None:
    if why is None:
        small_object(value)
        return
    with pytest.raises(ValidationError, match=why):
        small_object(value)


def test_objects_nested_deeper_than_an_answer_can_be_are_refused() -> None:
    deep: dict[str, object] = {}
    for _ in range(300):
        deep = {"a": deep}

    with pytest.raises(ValidationError, match="cannot be kept"):
        small_object(deep)
