"""The risk-free rate of now: treasury yields of the vendor, kept a row a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from market.pure.sessions import new_york_date
from market.vendors import vendor
from market.vendors.reference import ReferenceVendor
from options_engine.models import TreasuryYields
from options_engine.pure.rates import Curve

# Long weekends, and a vendor that publishes a day late.
LOOKED_BACK = timedelta(days=10)
# Older yields say less than the flat rate does.
GOOD_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Rates:
    """The curve to discount with; None, and `source` "fallback", where nobody published one lately."""

    curve: Curve | None
    source: Literal["treasury", "fallback"]
    date: date | None


def of(now: datetime) -> Rates:
    """Return the newest curve published before this New York date: one query."""
    today = new_york_date(now)
    row = TreasuryYields.objects.filter(date__lt=today, date__gte=today - GOOD_FOR).order_by("-date").first()
    curve = Curve.of_tenors({float(years): percent for years, percent in row.by_tenor}) if row else None
    if row is None or curve is None:
        return Rates(None, "fallback", None)
    return Rates(curve, "treasury", row.date)


def refresh(now: datetime) -> int:
    """Keep what the vendor published lately; return how many dates. A vendor without yields has none.

    Raises
    ------
    ProviderUnavailable, RateLimited
        As every call of a vendor.
    """
    source = vendor()
    if not isinstance(source, ReferenceVendor):
        return 0
    today = new_york_date(now)
    told = source.treasury_yields(today - LOOKED_BACK, today, now=now)
    rows = [
        TreasuryYields(date=each.date, by_tenor=[list(pair) for pair in each.by_tenor], source=told.source)
        for each in told.rows
        if each.by_tenor
    ]
    TreasuryYields.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["date"], update_fields=["by_tenor", "source"]
    )
    return len(rows)
