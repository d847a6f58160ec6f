"""Template filters of option numbers: each column of a chain in the format of its kind."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from coach.pure import formats
from coach.templatetags.formats import dash
from market.vendors import vendor

register = template.Library()

# Where a contract's volatility comes from (`ivSource`).
_SOURCES = {
    "quote": "from its own quote",
    "twin": "from the other side of this strike",
    "last_trade": "from its last trade",
    "vendor": "the vendor's",
    "ask": "from the ask alone",
}
# Digits behind the point, and why a cell may be empty.
_DIGITS = {"last": 2, "bid": 2, "ask": 2, "mark": 2, "delta": 2, "gamma": 4, "theta": 2, "vega": 2, "rho": 2}
_DIGITS |= {"vanna": 4, "charm": 4, "vomma": 4, "speed": 6, "theoretical": 2}
_REASONS = {
    "last": "not traded today",
    "bid": "nobody bids",
    "ask": "nobody offers",
    "iv": "no price implies a volatility",
    "volume": "the vendor does not say",
    "oi": "the vendor does not say",
}


@register.filter
def option_figure(value: object, key: str) -> str | SafeString:
    """Print a cell of a chain: prices to the cent, Greeks to their digits, counts compact, 0 contracts as a dash."""
    found = formats.number(value)
    if found is None or (key in ("volume", "oi") and found == 0):
        return dash("none" if found == 0 else _REASONS.get(key, "no volatility to value it with"))
    if key == "iv":
        return f"{formats.rounded(100.0 * found, 1)}%"
    if key in ("volume", "oi"):
        return formats.compact(found) or ""
    return f"{formats.rounded(found, _DIGITS[key]):,}"


@register.filter
def leaps_figure(value: object, key: str) -> str | SafeString:
    """Print a Greek of a LEAPS: its delta to three digits, the others as in a chain."""
    found = formats.number(value)
    if key == "delta" and found is not None:
        return f"{formats.rounded(found, 3)}"
    return option_figure(value, key) if found is not None else dash("nobody has said it yet")


@register.filter
def exposure(value: object) -> str | SafeString:
    """Print dollars of delta that somebody must trade: `+$1.2M`, `-$340.0K`."""
    found = formats.number(value)
    if found is None:
        return dash("no open interest or no volatility to value it with")
    return f"{'-' if found < 0 else '+' if found > 0 else ''}${formats.compact(abs(found))}"


@register.filter
def heat_figure(value: object, mode: str) -> str | SafeString:
    """Print a cell of the heatmap's table in the format of its mode; 0 contracts are a 0 here."""
    found = formats.number(value)
    if mode in ("gex", "vanna", "charm"):
        return exposure(value)
    if found is None:
        return dash(_REASONS[mode])
    return f"{formats.rounded(100.0 * found, 1)}%" if mode == "iv" else formats.compact(found) or ""


@register.simple_tag
def away() -> str:
    """Print why a chain is older than it should be: the vendor does not answer, or nothing newer was recorded."""
    return "Nothing newer was recorded." if vendor().name == "replay" else "The vendor is away."


@register.filter
def iv_source(code: str | None) -> str:
    """Print where a volatility comes from; nothing where there is none."""
    return _SOURCES.get(code or "", "")


@register.filter
def iv_token(rank: float | None) -> str:
    """Return the colour token of an IV rank: cheap below 20, dear above 80."""
    if rank is None:
        return "mute"
    return "pos" if rank < 20 else "warn" if rank <= 80 else "neg"  # noqa: PLR2004 -- the bands of the specification
