"""JSON bodies, parsed strictly: an object, or nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser


class JsonParser(BaseParser):
    """Parse any body as JSON: existing clients POST without a content type."""

    media_type = "*/*"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002 -- DRF's signature
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002 -- DRF's signature
    ) -> dict[str, Any]:
        """Return the body's object; an empty body is an empty object.

        Raises
        ------
        ParseError
            If the body is not JSON, or not an object.
        """
        raw = stream.read()
        if not raw.strip():
            return {}
        try:
            parsed = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"not JSON: {error}") from error
        if not isinstance(parsed, dict):
            raise ParseError(f"expected a JSON object, got {type(parsed).__name__}")
        return parsed
