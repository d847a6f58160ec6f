"""JSON answers: numbers as numbers, NaN as null, instants in UTC with a Z."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer

OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def dumps(data: object) -> bytes:
    """Return JSON bytes the way every answer and frame of ours is written."""
    return orjson.dumps(data, default=_plain, option=OPTIONS)


class JsonRenderer(BaseRenderer):
    """Render with orjson; decimals become JSON numbers, as the contract wants."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,  # noqa: ARG002 -- DRF's signature
        renderer_context: Mapping[str, Any] | None = None,  # noqa: ARG002 -- DRF's signature
    ) -> bytes:
        """Return the body."""
        return b"" if data is None else dumps(data)
