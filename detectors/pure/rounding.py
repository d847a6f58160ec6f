"""How prices, ratios and scores are rounded on their way out of the arithmetic."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
BEST_SCORE = 100
NEAR_THE_MIDDLE = 1e-6
EXACT_BELOW = 1e9  # cents; up to here one more bit of error in `scaled` is far smaller than NEAR_THE_MIDDLE


class NonFiniteScore(ValueError):
    """A score that is no number: the detector abstains instead of claiming 0."""


def cents(value: float) -> float:
    """Return a price or a ratio with two decimals, half up, as the nearest float64.

    The shortest decimal that names the float is rounded, not its binary expansion: 104.805 becomes 104.81.

    Raises
    ------
    ValueError
        If the value is NaN or infinite.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be rounded to cents")
    scaled = 100.0 * value
    nearest = round(scaled)
    # Only a value near the middle of two cents needs its decimal digits; they cost three times as much.
    if abs(abs(scaled - nearest) - 0.5) > NEAR_THE_MIDDLE and abs(scaled) < EXACT_BELOW:
        return nearest / 100
    return float(Decimal(repr(float(value))).quantize(CENT, ROUND_HALF_UP))


def score(raw: float) -> int:
    """Return a raw score as an integer in 0..100: rounded half up, then clamped.

    Raises
    ------
    NonFiniteScore
        If the raw score is NaN or infinite.
    """
    if not math.isfinite(raw):
        raise NonFiniteScore(f"score {raw}")
    return max(0, min(BEST_SCORE, math.floor(raw + 0.5)))
