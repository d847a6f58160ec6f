"""The app of option numbers."""

from django.apps import AppConfig


class OptionsEngineConfig(AppConfig):
    """What options say about a symbol; see docs/options_engine.md."""

    name = "options_engine"
    verbose_name = "Options engine"
