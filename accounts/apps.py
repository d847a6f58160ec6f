"""Start-up of the room: test tokens stop a production process, whichever door it starts by."""

import os

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class AccountsConfig(AppConfig):
    """Who the trader is."""

    name = "accounts"

    def ready(self) -> None:
        """Refuse to start in production with a bypass variable set; a system check would not run under uvicorn.

        Raises
        ------
        ImproperlyConfigured
            Naming the variables.
        """
        from accounts import bypass, schema, tokens  # noqa: F401, PLC0415 -- models exist only now; each registers itself

        set_here = bypass.forbidden(os.environ, environment=settings.COACH_ENV)
        if set_here:
            raise ImproperlyConfigured(f"{', '.join(set_here)} set in production: remove it, there is no way to use it")
