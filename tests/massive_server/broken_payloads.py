"""What trouble in the data does to an answer's body; pure: a new body of an old one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from tests.massive_server.envelope import cursor, read_cursor

Body = dict[str, Any]
FOREIGN_HOST = "https://api.example.com"
NUMBERS = ("c", "value", "implied_volatility", "bid")
GARBAGE_IV = 5
KEYS = ("results", "tickers", "ticker")
# Members of the envelope of aggregates that say how many rows there are.
COUNTS = ("count", "queryCount", "resultsCount")


def delayed(body: Body, _facts: Mapping[str, Any]) -> Body:
    """Say that the plan is not real-time."""
    return {**_everywhere(body, "timeframe", lambda _: "DELAYED"), "status": "DELAYED"}


def results_missing(body: Body, _facts: Mapping[str, Any]) -> Body:
    """Leave the results out."""
    return {name: value for name, value in body.items() if name not in (*KEYS, "next_url")}


def results_null(body: Body, _facts: Mapping[str, Any]) -> Body:
    """Put null where the results were."""
    return {name: None if name in KEYS else value for name, value in body.items() if name != "next_url"}


def object_for_array(body: Body, _facts: Mapping[str, Any]) -> Body:
    """Put an object where a list of results was."""
    return {name: {} if isinstance(value, list) and name in KEYS else value for name, value in body.items()}


def fields_missing(body: Body, facts: Mapping[str, Any]) -> Body:
    """Leave members of the rows out, wherever they stand: `fields`."""
    return _rows(body, lambda row: _without(row, tuple(facts["fields"])))


def duplicates(body: Body, _facts: Mapping[str, Any]) -> Body:
    """Have the next page begin with the last row of this one."""
    address, _, word = body.get("next_url", "").partition("?cursor=")
    if not word:
        return body
    asked, offset, moment = read_cursor(word)
    return {**body, "next_url": f"{address}?cursor={cursor(asked, offset - 1, moment)}"}


def cursor_loop(body: Body, facts: Mapping[str, Any]) -> Body:
    """Have every page lead to one and the same next page."""
    if "next_url" in body:
        return {**body, "next_url": facts["address"]} if "cursor=" in facts["address"] else body
    return {**body, "next_url": facts["address"]}


def foreign_next(body: Body, facts: Mapping[str, Any]) -> Body:
    """Lead to a host that is not the vendor's."""
    address = urlsplit(body.get("next_url", facts["address"]))
    return {**body, "next_url": f"{FOREIGN_HOST}{address.path}?{address.query}"}


def crossed(body: Body, _facts: Mapping[str, Any]) -> Body:
    """Have the bid stand above the ask."""
    swapped = {"bid": "ask", "ask": "bid", "p": "P", "P": "p"}

    def cross(quote: Body) -> Body:
        return {name: quote[swapped[name]] if swapped.get(name) in quote else value for name, value in quote.items()}

    return _everywhere(_everywhere(body, "last_quote", cross), "lastQuote", cross)


def iv_five(body: Body, _facts: Mapping[str, Any]) -> Body:
    """Clamp every implied volatility at 5, with the Greeks that come with it."""
    clamped = _everywhere(body, "implied_volatility", lambda _: GARBAGE_IV)
    return _everywhere(clamped, "greeks", lambda _: {"delta": 1, "gamma": 0, "theta": 0, "vega": 0})


def nan_text(body: Body, facts: Mapping[str, Any]) -> Body:
    """Write the word NaN where numbers were: `fields`."""
    for name in facts.get("fields", NUMBERS):
        body = _everywhere(body, name, lambda _: "NaN")
    return body


Break = Callable[[Body, Mapping[str, Any]], Body]
BREAKS: dict[str, Break] = {
    each.__name__: each
    for each in (
        delayed,
        results_missing,
        results_null,
        object_for_array,
        fields_missing,
        duplicates,
        cursor_loop,
        foreign_next,
        crossed,
        iv_five,
        nan_text,
    )
}


def _rows(body: Body, change: Callable[[Any], Any]) -> Body:
    return {
        name: [change(row) for row in value] if isinstance(value, list) else change(value)
        for name, value in body.items()
        if name in KEYS and isinstance(value, list | dict)
    } | {name: value for name, value in body.items() if name not in KEYS or not isinstance(value, list | dict)}


def _without(value: Any, names: Iterable[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(inner, names) for name, inner in value.items() if name not in names}
    return [_without(inner, names) for inner in value] if isinstance(value, list) else value


def _everywhere(value: Body, name: str, change: Callable[[Any], Any]) -> Body:
    found: Body = _within(value, name, change)
    return found


def _within(value: Any, name: str, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: change(inner) if key == name else _within(inner, name, change) for key, inner in value.items()}
    return [_within(inner, name, change) for inner in value] if isinstance(value, list) else value
