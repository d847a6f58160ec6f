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


class EarningsEvent(models.Model):
    """One report of a company: one row a fiscal quarter, dated by the source that is believed most."""

    class Time(models.TextChoices):
        """The contract's three times of day."""

        BEFORE = "BMO", "before the open"
        AFTER = "AMC", "after the close"
        DURING = "DURING", "during the session"

    class Status(models.TextChoices):
        """How sure the date is."""

        CONFIRMED = "confirmed"
        ESTIMATED = "estimated"
        POSTPONED = "postponed"
        CANCELED = "canceled"

    symbol = models.CharField(max_length=10)
    date = models.DateField(help_text="New York date of the report.")
    time = models.CharField(
        max_length=6, choices=Time.choices, null=True, blank=True, help_text="Empty where nobody knows."
    )
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.ESTIMATED)
    source = models.CharField(max_length=20, help_text='Who says so; "manual" is a date that staff pinned.')
    name = models.CharField(max_length=200, blank=True)
    fiscal_period = models.CharField(max_length=10, blank=True, help_text="End of the quarter, or its name.")
    eps_estimate = models.DecimalField("EPS expected", max_digits=12, decimal_places=4, null=True, blank=True)
    eps_actual = models.DecimalField("EPS reported", max_digits=12, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=8, blank=True)
    candidates = models.JSONField(
        default=dict, blank=True, help_text="What each source says of this report, by its name."
    )
    first_seen = models.DateTimeField(help_text="Market time.")
    updated_at = models.DateTimeField(help_text="When a source last spoke of it, in market time.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["symbol", "date"], name="options_earnings_once")]
        indexes = [models.Index(fields=["date", "symbol"], name="options_earnings_date")]

    def __str__(self) -> str:
        return f"{self.symbol} {self.date:%Y-%m-%d}"


class EarningsReaction(models.Model):
    """What a report did to its share and its options. Percent of the price; volatilities in points."""

    symbol = models.CharField(max_length=10)
    date = models.DateField(help_text="New York date of the report.")
    time = models.CharField(max_length=6, choices=EarningsEvent.Time.choices, null=True, blank=True)
    implied_move = models.FloatField(
        null=True, help_text="Straddle of the first expiry that lives through it, of the price, at the close before."
    )
    gap_move = models.FloatField(null=True, help_text="To the next open, signed.")
    close_move = models.FloatField(null=True, help_text="To the next close, signed.")
    inferred = models.BooleanField(default=False, help_text="The time of day is a guess: the larger move of two.")
    iv_before = models.FloatField(null=True, help_text="At the money before the report.")
    iv_after = models.FloatField(null=True, help_text="Of the same expiry after it.")
    iv_expiry = models.DateField(null=True, help_text="The expiry of both.")
    method = models.CharField(max_length=20, blank=True, help_text="Where the implied move comes from.")
    implied_reason = models.CharField(max_length=20, blank=True, help_text="Why nobody can know the implied move.")
    updated_at = models.DateTimeField(help_text="Market time.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["symbol", "date"], name="options_reaction_once")]

    def __str__(self) -> str:
        return f"{self.symbol} {self.date:%Y-%m-%d}"


class EarningsSource(models.Model):
    """When a source of report dates was last asked for all of them, and what came of it."""

    name = models.CharField(max_length=20, primary_key=True)
    tried_at = models.DateTimeField(help_text="Market time.")
    answered_at = models.DateTimeField(null=True, help_text="Market time.")
    events = models.PositiveIntegerField(default=0)
    trouble = models.CharField(max_length=200, blank=True, help_text="Why it did not answer; empty when it did.")

    def __str__(self) -> str:
        return self.name
