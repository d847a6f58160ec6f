"""Template tags of the shell: links that swap the panel, and icons."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def panel_link(address: str) -> SafeString:
    """Print the attributes of a link that works without scripts and swaps the panel with them."""
    return format_html('href="{0}" hx-get="{0}" hx-target="#panel" hx-push-url="true"', address)


@register.simple_tag
def icon(name: str) -> SafeString:
    """Print one of the icons of `parts/icons.html`; words beside it say what it means."""
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="#i-{}"/></svg>', name)
