"""`manage.py seed`: what `bin/up` runs before its processes start."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from coach import demo


class Command(BaseCommand):
    """Make the demo users and start the market clock; running it again changes nothing."""

    help = "Make the demo trader, the staff user and the market clock where they are missing."

    def handle(self, **_options: object) -> None:
        """Seed."""
        demo.seed()
