"""What is wrong with the settings of positions, said before anything runs on them."""

from __future__ import annotations

from django.core.checks import CheckMessage, Error

from positions import thresholds


def check(**_kwargs: object) -> list[CheckMessage]:
    """Refuse thresholds that are none, or make no sense."""
    try:
        thresholds.usual()
    except ValueError as refused:
        return [Error(f"ADVICE_THRESHOLDS: {refused}", hint="docs/exit-advisor.md lists them.", id="positions.E001")]
    return []
