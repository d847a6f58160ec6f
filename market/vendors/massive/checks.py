"""What spans two settings of the vendor, checked before any process starts."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def check(**_kwargs: object) -> list[CheckMessage]:
    """Return settings that would send a key in the clear, or play and record at one time."""
    found: list[CheckMessage] = []
    for name in ("MARKET_PROVIDER_BASE_URL", "ALPHA_VANTAGE_BASE_URL"):
        address = urlsplit(getattr(settings, name))
        if address.scheme == "http" and address.hostname not in LOOPBACK:
            found.append(
                Error(
                    f"{name} would send the key unencrypted to {address.hostname}",
                    hint="Use https://, or a host of this machine.",
                    id="market.E001",
                )
            )
    if settings.MARKET_PROVIDER_RECORD and settings.MARKET_PROVIDER_RECORDED:
        found.append(
            Error(
                "MARKET_PROVIDER_RECORD and MARKET_PROVIDER_RECORDED are both set",
                hint="Record what the network answers, or answer from a recording.",
                id="market.E002",
            )
        )
    return found
