"""Characters of sessions and the shapes that they give."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.pure import regimes
from simulation.pure.regimes import Regime


def test_shares_make_a_whole() -> None:
    assert regimes.column("share").sum() == pytest.approx(1.0)


@pytest.mark.parametrize("minutes", [390, 210])
def test_every_regime_has_made_its_whole_move_at_the_close(minutes: int) -> None:
    table = regimes.progress(minutes)

    assert table.shape == (len(Regime), minutes)
    assert np.allclose(table[:, -1], 1.0)
    assert (np.diff(table, axis=1) > 0).all()


def test_an_opening_drive_has_most_of_its_move_in_the_first_hour_and_a_trend_does_not() -> None:
    after_an_hour = regimes.progress(390)[:, 59]

    assert after_an_hour[Regime.OPENING_DRIVE] > 0.8
    assert after_an_hour[Regime.TREND] < 0.2


@pytest.mark.parametrize("minutes", [390, 210])
def test_excursions_reach_their_height_and_come_back(minutes: int) -> None:
    table = regimes.swings(minutes)

    assert not table[regimes.STILL].any()
    assert np.allclose(np.abs(table[1:]).max(axis=1), 1.0, atol=0.01)
    assert not table[:, -1].any()


def test_minutes_are_livelier_at_both_ends_than_at_noon() -> None:
    size = regimes.restlessness(390)

    assert size[0] > 1.5 * size[195]
    assert size[-1] > 1.2 * size[195]
    assert np.sqrt((size**2).mean()) == pytest.approx(1.0)


def test_the_shared_tables_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        regimes.progress(390)[0, 0] = 0.5
