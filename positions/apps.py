"""The app of positions."""

from django.apps import AppConfig
from django.core.checks import register


class PositionsConfig(AppConfig):
    """What watches holdings; see docs/positions.md."""

    name = "positions"

    def ready(self) -> None:
        """Ask the feed for the underlyings of what is held."""
        from market import demand  # noqa: PLC0415 -- models exist only once apps are loaded
        from positions import checks, holdings  # noqa: PLC0415 -- as above

        register(checks.check)
        demand.register("positions", holdings.symbols)
