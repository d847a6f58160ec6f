"""`bin/bench [NAME...] [--json FILE]`: runs benches and prints one table, ratios first."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.update(COACH_ENV="test", COACH_STORE="test", COACH_TEST_LANE="bench", MARKET_PROVIDER="simulated")

from bench.row import Row

NAMES = ("detectors", "fanout")


def measure(name: str) -> list[Row]:
    """Run one bench."""
    match name:
        case "detectors":
            from bench import detectors  # noqa: PLC0415 -- only what is asked for

            return detectors.run()
        case "fanout":
            from bench import fanout  # noqa: PLC0415 -- needs the database

            return fanout.run()
    raise SystemExit(f"bench: there is no {name!r}; there are {', '.join(NAMES)}")


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
    options = parser.parse_args()
    rows = [row for name in options.names or NAMES for row in measure(name)]
    rows.sort(key=lambda row: (row.ratio is None, row.bench))
    print(table(rows))  # noqa: T201 -- this is a command
    if options.json:
        options.json.write_text(json.dumps([row.as_dict() for row in rows], indent=2), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
