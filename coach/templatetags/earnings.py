"""Template filters of the earnings panel."""

from __future__ import annotations

from django import template

from coach.pure import formats
from coach.templatetags.formats import dash

register = template.Library()


@register.filter
def abs_money(value: object, reason: str = "") -> str:
    """Print an amount without its sign, which the words before it say."""
    found = formats.number(value)
    text = None if found is None else formats.money(abs(found))
    return dash(reason) if text is None else text
