"""Write docs/schedule.md from the schedule table."""

from typing import Any

from django.core.management.base import BaseCommand

from ops import schedule_page


class Command(BaseCommand):
    """`manage.py schedule_docs`."""

    help = "Write docs/schedule.md from config/schedule.py."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Write the page."""
        schedule_page.PATH.write_text(schedule_page.render(), encoding="utf-8")
        self.stdout.write(f"wrote {schedule_page.PATH}")
