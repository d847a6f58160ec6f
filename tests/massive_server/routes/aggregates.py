"""Bars: `/v2/aggs/ticker/...`."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from market import calendar
from market.pure.bars import Bars
from market.pure.sessions import NEW_YORK, new_york_date
from simulation.pure import timeline
from simulation.pure.listings import Listing
from tests.massive_server import windows
from tests.massive_server.encode_bars import rows
from tests.massive_server.envelope import bad_parameter, not_authorized
from tests.massive_server.parameters import Grammar, flag, one_of
from tests.massive_server.routes.question import Question, Route
from tests.massive_server.tickers import contract, ticker_of
from tests.massive_server.world import World

FIRST_DAY = timeline.FIRST_DAY + timedelta(days=7)  # a session needs the one before it
BASE_BARS = (5_000, 50_000)


def bars(question: Question) -> dict[str, Any]:
    """Answer bars of a ticker; `limit` counts the minutes or days that they may be made of."""
    if contract(question.path["ticker"]):
        raise not_authorized("Your plan doesn't include bars of options.")
    listing = question.listing()
    multiplier, timespan = _multiplier(question.path["multiplier"]), question.path["timespan"]
    first, last = _edge(question.path["first"]), _edge(question.path["last"], end=True)
    if last < first:
        raise bad_parameter("'to' cannot be a time that occurs before 'from'")
    base = _base(question.world, listing, timespan, first, last)
    if timespan in windows.SPAN_S:
        folded = windows.intraday(base, multiplier, timespan, listing)
        a_bar = multiplier * windows.SPAN_S[timespan] // windows.SPAN_S["minute"]
    else:
        folded, a_bar = windows.dated(base, multiplier, timespan, listing), multiplier
    return _page(question, listing, folded, size=max(1, question.query.limit // a_bar))


def _base(world: World, listing: Listing, timespan: str, first: datetime, last: datetime) -> Bars:
    """Return the minutes or days between two instants that bars of a timespan are made of."""
    if timespan in windows.SPAN_S:
        return world.minutes(listing, max(first, _midnight(FIRST_DAY)), last + timedelta(milliseconds=1))
    if timespan in windows.DATED:
        return world.daily(listing, max(new_york_date(first), FIRST_DAY), new_york_date(last))
    if timespan == "second":
        raise not_authorized("Your plan doesn't include this data timeframe.")
    raise bad_parameter(f"'timespan' {timespan} is not known")


def previous(question: Question) -> dict[str, Any]:
    """Answer the bar of the last completed session, stamped at 16:00 New York."""
    listing = question.listing()
    world = question.world
    bar = world.vendor.daily_bars(listing.symbol, world.today - timedelta(days=10), world.today, now=world.now)
    bar = bar.take(slice(-1, None))
    found = [{"T": ticker_of(listing), **row, "t": _close_ms(int(bar.ts[0]))} for row in rows(bar)]
    return {**_head(listing), **_counts(found), "results": found}


def _page(question: Question, listing: Listing, folded: Bars, *, size: int) -> dict[str, Any]:
    every = rows(folded)
    if question.query.get("sort") == "desc":
        every.reverse()
    found = every[question.query.offset : question.query.offset + size]
    after = question.query.offset + size
    return {
        **_head(listing),
        **_counts(found),
        **({"results": found} if found else {}),
        **({"next": after} if after < len(every) else {}),
    }


def _head(listing: Listing) -> dict[str, Any]:
    # An index has no splits to adjust for.
    return {"ticker": ticker_of(listing), **({"adjusted": True} if listing.has_volume else {})}


def _counts(found: list[Any]) -> dict[str, int]:
    return dict.fromkeys(("queryCount", "resultsCount", "count"), len(found))


def _multiplier(word: str) -> int:
    if not word.isascii() or not word.isdigit() or int(word) < 1:
        raise bad_parameter(f"'multiplier' {word} is not a whole number above 0")
    return int(word)


def _edge(word: str, *, end: bool = False) -> datetime:
    """Return the first or the last instant that a date, or the one that a number of milliseconds names."""
    if word.isascii() and word.isdigit() and len(word) > len("20260209"):
        return datetime.fromtimestamp(int(word) / 1000, UTC)
    try:
        day = date.fromisoformat(word)
    except ValueError as error:
        raise bad_parameter(f"{word}: must be a date as YYYY-MM-DD or a time in milliseconds") from error
    if len(word) != len("2026-02-09"):
        raise bad_parameter(f"{word}: must be a date as YYYY-MM-DD or a time in milliseconds")
    return _midnight(day + timedelta(days=1)) - timedelta(milliseconds=1) if end else _midnight(day)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), NEW_YORK).astimezone(UTC)


def _close_ms(stamp: int) -> int:
    session = calendar.session(new_york_date(datetime.fromtimestamp(stamp, UTC)))
    return session.close_ts * 1000 if session else stamp * 1000


_ADJUSTED = {"adjusted": flag}
ROUTES = (
    Route("/v2/aggs/ticker/{ticker}/prev", previous, Grammar(_ADJUSTED)),
    Route(
        "/v2/aggs/ticker/{ticker}/range/{multiplier}/{timespan}/{first}/{last}",
        bars,
        Grammar({**_ADJUSTED, "sort": one_of("asc", "desc")}, limit=BASE_BARS),
    ),
)
