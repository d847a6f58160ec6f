"""`bin/bench --quick`: every bench runs from end to end through real processes, and says what it has to say."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from bench.__main__ import NAMES
from config.store import BASE_DIR
from tests.bench.test_row import MEMBERS

pytestmark = pytest.mark.live

# Drawing is measured in a browser: a machine without one does not run that bench, where CI is set it fails.
CHROMIUM = any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
IN_BROWSER = ("heatmap",) if CHROMIUM or os.environ.get("CI") else ()

BASELINES = {
    "push": {"RedisPubSubChannelLayer", "RedisChannelLayer", "bare websockets"},
    "reads": {"DRF ModelSerializer list"},
    "tasks": {"bare Celery no-op"},
}


# Side by side, as long as each other: starting Django a dozen times is most of the work, and waiting most of the rest.
HALVES = (
    ("latency", "push", "reads"),
    ("tasks", "memory", "fanout", "vendor", "detectors", "options", "positions", *IN_BROWSER),
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return what quick runs of all benches printed, and the rows of each."""
    folder = tmp_path_factory.mktemp("bench")
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda names: quick_run(names, folder / f"{names[0]}.json"), HALVES))


def quick_run(names, written):
    lane = f"quick{os.environ.get('COACH_TEST_LANE', '0')}{names[0]}"
    # Where bytecode is not kept, as in many containers, compiling is two thirds of what each process's start takes.
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(written.parent / "compiled")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bench", *names, "--quick", "--json", str(written)],
        cwd=BASE_DIR,
        env={
            **os.environ,
            **compiled,
            "COACH_TEST_LANE": lane,
            "REDIS_PREFIX": f"bench-{lane}",
            "PYTHONPATH": str(BASE_DIR),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(written.read_text())


@pytest.fixture
def rows(runs):
    """Return the rows of both halves."""
    return [row for _, rows in runs for row in rows]


def test_every_bench_has_rows_of_the_papers_shape(rows):
    assert {row["bench"] for row in rows} == {*NAMES} - {"heatmap"} | {*IN_BROWSER}
    assert all(row.keys() == MEMBERS for row in rows)
    assert all(isinstance(row["ours"], int | float) for row in rows)


def test_ratios_come_first_in_the_table_and_have_a_baseline(runs):
    for table, rows in runs:
        ratios = [row["ratio"] is not None for row in rows]

        assert ratios == sorted(ratios, reverse=True)
        assert {*ratios} == {True, False}
        assert len(table.splitlines()) == 1 + len(rows)
        assert all(row["baseline"] and row["baseline_name"] for row in rows if row["ratio"] is not None)


@pytest.mark.parametrize("bench", BASELINES)
def test_a_bench_is_measured_beside_its_baselines(rows, bench):
    assert {row["baseline_name"] for row in rows if row["bench"] == bench} - {None} == BASELINES[bench]


@pytest.mark.skipif(not IN_BROWSER, reason="no Chromium on PATH: the drawing was not measured")
def test_the_heatmap_is_drawn_beside_a_chart_library(rows):
    drawn = [row for row in rows if row["bench"] == "heatmap"]

    assert {row["baseline_name"] for row in drawn} == {"ECharts", None}
    assert [row["ours"] for row in drawn if row["measure"] == "cells drawn"] == [510]


def test_nothing_is_lost_and_nobody_hears_anothers_events(rows):
    zeros = ("lost", "of another user", "out of order", "twice", "never started")
    counts = [row for row in rows if row["measure"] in zeros]

    assert {row["bench"] for row in counts} == {"push", "latency", "tasks"}
    assert all(row["ours"] == 0 for row in counts)


def test_a_count_that_is_broken_fails_the_run(tmp_path):
    # The control: the same command, with a bench whose count is not what it has to be.
    script = (
        "import sys; sys.argv = ['bench', 'vendor']; import bench.__main__ as b; from bench.row import none_of;"
        "b.measure = lambda name, quick: [none_of(name, 'case', 'lost', 3)]; sys.exit(b.main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=BASE_DIR, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 1
    assert "vendor, case: lost is 3, not 0" in done.stderr
