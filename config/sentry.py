"""Error reports to Sentry: silent without a DSN, scrubbed of secrets and personal data with one."""

from __future__ import annotations

from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.httpx import HttpxIntegration
from sentry_sdk.scrubber import DEFAULT_DENYLIST, EventScrubber

OURS = ("token", "apikey", "api_key", "notes", "opportunity_data", "email", "e2e_bypass_shared_secret")


def start() -> None:
    """Start Sentry if a DSN is set; otherwise do nothing at all."""
    if not settings.SENTRY_DSN:
        return
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.COACH_ENV,
        release=settings.SERVICE_VERSION,
        send_default_pii=False,
        max_request_body_size="never",
        event_scrubber=EventScrubber(denylist=[*DEFAULT_DENYLIST, *OURS], recursive=True),
        before_send=without_tokens,
        integrations=[DjangoIntegration(), CeleryIntegration(monitor_beat_tasks=False)],
        # It would note every address we ask, query and all: one vendor's key travels there.
        disabled_integrations=[HttpxIntegration()],
    )


def without_tokens(event: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any]:
    """Return the event without query strings: sockets may carry `?token=` there."""
    request = event.get("request", {})
    request.pop("query_string", None)
    if "url" in request:
        request["url"] = request["url"].split("?")[0]
    return event
