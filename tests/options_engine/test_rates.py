from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

from market import clock, vendors
from market.errors import ProviderUnavailable, RateLimited
from market.vendors.reference import ReferenceVendor, Told, Yields
from options_engine import rates, tasks
from options_engine.models import TreasuryYields
from tests.market.fakes import FakeVendor

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 2, 10, 11, 30, tzinfo=UTC)  # Tuesday, 6:30 in New York
MONDAY, FRIDAY = date(2026, 2, 9), date(2026, 2, 6)
AWAY = [ProviderUnavailable(provider="treasury"), RateLimited(provider="treasury", retry_after=30)]
WHOLE = ((1 / 12, 4.30), (0.25, 4.25), (1.0, 4.00), (10.0, 4.50))


class Publishes(FakeVendor, ReferenceVendor):
    """Publishes what a test says, or fails as it says; of nothing else it says a word."""

    name = "treasury"

    def __init__(self) -> None:
        super().__init__()
        self.yields: dict[date, tuple[tuple[float, float], ...]] = {}
        self.partial = False
        self.trouble: Exception | None = None
        self.asked: list[tuple[date, date]] = []

    def treasury_yields(self, first: date, last: date, *, now: datetime) -> Told[Yields]:
        self.asked.append((first, last))
        if self.trouble:
            raise self.trouble
        rows = [Yields(day, by_tenor) for day, by_tenor in sorted(self.yields.items()) if first <= day <= last]
        return Told(tuple(rows), as_of=now, source=self.name, partial=self.partial)


@pytest.fixture
def treasury() -> Any:
    made = Publishes()
    with vendors.using(made), clock.standing(NOW):
        yield made


def stored() -> dict[date, list[list[float]]]:
    return dict(TreasuryYields.objects.values_list("date", "by_tenor"))


def test_a_vendor_speaks_of_yields_or_does_not() -> None:
    assert isinstance(Publishes(), ReferenceVendor)
    assert not isinstance(FakeVendor(), ReferenceVendor)


def test_what_was_published_lately_is_kept_a_row_a_date(treasury: Publishes) -> None:
    treasury.yields = {FRIDAY: WHOLE, MONDAY: WHOLE[:2], date(2026, 1, 5): WHOLE}

    assert tasks.refresh_rates.apply(kwargs={"of_a_newer_release": True}).get() == {"dates": 2}

    assert treasury.asked == [(date(2026, 1, 31), date(2026, 2, 10))]
    assert stored() == {FRIDAY: [list(each) for each in WHOLE], MONDAY: [list(each) for each in WHOLE[:2]]}
    assert set(TreasuryYields.objects.values_list("source", flat=True)) == {"treasury"}
    known = rates.of(NOW)
    assert (known.source, known.date) == ("treasury", MONDAY)


def test_the_same_day_told_twice_is_one_row_of_the_last_word(treasury: Publishes) -> None:
    treasury.yields = {MONDAY: WHOLE[:2]}
    assert rates.refresh(NOW) == 1
    treasury.yields = {MONDAY: (*WHOLE[:2], (1.0, 3.90))}
    assert rates.refresh(NOW) == 1
    assert rates.refresh(NOW) == 1

    assert stored() == {MONDAY: [list(each) for each in (*WHOLE[:2], (1.0, 3.90))]}
    assert rates.of(NOW).curve is not None


def test_a_part_of_an_answer_adds_its_dates_and_takes_none_away(treasury: Publishes) -> None:
    treasury.yields = {FRIDAY: WHOLE, MONDAY: WHOLE}
    rates.refresh(NOW)
    # A page got lost: Friday is not among what came, and Monday is told anew.
    treasury.yields, treasury.partial = {MONDAY: ((1.0, 3.50),)}, True

    assert rates.refresh(NOW) == 1
    assert stored() == {FRIDAY: [list(each) for each in WHOLE], MONDAY: [[1.0, 3.50]]}


def test_a_date_without_any_tenor_is_not_kept(treasury: Publishes) -> None:
    treasury.yields = {FRIDAY: WHOLE, MONDAY: ()}

    assert rates.refresh(NOW) == 1
    assert list(stored()) == [FRIDAY]
    assert rates.of(NOW).date == FRIDAY


def test_a_curve_of_a_few_tenors_is_flat_outside_of_them(treasury: Publishes) -> None:
    treasury.yields = {MONDAY: ((0.25, 4.25), (1.0, 4.00))}
    rates.refresh(NOW)

    curve = rates.of(NOW).curve

    assert curve is not None
    near, quarter, middle, year, far = curve.to(np.array([1.0, 91.25, (91.25 + 365.0) / 2, 365.0, 3650.0]))
    # Compounded twice a year, in continuous terms.
    assert quarter == pytest.approx(2 * np.log(1 + 0.0425 / 2), abs=1e-12)
    assert year == pytest.approx(2 * np.log(1 + 0.04 / 2), abs=1e-12)
    assert (near, far) == (quarter, year)
    assert middle == pytest.approx((quarter + year) / 2, abs=1e-12)


@pytest.mark.parametrize(
    "trouble", [ProviderUnavailable(provider="treasury"), RateLimited(provider="treasury", retry_after=30)]
)
def test_a_vendor_that_is_away_fails_the_run_and_what_is_known_stays(treasury: Publishes, trouble: Exception) -> None:
    treasury.yields = {MONDAY: WHOLE}
    rates.refresh(NOW)
    treasury.trouble = trouble

    run = tasks.refresh_rates.apply()

    assert run.state == "FAILURE"
    assert run.result is trouble
    assert stored() == {MONDAY: [list(each) for each in WHOLE]}
    assert rates.of(NOW).date == MONDAY


def test_yields_of_today_are_for_tomorrow_and_those_of_last_month_for_nobody(treasury: Publishes) -> None:
    treasury.yields = {date(2026, 2, 10): WHOLE}
    rates.refresh(NOW)

    assert rates.of(NOW).source == "fallback"
    assert rates.of(datetime(2026, 2, 11, 15, tzinfo=UTC)).date == date(2026, 2, 10)
    assert rates.of(datetime(2026, 3, 12, 15, tzinfo=UTC)).date == date(2026, 2, 10)
    late = rates.of(datetime(2026, 3, 13, 15, tzinfo=UTC))
    assert (late.source, late.date, late.curve) == ("fallback", None, None)
