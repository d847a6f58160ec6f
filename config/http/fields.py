"""Serializer fields that take the contract's types at their word."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class Text(serializers.CharField):
    """A text that has to be sent as a text: DRF's own field turns 7 into '7'."""

    default_error_messages = {"not_text": "Expected a text."}

    def to_internal_value(self, data: Any) -> str:
        """Return the trimmed text.

        Raises
        ------
        rest_framework.exceptions.ValidationError
            If it was sent as anything else.
        """
        if not isinstance(data, str):
            self.fail("not_text")
        return str(super().to_internal_value(data))
