from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from options_engine.pure.fill import Fill, Kind

NEW_YORK = ZoneInfo("America/New_York")
GOOD = {
    "contract": "SPXW260320C06900000",
    "at": datetime(2026, 3, 2, 14, 30, tzinfo=UTC),
    "quantity": Decimal(2),
    "price": Decimal("3.10"),
    "fees": Decimal("1.30"),
}
BAD = [
    ("contract", "", "a fill has no contract"),
    ("at", datetime(2026, 3, 2, 14, 30), "at=2026-03-02T14:30:00: expected a time with its zone"),  # noqa: DTZ001 -- the point
    ("quantity", Decimal(0), "quantity=0: expected a finite Decimal other than 0"),
    ("quantity", Decimal("NaN"), "quantity=NaN: expected a finite Decimal"),
    ("quantity", Decimal("-Infinity"), "quantity=-Infinity: expected a finite Decimal"),
    ("quantity", 2.0, "quantity=2.0: expected a finite Decimal"),
    ("price", Decimal("-0.01"), "price=-0.01: expected a finite Decimal not below 0"),
    ("price", Decimal("sNaN"), "price=sNaN: expected a finite Decimal"),
    ("price", Decimal("0.123456789"), "price=0.123456789: .* with at most 8 decimals"),
    ("price", Decimal("1E+12"), "price=1E\\+12: expected a finite Decimal not below 0 and below 1E12"),
    ("multiplier", Decimal(0), "multiplier=0: expected a finite Decimal above 0"),
    ("multiplier", Decimal(-100), "multiplier=-100: expected a finite Decimal above 0"),
    ("fees", Decimal("-0.65"), "fees=-0.65: expected a finite Decimal not below 0"),
    ("fees", Decimal("Infinity"), "fees=Infinity: expected a finite Decimal"),
    ("kind", Kind.EXPIRY, "price=3.10: what expires leaves at 0"),
]


@pytest.mark.parametrize(("name", "value", "sentence"), BAD, ids=[f"{name}={value}" for name, value, _ in BAD])
def test_a_bad_fill_is_refused_with_a_sentence(name, value, sentence) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}"):
        Fill(**(GOOD | {name: value}))


@pytest.mark.parametrize(
    ("quantity", "price", "multiplier", "cash"),
    [
        ("2", "3.10", "100", "-621.30"),
        ("-2", "3.10", "100", "618.70"),
        ("-2", "0", "100", "-1.30"),
        ("0.125", "2253.01", "1", "-282.92625"),
    ],
)
def test_cash_is_what_was_sold_less_what_was_bought_and_the_fees(quantity, price, multiplier, cash) -> None:
    made = Fill(**GOOD | {"quantity": Decimal(quantity), "price": Decimal(price), "multiplier": Decimal(multiplier)})

    assert made.cash == Decimal(cash)


def test_the_hour_that_a_clock_change_shows_twice_is_kept_apart() -> None:
    first, again = (datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK, fold=fold) for fold in (0, 1))

    earlier, later = (Fill(**(GOOD | {"at": at})) for at in (first, again))

    assert (later.at - earlier.at).total_seconds() == 3600
    assert earlier.at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
