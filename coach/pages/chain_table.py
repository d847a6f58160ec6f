"""A chain as the options panel prints it: one line a strike, calls to the left and puts to the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from coach.pages import addresses, marks, quotes
from coach.pure.formats import number
from market.pure import contract_names
from options_engine import chains
from options_engine.errors import ExpiryNotListed

# Column of a side, what heads it.
COLUMNS = (
    ("last", "Last"),
    ("bid", "Bid"),
    ("ask", "Ask"),
    ("delta", "Delta"),
    ("iv", "IV"),
    ("volume", "Volume"),
    ("oi", "OI"),
    ("gamma", "Gamma"),
    ("theta", "Theta"),
    ("vega", "Vega"),
)
SORTED_BY = ("last", "delta", "iv", "volume", "oi")
# The member of the wire's contract that a column shows.
MEMBERS = {"iv": "impliedVolatility", "oi": "openInterest"}
HIGH_IV = 0.30
WIDE_PCT, FEW_OPEN = 10.0, 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what means nothing counts as absent.

    Attributes
    ----------
    expiry : date or None
        None is the nearest.
    strikes : int
        On each side of the money.
    strike : float or None
        The one to ring and scroll to.
    sort : str
        Empty for strikes, else one of `SORTED_BY`, descending.
    today : bool
        Only what expires today, the most traded first.
    """

    symbol: str
    expiry: date | None = None
    strikes: int = chains.USUAL_STRIKES
    strike: float | None = None
    sort: str = ""
    today: bool = False

    @classmethod
    def of(cls, query: Mapping[str, str], symbol: str, choices: Sequence[int]) -> Asked:
        """Read the query."""
        strikes = query.get("strikes", "")
        sort = query.get("sort", "")
        return cls(
            symbol=symbol,
            expiry=_day(query.get("expiry", "")),
            strikes=int(strikes) if strikes in {str(each) for each in choices} else chains.USUAL_STRIKES,
            strike=number(query.get("strike", "")),
            sort=sort if sort in SORTED_BY else "",
            today=query.get("today") == "1",
        )

    def query(self) -> dict[str, object]:
        """Return the members that are not as usual."""
        return {
            "symbol": self.symbol,
            "expiry": self.expiry.isoformat() if self.expiry else None,
            "strikes": self.strikes if self.strikes != chains.USUAL_STRIKES else None,
            "strike": f"{self.strike:g}" if self.strike is not None else None,
            "sort": self.sort,
            "today": "1" if self.today else None,
        }

    def address(self, **changes: Any) -> str:
        """Return the address of the same view with some of it changed."""
        return addresses.of("options", **replace(self, **changes).query())


def of(chain: dict[str, Any], asked: Asked, shown: Sequence[str]) -> dict[str, Any]:
    """Return what the template prints of a chain."""
    day = date.fromisoformat(chain["expiry"])
    whole = {
        "expiry": day,
        "days": chain["daysToExpiry"],
        "root": chain["root"],
        "settlement": chain["settlement"],
        "atm_iv": chain["atmIV"],
        "iv_rank": chain.get("ivRank"),
        "forward": chain["forward"],
        **quotes.spot_of(chain, chain["currentPrice"]),
        "as_of": datetime.fromisoformat(chain["asOf"]),
        "stale": chain["stale"],
        "delayed": chain["delayed"],
        "partial": chain["partial"],
        "quality": chain["dataQuality"],
        "rate_source": chain["rateSource"],
        "columns": [{"key": key, "label": label} for key, label in COLUMNS if key in shown],
        "expiries": _expiries(chain, asked, day),
        "by_strike": asked.address(sort=""),
        "sorts": [{"key": key, "address": asked.address(sort=key)} for key in SORTED_BY],
    }
    sides = [*chain["options"]["calls"], *chain["options"]["puts"]]
    cells = {(row["strike"], row["type"]): _side(row, asked, shown) for row in sides}
    if asked.sort:
        return whole | {"merged": _merged(sides, cells, asked.sort), "rows": []}
    strikes = sorted({row["strike"] for row in sides})
    return whole | {"merged": [], "rows": [_row(strike, cells, chain["atmStrike"], asked) for strike in strikes]}


def of_today(told: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """Return what the template prints of the contracts that expire today, the most traded first."""
    rows = []
    for each in told["chain"]:
        known = {name: None if name in each["unavailable"] else value for name, value in each.items()}
        address = addresses.of("options-contract", symbol=asked.symbol, contract=each["contract"])
        rows.append(known | {"address": address})
    return {
        **quotes.spot_of(told, told["expectedMove"]["currentPrice"]),
        "today": rows[: of_strikes(asked.strikes)],
        "listed": len(rows),
        "message": told["message"],
        "as_of": datetime.fromisoformat(told["asOf"]),
        "stale": told["stale"],
        "delayed": told["delayed"],
    }


def of_strikes(count: int) -> int:
    """Return how many contracts stand for that many strikes on each side: calls and puts of both sides."""
    return 4 * count


def contract(asked: Asked, name: str) -> dict[str, Any] | None:
    """Return what the drawer says of a contract, None where the chain has none of this name.

    Raises
    ------
    CoachError
        As `chains.chain`.
    """
    try:
        chain = chains.chain(asked.symbol, expiry=asked.expiry, strikes=chains.MOST_STRIKES)
    except ExpiryNotListed:
        return None
    sides = [*chain["options"]["calls"], *chain["options"]["puts"]]
    row = next((row for row in sides if row["contract"] == name), None)
    if row is None:
        return None
    known = {key: value for key, value in row.items() if key not in row["unavailable"]}
    middle = row["mark"]
    return known | {
        "expiry_day": date.fromisoformat(row["expiry"]),
        "days": chain["daysToExpiry"],
        "spot": chain["currentPrice"],
        "forward": chain["forward"],
        "as_of": datetime.fromisoformat(chain["asOf"]),
        "rate_source": chain["rateSource"],
        "iv_points": 100.0 * known["impliedVolatility"] if "impliedVolatility" in known else None,
        "cost": middle * (row["sharesPerContract"] or 100) if middle is not None else None,
        "warnings": _warnings(row, known),
        "chart": addresses.chart(asked.symbol, level=marks.written(_marks(row))),
        "chain": asked.address(strike=row["strike"]),
        **_handed_on(asked.symbol, row),
    }


def _handed_on(symbol: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return what the analyzer and the book of positions are told of one contract, bought at the middle."""
    middle = row["mark"]
    price = f"{middle:.4f}".rstrip("0").rstrip(".") if middle is not None and middle > 0 else ""
    named = contract_names.parsed(row["contract"])
    leg = {"strike": row["strike"], "expiry": row["expiry"], "root": named.root if named else ""}
    # What an adjusted contract delivers is not known, so that nothing can be worked out of it.
    plain = named is not None and not named.is_adjusted
    body = {
        "symbol": symbol,
        "legs": [{"kind": row["type"], "quantity": 1, "price": float(price or 0), **leg}],
        "source": "chain",
    }
    query = leg | {"strike": f"{row['strike']:.10g}", "price": price, "from": "chain"}
    return {
        "analyze": addresses.of("analyze", symbol=symbol, type=f"long_{row['type']}", **query) if plain else "",
        "adding": {"key": f"chain {uuid4()}", "body": body} if plain and price else None,
        "positions": addresses.of("positions"),
    }


def _marks(row: dict[str, Any]) -> list[tuple[str, float | None]]:
    return [("strike", row["strike"]), ("breakeven", row["breakeven"])]


def _warnings(row: dict[str, Any], known: dict[str, Any]) -> list[str]:
    """Return why it may be hard to trade."""
    found = []
    if row["spreadPct"] is not None and row["spreadPct"] > WIDE_PCT:
        found.append(f"The spread is {row['spreadPct']:.0f}% of the price.")
    if "openInterest" in known and known["openInterest"] < FEW_OPEN:
        found.append(f"Only {known['openInterest']} contracts are open.")
    if row["quote"] != "good":
        found.append(f"The quote is not used for volatilities: {row['quote'].replace('_', ' ')}.")
    return found


def _row(strike: float, cells: dict[tuple[float, str], Any], atm: float, asked: Asked) -> dict[str, Any]:
    return {
        "strike": strike,
        "call": cells.get((strike, "call")),
        "put": cells.get((strike, "put")),
        "atm": strike == atm,
        "focused": asked.strike == strike,
    }


def _side(row: dict[str, Any], asked: Asked, shown: Sequence[str]) -> dict[str, Any]:
    values = {}
    for key, _ in COLUMNS:
        member = MEMBERS.get(key, key)
        values[key] = None if member in row["unavailable"] else row[member]
    return {
        "name": row["contract"],
        "itm": row["inTheMoney"],
        "type": row["type"],
        "strike": row["strike"],
        "high_iv": values["iv"] is not None and values["iv"] > HIGH_IV,
        "address": addresses.of("options-contract", **{**asked.query(), "contract": row["contract"]}),
        "cells": [{"key": key, "label": label, "value": values[key]} for key, label in COLUMNS if key in shown],
    }


def _merged(sides: list[dict[str, Any]], cells: dict[tuple[float, str], Any], sort: str) -> list[dict[str, Any]]:
    member = MEMBERS.get(sort, sort)

    def weight(row: dict[str, Any]) -> tuple[bool, float]:
        known = member not in row["unavailable"] and row[member] is not None
        return known, abs(row[member]) if known else 0.0

    ordered = sorted(sides, key=weight, reverse=True)
    return [cells[(row["strike"], row["type"])] for row in ordered]


def _expiries(chain: dict[str, Any], asked: Asked, chosen: date) -> list[dict[str, Any]]:
    dates: dict[str, dict[str, Any]] = {}
    for each in chain["expiries"]:
        dates.setdefault(each["date"], each)
    return [
        {
            "day": date.fromisoformat(text),
            "days": each["daysToExpiry"],
            "cycle": each["cycle"],
            "chosen": date.fromisoformat(text) == chosen,
            "address": asked.address(expiry=date.fromisoformat(text)),
        }
        for text, each in sorted(dates.items())
    ]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
