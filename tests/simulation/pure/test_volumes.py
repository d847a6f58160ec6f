"""Shares a minute."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.pure.paths import Part
from simulation.pure.volumes import shares_of_day, traded, volume

DAYS = np.arange(1000, 1040)
USUAL = 1_000_000.0


def made(size: float, minutes: int = 390) -> np.ndarray:
    moves = np.full((len(DAYS), minutes), size)
    return volume(1, "SPY", Part.REGULAR, DAYS, usual=USUAL, activity=np.ones(len(DAYS)), moves=moves)


def test_the_day_has_the_shape_of_a_u() -> None:
    usual = shares_of_day(Part.REGULAR, 390)
    thirds = usual.reshape(3, 130).sum(axis=1)

    assert thirds[0] > 1.2 * thirds[1]
    assert thirds[2] > 1.2 * thirds[1]
    assert usual.argmax() == 389


@pytest.mark.parametrize(
    ("part", "minutes", "share"),
    [
        (Part.REGULAR, 390, 1.0),
        (Part.REGULAR, 210, 210 / 390),
        (Part.EARLY, 330, 0.02),
        (Part.LATE, 240, 0.06),
    ],
)
def test_each_part_has_its_share_of_a_full_session(part: Part, minutes: int, share: float) -> None:
    assert shares_of_day(part, minutes).sum() == pytest.approx(share)


def test_a_usual_day_trades_the_usual_volume() -> None:
    assert made(0.8).sum(axis=1).mean() == pytest.approx(USUAL, rel=0.1)


def test_volume_rises_with_the_size_of_the_move_whatever_its_side() -> None:
    still, usual, large = (made(size) for size in (0.0, 1.0, 3.0))

    assert (still <= usual).all()
    assert (usual <= large).all()
    assert large.sum() > 1.6 * usual.sum()
    assert np.array_equal(large, made(-3.0))


def test_shares_are_whole_and_never_none() -> None:
    few = volume(1, "T", Part.LATE, DAYS, usual=200.0, activity=np.ones(len(DAYS)), moves=np.zeros((len(DAYS), 240)))

    assert few.min() == 1.0
    assert np.array_equal(few, np.rint(few))


def test_regular_minutes_always_trade_and_quiet_ones_by_their_turnover() -> None:
    turnover = np.array([0.0, 1e3, 1e9])

    assert traded(1, "T", Part.REGULAR, 5, turnover).all()
    share = np.mean([traded(1, "T", Part.EARLY, day, turnover) for day in range(300)], axis=0)
    assert share[0] == 0.0
    assert 0.0 <= share[1] < 0.05
    assert share[2] == 1.0
