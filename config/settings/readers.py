"""Strict readers of environment variables: a bad value stops the process with a sentence."""

from __future__ import annotations

import os

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


def env_list(name: str) -> list[str]:
    """Return the variable's comma-separated parts, trimmed, without empty ones."""
    return [part.strip() for part in env_text(name).split(",") if part.strip()]


def env_choice(name: str, choices: tuple[str, ...], default: str) -> str:
    """Return the variable, which must be one of `choices`."""
    value = env_text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name}={value!r}: expected one of {', '.join(choices)}")
    return value
