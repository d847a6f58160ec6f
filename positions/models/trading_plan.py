"""The trader's plan: the limits he has set himself, every change of them, and when they were broken."""

from __future__ import annotations

import uuid
from datetime import time
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from positions.models.position import MONEY
from positions.pure.plan_rules import Plan, Rule, Window


class TradingPlan(models.Model):
    """One row a user: what holds for him now. `pure.plan_rules.Plan` says what the limits are.

    Attributes
    ----------
    windows
        As `windows_as_json` writes them.
    version
        Counts its changes: whoever replaces it says which version he has seen.
    updated_at
        From when on it holds; market time.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="trading_plan"
    )
    max_loss_trade = models.DecimalField(**MONEY, null=True, blank=True)
    max_loss_day = models.DecimalField(**MONEY, null=True, blank=True)
    max_trades_day = models.PositiveSmallIntegerField(null=True, blank=True)
    windows = models.JSONField(default=list, blank=True)
    no_zero_dte_after = models.TimeField(null=True, blank=True)
    version = models.PositiveIntegerField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "positions_tradingplan"
        constraints = [
            models.CheckConstraint(
                condition=Q(max_loss_trade__isnull=True) | Q(max_loss_trade__gt=0), name="positions_plan_loss_trade"
            ),
            models.CheckConstraint(
                condition=Q(max_loss_day__isnull=True) | Q(max_loss_day__gt=0), name="positions_plan_loss_day"
            ),
            models.CheckConstraint(
                condition=Q(max_trades_day__isnull=True) | Q(max_trades_day__gt=0), name="positions_plan_trades_day"
            ),
        ]

    def __str__(self) -> str:
        return f"plan of {self.user_id}, version {self.version}"

    @property
    def plan(self) -> Plan:
        """The limits as a value."""
        return Plan(
            max_loss_trade=self.max_loss_trade,
            max_loss_day=self.max_loss_day,
            max_trades_day=self.max_trades_day,
            windows=tuple(window_of_json(each) for each in self.windows),
            no_zero_dte_after=self.no_zero_dte_after,
        )


class PlanChange(models.Model):
    """One change of a plan; never edited.

    Attributes
    ----------
    before, after
        The limits, as `plan_as_json` writes them.
    loosened
        Members that allow more than before.
    in_session
        It was made between the first trade before the market and the last one after it.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.PositiveIntegerField()
    before = models.JSONField()
    after = models.JSONField()
    loosened = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    in_session = models.BooleanField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "positions_planchange"
        constraints = [
            models.UniqueConstraint(fields=["user", "version"], name="positions_planchange_once"),
        ]

    def __str__(self) -> str:
        return f"version {self.version} of the plan of {self.user_id}"


class PlanBreachQuerySet(models.QuerySet["PlanBreach"]):
    """Breaches in a trader's words."""

    def owned_by(self, user_id: uuid.UUID) -> Self:
        """Return those of one trader; where every request starts."""
        return self.filter(user_id=user_id)


class PlanBreach(models.Model):
    """A rule of the plan was broken, or nearly: once a market date and subject, however often it is found.

    Attributes
    ----------
    subject
        What broke it: a position, or for the day's loss the limit itself, so that another limit is another subject.
    position
        A link beside us, so no foreign key: the breach stays when its position is removed.
    limit, value
        As `pure.plan_rules.Breach`. [USD, or trades]
    plan_version
        Of the plan that was broken.
    facts
        What it rests on, with a version.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    market_date = models.DateField()
    rule = models.CharField(max_length=21, choices=[(each.value, each.value.replace("_", " ")) for each in Rule])
    subject = models.CharField(max_length=40)
    position = models.UUIDField(null=True, blank=True)
    symbol = models.CharField(max_length=10, blank=True, default="")
    limit = models.DecimalField(**MONEY, null=True)
    value = models.DecimalField(**MONEY, null=True)
    text = models.CharField(max_length=200)
    plan_version = models.PositiveIntegerField()
    facts = models.JSONField()
    breached_at = models.DateTimeField(help_text="Market time.")

    objects = PlanBreachQuerySet.as_manager()

    class Meta:
        db_table = "positions_planbreach"
        verbose_name_plural = "plan breaches"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "market_date", "rule", "subject"], name="positions_planbreach_told_once"
            ),
            models.CheckConstraint(
                condition=Q(rule__in=[each.value for each in Rule]), name="positions_planbreach_rule"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} on {self.market_date}"


def windows_as_json(plan: Plan) -> list[dict[str, Any]]:
    """Return a plan's windows as they are stored and told: `from`, `to` and weekdays, Monday is 0."""
    return [
        {"from": f"{each.start:%H:%M}", "to": f"{each.end:%H:%M}", "weekdays": sorted(each.weekdays)}
        for each in plan.windows
    ]


def plan_as_json(plan: Plan) -> dict[str, Any]:
    """Return a plan as its changes keep it: amounts as texts, which are exact."""
    amounts = {name: getattr(plan, name) for name in ("max_loss_trade", "max_loss_day")}
    return {
        **{name: None if amount is None else str(amount) for name, amount in amounts.items()},
        "max_trades_day": plan.max_trades_day,
        "windows": windows_as_json(plan),
        "no_zero_dte_after": plan.no_zero_dte_after and f"{plan.no_zero_dte_after:%H:%M}",
    }


def window_of_json(told: dict[str, Any]) -> Window:
    """Return a window as `windows_as_json` wrote it."""
    return Window(time.fromisoformat(told["from"]), time.fromisoformat(told["to"]), frozenset(told["weekdays"]))
