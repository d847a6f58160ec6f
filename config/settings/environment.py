"""Which environment this process runs in, and which private store it belongs to."""

from __future__ import annotations

import socket
from pathlib import Path

import environ

from config.settings.readers import env_choice, env_host, env_name, env_text
from config.store import BASE_DIR, Store

if Path(BASE_DIR / ".env").exists():
    environ.Env.read_env(BASE_DIR / ".env")

ENVIRONMENTS = ("development", "test", "staging", "production")
PROVIDERS = ("massive", "replay", "simulated")

COACH_ENV = env_choice("COACH_ENV", ENVIRONMENTS, "development")
MARKET_PROVIDER = env_choice(
    "MARKET_PROVIDER", PROVIDERS, "massive" if env_text("MARKET_PROVIDER_API_KEY") else "simulated"
)
# Two machines of one coach are told apart by it: processes, heartbeats and runs carry it behind an @.
MACHINE = env_host("COACH_MACHINE", socket.gethostname())
STORE = Store(env_name("COACH_STORE", MARKET_PROVIDER, taken=("static",)))
