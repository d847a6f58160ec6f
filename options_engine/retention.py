"""How long gamma profiles are kept."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from options_engine.models import GammaSnapshot

KEPT_FOR = timedelta(days=90)  # of wall time, as the event log: a market that runs faster forgets no sooner


def prune() -> int:
    """Delete profiles older than `KEPT_FOR`; return how many."""
    return GammaSnapshot.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]
