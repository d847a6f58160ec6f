"""GET /api/schema/ and /api/docs/: our schema for machines and for people. Open to anyone, counted like any request.

The two trailing slashes are the issue's; like everywhere, the address without one is another address.
"""

from __future__ import annotations

import hashlib
from functools import cache

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from config.http.renderers import dumps
from config.http.views import ApiView


@cache
def document() -> tuple[bytes, str]:
    """Return our schema as JSON and its entity tag.

    Made once a process, half a second: it follows from the code alone.
    """
    made = dumps(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]
    return made, f'"{hashlib.sha256(made).hexdigest()[:32]}"'


class OpenView(ApiView):
    """A page about the API that needs no sign-in."""

    authentication_classes = ()
    permission_classes = ()


class SchemaView(OpenView):
    """The document itself."""

    @extend_schema(
        operation_id="getSchema",
        responses={200: OpenApiResponse(OpenApiTypes.OBJECT, "OpenAPI 3.1."), 304: OpenApiResponse(None, "Unchanged.")},
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the schema of the API."""
        made, tag = document()
        known = get_conditional_response(request._request, etag=tag)  # noqa: SLF001 -- it reads Django's own
        if isinstance(known, HttpResponseNotModified):
            return known
        return HttpResponse(made, content_type="application/json", headers={"ETag": tag, "Cache-Control": "no-cache"})


class DocsView(OpenView):
    """The schema as a page, with Swagger UI from our own address: the policy allows no other."""

    @extend_schema(exclude=True)
    def get(self, request: HttpRequest) -> HttpResponse:
        """Return the page; its script fetches the schema."""
        return render(request, "api_docs.html")
