"""Apps, templates, languages, logs and sign-in."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from config.settings.environment import COACH_ENV, STORE
from config.settings.readers import env_flag, env_text
from config.store import BASE_DIR

SERVICE_VERSION = "0.1.0"
DEBUG = env_flag("DEBUG")
PRODUCTION = COACH_ENV == "production"

SECRET_KEY = env_text("SECRET_KEY")
if not SECRET_KEY:
    if PRODUCTION:
        raise ImproperlyConfigured("SECRET_KEY is not set: production needs a long random text in it")
    SECRET_KEY = STORE.secrets()["secret_key"]

INSTALLED_APPS = [
    "config.apps.ConfigConfig",
    "accounts",
    "market",
    "realtime",
    "options_engine",
    "detectors",
    "positions",
    "simulation",
    "coach",
    "ops",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "channels",
    "corsheaders",
    "axes",
    "csp",
    "django_celery_beat",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "/accounts/sign-in"
LOGIN_REDIRECT_URL = "/coach/"
LOGOUT_REDIRECT_URL = "/accounts/sign-in"
SIGN_UP_OPEN = env_flag("SIGN_UP_OPEN", default=not PRODUCTION)
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_VERBOSE = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_CLIENT_IP_CALLABLE = "accounts.address.of"
AXES_LOCKOUT_CALLABLE = "accounts.lockout.answer"

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOG_LEVEL = env_text("LOG_LEVEL", "INFO").upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"fields": {"()": "config.logs.FieldsFormatter"}},
    "filters": {"run": {"()": "config.work.run.RunFilter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "fields", "filters": ["run"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.request": {"level": "ERROR"},  # 4xx answers are the client's business, not a warning of ours
        "axes": {"level": "WARNING"},
        "celery": {"level": "WARNING"},  # a line a task says less than the task's own
        "httpx": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
        "flower.inspector": {"level": "ERROR"},  # it asks before the workers are up, and again later
        # It would print a traceback a second while Redis restarts; the hub says it once.
        "channels_redis.pubsub": {"level": "CRITICAL"},
    },
}
