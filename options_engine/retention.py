"""How long gamma profiles, opening straddles and days of volatility are kept."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from options_engine.models import GammaSnapshot, OpeningStraddle, VolatilityDay

KEPT_FOR = timedelta(days=90)  # of wall time, as the event log: a market that runs faster forgets no sooner
# A rank looks back one year; days that were kept cannot be asked for again.
VOLATILITY_KEPT_FOR = timedelta(days=3 * 365)


def prune() -> int:
    """Delete rows that are older than they are kept; return how many."""
    now = timezone.now()
    kept_for = {GammaSnapshot: KEPT_FOR, OpeningStraddle: KEPT_FOR, VolatilityDay: VOLATILITY_KEPT_FOR}
    return sum(
        table.objects.filter(created_at__lt=now - kept).delete()[0]  # type: ignore[attr-defined]  # every model has it
        for table, kept in kept_for.items()
    )
