from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from options_engine.models import GammaSnapshot
from options_engine.tasks import prune
from tests.factories.options_engine import AT_TEN, GammaSnapshotFactory

pytestmark = pytest.mark.django_db


def test_profiles_are_kept_for_ninety_days() -> None:
    for days, extra in ((90, 60), (90, -60), (0, 0)):
        written = timezone.now() - timedelta(days=days, seconds=extra)
        GammaSnapshotFactory.create(created_at=written, mark=AT_TEN + timedelta(minutes=5 * days + extra))

    assert prune() == {"removed": 1}
    assert prune() == {"removed": 0}
    assert GammaSnapshot.objects.count() == 2
