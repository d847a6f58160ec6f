"""The product's settings in the test environment; the environment has to be set before they are read."""

import os

os.environ["COACH_ENV"] = "test"
os.environ["COACH_STORE"] = "test"
os.environ["MARKET_PROVIDER"] = "simulated"
for _name in ("DATABASE_URL", "REDIS_URL", "SENTRY_DSN", "COACH_PROCESS", "SECRET_KEY"):
    os.environ.pop(_name, None)

from config.settings import *  # noqa: F403 -- see above

# Nothing is collected for the tests: static files are served from where they are.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True

# A made-up user's password needs no slow hash.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
