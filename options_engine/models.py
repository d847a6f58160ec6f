"""The tables of option numbers."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class GammaSnapshot(models.Model):
    """How much dealers had to hedge at each strike of the nearest expiry, at one five-minute mark of a session."""

    symbol = models.CharField(max_length=10)
    mark = models.DateTimeField(help_text="The five minutes of market time that this stands for; one row each.")
    as_of = models.DateTimeField(help_text="When the option chain was read, in market time; known to nobody before.")
    session_date = models.DateField()
    expiry = models.DateField(help_text="The nearest expiry with open contracts: the strikes are its own.")
    days_to_expiry = models.PositiveSmallIntegerField(help_text="Calendar days; 0 expires today.")
    spot = models.FloatField(help_text="What the underlying cost when the chain was read.")
    flip = models.FloatField(
        null=True,
        help_text="Where the exposure of all expiries together changes its sign; empty when that is not within 30 %.",
    )
    strikes = ArrayField(models.FloatField())
    call_gex = ArrayField(
        models.FloatField(),
        verbose_name="call gamma exposure",
        help_text="Dollars of delta per 1 % move of the underlying, a number a strike.",
    )
    put_gex = ArrayField(
        models.FloatField(),
        verbose_name="put gamma exposure",
        help_text="The same of the puts, without their sign: dealers are taken to be short of them.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False, help_text="Wall time, for retention.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["symbol", "mark"], name="options_gammasnapshot_once")]
        indexes = [
            models.Index(fields=["session_date", "symbol"], name="options_gamma_session"),
            models.Index(fields=["created_at"], name="options_gamma_created"),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} {self.mark:%Y-%m-%d %H:%M}"


class TreasuryYields(models.Model):
    """What the treasury pays, as published for one date."""

    date = models.DateField(unique=True)
    by_tenor = models.JSONField(help_text="Pairs of tenor and par yield, ascending. [years, percent]")
    source = models.CharField(max_length=40)

    class Meta:
        verbose_name_plural = "treasury yields"

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d}"


class OpeningStraddle(models.Model):
    """What the straddle at the money of today's options cost after the open: the move the day was expected to make."""

    symbol = models.CharField(max_length=10)
    session_date = models.DateField()
    strike = models.FloatField()
    price = models.FloatField(help_text="Call and put together, one share of each, from the middles of good quotes.")
    spot = models.FloatField(help_text="What the underlying cost when they were read.")
    as_of = models.DateTimeField(help_text="When they were read, in market time.")
    created_at = models.DateTimeField(default=timezone.now, editable=False, help_text="Wall time, for retention.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["symbol", "session_date"], name="options_openingstraddle_once")]
        indexes = [models.Index(fields=["created_at"], name="options_straddle_created")]

    def __str__(self) -> str:
        return f"{self.symbol} {self.session_date:%Y-%m-%d}"


class VolatilityDay(models.Model):
    """What a symbol's options said shortly before a session's close: the history that volatility ranks are made of."""

    class Source(models.TextChoices):
        STORED = "stored", "kept on the day"
        RECONSTRUCTED = "reconstructed", "read back later"

    symbol = models.CharField(max_length=10)
    session_date = models.DateField()
    as_of = models.DateTimeField(help_text="The market time that the chains are of.")
    source = models.CharField(max_length=13, choices=Source.choices)
    spot = models.FloatField(help_text="What the underlying cost then.")
    iv30 = models.FloatField(
        null=True,
        verbose_name="volatility, 30 days",
        help_text="At the money, interpolated to thirty days; 0.20 for 20 %. Empty when the chains did not say.",
    )
    front_iv = models.FloatField(
        null=True, verbose_name="front volatility", help_text="At the money, of the first expiry."
    )
    front_expiry = models.DateField(null=True)
    skew25 = models.FloatField(
        null=True,
        verbose_name="25-delta skew",
        help_text="Put less call, on the expiry nearest to thirty days; 0.02 for two points.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["symbol", "session_date"], name="options_volatilityday_once"),
        ]
        indexes = [models.Index(fields=["session_date"], name="options_volatility_session")]

    def __str__(self) -> str:
        return f"{self.symbol} {self.session_date:%Y-%m-%d}"
