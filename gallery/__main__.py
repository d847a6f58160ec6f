"""`bin/gallery RECORDED --to FOLDER`: draws setups of recorded days and of random walks."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gallery.cases import cases
from gallery.draw import draw


def main() -> int:
    """Draw what the command line names."""
    parser = argparse.ArgumentParser(prog="bin/gallery")
    parser.add_argument("recorded", type=Path, metavar="RECORDED", help="a folder of 1-minute Parquet files")
    parser.add_argument("--to", type=Path, default=Path("docs/gallery"), metavar="FOLDER")
    parser.add_argument("--seed", type=int, default=1, help="of the lot that picks the setups")
    options = parser.parse_args()
    drawn = list(cases(options.recorded, seed=options.seed))
    draw(drawn, options.to)
    sys.stdout.write(f"{len(drawn)} pictures in {options.to}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
