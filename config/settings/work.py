"""Celery: broker, queues and the safety of every task."""

from __future__ import annotations

from config.schedule import ROUTES
from config.settings.environment import COACH_ENV
from config.settings.storage import REDIS_PREFIX, REDIS_URL

# kombu spells a Unix socket its own way.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
if CELERY_BROKER_URL.startswith("rediss://") and "ssl_" not in CELERY_BROKER_URL:
    # Everybody else checks the server's certificate unless told not to; kombu would have to be told to.
    CELERY_BROKER_URL += f"{'&' if '?' in CELERY_BROKER_URL else '?'}ssl_cert_reqs=required"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,  # recovery comes from the next tick; this bounds what a dead broker client holds back
    "global_keyprefix": f"{REDIS_PREFIX}:celery:",
    "socket_keepalive": True,
    "health_check_interval": 10,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_DEFAULT_QUEUE = "ops"
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_TASK_ROUTES = ROUTES
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ALWAYS_EAGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_MAX_TASKS_PER_CHILD = 20_000
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "ops.beat:MarketScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
DJANGO_CELERY_BEAT_TZ_AWARE = True

WORKER_TESTING = COACH_ENV == "test"
