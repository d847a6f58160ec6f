"""A matrix as the heatmap panel shows it: numbers for the plot, lines for the table, one cell for the pane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from coach.pages import addresses, marks, quotes
from options_engine import matrix as matrices

# Mode, what its button says, the member of a cell's metrics.
MODES = (
    ("volume", "Volume", "volume"),
    ("oi", "Open interest", "openInterest"),
    ("iv", "IV", "impliedVolatility"),
    ("gex", "GEX", "gex"),
    ("vanna", "Vanna", "vanna"),
    ("charm", "Charm", "charm"),
)
# Lines of the pane: a contract's figure and what stands before it.
ROWS = (
    ("bid", "Bid"),
    ("ask", "Ask"),
    ("delta", "Delta"),
    ("gamma", "Gamma"),
    ("theta", "Theta a day"),
    ("vega", "Vega a point"),
    ("iv", "IV"),
    ("volume", "Volume"),
    ("oi", "Open interest"),
    ("gex", "GEX"),
)
SCALES = (("linear", "Linear"), ("rank", "Rank"))
EXPIRATIONS = (3, 5, 7, 10)
STRIKES = (30, 40, 50, 60, 70)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, else what the trader chose last, else the usual.

    Attributes
    ----------
    mode, scale : str
        Of `MODES` and `SCALES`.
    expirations, strikes : int
        How many dates, and how many strikes on each side of the spot.
    """

    symbol: str
    mode: str
    scale: str
    expirations: int
    strikes: int

    @classmethod
    def of(cls, query: Mapping[str, str], kept: Mapping[str, Any], symbol: str) -> Asked:
        """Read the query and the preference; what means nothing counts as absent."""
        return cls(
            symbol=symbol,
            mode=_choice("mode", [key for key, *_ in MODES], "volume", query, kept),
            scale=_choice("scale", [key for key, _ in SCALES], "linear", query, kept),
            expirations=_choice("expirations", EXPIRATIONS, matrices.USUAL_EXPIRATIONS, query, kept),
            strikes=_choice("strikes", STRIKES, matrices.USUAL_STRIKES, query, kept),
        )

    def query(self, **changes: object) -> dict[str, object]:
        """Return the query that restores this view, with some of it changed."""
        names = ("symbol", "mode", "scale", "expirations", "strikes")
        return {name: getattr(self, name) for name in names} | changes


def of(matrix: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """Return what the template prints of a matrix."""
    return {
        **quotes.spot_of(matrix, matrix["currentPrice"]),
        "as_of": datetime.fromisoformat(matrix["asOf"]),
        "stale": matrix["stale"],
        "delayed": matrix["delayed"],
        "partial": matrix["partial"],
        "quality": matrix["dataQuality"],
        "rate_source": matrix["rateSource"],
        "method": [(label, matrix["method"][member]) for _, label, member in MODES],
        "dates": len(matrix["expirations"]),
        "strikes": len(matrix["strikes"]),
        "plot": plot(matrix),
        "expiries": [each | {"day": date.fromisoformat(each["date"])} for each in matrix["expiries"]],
        "lines": _lines(matrix, next(member for key, _, member in MODES if key == asked.mode)),
    }


def plot(matrix: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers that are drawn, a column each; `at` counts strikes ascending, the dates of each in turn.

    What nobody knows is null, also where the wire wants a 0.
    """
    column = {day: at for at, day in enumerate(matrix["expirations"])}
    row = {strike: at for at, strike in enumerate(matrix["strikes"])}
    cells = matrix["cells"]
    return {
        "symbol": matrix["symbol"],
        "spot": matrix["currentPrice"],
        "generatedAt": matrix["generatedAt"],
        "expiries": [{"date": each["date"], "days": each["daysToExpiry"]} for each in matrix["expiries"]],
        "strikes": matrix["strikes"],
        "at": [row[cell["strike"]] * len(column) + column[cell["expiry"]] for cell in cells],
        "sides": [_sides(cell) for cell in cells],
        "values": {key: [_known(cell["metrics"], member) for cell in cells] for key, _, member in MODES},
    }


def cell(matrix: dict[str, Any], asked: Asked, expiry: str, strike: float | None) -> dict[str, Any] | None:
    """Return what the pane prints of one cell; None if it is not in the matrix."""
    found = next((each for each in matrix["cells"] if (each["expiry"], each["strike"]) == (expiry, strike)), None)
    if found is None:
        return None
    column = next(each for each in matrix["expiries"] if each["date"] == expiry)
    metrics = {key: _known(found["metrics"], member) for key, _, member in MODES}
    sides = [_side(found[name], name, found["metrics"][f"{name}Gex"]) for name in ("call", "put")]
    return metrics | {
        "symbol": matrix["symbol"],
        "strike": strike,
        "day": date.fromisoformat(expiry),
        "days": column["daysToExpiry"],
        "root": column["root"],
        "settlement": column["settlement"],
        "sides": sides,
        "rows": [
            {"key": key, "label": label, "sides": [side | {"value": side.get(key)} for side in sides]}
            for key, label in ROWS
        ],
        "as_of": datetime.fromisoformat(matrix["asOf"]),
        "generated_at": matrix["generatedAt"],
        "chain": addresses.of("options", symbol=matrix["symbol"], expiry=expiry, strike=f"{strike:g}"),
        "chart": addresses.chart(asked.symbol, level=marks.written([("strike", strike)])),
    }


def _side(row: dict[str, Any] | None, name: str, gex: float | None) -> dict[str, Any]:
    if row is None:
        return {"type": name, "listed": False}
    known = {member: None if member in row["unavailable"] else value for member, value in row.items()}
    return known | {"listed": True, "gex": gex, "iv": known["impliedVolatility"], "oi": known["openInterest"]}


def _sides(cell: dict[str, Any]) -> str:
    return "both" if cell["call"] and cell["put"] else "call" if cell["call"] else "put"


def _known(metrics: dict[str, Any], member: str) -> float | None:
    found: float | None = None if member in metrics["unavailable"] else metrics[member]
    return found


def _lines(matrix: dict[str, Any], member: str) -> list[dict[str, Any]]:
    values = {(each["strike"], each["expiry"]): _known(each["metrics"], member) for each in matrix["cells"]}
    return [
        {"strike": strike, "values": [values.get((strike, day)) for day in matrix["expirations"]]}
        for strike in reversed(matrix["strikes"])
    ]


def _choice(name: str, choices: Any, usual: Any, query: Mapping[str, str], kept: Mapping[str, Any]) -> Any:
    words = {str(choice): choice for choice in choices}
    for told in (query.get(name), kept.get(name)):
        if str(told) in words:
            return words[str(told)]
    return usual
