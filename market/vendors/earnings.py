"""Who knows when companies report: the vendor itself, or Alpha Vantage beside a vendor of the real market."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Protocol, runtime_checkable

from django.conf import settings

from market import clock
from market.pure.alpha_vantage import EarningsDate, EarningsResult
from market.vendors import vendor
from market.vendors.alpha_vantage import AlphaVantage
from market.vendors.reference import Told


@runtime_checkable
class EarningsVendor(Protocol):
    """A source of report dates. Trouble is as with `Vendor`; an empty answer is a fact."""

    def earnings_calendar(self, *, now: datetime) -> Told[EarningsDate]:
        """Return when companies report in the coming three months, all of them in one answer."""
        ...

    def earnings_history(self, symbol: str, *, now: datetime) -> Told[EarningsResult]:
        """Return what a company has reported, ascending."""
        ...


def earnings_vendor() -> EarningsVendor | None:
    """Return the source of report dates, None where nobody is configured to know them.

    Alpha Vantage tells of today whatever the market clock says: it is asked only while that is the wall's.
    """
    own = vendor()
    if isinstance(own, EarningsVendor):
        return own
    if own.simulated or not settings.ALPHA_VANTAGE_API_KEY or clock.mode() != "live":
        return None
    return _alpha_vantage()


@lru_cache(maxsize=1)
def _alpha_vantage() -> AlphaVantage:
    return AlphaVantage()
