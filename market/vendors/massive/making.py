"""Makes the client from the settings."""

from __future__ import annotations

from pathlib import Path

import httpx
from django.conf import settings

from market.vendors.calls.bucket import RESERVE, Bucket, Limit
from market.vendors.calls.recording import RecordedTransport, RecordingTransport
from market.vendors.calls.transport import Transport
from market.vendors.massive.client import Client
from market.vendors.massive.refusals import Refusals

NAME = "massive"
SECOND, MINUTE = 1.0, 60.0


def client() -> Client:
    """Return a client of the host, key and pace that the settings name; without a key it can only say so."""
    key = settings.MARKET_PROVIDER_API_KEY
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    limits = [Limit(settings.MARKET_PROVIDER_RPS, SECOND), Limit(settings.MARKET_PROVIDER_RPM, MINUTE)]
    return Client(
        NAME,
        Transport(settings.MARKET_PROVIDER_BASE_URL, headers, through=through()),
        Bucket(NAME, limits, reserve=RESERVE),
        refusals=Refusals(NAME, key),
        configured=bool(key or settings.MARKET_PROVIDER_RECORDED),
    )


def through() -> httpx.BaseTransport | None:
    """Return what answers instead of the network, or writes down what the network answers; None for neither."""
    if settings.MARKET_PROVIDER_RECORDED:
        return RecordedTransport(Path(settings.MARKET_PROVIDER_RECORDED))
    if settings.MARKET_PROVIDER_RECORD:
        return RecordingTransport(Path(settings.MARKET_PROVIDER_RECORD))
    return None
