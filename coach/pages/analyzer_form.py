"""The analyzer's form: what the address or a post says of a position, and what is wrong with it, field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from coach.pages import addresses
from coach.pages.leaps import number
from config.http.errors import CoachError, InvalidInput
from config.http.handler import issues_of
from positions.analysis import Idea
from positions.api import analysis_wire
from positions.api.analysis_serializers import AnalyzedPosition

# What a trader may choose: its key in addresses, what it is called, the wire's type, its side and how many strikes.
TYPES: Final = (
    ("long_call", "Long Call", "call", 1, 1),
    ("short_call", "Short Call", "call", -1, 1),
    ("long_put", "Long Put", "put", 1, 1),
    ("short_put", "Short Put", "put", -1, 1),
    ("call_spread", "Call Spread", "call_spread", 0, 2),
    ("put_spread", "Put Spread", "put_spread", 0, 2),
    ("iron_condor", "Iron Condor", "iron_condor", 0, 4),
    ("stock", "Stock", "stock", 0, 0),
    ("legs", "Legs one by one", "", 0, 0),
)
_BY_KEY: Final = {key: rest for key, *rest in TYPES}
STRIKES: Final = ("strike", "strike2", "strike3", "strike4")
FIELDS: Final = ("symbol", "type", *STRIKES, "expiry", "quantity", "price", "date", "now", "legs", "root", "from")
_OF_WIRE: Final = {
    "entryPrice": "price",
    "entryDate": "date",
    "currentPrice": "now",
    "strikes": "strike",
    "root": "symbol",
    "price": "price",
    "at": "date",
    "openedAt": "date",
}
# `+1 C5900 2026-02-20 @30.50`, `-100 S @580`.
_LEG: Final = re.compile(
    r"\s*([+-]?\d{1,6})\s*([CPS])\s*(?:(\d+(?:\.\d+)?)\s+(\d{4}-\d\d-\d\d)\s*)?@\s*(\d+(?:\.\d+)?)\s*", re.IGNORECASE
)
_KINDS: Final = {"C": "call", "P": "put", "S": "stock"}
_LEG_SAYS = "Expected legs such as +1 C5900 2026-02-20 @30.50, or -100 S @580, with commas between them."


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the boxes, and what is wrong with it.

    Attributes
    ----------
    values : dict of str to str
        By the names of `FIELDS`; empty where nothing was said.
    problems : dict of str to str
        By field, or under `form`.
    """

    values: dict[str, str]
    problems: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, said: Mapping[str, str], *, today: date) -> Form:
        """Read what was said; what is usual stands where nothing was."""
        given = {name: said.get(name, "").strip() for name in FIELDS}
        given["symbol"] = given["symbol"].upper()
        usual = {"type": "long_call", "quantity": "1", "date": today.isoformat()}
        values = {name: text or usual.get(name, "") for name, text in given.items()}
        return cls(values | {"type": values["type"] if values["type"] in _BY_KEY else usual["type"]})

    @property
    def wire_type(self) -> str:
        """The wire's word; empty for legs."""
        return str(_BY_KEY[self.values["type"]][1])

    @property
    def strikes(self) -> int:
        """How many strikes its type has."""
        return int(_BY_KEY[self.values["type"]][3])

    def query(self) -> dict[str, str]:
        """Return what restores this form in an address."""
        kept = {name: text for name, text in self.values.items() if text}
        unused = set(STRIKES[self.strikes :]) | (set() if self.wire_type else {"expiry", "quantity", "price"})
        unused |= {"legs"} if self.wire_type else set()
        unused |= {"expiry", "root"} if self.wire_type == "stock" else set()
        return {name: text for name, text in kept.items() if name not in unused}

    def address(self, **more: str) -> str:
        """Return the address of its analysis."""
        return addresses.of("analyze", **self.query(), analyze="1", **more)

    def wrong(self, problems: Mapping[str, str]) -> Form:
        """Return it with these problems beside their fields."""
        return replace(self, problems={**self.problems, **problems})

    def told(self, today: date) -> tuple[dict[str, Any], Form]:
        """Return what is asked, checked, and the form; when that has problems nothing is asked."""
        problems, body = self._said(today)
        if problems:
            return {}, self.wrong(problems)
        asked = AnalyzedPosition(data=body)
        if not asked.is_valid():
            return {}, self.wrong(by_field(issues_of(asked.errors)))
        return asked.validated_data, self

    def idea(self, today: date) -> tuple[Idea | None, dict[str, Any], Form]:
        """Return the position that is thought of, and the form; none when it has problems."""
        told, checked = self.told(today)
        if not told:
            return None, told, checked
        try:
            return analysis_wire.idea(told), told, checked
        except InvalidInput as problem:
            return None, told, self.wrong(by_field(problem.facts["issues"]))  # type: ignore[arg-type]  # its own list
        except CoachError as problem:
            return None, told, self.wrong({"form": str(problem)})

    def _said(self, today: date) -> tuple[dict[str, str], dict[str, Any]]:
        values, problems = self.values, {}
        if not values["symbol"]:
            problems["symbol"] = "Give a symbol."
        if values["date"] > today.isoformat():
            problems["date"] = "Must not lie in the future."
        body: dict[str, Any] = {"symbol": values["symbol"], "entryDate": values["date"]}
        body |= {"currentPrice": number(values["now"])} if values["now"] else {}
        body |= {"root": values["root"]} if values["root"] and self.wire_type != "stock" else {}
        if self.wire_type:
            body |= self._structure(problems)
        else:
            legs = legs_of(values["legs"])
            problems |= {} if legs else {"legs": _LEG_SAYS}
            body["legs"] = legs
        return problems, body

    def _structure(self, problems: dict[str, str]) -> dict[str, Any]:
        values, side = self.values, int(_BY_KEY[self.values["type"]][2])
        quantity = number(values["quantity"])
        if isinstance(quantity, float) and side > 0 and quantity < 0:
            problems["quantity"] = "Above 0 for what is bought; choose the short type for what is sold."
        problems |= {name: "Needed." for name in ("quantity", "price") if not values[name]}
        body = {
            "type": self.wire_type,
            "quantity": side * abs(quantity) if side and isinstance(quantity, float) else quantity,
            "entryPrice": number(values["price"]),
        }
        if self.wire_type == "stock":
            return body
        if not values["expiry"]:
            problems["expiry"] = "An option needs it."
        for name in STRIKES[: self.strikes]:
            given = number(values[name])
            if not isinstance(given, float) or not given > 0:
                problems[name] = "A price above 0." if values[name] else "Needed."
        return {**body, "expiry": values["expiry"], "strikes": [number(values[n]) for n in STRIKES[: self.strikes]]}


def legs_of(text: str) -> list[dict[str, Any]]:
    """Return the legs that a text tells, none when a part of it is no leg."""
    found = []
    for part in text.replace("\n", ",").split(","):
        match = _LEG.fullmatch(part)
        if match is None:
            return []
        quantity, letter, strike, expiry, price = match.groups()
        leg: dict[str, Any] = {"kind": _KINDS[letter.upper()], "quantity": int(quantity), "price": float(price)}
        found.append(leg | ({"strike": float(strike), "expiry": expiry} if strike else {}))
    return found


def by_field(issues: Sequence[str]) -> dict[str, str]:
    """Return problems as the checks tell them, `path: reason`, by the field of the form that they are about."""
    found: dict[str, str] = {}
    for issue in issues:
        path, _, reason = issue.partition(": ")
        name = path.split(".")[0]
        name = _OF_WIRE.get(name, name)
        found.setdefault(name if name in FIELDS else "form", reason or issue)
    return found
