"""What a route is: an address, what it may be asked, and a function from a question to an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulation.pure.listings import Listing
from tests.massive_server import tickers
from tests.massive_server.envelope import not_found
from tests.massive_server.parameters import Grammar, Query
from tests.massive_server.world import World


@dataclass(frozen=True)
class Question:
    """One call of a route: the market at its moment, the words in its path, and what else was asked."""

    world: World
    path: Mapping[str, str]
    query: Query

    def listing(self, name: str = "ticker") -> Listing:
        """Return the listing that a word of the path names.

        Raises
        ------
        Refusal
            If it names none: 404.
        """
        found = tickers.listing(self.path[name])
        if found is None:
            raise not_found(f"{self.path[name]}: Ticker not found.")
        return found


@dataclass(frozen=True)
class Route:
    """An address with `{words}` in it, and what answers it: a dict goes into the envelope, an Answer as it is."""

    template: str
    answer: Callable[[Question], Any]
    grammar: Grammar = field(default_factory=Grammar)

    def match(self, path: str) -> dict[str, str] | None:
        """Return the words of a path, None when it is another's."""
        found = self._pattern.fullmatch(path)
        return found.groupdict() if found else None

    @property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.template))
