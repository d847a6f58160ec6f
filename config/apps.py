"""Start-up of every Django process: error reports, switched on by a DSN."""

from django.apps import AppConfig

from config import sentry


class ConfigConfig(AppConfig):
    """Wires what belongs to no app."""

    name = "config"

    def ready(self) -> None:
        """Start error reporting in web, worker and beat alike: all three set Django up."""
        sentry.start()
