"""How long advice that is over is kept."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from positions.models import Advice
from positions.models.advice import OPEN_STATES

KEPT_FOR = timedelta(days=90)  # of wall time, as the event log


def prune() -> int:
    """Delete advice that is over and older than it is kept; return how many."""
    old = Advice.objects.filter(written_at__lt=timezone.now() - KEPT_FOR).exclude(state__in=OPEN_STATES)
    return old.delete()[0]
