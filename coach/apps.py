"""The app that talks to the trader."""

from django.apps import AppConfig


class CoachConfig(AppConfig):
    """Pages and what they say; it owns no table yet."""

    name = "coach"
