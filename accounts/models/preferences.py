"""What a user has chosen: typed columns, because the SQL of other rooms reads them."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any, Self

import orjson
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.lookups import IsNull

ORB_PERIODS = (5, 15, 30)
TIMEFRAMES = ("1m", "5m", "15m", "1h", "4h", "1D")
STRIKE_RANGES = (5, 10, 15, 20, 30)
RISK_PCT = (Decimal("0.25"), Decimal("5.00"))
# The chart's overlays and whether a new trader sees them.
INDICATORS = {"ema8": True, "ema21": True, "vwap": True, "openingRange": True, "rsi": False, "macd": False}
LARGEST_OBJECT_BYTES = 32 * 1024
# jsonb writes 1e300 out as an integer of 301 digits, which no answer of ours could hold.
LARGEST_NUMBER = 2**53
MOST_MUTED_TYPES = 100

not_negative = MinValueValidator(Decimal(0))
setup_type = RegexValidator(re.compile(r"\A[a-z0-9_]{1,40}\Z"), "Not the name of a setup type.")


@cache
def timezones() -> frozenset[str]:
    """Return every IANA name; reading them takes a walk through the file system."""
    # The machine's own zone stands among them under a name that means something else elsewhere.
    return frozenset(zoneinfo.available_timezones() - {"localtime"})


def known_timezone(name: str) -> None:
    """Refuse what is not an IANA time zone."""
    if name not in timezones():
        raise ValidationError(f"{name!r} is not an IANA time zone, such as America/New_York.")


def small_object(value: object) -> None:
    """Refuse what is not a JSON object of at most 32 kB that Postgres and our own answers can carry."""
    if not isinstance(value, dict):
        raise ValidationError("Expected an object.")
    try:
        text = orjson.dumps([value])  # nested as deep as it stands in an answer
    except orjson.JSONEncodeError as error:
        raise ValidationError(f"The object cannot be kept: {error}.") from None
    if b"\\u0000" in text:
        raise ValidationError("The object contains a NUL character.")
    if len(text) - 2 > LARGEST_OBJECT_BYTES:
        raise ValidationError(f"The object has {len(text) - 2} bytes; at most {LARGEST_OBJECT_BYTES} are kept.")
    if not all(abs(number) <= LARGEST_NUMBER for number in _numbers(value)):
        raise ValidationError(f"Numbers beyond {LARGEST_NUMBER} cannot be kept.")


def _numbers(value: object) -> Iterator[float]:
    # orjson has bounded the depth.
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _numbers(part)


def default_indicators() -> dict[str, bool]:
    """Return a fresh copy of the default overlays."""
    return dict(INDICATORS)


def _of(values: tuple[Any, ...]) -> list[tuple[Any, str]]:
    return [(value, str(value)) for value in values]


# Postgres raises on a zone it does not know, so no reader's `AT TIME ZONE timezone` can fail on somebody's row.
ZONE_IS_KNOWN = IsNull(
    Func(
        F("timezone"),
        Func(Value(0), function="to_timestamp"),
        function="timezone",
        output_field=models.DateTimeField(),
    ),
    False,  # noqa: FBT003 -- the right-hand side of a lookup
)


class Preferences(models.Model):
    """One row a user, written at the first change; `Preferences.of` gives the defaults before that.

    Money is in USD. Quiet hours are wall times in the user's `timezone`; the span may cross midnight.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="preferences"
    )
    default_risk_per_trade = models.DecimalField(
        max_digits=12, decimal_places=2, default=Decimal("100.00"), validators=[not_negative]
    )
    default_account_size = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, validators=[not_negative]
    )
    risk_per_trade_pct = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        default=Decimal("1.00"),
        validators=[MinValueValidator(RISK_PCT[0]), MaxValueValidator(RISK_PCT[1])],
    )
    orb_period = models.PositiveSmallIntegerField("opening range, minutes", choices=_of(ORB_PERIODS), default=15)
    chart_indicators = models.JSONField(default=default_indicators, validators=[small_object])
    default_chart_timeframe = models.CharField(max_length=3, choices=_of(TIMEFRAMES), default="1D")
    auto_sync_workflow_symbol = models.BooleanField(default=False)
    default_options_strike_range = models.PositiveSmallIntegerField(choices=_of(STRIKE_RANGES), default=10)
    default_show_gex = models.BooleanField(default=True)
    default_show_vol_analytics = models.BooleanField(default=True)
    timezone = models.CharField(max_length=64, default="America/New_York", validators=[known_timezone])
    dashboard_layout = models.JSONField(null=True, blank=True, validators=[small_object])
    ui = models.JSONField(default=dict, blank=True, validators=[small_object])

    notifications_enabled = models.BooleanField(default=True)
    notify_setups = models.BooleanField(default=True)
    notify_alerts = models.BooleanField(default=True)
    notify_position_advice = models.BooleanField(default=True)
    notify_morning_brief = models.BooleanField(default=True)
    notify_drafts = models.BooleanField(default=True)
    muted_types = ArrayField(
        models.CharField(max_length=40, validators=[setup_type]), size=MOST_MUTED_TYPES, default=list, blank=True
    )
    min_confidence = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(100)])
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_to = models.TimeField(null=True, blank=True)

    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "accounts_preferences"
        verbose_name_plural = "preferences"
        constraints = [
            models.CheckConstraint(condition=Q(orb_period__in=ORB_PERIODS), name="accounts_prefs_orb_period"),
            models.CheckConstraint(
                condition=Q(default_chart_timeframe__in=TIMEFRAMES), name="accounts_prefs_timeframe"
            ),
            models.CheckConstraint(
                condition=Q(default_options_strike_range__in=STRIKE_RANGES), name="accounts_prefs_strike_range"
            ),
            models.CheckConstraint(condition=Q(risk_per_trade_pct__range=RISK_PCT), name="accounts_prefs_risk_pct"),
            models.CheckConstraint(condition=Q(default_risk_per_trade__gte=0), name="accounts_prefs_risk"),
            models.CheckConstraint(condition=Q(default_account_size__gte=0), name="accounts_prefs_account_size"),
            models.CheckConstraint(condition=Q(min_confidence__lte=100), name="accounts_prefs_min_confidence"),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_to__isnull=True)
                | (Q(quiet_from__isnull=False, quiet_to__isnull=False) & ~Q(quiet_from=F("quiet_to"))),
                name="accounts_prefs_quiet_hours",
                violation_error_message="Quiet hours need two different times, or none.",
            ),
            models.CheckConstraint(condition=ZONE_IS_KNOWN, name="accounts_prefs_timezone"),
        ]

    def __str__(self) -> str:
        return f"preferences of {self.user_id}"

    def clean(self) -> None:
        """Refuse half a pair of quiet hours, and an empty span."""
        if (self.quiet_from is None) != (self.quiet_to is None):
            missing = "quiet_from" if self.quiet_from is None else "quiet_to"
            raise ValidationError({missing: "Quiet hours need a beginning and an end, or neither."})
        if self.quiet_from is not None and self.quiet_from == self.quiet_to:
            raise ValidationError({"quiet_to": "Quiet hours need two different times."})

    @classmethod
    def of(cls, user: models.Model) -> Self:
        """Return the user's row, each unusable value replaced by its default; unsaved defaults where there is none."""
        row = cls.objects.filter(pk=user.pk).first()
        return row.mended() if row else cls(user_id=user.pk)

    def mended(self) -> Self:
        """Replace what could not be entered today by its default, field by field, in memory."""
        if isinstance(self.chart_indicators, dict):
            self.chart_indicators = merged_indicators(self.chart_indicators)
        else:
            self.chart_indicators = default_indicators()
        try:
            self.clean_fields(exclude=["user"])
        except ValidationError as error:
            for name in error.message_dict:
                setattr(self, name, self._meta.get_field(name).get_default())
        return self


def merged_indicators(stored: dict[str, object]) -> dict[str, bool]:
    """Return every overlay: as stored where that is a boolean, else as by default."""
    return {
        name: value if isinstance(value := stored.get(name), bool) else default for name, default in INDICATORS.items()
    }
