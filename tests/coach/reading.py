"""Reads a page the way a person or a screen reader does: by test hooks and by text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Node:
    """An element with its attributes and what it contains."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag, self.attributes = tag, attributes
        self.children: list[Node | str] = []

    def text(self) -> str:
        """Return all text inside that is not hidden, with runs of blanks as one."""
        shown = (child for child in self.children if isinstance(child, str) or "hidden" not in child.attributes)
        parts = (child if isinstance(child, str) else child.text() for child in shown)
        return re.sub(r"\s+", " ", " ".join(parts)).strip()

    def everything(self) -> list[Node]:
        """Return all elements inside, in the order of the page."""
        found = []
        for child in self.children:
            if isinstance(child, Node):
                found += [child, *child.everything()]
        return found

    def all(self, hook: str) -> list[Node]:
        """Return the elements with this `data-testid`."""
        return [node for node in self.everything() if node.attributes.get("data-testid") == hook]

    def one(self, hook: str) -> Node:
        """Return the only element with this `data-testid`."""
        found = self.all(hook)
        assert len(found) == 1, f"{len(found)} elements are called {hook}"
        return found[0]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(html: str | bytes) -> Node:
    """Return the tree of a page or a partial; tags that do not match fail."""
    reader = _Reader()
    reader.feed(html.decode() if isinstance(html, bytes) else html)
    reader.close()
    assert reader.open == [reader.root], f"<{reader.open[-1].tag}> is never closed"
    return reader.root
