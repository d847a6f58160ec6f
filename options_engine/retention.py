"""How long gamma profiles and opening straddles are kept."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from options_engine.models import GammaSnapshot, OpeningStraddle

KEPT_FOR = timedelta(days=90)  # of wall time, as the event log: a market that runs faster forgets no sooner


def prune() -> int:
    """Delete rows older than `KEPT_FOR`; return how many."""
    oldest = timezone.now() - KEPT_FOR
    return sum(table.objects.filter(created_at__lt=oldest).delete()[0] for table in (GammaSnapshot, OpeningStraddle))
