"""Which symbols anybody needs now: floors above say theirs by registering, the feed asks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from market.symbols import PROXIES

logger = logging.getLogger(__name__)

_needs: dict[str, Callable[[], Iterable[str]]] = {}


def register(name: str, needs: Callable[[], Iterable[str]]) -> None:
    """Have the feed serve what `needs` returns, asked anew at each refresh; a name registers once."""
    _needs[name] = needs


def symbols() -> frozenset[str]:
    """Return every symbol that someone needs, with the proxies that lend indexes their volume.

    A need that cannot be read is left out, loudly: the other rooms' symbols are served all the same.
    """
    wanted: set[str] = set()
    for name, needs in _needs.items():
        try:
            wanted.update(needs())
        except Exception:
            logger.exception("market.demand.failed", extra={"need": name})
    return frozenset(wanted | {PROXIES[symbol] for symbol in wanted if symbol in PROXIES})
