"""The app of market facts: clock, calendar, symbols, feed, bars."""

from django.apps import AppConfig
from django.core.checks import register
from django.db.models.signals import post_delete, post_save


class MarketConfig(AppConfig):
    """What the market is doing; see docs/market.md."""

    name = "market"

    def ready(self) -> None:
        """Ask the feed for what watchlists name; floors above register what they need the same way."""
        from market import demand, following, overrides, watchlists  # noqa: PLC0415 -- models exist only once apps are loaded
        from market.models import SessionOverride  # noqa: PLC0415 -- as above
        from market.vendors.massive import checks  # noqa: PLC0415 -- as above

        register(checks.check)
        demand.register("following", following.symbols)
        watchlists.connect()
        for written in (post_save, post_delete):
            written.connect(overrides.forget, sender=SessionOverride, dispatch_uid="market.overrides")
