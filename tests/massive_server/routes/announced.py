"""What is announced by date: Treasury yields and corporate events, in the newer families' way of sorting."""

from __future__ import annotations

from typing import Any

from tests.massive_server import corporate
from tests.massive_server.envelope import page
from tests.massive_server.parameters import Grammar, day, text
from tests.massive_server.routes.question import Question, Route

Row = dict[str, Any]
_LIMIT = (100, 50_000)


def treasury_yields(question: Question) -> Row:
    """Answer the curve of each day up to today."""
    return page(question.query.keep(corporate.treasury_yields(question.world.today)), question.query)


def corporate_events(question: Question) -> Row:
    """Answer announcements of reports."""
    return page(question.query.keep(corporate.corporate_events(question.world.today)), question.query)


_EVENT_FIELDS = ("ticker", "type", "status", "trading_venue", "isin")
ROUTES = (
    Route(
        "/fed/v1/treasury-yields",
        treasury_yields,
        Grammar({}, {"date": day}, any_of=("date",), limit=_LIMIT, sorts=("date",), one_word_sort=True, order="desc"),
    ),
    Route(
        "/tmx/v1/corporate-events",
        corporate_events,
        Grammar(
            {},
            {"date": day, **dict.fromkeys(_EVENT_FIELDS, text)},
            any_of=("date", *_EVENT_FIELDS),
            limit=_LIMIT,
            sorts=("date", "ticker"),
            one_word_sort=True,
        ),
    ),
)
