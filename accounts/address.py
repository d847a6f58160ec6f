"""The network address a request came from, seen through the proxies we trust."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def seen_through(peer: str, forwarded_for: str, *, proxies: int) -> str:
    """Return the client's address.

    Parameters
    ----------
    peer : str
        Address of the other end of the connection; empty on a Unix socket.
    forwarded_for : str
        The X-Forwarded-For header: each proxy appends the address it was called from.
    proxies : int
        How many proxies of ours the request passed. What stands left of theirs was written by the client.

    Returns
    -------
    str
        The entry that our outermost proxy appended; the peer where there are no proxies or the entry is no address.
    """
    hops = [part.strip() for part in forwarded_for.split(",")]
    if not 0 < proxies <= len(hops):
        return peer
    try:
        return str(ipaddress.ip_address(hops[-proxies]))
    except ValueError:
        return peer


def of(request: HttpRequest) -> str:
    """Return the address a request came from."""
    forwarded_for = request.META.get("HTTP_X_FORWARDED_FOR", "")
    return seen_through(request.META.get("REMOTE_ADDR", ""), forwarded_for, proxies=settings.TRUSTED_PROXIES)
