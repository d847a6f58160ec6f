"""Start-up of the room."""

from django.apps import AppConfig


class OpsConfig(AppConfig):
    """The schedule at work and the health of every job; see docs/ops.md."""

    name = "ops"

    def ready(self) -> None:
        """Listen to task signals: they fire only where tasks run."""
        from ops import schema, telemetry  # noqa: F401, PLC0415 -- models exist only now; the schema registers itself

        telemetry.connect()
