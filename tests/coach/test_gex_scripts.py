"""How the chart draws the levels of gamma exposure: their styles, and one line a price."""

from __future__ import annotations

from typing import Any

from tests.coach.test_script_modules import pytestmark as needs_node
from tests.coach.test_script_modules import run

pytestmark = needs_node
LEVELS = [
    {"kind": "support", "label": "GEX support", "price": 6000.0},
    {"kind": "resistance", "label": "GEX resistance", "price": 6050.0},
    {"kind": "magnet", "label": "GEX magnet", "price": 6030.0},
    {"kind": "flip", "label": "Gamma flip", "price": 5991.4},
    {"kind": "max", "label": "Max GEX", "price": 6030.0},
]
DRAWN = """(() => {
    globalThis.getComputedStyle = () => ({ getPropertyValue: (name) => name });
    globalThis.document = { documentElement: null };
    const made = [];
    const series = { createPriceLine: (line) => (made.push(line), line), removePriceLine: () => made.pop() };
    const lines = new m.GexLines(series);
    lines.take({ levels: v.levels });
    lines.draw(true);
    if (v.off) lines.draw(false);
    return made.map(({ title, price, color, lineWidth, lineStyle }) => [title, price, color, lineWidth, lineStyle]);
})()"""
SOLID, DASHED = 0, 2


def drawn(levels: list[dict[str, Any]], *, off: bool = False) -> list[list[Any]]:
    return run("chart/gex.js", DRAWN, levels=levels, off=off)


def test_flip_largest_and_key_strikes_have_their_own_styles() -> None:
    assert drawn(LEVELS) == [
        ["Gamma flip", 5991.4, "--level-gex-flip", 3, DASHED],
        ["Max GEX · GEX magnet", 6030.0, "--gex", 3, SOLID],
        ["GEX support", 6000.0, "--gex-support", 1, DASHED],
        ["GEX resistance", 6050.0, "--gex-resistance", 1, DASHED],
    ]


def test_without_a_flip_there_is_no_line_for_it() -> None:
    assert [line[0] for line in drawn(LEVELS[:2])] == ["GEX support", "GEX resistance"]


def test_switched_off_nothing_is_drawn() -> None:
    assert drawn(LEVELS, off=True) == []
