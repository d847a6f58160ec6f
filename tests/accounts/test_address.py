"""The client's address behind proxies; what a client writes into the header itself never counts."""

from __future__ import annotations

import pytest

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
