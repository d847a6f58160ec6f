"""Which of the names that a client lists it may have, and why not the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from market import symbols
from market.errors import InvalidSymbol
from realtime.errors import LONGEST_ECHO, MalformedSymbol, Refusal, TooManySubscriptions


@dataclass(frozen=True)
class Sorted:
    """A list of a client, name by name.

    Attributes
    ----------
    granted, new
        Names it may have, in its order and each once; and those of them that it did not hold before.
    refused
        The entries it may not have, as the client wrote them, each with the reason.
    """

    granted: list[str]
    new: list[str]
    refused: list[tuple[str, Refusal]]

    def as_rejected(self) -> list[dict[str, str | None]]:
        """Return the refusals as an `ack` lists them."""
        return [{"channel": text[:LONGEST_ECHO], "code": refusal.code} for text, refusal in self.refused]


def sort(texts: Iterable[str], read: Callable[[str], str], held: Collection[str], *, room: int, limit: int) -> Sorted:
    """Return what becomes of each entry of a list.

    Parameters
    ----------
    texts
        The entries as they came.
    read
        Gives an entry's canonical name, or raises a `Refusal`: the others are not affected.
    held
        Names that the connection has already; they are granted again and take no room.
    room, limit
        How many more it may hold, and how many in all. The first entry beyond is refused, the rest is skipped.
    """
    granted: list[str] = []
    new: list[str] = []
    refused: list[tuple[str, Refusal]] = []
    for text in texts:
        try:
            name = read(text)
        except Refusal as refusal:
            refused.append((text, refusal))
            continue
        if name in granted:
            continue
        if name not in held:
            if len(new) >= room:
                refused.append((text, TooManySubscriptions(limit=limit)))
                break
            new.append(name)
        granted.append(name)
    return Sorted(granted, new, refused)


def symbol(text: str) -> str:
    """Return the canonical ticker that a client means.

    Raises
    ------
    MalformedSymbol
        If the text cannot be one.
    """
    try:
        return symbols.normalise(text)
    except InvalidSymbol:
        raise MalformedSymbol(name=text.strip().upper()) from None
