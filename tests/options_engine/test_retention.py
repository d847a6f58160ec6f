from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from options_engine.models import GammaSnapshot, VolatilityDay
from options_engine.tasks import prune
from tests.factories.options_engine import AT_TEN, GammaSnapshotFactory, VolatilityDayFactory

pytestmark = pytest.mark.django_db


def test_profiles_are_kept_for_ninety_days() -> None:
    for days, extra in ((90, 60), (90, -60), (0, 0)):
        written = timezone.now() - timedelta(days=days, seconds=extra)
        GammaSnapshotFactory.create(created_at=written, mark=AT_TEN + timedelta(minutes=5 * days + extra))

    assert prune() == {"removed": 1}
    assert prune() == {"removed": 0}
    assert GammaSnapshot.objects.count() == 2


def test_days_of_volatility_are_kept_for_three_years_after_they_were_written() -> None:
    for at, (days, extra) in enumerate(((1095, 60), (1095, -60), (91, 0))):
        written = timezone.now() - timedelta(days=days, seconds=extra)
        VolatilityDayFactory.create(session_date=date(2026, 2, 2 + at), created_at=written)

    # A rank looks back one year: what it needs is never near to its end.
    assert prune.apply().get() == {"removed": 1}
    assert sorted(VolatilityDay.objects.values_list("session_date", flat=True)) == [date(2026, 2, 3), date(2026, 2, 4)]
