"""Random numbers by address."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.pure.streams import generator

ADDRESS = (7, "market", "gap", 3)


def test_one_address_always_gives_the_same_numbers() -> None:
    assert generator(*ADDRESS).random(5).tolist() == generator(*ADDRESS).random(5).tolist()


@pytest.mark.parametrize(
    "other", [(8, "market", "gap", 3), (7, "SPY", "gap", 3), (7, "market", "move", 3), (7, "market", "gap", 4)]
)
def test_every_part_of_the_address_matters(other: tuple[int, str, str, int]) -> None:
    assert generator(*ADDRESS).random() != generator(*other).random()


def test_drawing_more_begins_with_what_was_drawn_before() -> None:
    few, many = generator(*ADDRESS).standard_normal(10), generator(*ADDRESS).standard_normal(1000)

    assert np.array_equal(few, many[:10])


def test_a_day_before_the_first_has_no_numbers() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        generator(7, "market", "gap", -1)
