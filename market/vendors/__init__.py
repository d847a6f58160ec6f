"""Vendors of market data, and the one in use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from market.vendors.protocol import Vendor

_ASKED_OF_A_VENDOR = [name for name in (*Vendor.__annotations__, *vars(Vendor)) if not name.startswith("_")]

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
    made: Any = import_string(path)()
    if not isinstance(made, Vendor):
        lacking = ", ".join(name for name in _ASKED_OF_A_VENDOR if not hasattr(made, name))
        raise ImproperlyConfigured(f"MARKET_PROVIDER={provider!r}: {path} is no market-data vendor, it lacks {lacking}")
    return made
