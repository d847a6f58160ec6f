"""What exists: `/v3/reference/tickers`, and what companies pay and split."""

from __future__ import annotations

from typing import Any

from simulation.pure.listings import ETF, INDEX, LISTINGS, Listing
from tests.massive_server import corporate
from tests.massive_server.envelope import page
from tests.massive_server.parameters import Grammar, day, flag, number, one_of, text, whole
from tests.massive_server.routes.question import Question, Route
from tests.massive_server.tickers import ticker_of

Row = dict[str, Any]


def listed(question: Question) -> Row:
    """Answer what is listed; the search looks at tickers and names, whatever their case."""
    query = question.query
    wanted = query.get("search", "").upper()
    rows = [
        row
        for row in map(row_of, LISTINGS.values())
        if (wanted in row["ticker"] or wanted in row["name"].upper())
        and query.get("exchange", row.get("primary_exchange")) == row.get("primary_exchange")
        # Nothing that is not active is known here.
        and query.get("active", True)
    ]
    found = page(query.keep(rows), query)
    return {**found, "count": len(found["results"])}


def one(question: Question) -> Row:
    """Answer one ticker, as an object."""
    return {"results": row_of(question.listing())}


def row_of(listing: Listing) -> Row:
    """Return the row of a listing; an index is listed on no exchange."""
    kind = {INDEX: "INDEX", ETF: "ETF"}.get(listing.type, "CS")
    return {
        "ticker": ticker_of(listing),
        "name": listing.name,
        "market": "indices" if listing.type == INDEX else "stocks",
        "locale": "us",
        "type": kind,
        "active": True,
        "currency_name": "usd",
        **({"primary_exchange": listing.exchange} if listing.exchange else {}),
        "last_updated_utc": "2026-01-02T00:00:00Z",
    }


def dividends(question: Question) -> Row:
    """Answer dividends."""
    return page(question.query.keep(corporate.dividends()), question.query)


def splits(question: Question) -> Row:
    """Answer splits."""
    return page(question.query.keep(corporate.SPLITS), question.query)


_DIVIDEND_DATES = ("ex_dividend_date", "record_date", "declaration_date", "pay_date")
ROUTES = (
    Route(
        "/v3/reference/tickers",
        listed,
        Grammar(
            {"search": text, "active": flag, "date": day, "cusip": text, "cik": text, "exchange": text},
            {"ticker": text},
            {"type": text, "market": one_of("stocks", "indices", "otc", "fx", "crypto")},
            limit=(100, 1000),
            sorts=("ticker", "name", "market", "locale", "primary_exchange", "type"),
        ),
    ),
    Route("/v3/reference/tickers/{ticker}", one, Grammar({"date": day})),
    Route(
        "/v3/reference/dividends",
        dividends,
        Grammar(
            {},
            {"ticker": text, **dict.fromkeys(_DIVIDEND_DATES, day), "cash_amount": number},
            {"frequency": whole, "dividend_type": one_of("CD", "SC", "LT", "ST")},
            limit=(10, 1000),
            sorts=("ex_dividend_date", "pay_date", "declaration_date", "record_date", "cash_amount", "ticker"),
            order="desc",
        ),
    ),
    Route(
        "/v3/reference/splits",
        splits,
        Grammar(
            {"reverse_split": flag},
            {"ticker": text, "execution_date": day},
            limit=(10, 1000),
            sorts=("execution_date", "ticker"),
            order="desc",
        ),
    ),
)
