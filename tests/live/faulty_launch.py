"""`python -m tests.live.faulty_launch`: the product's launcher, with children that ask a market with trouble in it."""

from __future__ import annotations

import sys

from config import launch
from config.store import Store

_environment = launch.environment


def environment(store: Store, port: int) -> dict[str, str]:
    """Return the environment of every child, with settings of ours."""
    return {**_environment(store, port), "DJANGO_SETTINGS_MODULE": "tests.live.faulty_settings"}


if __name__ == "__main__":
    launch.environment = environment
    sys.exit(launch.main())
