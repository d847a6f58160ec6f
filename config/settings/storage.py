"""Postgres, Redis, cache, channel layer and static files."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

import environ

from config.settings.environment import COACH_ENV, STORE
from config.settings.readers import env_int, env_text, env_url
from config.store import BASE_DIR

DATABASE_URL = env_url("DATABASE_URL", STORE.database_url, schemes=("postgres", "postgresql"))
REDIS_URL = env_url("REDIS_URL", STORE.redis_url, schemes=("redis", "rediss", "unix"))
REDIS_PREFIX = env_text("REDIS_PREFIX", "coach")

DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
# libpq spells the folder of a Unix socket percent-encoded; Django wants it plain.
DATABASES["default"]["HOST"] = unquote(DATABASES["default"]["HOST"])
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),  # what the address itself says: sslmode, host
    # A request gives up after 30 s (408); its statements must not outlive it.
    "options": f"-c statement_timeout={env_int('DB_STATEMENT_TIMEOUT_MS', default=25_000)} -c timezone=UTC",
    "connect_timeout": 5,
}
# A connection that a restart of Postgres has cut is noticed before it is used.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if env_text("COACH_PROCESS") == "web":
    # The pages, the API and the socket's replays share ten connections; everybody else holds one a process.
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": env_int("DB_POOL", default=10), "timeout": 10}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = None if COACH_ENV != "test" else 0

# Tests of several people, and of xdist's workers, keep apart by lane.
_LANE = env_text("COACH_TEST_LANE", "0") + os.environ.get("PYTEST_XDIST_WORKER", "")
DATABASES["default"]["TEST"] = {"NAME": f"test_coach_{env_text('COACH_TEST_LANE', '0')}"}
if COACH_ENV == "test":
    REDIS_PREFIX = f"test{_LANE}"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": f"{REDIS_PREFIX}:cache",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": f"{REDIS_PREFIX}:layer"},
    }
}

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
_PACKAGES = BASE_DIR / "node_modules"
# A wheel with Swagger UI. Not an installed app: the finder of apps would collect and compress 9 MB of it.
_SIDECAR = Path(str(find_spec("drf_spectacular_sidecar").origin)).parent  # type: ignore[union-attr]
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("vendor/htmx", _PACKAGES / "htmx.org" / "dist"),
    ("vendor/lightweight-charts", _PACKAGES / "lightweight-charts" / "dist"),
    ("vendor/echarts", _PACKAGES / "echarts" / "dist"),
    ("vendor/swagger-ui", _SIDECAR / "static" / "drf_spectacular_sidecar" / "swagger-ui-dist"),
]
PACKAGE_FILES = {
    "vendor/htmx/htmx.esm.min.js",
    "vendor/htmx/htmx.esm.min.js.map",
    "vendor/lightweight-charts/lightweight-charts.standalone.production.mjs",
    "vendor/echarts/echarts.esm.min.mjs",
    "vendor/swagger-ui/swagger-ui-bundle.js",
    "vendor/swagger-ui/swagger-ui.css",
    "vendor/swagger-ui/swagger-ui.css.map",
}
STATICFILES_FINDERS = ["config.static.Finder", "django.contrib.staticfiles.finders.AppDirectoriesFinder"]
_STATIC_BACKEND = (
    "django.contrib.staticfiles.storage.StaticFilesStorage" if COACH_ENV == "test" else "config.static.StaticStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _STATIC_BACKEND},
}
