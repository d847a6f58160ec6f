"""How the chart makes room for prices that a link wants drawn."""

from __future__ import annotations

import pytest

from tests.coach.test_script_modules import pytestmark as needs_node
from tests.coach.test_script_modules import run

pytestmark = needs_node
WIDENED = "(() => { const info = m.widened(v.info, v.marks); return info && info.priceRange; })()"
BARS = {"priceRange": {"minValue": 100.0, "maxValue": 110.0}}


@pytest.mark.parametrize(
    ("prices", "least", "most"),
    [([], 100.0, 110.0), ([105.0], 100.0, 110.0), ([118.0, 91.0], 91.0, 118.0), ([121.0, 89.0], 100.0, 110.0)],
)
def test_near_prices_are_brought_into_view_and_far_ones_do_not_flatten_the_bars(
    prices: list[float], least: float, most: float
) -> None:
    marks = [{"label": "Strike", "price": price} for price in prices]

    assert run("chart/marks.js", WIDENED, info=BARS, marks=marks) == {"minValue": least, "maxValue": most}


def test_without_bars_there_is_no_range() -> None:
    assert run("chart/marks.js", WIDENED, info=None, marks=[{"label": "Strike", "price": 1.0}]) is None
