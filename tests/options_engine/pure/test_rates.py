from __future__ import annotations

import numpy as np
import pytest

from options_engine.pure.rates import Curve, continuous

YIELDS = {
    "1_month": 0.0437,
    "3_month": 0.0432,
    "6_month": 0.0425,
    "1_year": 0.0405,
    "10_year": 0.0425,
    "30_year": 0.047,
}


def test_a_yield_paid_twice_a_year_is_compounded_continuously() -> None:
    # (1 + 0.043 / 2)^2 = e^r: r = 2 ln 1.0215.
    assert float(continuous(0.043)) == pytest.approx(0.0425442706, abs=1e-10)
    assert continuous(np.array([0.0, 0.05])).tolist() == pytest.approx([0.0, 0.0493852252], abs=1e-10)


def test_between_tenors_the_rate_is_linear_in_days_and_flat_outside() -> None:
    curve = Curve.of_par_yields(YIELDS)
    assert curve is not None
    month, quarter, longest = (float(continuous(YIELDS[tenor])) for tenor in ("1_month", "3_month", "30_year"))

    found = curve.to(np.array([0.0, 30.0, 60.5, 91.0, 10_950.0, 20_000.0]))

    assert found.tolist() == pytest.approx(
        [month, month, 0.5 * (month + quarter), quarter, longest, longest], rel=1e-12
    )


def test_a_tenor_that_was_not_published_is_bridged() -> None:
    whole = Curve.of_par_yields({"1_month": 0.04, "1_year": 0.05})
    holed = Curve.of_par_yields({"1_month": 0.04, "3_month": None, "6_month": float("nan"), "1_year": 0.05})

    assert whole is not None
    assert holed is not None
    assert holed.to(np.arange(400.0)).tolist() == whole.to(np.arange(400.0)).tolist()


@pytest.mark.parametrize("yields", [{}, {"1_month": None}, {"1_month": float("nan")}])
def test_no_yields_are_no_curve(yields: dict[str, float | None]) -> None:
    assert Curve.of_par_yields(yields) is None


def test_percent_signs_and_unknown_tenors_are_refused() -> None:
    with pytest.raises(KeyError, match="7_month"):
        Curve.of_par_yields({"7_month": 0.04})
    with pytest.raises(ValueError, match="yield is infinite"):
        Curve.of_par_yields({"1_month": float("inf")})
    with pytest.raises(ValueError, match="expected a decimal, 0"):
        Curve.of_par_yields({"1_month": -1.0})
