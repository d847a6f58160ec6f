"""What other rooms do, done from an async test: acts that commit in a thread of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection, transaction
from django.test import Client as Browser

from realtime.events import NewEvent, publish_all

T = TypeVar("T")


def changed(user: Any, number: int = 0, **fields: Any) -> NewEvent:
    """Return a user's own event of the type `setup_changed`, complete for both schemas."""
    payload = {
        "setupId": f"setup-{number}",
        "userId": str(user.pk),
        "symbol": "SPX",
        "setupType": "gap_fill",
        "previousStatus": "active",
        "status": "archived",
        "reason": "manual",
        "changedAt": "2026-02-09T17:00:00Z",
    }
    given = {"type": "setup_changed", "channel": "setups", "symbol": "SPX", "payload": payload, "user_id": user.pk}
    return NewEvent(**given | fields)


def detected(subject: Any) -> NewEvent:
    """Return a shared `setup_detected`."""
    payload = {
        "detectedSetupId": str(subject),
        "symbol": "SPX",
        "setupType": "gamma_squeeze",
        "direction": "bullish",
        "confidence": 81,
        "currentPrice": 6020.1,
        "detectedAt": "2026-02-09T16:10:00Z",
        "validUntil": None,
        "probability": None,
    }
    return NewEvent(type="setup_detected", channel="setups", symbol="SPX", payload=payload, subject=subject)


def signed_in(user: Any) -> str:
    """Return the cookie header of a browser in which the user has just signed in."""
    browser = Browser()
    browser.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"


async def in_thread(function: Callable[..., T], *args: Any) -> T:
    """Return what the function returns, called in a thread that gives its connection back."""

    def call() -> T:
        try:
            return function(*args)
        finally:
            connection.close()

    return await asyncio.to_thread(call)


async def commit(*events: NewEvent) -> list[int]:
    """Publish the events in one transaction."""

    def act() -> list[int]:
        with transaction.atomic():
            return publish_all(events)

    return await in_thread(act)


async def roll_back(*events: NewEvent) -> list[int]:
    """Publish the events and take them back: the ids are used up."""

    def act() -> list[int]:
        with transaction.atomic():
            ids = publish_all(events)
            transaction.set_rollback(True)
        return ids

    return await in_thread(act)


async def until(
    condition: Callable[[], object], *, doing: Callable[[], Awaitable[object]] | None = None, seconds: float = 10
) -> None:
    """Let the loop run, or do something over and over, until the condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            if doing is not None:
                await doing()
            await asyncio.sleep(0.005)
