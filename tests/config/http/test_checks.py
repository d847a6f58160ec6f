"""The checks that every endpoint shares, through small views on addresses of their own."""

import orjson
import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import AsyncRequestFactory, Client
from django.urls import path
from rest_framework import serializers
from rest_framework.response import Response

from config.http.errors import InvalidInput, NotFound, Unavailable
from config.http.handler import issues_of
from config.http.views import ApiView

LIMIT = 15 * 1024 * 1024


class Echo(ApiView):
    authentication_classes = ()
    permission_classes = ()
    failure_label = {"POST": "Failed to echo"}

    def get(self, request):
        return Response({"nan": float("nan"), "query": request.query_params})

    def post(self, request):
        match request.data.get("do"):
            case "break":
                raise RuntimeError("secret detail")
            case "missing":
                raise NotFound(thing="watchlist")
            case "vendor":
                raise Unavailable(provider="massive")
            case "slow":
                raise OperationalError("canceling statement due to statement timeout")
            case "invalid":
                serializers.IntegerField().run_validation("x")
        return Response(request.data)


class Private(ApiView):
    def get(self, request):
        return Response({})


handler404 = "config.http.failures.not_found"
handler500 = "config.http.failures.server_error"


def broken(request):
    raise RuntimeError("secret detail")


urlpatterns = [
    path("api/echo", Echo.as_view()),
    path("api/private", Private.as_view()),
    path("api/plain", lambda request: HttpResponse("plain")),
    path("api/broken", broken),
]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def caller():
    return Client(raise_request_exception=False)


def post(caller, body, **extra):
    return caller.generic("POST", "/api/echo", body, content_type="application/json", **extra)


def test_a_number_that_is_none_is_null(caller):
    assert caller.get("/api/echo").json() == {"nan": None, "query": {}}


@pytest.mark.parametrize("content_type", ["application/json", "", "text/plain"])
def test_an_empty_body_is_an_empty_object_whatever_it_calls_itself(caller, content_type):
    assert caller.generic("POST", "/api/echo", b"", content_type=content_type).json() == {}


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"text"', b"\xff\xfe", b"NaN", b'{"a": NaN}'])
def test_a_body_that_is_no_json_object_is_a_validation_error(caller, body):
    answer = post(caller, body)

    assert answer.status_code == 400
    assert answer.json()["error"] == answer.json()["code"] == "VALIDATION_ERROR"
    assert answer.json()["details"]["issues"][0].startswith("body: ")


def test_a_body_of_15_mb_passes_and_one_byte_more_does_not(caller):
    fits = b'{"a": "' + b"x" * (LIMIT - 9) + b'"}'
    assert len(fits) == LIMIT

    assert post(caller, fits).status_code == 200
    refused = post(caller, fits + b" ")

    assert refused.status_code == 413
    assert refused.json()["error"] == "Payload too large"
    assert refused["X-Request-ID"]


@pytest.mark.parametrize(
    ("do", "status", "error"),
    [
        ("break", 500, "Failed to echo"),
        ("missing", 404, "Not found"),
        ("vendor", 503, "Data provider error"),
        ("slow", 408, "Request timeout"),
        ("invalid", 400, "VALIDATION_ERROR"),
    ],
)
def test_every_error_has_its_status_a_label_and_a_message(caller, do, status, error):
    answer = post(caller, orjson.dumps({"do": do}))

    assert answer.status_code == status
    body = answer.json()
    assert body["error"] == error
    assert body["message"]
    assert "secret" not in answer.content.decode()
    assert body["requestId"] == answer["X-Request-ID"]


def test_a_provider_out_of_reach_says_when_to_come_back(caller):
    assert post(caller, b'{"do": "vendor"}').json()["retryAfter"] == 30


def test_without_credentials_the_answer_is_401(caller):
    answer = caller.get("/api/private")

    assert answer.status_code == 401
    assert answer.json()["error"] == "Unauthorized"
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_bad_body_is_told_before_missing_credentials(caller):
    answer = caller.generic("POST", "/api/private", b"{", content_type="application/json")

    assert answer.status_code == 400


@pytest.mark.parametrize("address", ["/api/nowhere", "/nowhere", "/api/echo/"])
def test_an_unknown_address_is_404_in_json(caller, address):
    answer = caller.get(address)

    assert answer.status_code == 404
    assert answer.json()["error"] == "Not found"
    assert answer.json()["message"]


def test_an_exception_outside_the_api_views_shows_nothing_of_itself(caller):
    answer = caller.get("/api/broken")

    assert answer.status_code == 500
    assert answer.json()["error"] == "Internal server error"
    assert "secret" not in answer.content.decode()


def test_answers_carry_the_limit_and_what_is_left(caller):
    first, second = caller.get("/api/echo"), caller.get("/api/echo")

    assert first["RateLimit-Limit"] == "100"
    assert int(first["RateLimit-Remaining"]) - int(second["RateLimit-Remaining"]) in (1, -98, -99)
    assert 0 < int(first["RateLimit-Reset"]) <= 60
    assert first["RateLimit-Policy"] == "100;w=60"


def test_the_request_after_the_last_is_429_with_a_wait(caller, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "general": 3}

    answers = [caller.get("/api/echo") for _ in range(8)]

    # At a minute's turn the count starts over once.
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].json()["error"] == "Too many requests"
    assert refused[0].json()["retryAfter"] == int(refused[0]["Retry-After"])
    assert refused[0]["RateLimit-Remaining"] == "0"


@pytest.mark.parametrize("sent", ["abc-1.2_3", "x" * 64])
def test_a_harmless_request_id_is_echoed(caller, sent):
    assert caller.get("/api/plain", headers={"X-Request-ID": sent})["X-Request-ID"] == sent


@pytest.mark.parametrize("sent", ["x" * 65, "a b", "a\tb", "é"])
def test_a_request_id_that_could_forge_a_log_line_is_replaced(caller, sent):
    echoed = caller.get("/api/plain", headers={"X-Request-ID": sent})["X-Request-ID"]

    assert echoed != sent
    assert len(echoed) == 36


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("https://app.example", 200),
        ("http://testserver", 200),
        ("https://evil.example", 403),
        ("null", 403),
        ("https://app.example.evil.com", 403),
    ],
)
def test_only_listed_pages_and_our_own_may_call(caller, settings, origin, status):
    settings.CORS_ALLOW_ALL_ORIGINS = False
    settings.ALLOWED_ORIGINS = settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]

    answer = caller.get("/api/echo", headers={"Origin": origin} if origin else {})

    assert answer.status_code == status
    assert (answer.status_code == 200) or answer.json()["message"]


def test_a_blank_page_may_call_where_the_test_tokens_are_on(caller, settings):
    settings.CORS_ALLOW_ALL_ORIGINS = False
    settings.E2E_BYPASS_AUTH = True

    assert caller.get("/api/echo", headers={"Origin": "null"}).status_code == 200


def test_refusals_carry_the_cross_origin_headers_so_that_the_browser_shows_them(caller, settings):
    settings.CORS_ALLOW_ALL_ORIGINS = False
    settings.ALLOWED_ORIGINS = settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]

    answer = caller.get("/api/private", headers={"Origin": "https://app.example"})

    assert answer.status_code == 401
    assert answer["Access-Control-Allow-Origin"] == "https://app.example"
    assert answer["Access-Control-Allow-Credentials"] == "true"


def test_the_preflight_names_methods_and_headers_for_a_day(caller, settings):
    settings.CORS_ALLOW_ALL_ORIGINS = False
    settings.ALLOWED_ORIGINS = settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]

    answer = caller.options(
        "/api/echo", headers={"Origin": "https://app.example", "Access-Control-Request-Method": "PATCH"}
    )

    assert answer["Access-Control-Max-Age"] == "86400"
    assert "PATCH" in answer["Access-Control-Allow-Methods"]
    assert "authorization" in answer["Access-Control-Allow-Headers"]


def test_nested_issues_become_paths():
    detail = {"symbols": {2: ["not a symbol"]}, "name": ["too long", "blank"], "non_field_errors": ["empty"]}

    assert issues_of(detail) == ["symbols.2: not a symbol", "name: too long", "name: blank", "body: empty"]


def test_errors_survive_pickling():
    import pickle

    for error in (InvalidInput(issues=["a: b"], where="query"), NotFound(thing="alert"), Unavailable(provider="x")):
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own bytes
        assert (type(again), str(again), again.facts) == (type(error), str(error), error.facts)


def test_options_is_answered_by_cross_origin_rules_alone(caller):
    assert caller.options("/api/echo").status_code == 404


def test_a_body_sent_in_chunks_is_read():
    request = AsyncRequestFactory().post("/api/echo", {"a": 1}, content_type="application/json")
    request.META.pop("CONTENT_LENGTH", None)  # as uvicorn hands over a chunked body

    assert Echo.as_view()(request).data == {"a": 1}
