from __future__ import annotations

import numpy as np
import pytest

from options_engine.pure.inputs import finite, positive

NAN, INFINITY = float("nan"), float("inf")


def test_numbers_and_missing_ones_pass_as_arrays() -> None:
    assert positive("spot", 2.0).tolist() == 2.0
    assert positive("spot", np.array([1.0, NAN]))[0] == 1.0
    assert np.isnan(finite("rate", np.array([0.0, -1.0, NAN])))[2]
    assert finite("rate", np.array([1, 2])).dtype == np.float64
    assert positive("spot", np.empty(0)).shape == (0,)


@pytest.mark.parametrize("number", [0.0, -0.5])
def test_what_is_not_above_zero_is_named_with_its_value(number: float) -> None:
    with pytest.raises(ValueError, match=f"^strike={number:g}: expected a number above 0, or NaN$"):
        positive("strike", np.array([NAN, 1.0, number]))


@pytest.mark.parametrize("check", [finite, positive])
@pytest.mark.parametrize("number", [INFINITY, -INFINITY])
def test_the_infinite_is_refused(check, number: float) -> None:
    with pytest.raises(ValueError, match=r"^spot is infinite: expected a finite number, or NaN$"):
        check("spot", np.array([1.0, number]))
