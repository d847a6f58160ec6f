"""Where this checkout keeps its private data, and the addresses of the services that live there."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

# A Unix socket's path has at most 107 bytes; Postgres adds 17 of its own.
LONGEST_SOCKET_DIR = 85
# What every part of the way spells alike: shells, libpq, redis-py, kombu.
PLAIN = re.compile(r"[A-Za-z0-9._/-]+")


@dataclass(frozen=True)
class Store:
    """One private Postgres and Redis under `var/`, for one market-data provider.

    Attributes
    ----------
    name : str
        Folder under `var/`; the provider's name unless told otherwise.
    """

    name: str

    @property
    def root(self) -> Path:
        """The folder of everything this store keeps."""
        return VAR_DIR / self.name

    @property
    def postgres_dir(self) -> Path:
        """Postgres' data folder."""
        return self.root / "postgres"

    @property
    def redis_dir(self) -> Path:
        """Where Redis writes its snapshot."""
        return self.root / "redis"

    @property
    def socket_dir(self) -> Path:
        """The folder of the Unix sockets; a short one elsewhere when the checkout's path is too long, or not plain."""
        inside = self.root / "run"
        if len(str(inside)) <= LONGEST_SOCKET_DIR and PLAIN.fullmatch(str(inside)):
            return inside
        digest = hashlib.sha256(str(self.root).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"coach-{digest}"

    @property
    def redis_socket(self) -> Path:
        """The Unix socket of the private Redis."""
        return self.socket_dir / "redis.sock"

    @property
    def database_url(self) -> str:
        """Address of the private Postgres."""
        return f"postgres://postgres@{str(self.socket_dir).replace('/', '%2F')}/coach"

    @property
    def redis_url(self) -> str:
        """Address of the private Redis."""
        return f"unix://{self.redis_socket}?db=0"

    def secrets(self) -> dict[str, str]:
        """Return the passwords and keys made for this store at its first start."""
        path = self.root / "secrets.json"
        if not path.exists():
            self.root.mkdir(parents=True, exist_ok=True)
            made = {
                "secret_key": secrets.token_urlsafe(48),
                "demo_password": f"demo-{secrets.token_hex(4)}",
                "admin_password": f"admin-{secrets.token_hex(6)}",
                "flower_password": f"flower-{secrets.token_hex(6)}",
            }
            try:
                with path.open("x", encoding="utf-8") as file:
                    path.chmod(0o600)
                    json.dump(made, file, indent=2)
            except FileExistsError:
                pass  # another process of the same start was first; its secrets stand
        return dict(json.loads(path.read_text(encoding="utf-8")))
