"""Says where one API description breaks another: what is asked may only get wider, what is answered only fuller.

Each finding is a line `where: what`. What is only added (members, optional parameters) is no finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
Findings = Iterator[str]
# Bounds that a request may not be held to more tightly, and from where they count when they are not there.
LEAST = {"minLength": 0, "minItems": 0, "minProperties": 0, "minimum": None, "exclusiveMinimum": None}
MOST = ("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum")


@dataclass(frozen=True)
class Comparison:
    """Two documents: `ours` is held against `theirs`."""

    ours: Schema
    theirs: Schema

    def operation(self, path: str, method: str) -> list[str]:
        """Return every way in which our operation breaks theirs."""
        ours, theirs = self.ours["paths"][path][method], self.theirs["paths"][path][method]
        return [
            *self._parameters(ours, theirs),
            *self._body(ours.get("requestBody"), theirs.get("requestBody")),
            *self._statuses(ours["responses"], theirs["responses"]),
            *_who(ours.get("security", []), theirs.get("security", self.theirs.get("security", []))),
            *_same(ours, theirs, ("operationId", "x-rate-limit-groups", "x-counts-as-query"), "operation"),
        ]

    def narrower(self, ours: Schema, theirs: Schema, where: str = "$") -> Findings:
        """Yield what they accept of a request and we do not."""
        for wanted in forms(theirs, self.theirs):
            yield from _nearest(self._refused, forms(ours, self.ours), lambda taken, w=wanted: (taken, w, where))

    def poorer(self, ours: Schema, theirs: Schema, where: str = "$") -> Findings:
        """Yield what we may answer and they do not allow, and what they promise and we do not."""
        for sent in forms(ours, self.ours):
            yield from _nearest(self._broken, forms(theirs, self.theirs), lambda allowed, s=sent: (s, allowed, where))

    def _refused(self, ours: Schema, theirs: Schema, where: str) -> Findings:
        mine, asked = ours.get("type"), theirs.get("type")
        # A whole number is a number; a schema without a type takes everything.
        if mine not in (None, asked) and (mine, asked) != ("number", "integer"):
            yield f"{where}: takes {mine}, not {asked or 'everything'}"
            return
        if (values := _values(ours)) is not None and not set(_values(theirs) or [object()]) <= set(values):
            yield f"{where}: takes only {values}"
        for word in ("pattern", "format"):
            if ours.get("type") == "string" and ours.get(word, theirs.get(word)) != theirs.get(word):
                yield f"{where}: has to have the {word} {ours[word]}"
        yield from _bounds(ours, theirs, where)
        if "default" in theirs and theirs["default"] != ours.get("default"):
            yield f"{where}: stands for {ours.get('default')!r} when left out, not for {theirs['default']!r}"
        yield from self._members_refused(ours, theirs, where)
        if "items" in ours:
            yield from self.narrower(ours["items"], theirs.get("items", {}), f"{where}[]")

    def _members_refused(self, ours: Schema, theirs: Schema, where: str) -> Findings:
        for name in sorted(set(ours.get("required", [])) - set(theirs.get("required", []))):
            yield f"{where}.{name}: may not be left out"
        for name, member in theirs.get("properties", {}).items():
            if name in ours.get("properties", {}):
                yield from self.narrower(ours["properties"][name], member, f"{where}.{name}")
            elif "additionalProperties" not in ours and ours:
                yield f"{where}.{name}: is not known"

    def _broken(self, ours: Schema, theirs: Schema, where: str) -> Findings:
        if "type" in theirs and ours.get("type") != theirs["type"]:
            yield f"{where}: is {ours.get('type', 'anything')}, not {theirs['type']}"
            return
        if (values := _values(theirs)) is not None and set(_values(ours) or [object()]) != set(values):
            yield f"{where}: is one of {_values(ours) or 'all'}, not of {values}"
        yield from _same(ours, {word: theirs[word] for word in ("format", "pattern") if word in theirs}, None, where)
        yield from self._members_broken(ours, theirs, where)
        if "items" in theirs:
            yield from self.poorer(ours.get("items", {}), theirs["items"], f"{where}[]")

    def _members_broken(self, ours: Schema, theirs: Schema, where: str) -> Findings:
        for name in theirs.get("required", []):
            if name not in ours.get("required", []):
                yield f"{where}.{name}: is not always there"
        for name, member in theirs.get("properties", {}).items():
            if name in ours.get("properties", {}):
                yield from self.poorer(ours["properties"][name], member, f"{where}.{name}")
            else:
                yield f"{where}.{name}: is not described"
        others = theirs.get("additionalProperties", True)
        for name in sorted(set(ours.get("properties", {})) - set(theirs.get("properties", {}))):
            if others is False:
                yield f"{where}.{name}: is one too many"
            elif isinstance(others, dict):
                yield from self.poorer(ours["properties"][name], others, f"{where}.{name}")

    def _parameters(self, ours: Schema, theirs: Schema) -> Findings:
        known = {(one["name"], one["in"]): one for one in ours.get("parameters", [])}
        wanted = {(one["name"], one["in"]): one for one in theirs.get("parameters", [])}
        for (name, place), parameter in wanted.items():
            if (name, place) not in known:
                yield f"{place} {name}: is not known"
                continue
            yield from self.narrower(known[name, place]["schema"], parameter["schema"], f"{place} {name}")
        for (name, place), parameter in known.items():
            if parameter.get("required") and not wanted.get((name, place), {}).get("required"):
                yield f"{place} {name}: may not be left out"

    def _body(self, ours: Schema | None, theirs: Schema | None) -> Findings:
        if theirs is None:
            if ours and ours.get("required"):
                yield "body: may not be left out"
            return
        if ours is None:
            yield "body: is not known"
            return
        if ours.get("required") and not theirs.get("required"):
            yield "body: may not be left out"
        for kind, content in theirs["content"].items():
            if kind not in ours["content"]:
                yield f"body: may not be {kind}"
            else:
                yield from self.narrower(ours["content"][kind]["schema"], content["schema"], "body")

    def _statuses(self, ours: Schema, theirs: Schema) -> Findings:
        for status in sorted(set(ours) ^ set(theirs)):
            yield f"{status}: only {'they answer' if status in theirs else 'we answer'} so"
        for status in sorted(set(ours) & set(theirs)):
            mine, wanted = resolved(ours[status], self.ours), resolved(theirs[status], self.theirs)
            yield from _same(mine.get("content", {}).keys(), wanted.get("content", {}).keys(), None, status)
            for kind in mine.get("content", {}).keys() & wanted.get("content", {}).keys():
                yield from self.poorer(mine["content"][kind]["schema"], wanted["content"][kind]["schema"], status)


def resolved(schema: Schema, document: Schema) -> Schema:
    """Return a schema without the reference and the parts it is put together from."""
    if "$ref" in schema:
        target: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/")]
        return resolved({**target, **{name: part for name, part in schema.items() if name != "$ref"}}, document)
    if "allOf" in schema:
        whole = {name: part for name, part in schema.items() if name != "allOf"}
        for part in schema["allOf"]:
            whole = {**resolved(part, document), **whole}
        return whole
    return schema


def forms(schema: Schema, document: Schema) -> list[Schema]:
    """Return each form a value may take, as a schema with one type."""
    whole = resolved(schema, document)
    for word in ("anyOf", "oneOf"):
        if word in whole:
            return [form for part in whole[word] for form in forms(part, document)]
    kind = whole.get("type")
    return [{**whole, "type": one} for one in kind] if isinstance(kind, list) else [whole]


def _nearest(compare: Callable[..., Findings], others: list[Schema], pair: Callable[[Schema], tuple[Any, ...]]) -> Any:
    return min((list(compare(*pair(other))) for other in others), key=len)


def _values(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _bounds(ours: Schema, theirs: Schema, where: str) -> Findings:
    if _values(theirs) is not None:
        return  # whether each of the values is taken has been said
    for word, without in LEAST.items():
        theirs_least = theirs.get(word, without)
        if word in ours and (theirs_least is None or ours[word] > theirs_least):
            yield f"{where}: {word} is {ours[word]}, not {theirs_least}"
    for word in MOST:
        if word in ours and (word not in theirs or ours[word] < theirs[word]):
            yield f"{where}: {word} is {ours[word]}, not {theirs.get(word)}"


def _who(ours: list[Schema], theirs: list[Schema]) -> Findings:
    open_here, open_there = (not ways or {} in ways for ways in (ours, theirs))
    if open_here != open_there:
        yield f"security: {'anybody' if open_here else 'not everybody'} may ask"
    if not open_there and {"bearerAuth": []} not in ours:
        yield "security: a bearer token does not do"


def _same(ours: Any, theirs: Any, words: tuple[str, ...] | None, where: str) -> Findings:
    if not isinstance(ours, dict):
        if set(ours) != set(theirs):
            yield f"{where}: is sent as {sorted(ours)}, not as {sorted(theirs)}"
        return
    for word in words or theirs:
        if ours.get(word) != theirs.get(word):
            yield f"{where}: {word} is {ours.get(word)!r}, not {theirs.get(word)!r}"
