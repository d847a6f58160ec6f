"""What the tests of ops share: a clock that stands and a task of each kind that does as it is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from market import clock

# Monday, 2026-02-09, 09:47:15 in New York.
OPEN = datetime(2026, 2, 9, 14, 47, 15, tzinfo=UTC)


@pytest.fixture
def hand() -> Iterator[clock.Standing]:
    with clock.standing(OPEN) as standing:
        yield standing
