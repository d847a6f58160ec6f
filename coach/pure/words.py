"""Wire values in a trader's words: setup types, directions, states, phases, greetings."""

from __future__ import annotations

from typing import Final, NamedTuple

_CAPITALS: Final = {"orb": "ORB", "vwap": "VWAP", "spx": "SPX", "ndx": "NDX", "gex": "GEX", "iv": "IV"}


class Word(NamedTuple):
    """A state as it is shown: never colour alone, so each has a word and a shape.

    Attributes
    ----------
    text : str
        What a person reads.
    token : str
        Colour token: pos, neg, warn, info or mute.
    shape : str
        A glyph that says the same as the colour. Triangles are for prices and directions alone.
    """

    text: str
    token: str
    shape: str


UP: Final = "▲"
DOWN: Final = "▼"
DOT: Final = "●"
WARN: Final = "◆"
RING: Final = "○"
CHECK: Final = "✓"
CROSS: Final = "✕"

DIRECTIONS: Final = {
    "bullish": Word("Bullish", "pos", UP),
    "long": Word("Bullish", "pos", UP),
    "bearish": Word("Bearish", "neg", DOWN),
    "short": Word("Bearish", "neg", DOWN),
    "neutral": Word("Neutral", "warn", WARN),
}
# `triggered` is the wire's word for: the last target was reached.
STATUSES: Final = {
    "active": Word("Active", "pos", DOT),
    "triggered": Word("Target hit", "info", CHECK),
    "invalidated": Word("Stopped", "neg", CROSS),
    "archived": Word("Archived", "mute", RING),
}
MARKET: Final = {
    "open": Word("Open", "pos", DOT),
    "pre-market": Word("Pre-Market", "warn", WARN),
    "after-hours": Word("After Hours", "info", DOT),
    "closed": Word("Closed", "mute", RING),
}
PHASE_LINES: Final = {
    "open": "Live Session",
    "pre-market": "Pre-Market Prep",
    "after-hours": "After-Hours Review",
    "closed": "Market Closed",
}
HELD_BACK: Final = {
    "late": "found more than five minutes after its bar had closed",
    "stale": "the newest bar was too old to act on",
    "no_plan": "for information only, without a trade plan",
    "plan_rejected": "its plan does not pay at least what it risks",
    "not_followed": "the symbol is not on your default watchlist",
    "muted": "you muted this kind of setup",
    "below_min_confidence": "its confidence is below your minimum",
    "other_period": "you chose another opening range",
    "budget": "today's number of automatically tracked setups is used up",
    "throttled": "another setup of this symbol was tracked within five minutes",
    "not_tracked": "it came before your present lists and settings, or you deleted it",
}
OUTCOMES: Final = {
    "win": Word("Target first", "pos", CHECK),
    "loss": Word("Stop first", "neg", CROSS),
    "expired": Word("Neither by the close", "mute", RING),
}
LEVELS: Final = {
    "PDH": "prior day high",
    "PDL": "prior day low",
    "PDC": "prior day close",
    "PWH": "prior week high",
    "PWL": "prior week low",
    "PMH": "pre-market high",
    "PML": "pre-market low",
    "PP": "pivot",
    **{f"R{step}": f"resistance {step}" for step in (1, 2, 3)},
    **{f"S{step}": f"support {step}" for step in (1, 2, 3)},
}
_UNKNOWN: Final = Word("Unknown", "mute", RING)


def setup_name(setup_type: str) -> str:
    """Return `ORB breakout` for `orb_breakout`; an unknown type is printed with its own words."""
    words = setup_type.replace("_", " ").replace("-", " ").lower().split()
    if not words:
        return "Setup"
    named = [_CAPITALS.get(word, word) for word in words]
    return " ".join([named[0][:1].upper() + named[0][1:], *named[1:]])


def direction(wire: str) -> Word:
    """Return the word for a direction of a detection or of a tracked setup."""
    return DIRECTIONS.get(wire.lower(), _UNKNOWN)


def status(wire: str) -> Word:
    """Return the word for a tracked setup's status."""
    return STATUSES.get(wire.lower(), _UNKNOWN)


def level(name: str) -> str:
    """Return what a level's letters stand for; empty for letters of another kind."""
    return LEVELS.get(name, "")


def market(wire: str) -> Word:
    """Return the word of the market pill."""
    return MARKET.get(wire, _UNKNOWN)


def held_back(reason: str) -> str:
    """Return why a detection was not tracked; an unknown reason with its own words."""
    return HELD_BACK.get(reason, reason.replace("_", " "))


def greeting(hour_et: int, name: str) -> str:
    """Return `Good morning, Ana` by the hour in New York: before 12 morning, before 17 afternoon, else evening."""
    part = "morning" if hour_et < 12 else "afternoon" if hour_et < 17 else "evening"  # noqa: PLR2004 -- see above
    return f"Good {part}, {name}" if name else f"Good {part}"


def sign(value: float | None) -> Word:
    """Return the word for a change: up, down or unchanged; unknown is muted."""
    if value is None:
        return _UNKNOWN
    if value == 0:
        return Word("unchanged", "mute", RING)
    return Word("up", "pos", UP) if value > 0 else Word("down", "neg", DOWN)
