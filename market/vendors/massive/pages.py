"""Follows an answer from page to page, and says whether all of them came."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from market.errors import ProviderUnavailable, RateLimited
from market.vendors.calls.deadline import Deadline
from market.vendors.massive.client import Client, NotFoundError
from market.vendors.massive.endpoints import Endpoint
from market.vendors.massive.pure.wire import Envelope

logger = logging.getLogger(__name__)

MOST_PAGES = 20

Page = TypeVar("Page", bound=Envelope)


@dataclass(slots=True)
class Pages(Generic[Page]):
    """The pages of one answer.

    Attributes
    ----------
    pages : list
        In their order; at least one.
    lost : str
        Why pages are missing; empty when they all came, or as many as were wanted.
    """

    pages: list[Page] = field(default_factory=list)
    lost: str = ""

    @property
    def partial(self) -> bool:
        """Some pages are missing."""
        return bool(self.lost)

    @property
    def delayed(self) -> bool:
        """The plan is not real-time."""
        return any(page.delayed for page in self.pages)

    @property
    def request_ids(self) -> tuple[str, ...]:
        """What the vendor calls our questions."""
        return tuple(page.request_id for page in self.pages)


def read(
    client: Client,
    endpoint: Endpoint[Page],
    first: Page,
    *,
    deadline: Deadline,
    most: int = MOST_PAGES,
    enough: Callable[[list[Page]], bool] = lambda _: False,
    urgent: bool = False,
) -> Pages[Page]:
    """Return a first page and those behind it, until there are no more, `enough` says so, or one cannot be had.

    What is lost is never silent: the result is `partial`, and the log says why. A page on another host is
    `ProviderUnavailable`: that is no loss but an attempt on our key.
    """
    found, seen = Pages([first]), set[str]()
    while (next_url := found.pages[-1].next_url) and not enough(found.pages):
        if next_url in seen:
            found.lost = "a cursor came back"
        elif len(found.pages) >= most:
            found.lost = f"more than {most} pages"
        elif not client.transport.is_ours(next_url):
            client.follow(endpoint, next_url)
        else:
            seen.add(next_url)
            found.lost = _add(found, client, endpoint, next_url, deadline, urgent=urgent)
        if found.lost:
            logger.warning(
                "market.massive.pages_lost",
                extra={"path": endpoint.template, "pages": len(found.pages), "why": found.lost},
            )
            break
    return found


def _add(
    found: Pages[Page], client: Client, endpoint: Endpoint[Page], next_url: str, deadline: Deadline, *, urgent: bool
) -> str:
    """Append the page behind an address; return why there is none, nothing when there is."""
    try:
        found.pages.append(client.follow(endpoint, next_url, deadline=deadline, urgent=urgent))
    except NotFoundError:
        return "a cursor is no longer known"
    except (ProviderUnavailable, RateLimited) as trouble:
        return str(trouble)
    return ""
