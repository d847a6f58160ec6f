"""The script modules that compute something, run by node: they must say what the Python side says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from coach.pure import formats, plan, words
from coach.pure.plan import Plan
from detectors.pure.engine import REGISTRY

NODE = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
SCRIPTS = Path(settings.BASE_DIR) / "static" / "js"
NUMBERS = [0, 1, -1, 0.004, -0.004, 0.005, 1.005, -1.005, 8.41, -87, 999.994, 999.995, 1234.5, -12_345.678, 5_012_366.1]
OPEN, CLOSE = 1_770_733_800, 1_770_757_200  # 2026-02-10, 09:30 and 16:00 in New York
SESSION = {"open": OPEN, "close": CLOSE, "day": OPEN - 34_200}

pytestmark = pytest.mark.skipif(NODE is None and not os.environ.get("CI"), reason="node is not installed")


def run(module: str, expression: str, **values: Any) -> Any:
    """Return what an expression over a module's exports `m` and some values `v` evaluates to."""
    script = (
        f"import * as m from {json.dumps((SCRIPTS / module).as_uri())};"
        f"const v = {json.dumps(values)};"
        f"process.stdout.write(JSON.stringify({expression}) ?? 'null');"
    )
    done = subprocess.run(
        [str(NODE), "--input-type=module", "--eval", script], capture_output=True, text=True, check=True, timeout=30
    )
    return json.loads(done.stdout)


def bar(time: int, price: float = 100.0) -> dict[str, float]:
    return {"time": time, "open": price, "high": price, "low": price, "close": price, "volume": 5}


@pytest.mark.parametrize(
    ("script", "python"),
    [
        ("money", formats.money),
        ("change", formats.change),
        ("changePercent", formats.change_percent),
    ],
)
def test_numbers_that_arrive_later_print_like_those_of_the_page(script: str, python: Any) -> None:
    assert run("formats.js", f"v.numbers.map(m.{script})", numbers=NUMBERS) == [python(value) for value in NUMBERS]


@pytest.mark.parametrize("script", ["money", "change", "changePercent", "compact"])
def test_what_is_no_number_has_no_text_either(script: str) -> None:
    assert run("formats.js", f"[NaN, null, undefined, Infinity].map((value) => m.{script}(value))") == [None] * 4


def test_large_numbers_print_like_those_of_the_page() -> None:
    numbers = [0, 999, 1000, 1234, 999_949, 999_950, 3_400_000, 5e9, -2_500_000]

    assert run("formats.js", "v.numbers.map(m.compact)", numbers=numbers) == [formats.compact(n) for n in numbers]


@pytest.mark.parametrize("value", [1.5, -1.5, 0.0])
def test_directions_have_the_same_word_and_shape(value: float) -> None:
    word = words.sign(value)

    assert run("formats.js", "m.direction(v.value)", value=value) == {
        "token": word.token,
        "shape": word.shape,
        "word": word.text,
    }


@pytest.mark.parametrize(("stop", "target", "price"), [(98, 106, 102), (106, 98, 104), (98, 106, 200), (98, 106, 1)])
def test_the_track_moves_as_the_page_placed_it(stop: float, target: float, price: float) -> None:
    drawn: Plan = plan.read({"stopLoss": stop, "target": target})

    assert run("tracked_row.js", "m.progress(v.stop, v.target, v.price)", stop=stop, target=target, price=price) == (
        drawn.progress(price)
    )


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Zurich"])
def test_a_time_is_shown_in_the_zone_of_the_trader(zone: str) -> None:
    page = f"globalThis.document = {{ documentElement: {{ dataset: {{ zone: '{zone}', zoneLetters: 'CET' }} }} }}"
    at = "new Date('2026-02-09T15:32:00Z')"

    shown = run("formats.js", f"(({page}), m.clock({at}))")

    assert shown == {"America/New_York": "10:32 ET", "Europe/Zurich": "16:32 CET"}[zone]


def test_bars_are_sorted_once_each_and_finite() -> None:
    bars = [bar(120, 2.0), bar(60, 1.0), bar(120, 3.0), {**bar(180), "high": None}]

    assert run("chart/data.js", "m.guarded(v.bars)", bars=bars) == [bar(60, 1.0), bar(120, 3.0)]


@pytest.mark.parametrize(
    ("frame", "last", "at", "starts"),
    [
        ("1m", OPEN + 60, OPEN + 119, OPEN + 60),
        ("1m", OPEN + 60, OPEN + 120, OPEN + 120),
        ("1m", OPEN + 60, OPEN + 305, OPEN + 300),
        ("5m", OPEN, OPEN + 299, OPEN),
        ("5m", OPEN, OPEN + 300, OPEN + 300),
        ("1h", OPEN, OPEN + 3600, OPEN + 3600),
        ("4h", OPEN, OPEN + 14_400, OPEN + 14_400),
        ("1D", OPEN - 34_200, OPEN + 60, OPEN - 34_200),
        ("1D", OPEN - 120_600, OPEN + 60, OPEN - 34_200),
        ("5m", OPEN - 60_000, OPEN + 10, OPEN),
    ],
)
def test_a_price_falls_into_the_bar_of_its_time(frame: str, last: int, at: int, starts: int) -> None:
    found = run(
        "chart/data.js",
        "m.folded([v.last], { price: 101, at: v.at * 1000 }, v.frame, v.session)",
        last=bar(last),
        at=at,
        frame=frame,
        session=SESSION,
    )

    expected = {**bar(last), "high": 101, "close": 101} if starts == last else {**bar(starts, 101), "volume": 0}
    assert found == expected


@pytest.mark.parametrize(
    ("at", "session"),
    [
        (OPEN - 1, SESSION),  # before the open
        (CLOSE, SESSION),  # after the close
        (OPEN + 30, SESSION),  # older than the last bar: never appended out of order
        (OPEN + 500, None),
    ],
)
def test_a_price_that_belongs_to_no_bar_changes_nothing(at: int, session: dict[str, int] | None) -> None:
    bars = run(
        "chart/data.js",
        "(() => { const bars = [v.last]; const bar = m.folded(bars, { price: 1, at: v.at * 1000 }, '1m', v.session);"
        " return [bar, bars]; })()",
        last=bar(OPEN + 120),
        at=at,
        session=session,
    )

    assert bars == [None, [bar(OPEN + 120)]]


@pytest.mark.parametrize("name", ["orb_breakout", "break_retest", "some-new_gex_thing", "x", ""])
def test_setups_have_the_same_name_in_notices_as_on_pages(name: str) -> None:
    assert run("words.js", "m.setupName(v.name)", name=name) == words.setup_name(name)


def test_every_type_of_the_detectors_has_the_same_name_in_notices_as_on_pages() -> None:
    types = [name for detector in REGISTRY for name in detector.setup_types]

    assert run("words.js", "v.types.map(m.setupName)", types=types) == [words.setup_name(name) for name in types]


@pytest.mark.parametrize(
    ("trigger", "exit_", "plans", "ranged", "shown"),
    [
        (100, 150, 1, False, (40, 180)),  # an hour before the trigger, half an hour after the end
        (100, 110, 1, False, (40, 160)),  # and never less than an hour after the trigger
        (100, None, 1, False, (40, 211)),  # open: out to the newest bar and its margin
        (100, None, 0, False, (40, 160)),
        (100, 150, 1, True, (-6, 180)),  # with the range it broke out of
        (10, 20, 1, False, (-6, 70)),
        (195, 198, 1, False, (135, 211)),
    ],
)
def test_a_chart_of_a_setup_opens_around_it(
    trigger: int, exit_: int | None, plans: int, ranged: bool, shown: tuple[int, int]
) -> None:
    times = [trigger] if exit_ is None else [trigger, exit_]

    found = run(
        "chart/viewport.js",
        "m.around(v)",
        bars=[bar(OPEN + 60 * n) for n in range(200)],
        markers=[{"time": OPEN + 60 * n} for n in times],
        setups=[{}] * plans,
        openingRange={} if ranged else None,
    )

    assert (found["from"], found["to"]) == shown


@pytest.mark.parametrize(
    ("kind", "direction", "outcome", "position", "token"),
    [
        ("trigger", "long", None, "belowBar", "pos"),
        ("trigger", "short", None, "aboveBar", "neg"),
        ("trigger", "neutral", None, "belowBar", "pos"),
        ("exit", "long", "win", "aboveBar", "plan-target"),
        ("exit", "long", "loss", "belowBar", "plan-stop"),
        ("exit", "short", "win", "belowBar", "plan-target"),
        ("exit", "short", "loss", "aboveBar", "plan-stop"),
        ("exit", "long", "expired", "aboveBar", "text-2"),
    ],
)
def test_markers_stand_where_the_price_came_from_or_went(
    kind: str, direction: str, outcome: str | None, position: str, token: str
) -> None:
    look = run("chart/labels.js", "m.look(v)", time=OPEN, kind=kind, direction=direction, outcome=outcome)

    assert (look["time"], look["position"], look["token"]) == (OPEN, position, token)


def test_the_crush_simulator_finds_the_outcome_that_the_server_priced() -> None:
    data = {
        "crushes": [10, 12],
        "moves": [-1, 1],
        "paid": 8.0,
        "prices": [[7.0, 6.0, 7.5], [6.5, 5.0, 7.0], [None, None, None]],
        "breakevens": [None, None, 31.26],
        "breakevenReasons": ["never_wins", "never_loses", None],
    }

    found = [
        run("crush.js", "m.outcome(v.data, v.crush, v.move)", data=data, crush=c, move=m) for c, m in ((11, 0), (10, 1))
    ]
    unknown = run("crush.js", "m.outcome(v.data, 12, -1)", data=data)

    assert found[0] == {
        "after": 5.0,
        "change": -3.0,
        "percent": -37.5,
        "breakeven": "Any crush: the move alone pays for it",
    }
    assert (found[1]["after"], found[1]["breakeven"]) == (7.5, "31.3% IV crush")
    assert (unknown["after"], unknown["change"], unknown["percent"]) == (None, None, None)
    assert unknown["breakeven"] == "No crush small enough: time alone takes more"
