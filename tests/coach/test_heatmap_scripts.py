"""What the heatmap's scripts compute: places on the colour bar, the window of strikes, the cells of the grid."""

from __future__ import annotations

import numpy as np
import pytest

from coach.pure.formats import compact
from tests.coach.test_script_modules import pytestmark as needs_node
from tests.coach.test_script_modules import run

pytestmark = needs_node
VALUES = np.random.default_rng(26).lognormal(5, 2, 400).round(3)
SIGNED = (VALUES * np.where(np.arange(400) % 3, 1, -1)).round(3)


def places(values: list, asked: list, **how: bool) -> list:
    return run("heatmap/scale.js", "(s => v.asked.map(s.place))(m.makeScale(v.values, v.how))", **locals())


def test_a_linear_scale_ends_at_the_2nd_and_98th_percentile() -> None:
    low, high = np.percentile(VALUES, [2, 98])
    asked = [low, high, (low + high) / 2, VALUES.max(), VALUES.min()]

    assert places(VALUES.tolist(), asked) == pytest.approx([0, 1, 0.5, 1, 0])


def test_one_strike_does_not_flatten_the_rest() -> None:
    values = [*range(100), 1e9]

    assert places(values, [50])[0] == pytest.approx(0.5, abs=0.02)


def test_a_signed_scale_has_0_in_its_middle_and_both_sides_alike() -> None:
    low, high = np.percentile(SIGNED, [2, 98])
    limit = max(abs(low), abs(high))

    assert places(SIGNED.tolist(), [0, limit, -limit, limit / 2, -1e12], signed=True) == pytest.approx(
        [0.5, 1, 0, 0.75, 0]
    )


def test_ranks_are_shares_of_the_smaller_ones_and_zeros_are_the_lowest() -> None:
    values = [0, 0, 0, 5, 7, 1_000_000]

    assert places(values, values, rank=True) == pytest.approx([0, 0, 0, 0.6, 0.8, 1])
    assert places([-4, -1, 0, 2, 8], [-4, -1, 0, 2, 8], signed=True, rank=True) == pytest.approx(
        [0.5 - 0.375, 0.5 - 0.125, 0.5, 0.75, 1]
    )


@pytest.mark.parametrize("how", [{}, {"signed": True}, {"rank": True}, {"signed": True, "rank": True}])
def test_what_is_not_known_has_no_place_and_changes_nobodys(how: dict[str, bool]) -> None:
    known = SIGNED.tolist()

    assert places([*known, None, None], [None, *known[:9]], **how) == [None, *places(known, known[:9], **how)]
    assert places([None], [None], **how) == [None]


@pytest.mark.parametrize("how", [{}, {"signed": True}])
def test_a_place_on_the_bar_is_labelled_with_the_value_that_stands_there(how: dict[str, bool]) -> None:
    asked = [0, 0.25, 0.5, 0.75, 1]
    script = "(s => v.asked.map(s.at).map(s.place))(m.makeScale(v.values, v.how))"

    assert run("heatmap/scale.js", script, asked=asked, values=SIGNED.tolist(), how=how) == pytest.approx(asked)


def test_values_that_are_all_the_same_are_drawn_in_the_middle() -> None:
    assert places([3, 3, 3], [3]) == [0.5]


def window(expression: str, **values: object) -> object:
    return run("heatmap/window.js", expression, **values)


def test_zoom_keeps_the_line_below_the_pointer_and_stops_at_eight_times_and_twelve_lines() -> None:
    found = window("m.zoomed(m.whole(101), 101, 2, 20)")

    assert found == pytest.approx({"from": 10, "span": 50.5})
    assert window("m.zoomed(m.whole(400), 400, 1000, 200).span") == 50
    assert window("m.zoomed(m.whole(61), 61, 1000, 30).span") == 12
    assert window("m.zoomed(m.whole(8), 8, 3, 4)") == {"from": 0, "span": 8}
    assert window("m.zoomed({from: 40, span: 20}, 101, 0.01, 50)") == {"from": 0, "span": 101}


def test_a_window_stays_within_the_lines_and_follows_the_cursor() -> None:
    assert window("m.moved({from: 5, span: 20}, 101, -50)") == {"from": 0, "span": 20}
    assert window("m.moved({from: 5, span: 20}, 101, 500)") == {"from": 81, "span": 20}
    assert window("m.showing({from: 10, span: 20}, 101, 4)") == {"from": 4, "span": 20}
    assert window("m.showing({from: 10, span: 20}, 101, 30)") == {"from": 11, "span": 20}
    assert window("m.showing({from: 10, span: 20}, 101, 15)") == {"from": 10, "span": 20}


def test_the_spot_stands_between_its_strikes() -> None:
    strikes = [110, 105, 100, 90]

    found = [window("m.lineOf(v.strikes, v.price)", strikes=strikes, price=price) for price in (105, 102.5, 95, 200, 1)]

    assert found == [1.5, 2.0, 3.0, 0.5, 3.5]


def test_a_refresh_keeps_the_strikes_in_sight() -> None:
    before, after = list(range(200, 100, -1)), list(range(205, 105, -1))

    kept = window("m.carried({from: 40, span: 20}, v.before, v.after)", before=before, after=after)

    # Strike 150 was in the middle and is.
    assert kept == {"from": 45, "span": 20}
    assert window("m.carried(m.whole(100), v.before, v.after)", before=before, after=after) == {"from": 0, "span": 100}


def test_the_grid_turns_strikes_upside_down_and_steps_over_what_is_not_listed() -> None:
    data = {
        "expiries": [{"date": "a", "days": 0}, {"date": "b", "days": 1}],
        "strikes": [90, 95, 100],
        # 95 is listed at the first date only.
        "at": [0, 1, 2, 4, 5],
        "values": {"gex": [1, 2, 3, 4, 5]},
    }
    script = """(g => ({top: g.values("gex")[g.index(0, 0)], gap: g.index(1, 1) ?? "none",
        outside: g.index(0, 2) ?? "none",
        down: g.down({line: 0, column: 1}, 1), end: g.down({line: 0, column: 0}, 10), near: g.nearest(1, 1),
        name: g.name({line: 1, column: 0}),
        found: g.find({expiry: "a", strike: 95}), gone: g.find({expiry: "b", strike: 95}),
        none: g.find(null)}))(new m.Grid(v.data))"""

    assert run("heatmap/grid.js", script, data=data) == {
        "top": 4,
        "gap": "none",
        "outside": "none",
        "down": {"line": 2, "column": 1},
        "end": {"line": 2, "column": 0},
        "near": {"line": 0, "column": 1},
        "name": {"expiry": "a", "strike": 95},
        "found": {"line": 1, "column": 0},
        "gone": None,
        "none": None,
    }


def test_exposures_print_with_their_sign_before_the_dollar() -> None:
    numbers = [1_234_567, -340_000, 0, None]

    assert run("heatmap/modes.js", "v.numbers.map(n => m.dollars(n ?? NaN))", numbers=numbers) == [
        f"+${compact(1_234_567)}",
        f"-${compact(340_000)}",
        "$0",
        None,
    ]
