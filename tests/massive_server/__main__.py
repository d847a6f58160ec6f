"""`python -m tests.massive_server --port 8900 --key K --seed S`: the server as a process of its own."""

from __future__ import annotations

import argparse
import os
from datetime import datetime


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m tests.massive_server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--at", type=datetime.fromisoformat, help="market time to begin at; now unless given")
    parser.add_argument("--speed", type=float, default=0.0, help="market seconds a second from there")
    parser.add_argument("--calls-per-minute", type=int, help="what the plan allows")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from market import overrides
    from tests.massive_server import serving
    from tests.massive_server.app import MassiveServer
    from tests.massive_server.plan import Gate, Plan

    # The vendor knows the published calendar, and no database of ours.
    overrides.remember({}, for_s=float("inf"))
    app = MassiveServer(options.key, options.seed)
    if options.at:
        app.control.set_clock(market_at=options.at.isoformat(), speed=options.speed)
    app.control.gate = Gate(Plan(calls_per_minute=options.calls_per_minute))
    serving.serve(app, options.port)


if __name__ == "__main__":
    main()
