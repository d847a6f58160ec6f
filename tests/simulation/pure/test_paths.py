"""Ways through the minutes."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.pure.drivers import Driver, chain
from simulation.pure.paths import Part, path

MARKET = Driver("market", 0.009)
DAYS = np.array([1500, 1510, 1600])


@pytest.mark.parametrize("minutes", [390, 210])
def test_a_session_ends_on_the_closing_level(minutes: int) -> None:
    way = path(1, MARKET, Part.REGULAR, DAYS, minutes)

    assert way.shape == (3, minutes)
    assert np.allclose(way[:, -1], chain(1, MARKET).close[DAYS], atol=1e-12)


def test_a_session_starts_at_the_opening_level() -> None:
    first = path(1, MARKET, Part.REGULAR, DAYS, 390)[:, 0]

    assert np.abs(first - chain(1, MARKET).open[DAYS]).max() < 0.3 * MARKET.sigma


def test_the_early_hours_lead_to_the_open() -> None:
    way = path(1, MARKET, Part.EARLY, DAYS, 330)

    assert np.allclose(way[:, -1], chain(1, MARKET).open[DAYS], atol=1e-12)


def test_the_late_hours_leave_from_the_close() -> None:
    way = path(1, MARKET, Part.LATE, DAYS, 240)

    assert np.abs(way[:, 0] - chain(1, MARKET).close[DAYS]).max() < 0.05 * MARKET.sigma


@pytest.mark.parametrize(("part", "minutes"), [(Part.EARLY, 330), (Part.REGULAR, 390), (Part.LATE, 240)])
def test_a_day_alone_is_the_day_among_others(part: Part, minutes: int) -> None:
    together = path(1, MARKET, part, DAYS, minutes)
    alone = path(1, MARKET, part, DAYS[1:2], minutes)

    assert np.array_equal(together[1:2], alone)
