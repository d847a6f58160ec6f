"""The real Postgres and Redis of the tests: started once, shared by every test process of this checkout."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from config import services
from config.store import Store

STORE = Store("test")


def ensure_running() -> None:
    """Start what does not answer yet; a file lock keeps two starters apart.

    The servers outlive the tests on purpose: the next run starts at once. `python tests/services.py stop` ends them.
    """
    STORE.root.mkdir(parents=True, exist_ok=True)
    with (STORE.root / "lock").open("w") as lock, (STORE.root / "services.log").open("ab") as log:
        fcntl.flock(lock, fcntl.LOCK_EX)
        both = ((services.postgres_answers, services.postgres), (services.redis_answers, services.redis_server))
        for answers, make in both:
            if answers(STORE):
                continue
            service = make(STORE)
            process = services.start(service, stdout=log, stderr=subprocess.STDOUT)
            services.wait_until_answering(service, process)
            (STORE.root / f"{service.name}.pid").write_text(str(process.pid))
        services.ensure_database(STORE)


def stop() -> None:
    """End the servers that `ensure_running` started."""
    for name, signal in (("postgres", 2), ("redis", 15)):
        path = STORE.root / f"{name}.pid"
        if path.exists():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(path.read_text()), signal)
            path.unlink()


if __name__ == "__main__":
    stop() if sys.argv[1:] == ["stop"] else ensure_running()
