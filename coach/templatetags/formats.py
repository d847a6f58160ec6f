"""Template filters: every number in the format of its kind, every missing one as a dash that says why."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from coach.pure import formats, words

register = template.Library()

NEW_YORK = "America/New_York"
_DASH = (
    '<span class="missing" title="Not available: {reason}"><span aria-hidden="true">—</span>'
    '<span class="sr-only">not available: {reason}</span></span>'
)


def dash(reason: str) -> SafeString:
    """Return an em dash that says why there is no number."""
    return format_html(_DASH, reason=reason or "no value yet")


def _shown(text: str | None, reason: str) -> str:
    return dash(reason) if text is None else text


@register.filter
def money(value: object, reason: str = "") -> str:
    """Print a price or an amount: `$5,012.37`."""
    return _shown(formats.money(value), reason)


@register.filter
def pnl(value: object, reason: str = "") -> str:
    """Print a profit or loss: `+$1,234.50`."""
    return _shown(formats.pnl(value), reason)


@register.filter
def strike(value: object, reason: str = "") -> str:
    """Print a strike: `$6,050`."""
    return _shown(formats.strike(value), reason)


@register.filter
def points(value: object, reason: str = "") -> str:
    """Print points: `12.40 pts`."""
    return _shown(formats.points(value), reason)


@register.filter
def change(value: object, reason: str = "") -> str:
    """Print a signed difference: `+8.41`."""
    return _shown(formats.change(value), reason)


@register.filter
def change_whole(value: object, reason: str = "") -> str:
    """Print a signed whole number, such as contracts held: `+2`, `-1`."""
    found = formats.number(value)
    return _shown(None if found is None else f"{formats.rounded(found, 0):+,}", reason)


@register.filter
def percent(value: object, reason: str = "") -> str:
    """Print a percentage with two decimals: `0.14%`."""
    return _shown(formats.percent(value), reason)


@register.filter
def percent_whole(value: object, reason: str = "") -> str:
    """Print a percentage without decimals, for what is 0 to 100 already: `81%`."""
    return _shown(formats.percent(value, 0), reason)


@register.filter
def change_percent(value: object, reason: str = "") -> str:
    """Print a signed percentage with two decimals: `+0.14%`."""
    return _shown(formats.change_percent(value), reason)


@register.filter
def ratio(value: object, reason: str = "") -> str:
    """Print a ratio with two decimals: `1.85`."""
    found = formats.number(value)
    return _shown(None if found is None else f"{formats.rounded(found, 2)}", reason)


@register.filter
def whole(value: object, reason: str = "") -> str:
    """Print a whole number, such as a score."""
    found = formats.number(value)
    return _shown(None if found is None else f"{formats.rounded(found, 0):,}", reason)


@register.filter
def compact(value: object, reason: str = "") -> str:
    """Print a large number as `1.2M`, its full value in the tooltip."""
    text = formats.compact(value)
    if text is None:
        return dash(reason)
    return format_html('<span title="{}">{}</span>', f"{formats.rounded(formats.number(value) or 0.0, 0):,}", text)


@register.filter
def confidence(value: object, reason: str = "") -> str:
    """Print a confidence, whichever scale it came in: `81%`."""
    return _shown(formats.confidence(value), reason)


@register.filter
def in_r(value: object, reason: str = "") -> str:
    """Print a result in units of the planned risk: `+1.16 R`."""
    text = formats.change(value)
    return _shown(None if text is None else f"{text} R", reason)


@register.filter
def or_dash(text: str | None, reason: str = "") -> str:
    """Print a text that is ready, or the dash that says why there is none."""
    return _shown(text, reason)


@register.filter
def setup_name(value: str) -> str:
    """Print a setup type: `ORB breakout`."""
    return words.setup_name(value)


@register.filter
def direction(value: str) -> words.Word:
    """Return the word, token and shape of a direction."""
    return words.direction(value)


@register.filter
def status(value: str) -> words.Word:
    """Return the word, token and shape of a tracked setup's status."""
    return words.status(value)


@register.filter
def level_name(value: str) -> str:
    """Print what a level's letters stand for: `prior day high`."""
    return words.level(value)


@register.filter
def sign(value: object) -> words.Word:
    """Return the word, token and shape of a change."""
    return words.sign(formats.number(value))


@register.filter
def sign_token(value: object) -> str:
    """Return the colour token of a change alone, for a number that has its sign before it."""
    return words.sign(formats.number(value)).token


@register.filter
def held_back(value: str) -> str:
    """Print why a detection was not tracked."""
    return words.held_back(value)


@register.filter
def instant(at: datetime | None, reason: str = "") -> str:
    """Print an instant in the trader's zone, with the zone's letters: `10:32 ET`."""
    return _time(at, "%H:%M", reason)


@register.filter
def instant_seconds(at: datetime | None, reason: str = "") -> str:
    """Print an instant to the second: `10:32:07 ET`."""
    return _time(at, "%H:%M:%S", reason)


@register.filter
def day_and_time(at: datetime | None, reason: str = "") -> str:
    """Print an instant with its date: `Feb 9, 10:32 ET`."""
    return _time(at, "%b %-d, %H:%M", reason)


@register.filter
def eastern(at: datetime | None, reason: str = "") -> str:
    """Print an instant in New York, as the axes of charts do: `10:32 ET`."""
    return _time(at, "%H:%M", reason, ZoneInfo(NEW_YORK))


@register.filter
def eastern_day(at: datetime | None, reason: str = "") -> str:
    """Print an instant in New York with its date: `Feb 9, 2026, 10:32 ET`."""
    return _time(at, "%b %-d, %Y, %H:%M", reason, ZoneInfo(NEW_YORK))


@register.filter
def as_of(at: datetime | None) -> str:
    """Print an instant for an attribute, as plain text: `as of 10:32 ET`; nothing when it is unknown."""
    return "" if at is None else f"as of {_in_zone(at, '%H:%M')}"


def _time(at: datetime | None, pattern: str, reason: str, zone: tzinfo | None = None) -> str:
    if at is None:
        return dash(reason)
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), _in_zone(at, pattern, zone))


def _in_zone(at: datetime, pattern: str, zone: tzinfo | None = None) -> str:
    local = at.astimezone(zone or timezone.get_current_timezone())
    return f"{local.strftime(pattern)} {zone_letters(local)}"


def zone_letters(local: datetime) -> str:
    """Return the zone's letters; New York is ET all year, as traders say it."""
    if isinstance(local.tzinfo, ZoneInfo) and local.tzinfo.key == NEW_YORK:
        return "ET"
    return local.strftime("%Z")


@register.filter
def words_of(text: str) -> str:
    """Print a code of ours as words: `no_bid` is `no bid`."""
    return text.replace("_", " ")
