"""Strict readers of environment variables: a bad value stops the process with a sentence."""

from __future__ import annotations

import os
import re
from datetime import date

from django.core.exceptions import ImproperlyConfigured


def env_text(name: str, default: str = "") -> str:
    """Return the variable, trimmed; an empty one counts as absent."""
    return os.environ.get(name, "").strip() or default


def env_flag(name: str, *, default: bool = False) -> bool:
    """Return the variable as a boolean; only true and false, in any case, are accepted."""
    text = env_text(name).lower()
    if text in ("", "true", "false"):
        return text == "true" if text else default
    raise ImproperlyConfigured(f"{name}={os.environ[name]!r}: expected true or false")


def env_number(name: str, *, default: float, least: float = 0.0) -> float:
    """Return the variable as a number not below `least`."""
    text = env_text(name)
    try:
        value = float(text) if text else default
    except ValueError:
        raise ImproperlyConfigured(f"{name}={text!r}: expected a number") from None
    if not value >= least:
        raise ImproperlyConfigured(f"{name}={text!r}: expected a number not below {least:g}")
    return value


def env_int(name: str, *, default: int, least: int = 0) -> int:
    """Return the variable as a whole number not below `least`."""
    value = env_number(name, default=default, least=least)
    if value != int(value):
        raise ImproperlyConfigured(f"{name}={value!r}: expected a whole number")
    return int(value)


def env_url(name: str, default: str, *, schemes: tuple[str, ...]) -> str:
    """Return the variable as an address with one of these schemes; an error does not repeat it: passwords."""
    text = env_text(name, default)
    if text.partition("://")[0] not in schemes or "://" not in text:
        raise ImproperlyConfigured(f"{name}: expected an address that starts with {'://, '.join(schemes)}://")
    return text


def env_date(name: str) -> date | None:
    """Return the variable as a date, None when it is absent."""
    text = env_text(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ImproperlyConfigured(f"{name}={text!r}: expected a date such as 2026-02-09") from None


def env_name(name: str, default: str, *, taken: tuple[str, ...] = ()) -> str:
    """Return the variable, which names a folder of ours: plain letters, and none of those `taken`."""
    text = env_text(name, default)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", text) or text in taken:
        raise ImproperlyConfigured(f"{name}={text!r}: expected letters, digits, - and _" + _but(taken))
    return text


def env_host(name: str, default: str) -> str:
    """Return the variable, which names a machine: what stands in a host name, and underscores."""
    text = env_text(name, default)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", text):
        raise ImproperlyConfigured(f"{name}={text!r}: expected letters, digits, ., - and _")
    return text


def _but(taken: tuple[str, ...]) -> str:
    return f", and not {' or '.join(taken)}" if taken else ""


def env_list(name: str) -> list[str]:
    """Return the variable's comma-separated parts, trimmed, without empty ones."""
    return [part.strip() for part in env_text(name).split(",") if part.strip()]


def env_numbers(name: str) -> dict[str, float]:
    """Return the variable's comma-separated pairs, `loss_pct=-40,profit_pct=60`, as numbers by name."""
    pairs = [part.partition("=") for part in env_list(name)]
    try:
        found = {key.strip(): float(value) for key, _, value in pairs}
    except ValueError:
        raise ImproperlyConfigured(f"{name}={env_text(name)!r}: expected names with numbers, such as a=1,b=2") from None
    if len(found) < len(pairs):
        raise ImproperlyConfigured(f"{name}={env_text(name)!r}: a name stands there twice")
    return found


def env_choice(name: str, choices: tuple[str, ...], default: str) -> str:
    """Return the variable, which must be one of `choices`."""
    value = env_text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name}={value!r}: expected one of {', '.join(choices)}")
    return value
