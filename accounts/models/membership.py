"""What a user's plan allows, and how much of it the running period has used."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from accounts.pure import periods


class Tier(models.TextChoices):
    """The plans."""

    LITE = "lite", "Lite"
    PRO = "pro", "Pro"
    ELITE = "elite", "Elite"


# Queries a billing period; the numbers of the contract.
ALLOWANCES: dict[str, int] = {Tier.LITE: 100, Tier.PRO: 500, Tier.ELITE: 999_999}
# What a stranger gets who signs up, here or at the external issuer; the operator raises it in the admin.
TIER_OF_NEW_MEMBERS = Tier.LITE


def today() -> int:
    """Return the day of the month, so that a plan made in the admin begins now."""
    return timezone.now().day


def in_a_month() -> datetime:
    """Return the end of a period that begins now."""
    now = timezone.now()
    return periods.next_end(now, billing_day=now.day)


class Membership(models.Model):
    """A user's plan; a user without one has no limit.

    Periods follow each other without a gap. `billing_day` is the day of the month on which they begin: a period that
    began on the 31st ends on the last day of a short month, and the next one goes back to the 31st.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="membership"
    )
    tier = models.CharField(max_length=8, choices=Tier, default=Tier.LITE)
    query_count = models.PositiveIntegerField(default=0)
    period_start = models.DateTimeField(default=timezone.now)
    period_end = models.DateTimeField(default=in_a_month, db_index=True)
    billing_day = models.PositiveSmallIntegerField(
        default=today, validators=[MinValueValidator(1), MaxValueValidator(31)]
    )

    class Meta:
        db_table = "accounts_membership"
        constraints = [
            models.CheckConstraint(condition=models.Q(tier__in=Tier.values), name="accounts_membership_tier"),
            models.CheckConstraint(
                condition=models.Q(period_end__gt=models.F("period_start")), name="accounts_membership_period"
            ),
            models.CheckConstraint(
                condition=models.Q(billing_day__range=(1, 31)), name="accounts_membership_billing_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.tier}, {self.query_count} of {self.query_limit}"

    @property
    def query_limit(self) -> int:
        """Queries the tier allows in a period."""
        return ALLOWANCES[self.tier]

    @classmethod
    def starting(cls, user_id: object, *, tier: str, at: datetime) -> Self:
        """Return an unsaved membership whose first period begins at `at`."""
        end = periods.next_end(at, billing_day=at.day)
        return cls(user_id=user_id, tier=tier, period_start=at, period_end=end, billing_day=at.day)
