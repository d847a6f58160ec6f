"""What numbers the formulas accept: finite ones and NaN, and above 0 where nothing else makes sense."""

from __future__ import annotations

import numpy as np

from market.pure.bars import Floats


def positive(name: str, numbers: float | Floats) -> Floats:
    """Return the numbers as an array.

    Raises
    ------
    ValueError
        If one is infinite, 0 or negative. NaN passes.
    """
    array = finite(name, numbers)
    if (array <= 0).any():
        raise ValueError(f"{name}={float(array[array <= 0].flat[0]):g}: expected a number above 0, or NaN")
    return array


def finite(name: str, numbers: float | Floats) -> Floats:
    """Return the numbers as an array.

    Raises
    ------
    ValueError
        If one is infinite. NaN passes.
    """
    array = np.asarray(numbers, dtype=np.float64)
    if np.isinf(array).any():
        raise ValueError(f"{name} is infinite: expected a finite number, or NaN")
    return array
