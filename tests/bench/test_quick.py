"""`bin/bench --quick`: every bench runs from end to end through real processes, and says what it has to say."""

import json
import os
import subprocess
import sys

import pytest

from bench.__main__ import NAMES
from config.store import BASE_DIR
from tests.bench.test_row import MEMBERS

pytestmark = pytest.mark.live

BASELINES = {
    "push": {"RedisPubSubChannelLayer", "RedisChannelLayer", "bare websockets"},
    "reads": {"DRF ModelSerializer list"},
    "tasks": {"bare Celery no-op"},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return what a quick run of everything printed, and its rows."""
    written = tmp_path_factory.mktemp("bench") / "rows.json"
    lane = f"quick{os.environ.get('COACH_TEST_LANE', '0')}"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bench", "--quick", "--json", str(written)],
        cwd=BASE_DIR,
        env={**os.environ, "COACH_TEST_LANE": lane, "REDIS_PREFIX": f"bench-{lane}", "PYTHONPATH": str(BASE_DIR)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(written.read_text())


def test_every_bench_has_rows_of_the_papers_shape(run):
    _, rows = run

    assert {row["bench"] for row in rows} == set(NAMES)
    assert all(row.keys() == MEMBERS for row in rows)
    assert all(isinstance(row["ours"], int | float) for row in rows)


def test_ratios_come_first_in_the_table_and_have_a_baseline(run):
    table, rows = run
    ratios = [row["ratio"] is not None for row in rows]

    assert ratios == sorted(ratios, reverse=True)
    assert len(table.splitlines()) == 1 + len(rows)
    assert all(row["baseline"] and row["baseline_name"] for row in rows if row["ratio"] is not None)


@pytest.mark.parametrize("bench", BASELINES)
def test_a_bench_is_measured_beside_its_baselines(run, bench):
    _, rows = run

    assert {row["baseline_name"] for row in rows if row["bench"] == bench} - {None} == BASELINES[bench]


def test_nothing_is_lost_and_nobody_hears_anothers_events(run):
    _, rows = run
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
