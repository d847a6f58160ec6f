"""The app of the event log and the socket."""

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    """What users must hear; see docs/realtime.md."""

    name = "realtime"

    def ready(self) -> None:
        """Hear of new quotes, and ask the feed for the symbols that sockets look at."""
        from market import demand, feed  # noqa: PLC0415 -- models exist only once apps are loaded
        from realtime import looking, prices  # noqa: PLC0415 -- as above

        feed.on_quotes(prices.publish)
        demand.register("sockets", looking.symbols)
