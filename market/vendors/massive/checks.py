"""What spans two settings of the vendor, or is less than the coach needs, checked before any process starts."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Doubt

from config.schedule import JOBS, Every
from market.vendors.massive.making import NAME

LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Stocks and indexes are asked for apart in each round of the feed; SPX is the longest of the chains.
CALLS_A_ROUND, CALLS_A_CHAIN = 2, 13


def check(**_kwargs: object) -> list[CheckMessage]:
    """Return settings that would send a key in the clear, play and record at one time, or leave prices standing."""
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
    if settings.MARKET_PROVIDER == NAME and 0 < settings.MARKET_PROVIDER_RPM < least_a_minute():
        found.append(
            Doubt(
                f"MARKET_PROVIDER_RPM={settings.MARKET_PROVIDER_RPM}: rounds of prices and one option chain are"
                f" {least_a_minute()} calls a minute",
                hint="Prices will stand still between rounds and chains will be missing: see docs/massive.md.",
                id="market.W001",
            )
        )
    return found


def least_a_minute() -> int:
    """Return how many calls a minute the plan must allow for every round of prices and a chain beside them."""
    (round_s,) = (job.when.fastest for job in JOBS if job.task == "market.refresh_feed" and isinstance(job.when, Every))
    return 60 // round_s * CALLS_A_ROUND + CALLS_A_CHAIN
