"""The app of setups and price alerts."""

from django.apps import AppConfig


class DetectorsConfig(AppConfig):
    """What watches price; see docs/detectors.md."""

    name = "detectors"

    def ready(self) -> None:
        """Hear of new bars, ask the feed for what is tracked or awaited, and say who hears of a detection."""
        from detectors import alerts, hearers, tasks, tracked  # noqa: PLC0415 -- models exist only once apps are loaded
        from market import demand, feed  # noqa: PLC0415 -- as above
        from realtime import audiences  # noqa: PLC0415 -- as above

        feed.on_bars(tasks.hear_bars)
        demand.register("setups", tracked.symbols)
        demand.register("alerts", alerts.symbols)
        audiences.register("setup_detected", hearers.of_detection, hearers.heard_by)
