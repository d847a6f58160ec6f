"""What a card of a position prints, and what cards are together: from the wire's snapshot, as `LivePosition` has it.

`static/js/positions_figures.js` prints what arrives after the page by the same rules; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from coach.pure import formats, words

MINUTES_OF_AN_HOUR: Final = 60
SOON_DAYS: Final = 7
UNLIMITED: Final = "unlimited"
SOURCES: Final = {"quote": "Quote", "last_trade": "Last trade", "model": "Model price", "none": "No price"}
# Members of a snapshot that sums are made of.
SUMMED: Final = ("pnl", "netPnl", "costBasis")


class Cell(NamedTuple):
    """A figure as it is shown; `text` None where nobody knows it, `token` its colour beside a sign that is printed."""

    text: str | None
    token: str = ""


def cells(said: Mapping[str, Any]) -> dict[str, Cell]:
    """Return the figures of a card by name."""
    greeks = said.get("greeks") or {}
    return {
        "pnl": _signed(known(said, "pnl"), formats.pnl),
        "pnlPct": _signed(known(said, "pnlPct"), formats.change_percent),
        "netPnl": _signed(known(said, "netPnl"), formats.pnl),
        "current": Cell(formats.money(known(said, "currentPrice"))),
        "value": Cell(formats.money(known(said, "currentValue"))),
        "underlying": Cell(formats.money(said.get("underlyingPrice"))),
        "dte": _countdown(said.get("daysToExpiry"), said.get("minutesToExpiry")),
        "delta": Cell(formats.change(greeks.get("delta"))),
        "gamma": Cell(_four(greeks.get("gamma"))),
        "theta": _burning(greeks.get("theta")),
        "vega": Cell(formats.pnl(greeks.get("vega"))),
        "breakeven": Cell(", ".join(filter(None, map(formats.money, said.get("breakevens") or ()))) or None),
        "maxGain": Cell(_bound(said.get("maxGain"))),
        "maxLoss": Cell(_bound(said.get("maxLoss"))),
        "chance": Cell(_chance(said.get("probabilityOfProfit"))),
        "stop": Cell(_distance(said.get("distanceToStop"))),
        "target": Cell(_distance(said.get("distanceToTarget"))),
        "source": Cell(SOURCES.get(said.get("markSource", "none"), SOURCES["none"])),
    }


def known(said: Mapping[str, Any], name: str) -> Any:
    """Return a member, None where the wire says 0 because nobody knows it."""
    return None if name in said.get("unavailable", ()) else said.get(name)


def kept(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return of a snapshot what sums are made of, None where it is not known."""
    greeks = said.get("greeks") or {}
    return {
        "symbol": said["symbol"],
        **{name: known(said, name) for name in SUMMED},
        "spot": said.get("underlyingPrice"),
        **{name: greeks.get(name) for name in ("delta", "gamma", "theta", "vega")},
    }


def totals(rows: Iterable[Mapping[str, Any]]) -> dict[str, Cell]:
    """Return what cards are together, by name; `rows` as `kept` returns them. Money is the sum of their cents."""
    held = list(rows)
    priced = [row for row in held if row["pnl"] is not None]
    cost = _cents(row["costBasis"] for row in priced)
    pnl = _cents(row["pnl"] for row in priced) if priced else None
    net = _cents(row["netPnl"] for row in priced) if priced else None
    moved = [row for row in held if row["delta"] is not None and row["spot"] is not None]
    decayed = [row for row in held if row["theta"] is not None]
    return {
        "count": Cell(str(len(held))),
        "unpriced": Cell(str(len(held) - len(priced))),
        "pnl": _signed(None if pnl is None else pnl / 100, formats.pnl),
        "pnlPct": _signed(None if pnl is None or not cost else 100 * pnl / cost, formats.change_percent),
        "netPnl": _signed(None if net is None else net / 100, formats.pnl),
        "dollarDelta": Cell(exposure(sum(row["delta"] * row["spot"] for row in moved)) if moved else None),
        "dollarGamma": Cell(exposure(sum(row["gamma"] * row["spot"] ** 2 / 100 for row in moved)) if moved else None),
        "theta": _burning(_cents(row["theta"] for row in decayed) / 100 if decayed else None),
        "vega": Cell(formats.pnl(_cents(row["vega"] for row in decayed) / 100 if decayed else None)),
    }


def exposure(value: float) -> str:
    """Return dollars that are large: `+$1.2M`, `-$340.0K`."""
    sign = "-" if value < 0 else "+" if value > 0 else ""
    return f"{sign}${formats.compact(abs(value))}"


def _cents(amounts: Iterable[float | Decimal]) -> int:
    return sum(round(float(amount) * 100) for amount in amounts)


def _signed(value: object, printed: Any) -> Cell:
    return Cell(printed(value), words.sign(formats.number(value)).token)


def _burning(value: object) -> Cell:
    found = formats.number(value)
    return Cell(formats.pnl(found), "neg" if found is not None and found < 0 else "")


def _four(value: object) -> str | None:
    found = formats.number(value)
    if found is None:
        return None
    told = formats.rounded(found, 4)
    return f"{'+' if told > 0 else ''}{told:,.4f}"


def _bound(value: object) -> str | None:
    return "Unlimited" if value == UNLIMITED else formats.money(value)  # type: ignore[arg-type]  # a text is no number


def _chance(share: object) -> str | None:
    found = formats.number(share)
    return None if found is None else formats.percent(100 * found, 0)


def _distance(away: Mapping[str, float] | None) -> str | None:
    return None if away is None else f"{formats.change(away['price'])} ({formats.change_percent(away['pct'])})"


def _countdown(days: int | None, minutes: int | None) -> Cell:
    """Return how long the first option lives: days, of the last one hours and minutes; red in the last week."""
    if days is None:
        return Cell(None)
    token = "neg" if days <= 1 else "warn" if days <= SOON_DAYS else ""
    if days > 1 or minutes is None:
        return Cell(f"{days} day{'' if days == 1 else 's'}", token)
    hours, rest = divmod(max(minutes, 0), MINUTES_OF_AN_HOUR)
    return Cell(f"{hours} h {rest} min", token)


def closed_at(price: float, units: float, fees: float, *, side: int, multiplier: float, cost: float) -> float:
    """Return what closing some units at a price of one share makes, after the fees of that. [USD]

    `cost` is of one unit, below 0 for what was received; `side` 1 for what was bought, -1 for what was sold.
    """
    return side * price * multiplier * units - cost * units - fees
