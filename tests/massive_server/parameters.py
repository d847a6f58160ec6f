"""What a route may be asked: names, grammar, dot suffixes, usual and greatest limits. Anything else is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import eq, ge, gt, le, lt
from typing import Any

from tests.massive_server.message import Answer, Refusal

Reader = Callable[[str], Any]
COMPARED = {"gte": ge, "gt": gt, "lte": le, "lt": lt}


def text(value: str) -> str:
    """Read a word."""
    if not value:
        raise ValueError("is empty")
    return value


def number(value: str) -> float:
    """Read a number."""
    return float(value)


def whole(value: str) -> int:
    """Read a whole number."""
    return int(value)


def flag(value: str) -> bool:
    """Read `true` or `false`."""
    if value not in ("true", "false"):
        raise ValueError("must be true or false")
    return value == "true"


def day(value: str) -> str:
    """Read a date, and keep it as it is written: dates in ISO form are in order as words."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("must be a date as YYYY-MM-DD")
    return date.fromisoformat(value).isoformat()


def one_of(*words: str) -> Reader:
    """Return what reads one of these words."""

    def read(value: str) -> str:
        if value not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return value

    return read


def words(value: str) -> tuple[str, ...]:
    """Read a list with commas."""
    if not all(found := tuple(value.split(","))):
        raise ValueError("has an empty item")
    return found


@dataclass(frozen=True)
class Grammar:
    """What a route may be asked.

    Attributes
    ----------
    plain : mapping of name to reader
        Parameters that only come as they are.
    ranged : mapping of name to reader
        Fields of a row that may also carry `.gte`, `.gt`, `.lte` and `.lt`.
    equal : mapping of name to reader
        Fields of a row that it has to equal.
    any_of : collection of names
        Fields that may carry `.any_of`.
    limit : (default, greatest) or None
    sorts : sequence of names
        Fields to sort by; the first is the usual one.
    one_word_sort : bool
        The newer families write `sort=date.asc` and know no `order`.
    order : str
        The usual direction.
    """

    plain: Mapping[str, Reader] = field(default_factory=dict)
    ranged: Mapping[str, Reader] = field(default_factory=dict)
    equal: Mapping[str, Reader] = field(default_factory=dict)
    any_of: Sequence[str] = ()
    limit: tuple[int, int] | None = None
    sorts: Sequence[str] = ()
    one_word_sort: bool = False
    order: str = "asc"

    def readers(self) -> dict[str, Reader]:
        """Return every name that may be asked, and how it is read."""
        found = {**self.plain, **self.equal, **self.ranged}
        found |= {f"{name}.{word}": read for name, read in self.ranged.items() for word in COMPARED}
        found |= {f"{name}.any_of": words for name in self.any_of}
        if self.limit:
            found["limit"] = whole
        if self.one_word_sort:
            found["sort"] = one_of(*(f"{name}.{way}" for name in self.sorts for way in ("asc", "desc")))
        elif self.sorts:
            found |= {"sort": one_of(*self.sorts), "order": one_of("asc", "desc")}
        return found

    def read(self, asked: tuple[tuple[str, str], ...], *, offset: int = 0) -> Query:
        """Return the question as values.

        Raises
        ------
        Refusal
            For an unknown or doubled name, a value that cannot be read, or a limit that is too great.
        """
        readers, values = self.readers(), {}
        for name, value in asked:
            if name not in readers or name in values:
                raise _malformed(name, "is not a parameter of this path" if name not in readers else "was given twice")
            try:
                values[name] = readers[name](value)
            except ValueError as error:
                raise _malformed(name, str(error)) from error
        return Query(self, asked, values, offset, self._limit(values))

    def _limit(self, values: Mapping[str, Any]) -> int:
        if self.limit is None:
            return 0
        usual, greatest = self.limit
        wanted: int = values.get("limit", usual)
        if not 1 <= wanted <= greatest:
            raise _malformed("limit", f"must be from 1 to {greatest}")
        return wanted


@dataclass(frozen=True)
class Query:
    """A question that has been read; `asked` is how it came."""

    grammar: Grammar
    asked: tuple[tuple[str, str], ...]
    values: Mapping[str, Any]
    offset: int
    limit: int

    def get(self, name: str, otherwise: Any = None) -> Any:
        """Return a value, or what stands for it."""
        return self.values.get(name, otherwise)

    def keep(self, rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Return the rows that every filter lets through, in the order asked for."""
        tests = list(self._tests())
        found = [
            row for row in rows if all(name in row and passes(row[name], wanted) for name, passes, wanted in tests)
        ]
        field_name, way = self.sorting()
        if field_name:
            found.sort(key=lambda row: row[field_name], reverse=way == "desc")
        return found

    def sorting(self) -> tuple[str | None, str]:
        """Return the field to sort by and the direction."""
        if not self.grammar.sorts:
            return None, self.get("order", self.grammar.order)
        if self.grammar.one_word_sort:
            name, _, way = self.get("sort", f"{self.grammar.sorts[0]}.{self.grammar.order}").rpartition(".")
            return name, way
        return self.get("sort", self.grammar.sorts[0]), self.get("order", self.grammar.order)

    def _tests(self) -> Iterable[tuple[str, Callable[[Any, Any], bool], Any]]:
        for name in (*self.grammar.equal, *self.grammar.ranged):
            if name in self.values:
                yield name, eq, self.values[name]
        for name in self.grammar.ranged:
            for word, compare in COMPARED.items():
                if f"{name}.{word}" in self.values:
                    yield name, compare, self.values[f"{name}.{word}"]
        for name in self.grammar.any_of:
            if f"{name}.any_of" in self.values:
                yield name, lambda value, wanted: value in wanted, self.values[f"{name}.any_of"]


def _malformed(name: str, why: str) -> Refusal:
    return Refusal(Answer(400, {"status": "ERROR", "error": f"'{name}' {why}"}))
