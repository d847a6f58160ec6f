"""`bin/bench [NAME...] [--json FILE]`: runs benches and prints one table, ratios first."""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import os
import signal
import sys
from pathlib import Path

# The tests' servers, but the product as it runs: connections are kept.
os.environ.setdefault("COACH_TEST_LANE", "bench")
os.environ.setdefault("REDIS_PREFIX", f"bench-{os.environ['COACH_TEST_LANE']}")
os.environ.update(
    COACH_ENV="development", COACH_STORE="test", MARKET_PROVIDER="simulated", RATE_LIMIT_GENERAL="1000000"
)

from bench.row import Row

logging.getLogger("channels_redis").setLevel(logging.WARNING)  # the baseline's losses are counted where they are missed

NAMES = (
    "latency",
    "push",
    "fanout",
    "vendor",
    "reads",
    "tasks",
    "memory",
    "detectors",
    "options",
    "positions",
    "heatmap",
)


def measure(name: str, *, quick: bool) -> list[Row]:
    """Run one bench; `quick` is enough to see that it works, and its figures mean nothing."""
    if name not in NAMES:
        raise SystemExit(f"bench: there is no {name!r}; there are {', '.join(NAMES)}")
    sys.stderr.write(f"bench: {name}\n")
    rows: list[Row] = importlib.import_module(f"bench.{name}").run(quick=quick)
    return rows


def table(rows: list[Row]) -> str:
    """Return the rows as aligned text."""
    head = ("ratio", "bench", "case", "measure", "ours", "unit", "baseline", "of")
    lines = [
        (
            "" if row.ratio is None else f"{row.ratio:g}x",
            *(row.bench, row.case, row.measure, f"{row.ours:g}", row.unit),
            "" if row.baseline is None else f"{row.baseline:g}",
            row.baseline_name or "",
        )
        for row in rows
    ]
    widths = [max(len(line[i]) for line in (head, *lines)) for i in range(len(head))]
    padded = ([cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in (head, *lines))
    return "\n".join("  ".join(cells).rstrip() for cells in padded)


def main() -> int:
    """Run what the command line names, or everything."""
    parser = argparse.ArgumentParser(prog="bin/bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--quick", action="store_true", help="see that everything works; the figures mean nothing")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that no child is left behind
    rows = [row for name in options.names or NAMES for row in measure(name, quick=options.quick)]
    rows.sort(key=lambda row: (row.ratio is None, row.bench))
    print(table(rows))  # noqa: T201 -- this is a command
    if options.json:
        options.json.write_text(json.dumps([row.as_dict() for row in rows], indent=2), encoding="utf-8")
    broken = [row for row in rows if row.broken]
    for row in broken:
        print(f"bench: {row.bench}, {row.case}: {row.measure} is {row.ours:g}, not {row.must_be:g}", file=sys.stderr)  # noqa: T201 -- as above
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
