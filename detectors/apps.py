"""The app of setups."""

from django.apps import AppConfig


class DetectorsConfig(AppConfig):
    """What watches price; see docs/detectors.md."""

    name = "detectors"

    def ready(self) -> None:
        """Hear of new bars, ask the feed for tracked symbols, and say who hears of a detection."""
        from detectors import hearers, tasks, tracked  # noqa: PLC0415 -- models exist only once apps are loaded
        from market import demand, feed  # noqa: PLC0415 -- as above
        from realtime import audiences  # noqa: PLC0415 -- as above

        feed.on_bars(tasks.hear_bars)
        demand.register("setups", tracked.symbols)
        audiences.register("setup_detected", hearers.of_detection, hearers.heard_by)
