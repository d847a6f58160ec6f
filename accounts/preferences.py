"""Changing a user's preferences: merge, replace, reset."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Preferences, User
from accounts.models.preferences import merged_indicators
from config.http.errors import InvalidInput


def merge(user: User, values: Mapping[str, object]) -> Preferences:
    """Set these columns and keep the others; of `chart_indicators` and `ui` only the entries that are named change.

    Two devices that change different settings at once both succeed: the row is locked between reading and writing.

    Raises
    ------
    InvalidInput
        If what is stored and what is new do not go together.
    """
    with transaction.atomic():
        row = _locked(user).mended()
        return _save(row, values)


def replace(user: User, values: Mapping[str, object]) -> Preferences:
    """Set these columns and put all others back to their defaults.

    Raises
    ------
    InvalidInput
        If the values do not go together.
    """
    with transaction.atomic():
        _locked(user)
        return _save(Preferences(user=user), values)


def reset(user: User) -> Preferences:
    """Forget every choice; return the defaults."""
    Preferences.objects.filter(user=user).delete()
    return Preferences.of(user)


def _locked(user: User) -> Preferences:
    return Preferences.objects.select_for_update().get_or_create(user=user)[0]


def _save(row: Preferences, values: Mapping[str, object]) -> Preferences:
    for name, value in values.items():
        setattr(row, name, _merged(name, getattr(row, name), value))
    try:
        row.clean_fields(exclude=["user"])
        row.clean()
    except ValidationError as error:
        lines = (f"{name}: {text}" for name, texts in error.message_dict.items() for text in texts)
        raise InvalidInput(issues=list(lines)) from None
    row.save(force_update=True)
    return row


def _merged(name: str, stored: object, value: object) -> object:
    match name, stored, value:
        case "chart_indicators", dict(), dict():
            return merged_indicators({**stored, **value})
        case "ui", dict(), dict():
            return {key: entry for key, entry in {**stored, **value}.items() if entry is not None}
    return value
