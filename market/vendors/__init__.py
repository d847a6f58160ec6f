"""Vendors of market data, and the one in use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from market.vendors.protocol import Vendor

_instead: list[Vendor] = []


def vendor() -> Vendor:
    """Return the vendor that `MARKET_PROVIDER` names; one a process."""
    return _instead[-1] if _instead else _made(settings.MARKET_PROVIDER)


@contextmanager
def using(other: Vendor) -> Iterator[None]:
    """Ask another vendor for a while, in this process; for tests and backtests."""
    _instead.append(other)
    try:
        yield
    finally:
        _instead.remove(other)


@lru_cache(maxsize=4)
def _made(provider: str) -> Vendor:
    try:
        path = settings.MARKET_VENDORS[provider]
    except KeyError:
        known = ", ".join(sorted(settings.MARKET_VENDORS))
        raise ImproperlyConfigured(f"MARKET_PROVIDER={provider!r}: expected one of {known}") from None
    made: Vendor = import_string(path)()
    return made
