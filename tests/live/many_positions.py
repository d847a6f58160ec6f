"""Two hundred positions of every kind, of contracts that the coach lists, at the quotes that it tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx

STRUCTURES = ("call", "put", "call_spread", "put_spread", "iron_condor", "calendar", "stock")
OF_EACH = 25
# What a structure is called once it is stored.
STORED_AS = {"calendar": "other"}
UNDERLYINGS = ("SPX", "SPY", "NDX", "AAPL", "QQQ", "NVDA")
SHARES = ("SPY", "AAPL", "QQQ", "NVDA", "TSLA")
MORNING_ROOTS = ("SPX", "NDX")
AROUND, FAR = 12, 50  # strikes on each side of the money that are asked for
FEES = 0.65  # a contract

Leg = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Opening:
    """What is sent to open a position, and which of the structures it is."""

    structure: str
    body: dict[str, Any]


@dataclass
class Quotes:
    """The chains that a client has read, each once."""

    client: httpx.Client
    _chains: dict[tuple[str, date, str | None], dict[str, Any]] = field(default_factory=dict)

    def chain(self, symbol: str, expiry: date, *, root: str | None = None, strikes: int = AROUND) -> dict[str, Any]:
        """Return a symbol's chain of one date."""
        if (symbol, expiry, root) not in self._chains:
            query: dict[str, Any] = {"expiry": expiry.isoformat(), "strikeRange": strikes}
            answer = self.client.get(f"/api/options/{symbol}/chain", params=query | ({"root": root} if root else {}))
            assert answer.status_code == 200, answer.text
            self._chains[symbol, expiry, root] = answer.json()
        return self._chains[symbol, expiry, root]

    def spot(self, symbol: str, expiry: date) -> float:
        """Return what an underlying costs."""
        return float(self.chain(symbol, expiry)["currentPrice"])

    def leg(self, symbol: str, expiry: date, kind: str, steps: int, quantity: int, **of_chain: Any) -> Leg:
        """Return a trade of the contract so many quoted strikes from the money: bought at its ask, sold at its bid."""
        told = self.chain(symbol, expiry, **of_chain)
        quoted = [row for row in told["options"][f"{kind}s"] if row["ask"] > 0 and (quantity > 0 or row["bid"] > 0)]
        nearest = min(range(len(quoted)), key=lambda at: abs(quoted[at]["strike"] - told["currentPrice"]))
        row = quoted[max(0, min(len(quoted) - 1, nearest + steps))]
        return {
            "kind": kind,
            "quantity": quantity,
            "strike": row["strike"],
            "expiry": expiry.isoformat(),
            "root": told["root"],
            "price": row["ask"] if quantity > 0 else row["bid"],
            "fees": round(FEES * abs(quantity), 2),
        }


def of_every_structure(quotes: Quotes, expiries: tuple[date, ...], *, each: int = OF_EACH) -> Iterator[Opening]:
    """Yield so many openings of every structure, on all underlyings and dates, bought and sold in turn."""
    for number in range(each):
        for structure in STRUCTURES:
            yield opening(quotes, structure, number, expiries)


def opening(quotes: Quotes, structure: str, number: int, expiries: tuple[date, ...]) -> Opening:
    """Return one opening; its number says which underlying, date, strikes and side."""
    if structure == "stock":
        symbol = SHARES[number % len(SHARES)]
        shares = (1 if number % 2 == 0 else -1) * 10 * (1 + number % 4)
        price = quotes.spot(symbol, expiries[0])
        return Opening(structure, _body(symbol, [{"kind": "stock", "quantity": shares, "price": price, "fees": 1.0}]))
    symbol = UNDERLYINGS[number % len(UNDERLYINGS)]
    # Underlyings and sides in turn, dates after a pair of them: each comes with each.
    dates = expiries[:-1] if structure == "calendar" else expiries
    units = (1 if number // len(UNDERLYINGS) % 2 == number % 2 else -1) * (1 + number % 3)
    place = Place(quotes, symbol, dates[number // 2 % len(dates)], expiries[-1])
    return Opening(structure, _body(symbol, _SHAPES[structure](place, number % 3, units)))


def settled_at_the_open(quotes: Quotes, today: date, later: date) -> Iterator[Opening]:
    """Yield openings of index options that settle on opening prices: today's, worthless and not, and later ones."""
    for root in MORNING_ROOTS:
        far: dict[str, Any] = {"root": root, "strikes": FAR}
        yield Opening("call", _body(root, [quotes.leg(root, today, "call", FAR, 2, **far)]))
        yield Opening("put", _body(root, [quotes.leg(root, today, "put", -FAR, 1, **far)]))
        yield Opening("put", _body(root, [quotes.leg(root, today, "put", 4, 1, **far)]))
        yield Opening("call", _body(root, [quotes.leg(root, today, "call", -4, -1, **far)]))
        spread = [quotes.leg(root, later, "call", steps, side, **far) for steps, side in ((0, 1), (3, -1))]
        yield Opening("call_spread", _body(root, spread))
        yield Opening("put", _body(root, [quotes.leg(root, later, "put", 0, -1, **far)]))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a structure is opened: what it is written on, its date, and the later one of a calendar."""

    quotes: Quotes
    symbol: str
    expiry: date
    later: date

    def leg(self, kind: str, steps: int, quantity: int) -> Leg:
        """Return a trade of a contract of its date."""
        return self.quotes.leg(self.symbol, self.expiry, kind, steps, quantity)


def _call(place: Place, steps: int, units: int) -> list[Leg]:
    return [place.leg("call", steps, units)]


def _put(place: Place, steps: int, units: int) -> list[Leg]:
    return [place.leg("put", -steps, units)]


def _call_spread(place: Place, steps: int, units: int) -> list[Leg]:
    return [place.leg("call", steps - 2, units), place.leg("call", steps, -units)]


def _put_spread(place: Place, steps: int, units: int) -> list[Leg]:
    return [place.leg("put", 2 - steps, units), place.leg("put", -steps, -units)]


def _iron_condor(place: Place, _steps: int, units: int) -> list[Leg]:
    # As wide on every date: for the outer strikes, too, somebody bids.
    puts = [place.leg("put", -2, units), place.leg("put", -1, -units)]
    return [*puts, place.leg("call", 1, -units), place.leg("call", 2, units)]


def _calendar(place: Place, steps: int, units: int) -> list[Leg]:
    return [place.leg("call", steps, -units), place.quotes.leg(place.symbol, place.later, "call", steps, units)]


_SHAPES: dict[str, Callable[[Place, int, int], list[Leg]]] = {
    "call": _call,
    "put": _put,
    "call_spread": _call_spread,
    "put_spread": _put_spread,
    "iron_condor": _iron_condor,
    "calendar": _calendar,
}


def _body(symbol: str, legs: list[Leg]) -> dict[str, Any]:
    return {"symbol": symbol, "legs": legs, "source": "chain"}
