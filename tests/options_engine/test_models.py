from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from options_engine.models import GammaSnapshot
from tests.factories.options_engine import AT_TEN, GammaSnapshotFactory

pytestmark = pytest.mark.django_db


def test_a_symbol_has_one_profile_a_mark() -> None:
    GammaSnapshotFactory.create()
    GammaSnapshotFactory.create(symbol="SPY")
    GammaSnapshotFactory.create(mark=AT_TEN + timedelta(minutes=5))

    with pytest.raises(IntegrityError), transaction.atomic():
        GammaSnapshotFactory.create(as_of=AT_TEN + timedelta(minutes=1))

    assert GammaSnapshot.objects.count() == 3


def test_a_row_is_named_by_symbol_and_mark() -> None:
    assert str(GammaSnapshotFactory.build()) == "SPX 2026-02-09 15:00"
