"""How an operation describes itself in our schema.

What the contract fixes is taken from the contract: names, words and answers. What a request may say comes from the
serializers that check it, so that a test can hold the two against each other. See docs/api.md.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.drainage import error
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import Direction, OpenApiParameter, OpenApiResponse
from rest_framework.fields import empty
from rest_framework.serializers import ModelSerializer

from config.http.errors import CoachError
from config.http.handler import label_of
from config.http.schema_contract import RESPONSES, SCHEMAS, Schema, operation

OWN_ID = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH)
SYMBOL = OpenApiParameter(
    "symbol", str, OpenApiParameter.PATH, description="A ticker in any case, with or without blanks around it."
)


def refusal(description: str) -> OpenApiResponse:
    """Return an error answer of the shape that all errors share."""
    return OpenApiResponse({"$ref": f"{SCHEMAS}Error"}, description)


class OperationSchema(AutoSchema):
    """The `schema` of every view (REST_FRAMEWORK's DEFAULT_SCHEMA_CLASS)."""

    contracted: Schema | None = None
    view: Any

    def get_operation(self, path: str, *rest: Any) -> Schema | None:
        """Return the operation; one that needs no sign-in says so."""
        self.contracted = operation(path, rest[2])
        described: Schema | None = super().get_operation(path, *rest)
        return described and {"security": [], **described}

    def get_operation_id(self) -> str:
        """Return the contract's name, or one made of the address."""
        return self._contracts("operationId") or super().get_operation_id()

    def get_tags(self) -> list[str]:
        """Return the contract's group, or the first part of the address."""
        return self._contracts("tags") or super().get_tags()

    def get_summary(self) -> str | None:
        """Return the contract's line, or the first of the method that answers."""
        return self._contracts("summary") or get_doc(self._answering()).split("\n")[0]

    def get_description(self) -> str:  # type: ignore[override]
        """Return the contract's words, or those of the view."""
        return str((self.contracted or {}).get("description") or get_doc(type(self.view)))

    def get_extensions(self) -> Schema:
        """Return which limits apply, as the contract spells it."""
        if not self.view.throttle_groups:
            return {}
        return {
            "x-rate-limit-groups": list(self.view.throttle_groups),
            "x-counts-as-query": self.view.counts_as_query,
        }

    def get_auth(self) -> list[Schema]:
        """Return who may ask; where nobody is refused, nobody comes first."""
        recognised = super().get_auth()
        return [{}, *recognised] if recognised and not self.view.get_permissions() else recognised

    def get_override_parameters(self) -> list[Any]:
        """Return the parameters that stand in addresses."""
        return [parameter for parameter in (OWN_ID, SYMBOL) if f"{{{parameter.name}}}" in self.path]

    def get_request_serializer(self) -> Any:
        """Return none: what a body may say is declared on the method (`extend_schema`), or there is no body."""
        if self.method in ("POST", "PUT", "PATCH") and (self.contracted is None or "requestBody" in self.contracted):
            error(f"{self.method} {self.path}: say with extend_schema(request=...) what the body may be")

    def get_response_serializers(self) -> Any:
        """Return nothing beside the contract's answers; a route of our own has to declare its answer."""
        if self.contracted is None:
            error(f"{self.method} {self.path}: say with extend_schema(responses=...) what is answered")
        return {}

    def map_parsers(self) -> list[str]:
        """Return what a client should send; that the parser is more lenient is not for new clients."""
        return ["application/json"]

    def _get_response_bodies(self, direction: Direction = "response") -> Schema:
        declared = self.get_response_serializers()
        if self.contracted is None:
            answers: Schema = super()._get_response_bodies(direction)
            return dict(sorted((self._refusals() | answers).items()))
        for serializer in declared.values() if isinstance(declared, dict) else [declared]:
            self.resolve_serializer(serializer, direction)
        responses: Schema = self.contracted["responses"]
        return responses

    def _refusals(self) -> Schema:
        """Return the error answers of a route of our own, by what its view does."""
        has_body = bool(self.get_request_serializer())
        signed_in, limited = bool(self.view.get_permissions()), bool(self.view.throttle_groups)
        found = {
            "400": ("Validation", has_body or bool(self._get_parameters())),
            "401": ("Unauthorized", signed_in),
            "403": ("ForbiddenOrigin", self.path.startswith("/api/")),
            "408": ("Timeout", signed_in or has_body),
            "413": ("TooLarge", has_body),
            "429": ("LimitReached" if self.view.counts_as_query else "RateLimited", limited),
        }
        named = {status: {"$ref": RESPONSES + name} for status, (name, applies) in found.items() if applies}
        return named | {"500": self._failure()}

    def _failure(self) -> Schema:
        label = label_of(self.view, self.method)
        if label == CoachError.label:
            return {"$ref": f"{RESPONSES}Internal"}
        said = refusal(f"Something broke on our side; the label here is `{label}`.")
        return dict(self._get_response_for_code(said, "500"))  # type: ignore[no-untyped-call]

    def _is_list_view(self, serializer: Any = None) -> bool:  # noqa: ARG002 -- the signature of the base
        # No answer of ours is a bare list.
        return False

    def _get_serializer_field_meta(self, field: Any, direction: str) -> Schema:
        meta: Schema = super()._get_serializer_field_meta(field, direction)  # type: ignore[no-untyped-call]
        default = getattr(field, "default", empty)
        if default is not empty and callable(default):
            # A fresh list for each request; the generator leaves out whatever has to be called.
            meta["default"] = default()
        return meta

    def _map_basic_serializer(self, serializer: Any, direction: str) -> Schema:
        mapped: Schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if direction == "response" and isinstance(serializer, ModelSerializer):
            # A row is always written out whole, whatever a body may leave out.
            mapped["required"] = sorted(mapped["properties"])
        return mapped

    def _contracts(self, name: str) -> Any:
        return (self.contracted or {}).get(name)

    def _answering(self) -> Any:
        return getattr(self.view, getattr(self.view, "action", None) or self.method.lower())
