"""HTTP, API, sockets and what keeps them safe."""

from __future__ import annotations

from csp import constants as source
from django.core.exceptions import ImproperlyConfigured

from config.settings.django import SERVICE_VERSION
from config.settings.environment import COACH_ENV
from config.settings.readers import env_flag, env_int, env_list, env_text, env_url

PRODUCTION = COACH_ENV == "production"
PORT = env_int("PORT", default=8000, least=1)

ALLOWED_HOSTS = env_list("ALLOWED_HOSTS") or ([] if PRODUCTION else ["*"])
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is not set: production needs the names its pages are called by")
ALLOWED_ORIGINS = env_list("ALLOWED_ORIGINS")
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", default=1 if PRODUCTION else 0)

MIDDLEWARE = [
    "config.http.request_id.RequestIdMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "config.http.origin.OriginMiddleware",
    "config.http.body_limit.BodyLimitMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "config.http.one_thread.one_thread",  # innermost
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BearerAuthentication",
        "accounts.authentication.CookieAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["config.http.parsers.JsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["config.http.renderers.JsonRenderer"],
    "EXCEPTION_HANDLER": "config.http.handler.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "COERCE_DECIMAL_TO_STRING": False,
    "DEFAULT_SCHEMA_CLASS": "config.http.schema.OperationSchema",
}

# What /api/schema/ answers; docs/api.md.
SPECTACULAR_SETTINGS = {
    "TITLE": "Coach API",
    "DESCRIPTION": "A companion for options day traders. docs/api.md says how this document is made and what holds it.",
    "VERSION": SERVICE_VERSION,
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api",
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": False,  # what a PATCH may leave out, its serializer says already
    "ENUM_NAME_OVERRIDES": {
        "AlertStatus": "detectors.models.AlertStatus.values",
        "AlertType": "detectors.models.AlertType.values",
        "CrushMethod": "options_engine.api.earnings_shapes.CRUSH_METHODS",
        "Direction": "detectors.models.Direction.values",
        "EndingKind": "positions.told_endings.ENDINGS",
        "FillKind": "positions.models.FillKind.values",
        "FormType": "positions.api.analysis_serializers.TYPES",
        "LegKind": "positions.models.LegKind.values",
        "PricingAssessment": "options_engine.api.earnings_shapes.ASSESSMENTS",
        "PositionStrategy": "positions.models.Strategy.values",
        "ReportStatus": "options_engine.api.earnings_shapes.STATUSES",
        "ReportTime": "options_engine.api.earnings_shapes.TIMES",
        "SetupOutcome": "detectors.models.Outcome.values",
        "TrackedSetupStatus": "detectors.models.Status.values",
    },
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.http.schema_contract.include",
    ],
}

# The contract's limits: requests a minute, by user when a good token says who it is, else by address.
RATE_LIMITS = {
    "general": env_int("RATE_LIMIT_GENERAL", default=100, least=1),
    "chat": env_int("RATE_LIMIT_CHAT", default=20, least=1),
    "screenshot": env_int("RATE_LIMIT_SCREENSHOT", default=5, least=1),
    "auth": env_int("RATE_LIMIT_AUTH", default=10, least=1),
}
THROTTLE_KEY = "accounts.tokens.throttle_key"
SPEND_ALLOWANCE = "accounts.allowances.spend"
BODY_LIMIT_BYTES = 15 * 1024 * 1024
# Django's own check would refuse bodies that the contract lets through.
DATA_UPLOAD_MAX_MEMORY_SIZE = BODY_LIMIT_BYTES + 1024

JWT_SECRET = env_text("JWT_SECRET")
JWT_ISSUER = env_text("JWT_ISSUER", "coach")

# Tokens of somebody else's sign-in; what goes together is checked in accounts.external.
EXTERNAL_JWT_ISSUER = env_text("EXTERNAL_JWT_ISSUER")
EXTERNAL_JWT_AUDIENCE = env_text("EXTERNAL_JWT_AUDIENCE")
EXTERNAL_JWT_SECRET = env_text("EXTERNAL_JWT_SECRET")
EXTERNAL_JWT_JWKS_URL = (
    env_url("EXTERNAL_JWT_JWKS_URL", "", schemes=("https", "http")) if env_text("EXTERNAL_JWT_JWKS_URL") else ""
)

# Tokens for end-to-end tests. There is no way to have them in production.
E2E_BYPASS_AUTH = env_flag("E2E_BYPASS_AUTH")
E2E_BYPASS_TOKEN_PREFIX = env_text("E2E_BYPASS_TOKEN_PREFIX", "e2e:")
E2E_BYPASS_SHARED_SECRET = env_text("E2E_BYPASS_SHARED_SECRET")
if env_text("E2E_BYPASS_ALLOW_IN_PRODUCTION"):
    raise ImproperlyConfigured("E2E_BYPASS_ALLOW_IN_PRODUCTION is set: there is no such way, remove it")
if PRODUCTION and (E2E_BYPASS_AUTH or E2E_BYPASS_SHARED_SECRET):
    raise ImproperlyConfigured("E2E_BYPASS_AUTH or E2E_BYPASS_SHARED_SECRET is set in production: remove both")
if E2E_BYPASS_AUTH and COACH_ENV != "test" and (len(E2E_BYPASS_SHARED_SECRET) < 32 or ":" in E2E_BYPASS_SHARED_SECRET):  # noqa: PLR2004 -- said in the message
    raise ImproperlyConfigured("E2E_BYPASS_SHARED_SECRET needs at least 32 characters and no colon")

# Empty outside production means everybody: the existing front end runs on a port of its own.
CORS_ALLOW_ALL_ORIGINS = not PRODUCTION and not ALLOWED_ORIGINS
CORS_ALLOWED_ORIGINS = ALLOWED_ORIGINS
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_METHODS = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS"]
CORS_ALLOW_HEADERS = ["content-type", "authorization", "x-request-id", "x-csrftoken"]
if E2E_BYPASS_AUTH:
    CORS_ALLOW_HEADERS.append("x-e2e-bypass-auth")
CORS_EXPOSE_HEADERS = [
    "x-request-id",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "ratelimit-policy",
    "retry-after",
]
CORS_PREFLIGHT_MAX_AGE = 86_400
CSRF_TRUSTED_ORIGINS = ALLOWED_ORIGINS
CSRF_FAILURE_VIEW = "config.http.failures.csrf_failure"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
# Cookies are for HTTPS only there, so a page over HTTP could sign nobody in. Balancers ask for health without TLS.
SECURE_SSL_REDIRECT = env_flag("SECURE_SSL_REDIRECT", default=PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^health(/|$)"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
# Whether other hosts of the domain speak HTTPS is not ours to promise.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [source.NONE],
        "script-src": [source.SELF, source.NONCE],
        "style-src": [source.SELF],
        "img-src": [source.SELF, "data:"],
        "font-src": [source.SELF],
        "connect-src": [source.SELF],
        "form-action": [source.SELF],
        "base-uri": [source.NONE],
        "frame-ancestors": [source.NONE],
        "manifest-src": [source.SELF],
    }
}

SOCKET_LIMITS = {
    "subscriptions": env_int("SOCKET_SUBSCRIPTIONS", default=128, least=1),
    "per_user": env_int("SOCKET_PER_USER", default=20, least=1),
    "per_address": env_int("SOCKET_PER_ADDRESS", default=200, least=1),
    "frame_bytes": 64 * 1024,
    # What a client may say: as much at once, then so much a second. A page says two things when it opens.
    "messages_at_once": env_int("SOCKET_MESSAGES_AT_ONCE", default=100, least=4),
    "messages_per_s": env_int("SOCKET_MESSAGES_PER_S", default=10, least=1),
    "queue": env_int("SOCKET_QUEUE", default=256, least=8),
    "looked_at": env_int("SOCKET_SYMBOLS", default=2_000, least=1),
}

SENTRY_DSN = env_text("SENTRY_DSN")
