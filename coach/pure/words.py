"""Wire values in a trader's words: setup types, directions, states, phases, greetings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

# `static/js/words.js` names setups by the same rule, and a test holds them together.
_CAPITALS: Final = {"orb": "ORB", "vwap": "VWAP", "spx": "SPX", "ndx": "NDX", "gex": "GEX", "iv": "IV"}
_NAMES: Final = {"break_retest": "Break and retest"}


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
    "target_out_of_reach": "its target is too far away for the time it has",
    "not_followed": "the symbol is not on your default watchlist",
    "muted": "you muted this kind of setup",
    "below_min_confidence": "its confidence is below your minimum",
    "other_period": "you chose another opening range",
    "budget": "today's number of automatically tracked setups is used up",
    "throttled": "another setup of this symbol was tracked within five minutes",
    "not_tracked": "it came before your present lists and settings, or you deleted it",
}
# The same in the few words of a filter.
HELD_BACK_SHORT: Final = {
    "late": "Found late",
    "stale": "Old prices",
    "no_plan": "Information only",
    "plan_rejected": "Poor plan",
    "target_out_of_reach": "Target out of reach",
    "not_followed": "Not on the default list",
    "muted": "Muted by you",
    "below_min_confidence": "Low confidence",
    "other_period": "Other opening range",
    "budget": "Day's number used up",
    "throttled": "Soon after another",
    "not_tracked": "Before your settings, or deleted",
}
OUTCOMES: Final = {
    "win": Word("Target first", "pos", CHECK),
    "loss": Word("Stop first", "neg", CROSS),
    "expired": Word("Neither in time", "mute", RING),
}
STILL_OPEN: Final = Word("Still open", "info", DOT)
NO_PLAN: Final = Word("No plan", "mute", RING)
UNKNOWN: Final = Word("Unknown", "mute", RING)
# What has to happen, or has just happened, for the entry of a plan.
TRIGGERS: Final = {
    "close_above_range": "on a close above the opening range",
    "close_below_range": "on a close below the opening range",
    "retest_hold": "on the close that held the retested level",
    "vwap_reclaim": "on a close back above VWAP",
    "vwap_loss": "on a close back below VWAP",
    "vwap_hold": "on the bounce up from VWAP",
    "vwap_reject": "on the turn down at VWAP",
    "revert_to_vwap": "on the stretch away from VWAP, for the way back",
    "gap_half_filled": "with half the gap filled",
    "climax_follow": "with the climax bar",
    "climax_fade": "against the exhausted climax bar",
    "level_break_up": "under a resistance that wears thin",
    "level_break_down": "above a support that wears thin",
    "gamma_breakout": "on a breakout into rising call gamma",
    "gamma_breakdown": "on a breakdown into rising put gamma",
    "drive_continues_up": "with the drive up out of the open",
    "drive_continues_down": "with the drive down out of the open",
}
REJECTED: Final = {
    "price_not_positive": "one of its prices would be zero or less",
    "stop_not_beyond_entry": "its stop would not lie beyond the entry",
    "target_not_beyond_entry": "its target would not lie beyond the entry",
    "reward_below_risk": "it risks more than it can earn",
    "target_out_of_reach": "its target is too far away for the time it has",
}
# Why nobody knows which move options expected of a past report; `options_engine.api.earnings_shapes` lists them.
UNEXPECTED: Final = {
    "not_looked_up": "past option prices are looked up in the evening",
    "not_kept": "no option prices were kept before this report",
    "no_contracts": "no options on this share were listed then",
    "no_bars": "its options did not trade in the session before",
    "stale_bars": "the last trades of its call and put do not fit together",
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
    "VWAP": "volume-weighted average price",
    "round": "round number",
    **{f"R{step}": f"resistance {step}" for step in (1, 2, 3)},
    **{f"S{step}": f"support {step}" for step in (1, 2, 3)},
}


def setup_name(setup_type: str) -> str:
    """Return `ORB breakout` for `orb_breakout`; an unknown type is printed with its own words."""
    words = setup_type.replace("_", " ").replace("-", " ").lower().split()
    if not words:
        return "Setup"
    named = " ".join(_CAPITALS.get(word, word) for word in words)
    return _NAMES.get(setup_type, named[:1].upper() + named[1:])


def setup_inside(setup_type: str) -> str:
    """Return a setup's name to stand inside a sentence: `gap fill`, but `VWAP cross`."""
    name = setup_name(setup_type)
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def setup_of(symbol: str, setup_type: str) -> str:
    """Return `TSLA VWAP cross`; a symbol that the setup's name has in it is said once: `SPX opening drive`."""
    return f"{symbol} {setup_inside(setup_type).removeprefix(f'{symbol} ')}"


def setup_list(setup_types: Iterable[str]) -> str:
    """Return `VWAP cross, gap fill and level test`, to stand inside a sentence; empty for none."""
    names = [setup_inside(setup_type) for setup_type in setup_types]
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def company(with_it: Iterable[str], against: Iterable[str]) -> str:
    """Return which setups came with a detection and which against it, in one phrase; empty for none."""
    parts = (("together with", setup_list(with_it)), ("against", setup_list(against)))
    said = ", ".join(f"{word} {names}" for word, names in parts if names)
    return said[:1].upper() + said[1:]


def direction(wire: str) -> Word:
    """Return the word for a direction of a detection or of a tracked setup."""
    return DIRECTIONS.get(wire.lower(), UNKNOWN)


def status(wire: str) -> Word:
    """Return the word for a tracked setup's status."""
    return STATUSES.get(wire.lower(), UNKNOWN)


def level(name: str) -> str:
    """Return what a level's letters stand for; empty for letters of another kind."""
    return LEVELS.get(name, "")


def market(wire: str) -> Word:
    """Return the word of the market pill."""
    return MARKET.get(wire, UNKNOWN)


def held_back(reason: str) -> str:
    """Return why a detection was not tracked; an unknown reason with its own words."""
    return HELD_BACK.get(reason, reason.replace("_", " "))


def held_back_short(reason: str) -> str:
    """Return the same in the few words of a filter."""
    return HELD_BACK_SHORT.get(reason, reason.replace("_", " ").capitalize())


def trigger(code: str) -> str:
    """Return what a plan's entry waits for; an unknown code with its own words."""
    return TRIGGERS.get(code, code.replace("_", " "))


def rejected(reason: str) -> str:
    """Return why a plan is not worth following; an unknown reason with its own words."""
    return REJECTED.get(reason, reason.replace("_", " "))


def greeting(hour_et: int, name: str) -> str:
    """Return `Good morning, Ana` by the hour in New York: before 12 morning, before 17 afternoon, else evening."""
    part = "morning" if hour_et < 12 else "afternoon" if hour_et < 17 else "evening"  # noqa: PLR2004 -- see above
    return f"Good {part}, {name}" if name else f"Good {part}"


def sign(value: float | None) -> Word:
    """Return the word for a change: up, down or unchanged; unknown is muted."""
    if value is None:
        return UNKNOWN
    if value == 0:
        return Word("unchanged", "mute", RING)
    return Word("up", "pos", UP) if value > 0 else Word("down", "neg", DOWN)
