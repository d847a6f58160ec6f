from __future__ import annotations

import numpy as np
import pytest

from options_engine.pure.normalised_black import mills_difference, time_value
from tests.options_engine import high_precision


@pytest.mark.parametrize("root", [1e-6, 1e-4, 0.0199, 0.0201, 0.3, 2.0, 6.0])
@pytest.mark.parametrize("away", [0.0, 0.5, 2.0, 4.0, 8.0, 20.0, 35.0])
def test_a_time_value_keeps_thirteen_digits_however_far_and_late(root: float, away: float) -> None:
    x = -min(away * root, 30.0)
    found = float(time_value(np.array([x]), np.array([root]))[0])

    # The formula on a forward of exp(x) and a strike of 1 is b in units of exp(x / 2).
    forward = np.exp(x)
    right = float(high_precision.undiscounted(forward, 1.0, 1.0, root, is_call=True)) / np.sqrt(forward)
    rounding = abs(x - np.log(forward)) + 1e-16  # the forward's own, which moves the price by d / s of it
    assert found == pytest.approx(right, rel=1e-13 + 4 * rounding * (abs(x) / root + 1) / root, abs=0)


def test_the_series_goes_on_where_the_difference_stops() -> None:
    middles = np.linspace(-30, 0, 61)
    below, above = (mills_difference(middles, np.full(61, 0.01 + by)) for by in (-1e-12, 1e-12))

    assert below.tolist() == pytest.approx(above.tolist(), rel=1e-9)
