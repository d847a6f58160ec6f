"""The client's address behind proxies; what a client writes into the header itself never counts."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts import address


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "proxies", "seen"),
    [
        ("203.0.113.9", "", 0, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", 0, "203.0.113.9"),  # no proxy of ours: the header is hearsay
        ("10.0.0.1", "203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4, 203.0.113.9", 1, "203.0.113.9"),  # the left one was sent by the client
        ("10.0.0.1", "1.2.3.4, 203.0.113.9, 10.0.0.2", 2, "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9", 2, "10.0.0.1"),  # did not pass both: the peer is all we know
        ("10.0.0.1", "", 1, "10.0.0.1"),
        ("10.0.0.1", "not an address", 1, "10.0.0.1"),
        ("10.0.0.1", "2001:DB8::1", 1, "2001:db8::1"),
        ("", "", 0, ""),
    ],
)
def test_which_address_is_seen(peer: str, forwarded_for: str, proxies: int, seen: str) -> None:
    assert address.seen_through(peer, forwarded_for, proxies=proxies) == seen


@pytest.mark.django_db
def test_behind_a_proxy_attempts_to_sign_in_are_counted_for_each_client_whatever_he_writes(
    client: Client, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = 1
    settings.RATE_LIMITS = {"general": 100, "auth": 2}

    def attempt(forwarded_for: str) -> int:
        body = {"username": "somebody", "password": "wrong"}
        headers = {"X-Forwarded-For": forwarded_for}
        return client.post("/api/auth/token", body, content_type="application/json", headers=headers).status_code

    made_up = [attempt(f"198.51.100.{number}, 203.0.113.9") for number in range(3)]

    assert made_up == [401, 401, 429]
    assert attempt("203.0.113.10") == 401
