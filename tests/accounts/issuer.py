"""An external issuer of the test's own: real keys, real tokens, and a key set that a real server hands out."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

NAME = "https://sign-in.example/auth/v1"
AUDIENCE = "authenticated"
PATH = "/.well-known/jwks.json"
SECRET = "a secret shared with the issuer, 42 bytes."
ALGORITHMS = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}


@cache
def private_key(algorithm: str, name: str = "") -> Any:
    """Return a private key for this algorithm, the same for the same name: making one takes a while."""
    match algorithm:
        case "RS256":
            return rsa.generate_private_key(public_exponent=65537, key_size=2048)
        case "ES256":
            return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate()


def public_jwk(algorithm: str, kid: str) -> dict[str, Any]:
    """Return the public half as issuers publish it."""
    said = ALGORITHMS[algorithm].to_jwk(private_key(algorithm, kid).public_key())
    return {**json.loads(said), "kid": kid, "use": "sig", "alg": algorithm}


def claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a good token for a new user; a change to `...` leaves a claim out."""
    now = int(time.time())
    made = {"iss": NAME, "aud": AUDIENCE, "sub": str(uuid4()), "iat": now, "exp": now + 3600, **changes}
    return {name: value for name, value in made.items() if value is not ...}


def shared(key: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    """Return a token signed with the shared secret."""
    return jwt.encode(claims(**changes), key, algorithm=algorithm)


class Hanging:
    """What the test sees of a server that takes questions and does not answer them."""

    def __init__(self) -> None:
        self.asked, self.let_go, self.answered = threading.Event(), threading.Event(), threading.Event()

    @property
    def is_holding(self) -> bool:
        """Whether a question stands unanswered."""
        return self.asked.is_set() and not self.answered.is_set()

    def answer(self, _request: Request) -> Response:
        """Answer once the test lets it."""
        self.asked.set()
        assert self.let_go.wait(60)
        self.answered.set()
        return Response("", status=503)


class Issuer:
    """Publishes keys at `url` and signs with their private halves."""

    def __init__(self, server: HTTPServer, *kids: str, algorithm: str = "ES256") -> None:
        self.server = server
        self.url = server.url_for(PATH)
        self.algorithm = algorithm
        self.publish(*kids)

    @property
    def asked(self) -> int:
        """How often somebody asked for the keys."""
        return sum(request.path == PATH for request, _ in self.server.log)

    def publish(self, *kids: str) -> None:
        """Hand out these keys from now on, and no others."""
        self.answer(json={"keys": [public_jwk(self.algorithm, kid) for kid in kids]})

    def go_away(self) -> None:
        """Answer 503 from now on."""
        self.answer(status=503)

    def answer(self, body: bytes | None = None, *, status: int = 200, json: Any = None) -> None:
        """Hand out this from now on."""
        self.server.clear_all_handlers()
        handler = self.server.expect_request(PATH)
        if json is not None:
            handler.respond_with_json(json, status=status)
        else:
            handler.respond_with_data(body or b"", status=status)

    @contextmanager
    def hanging(self) -> Iterator[Hanging]:
        """Take questions without an answer; the end of the block answers the one that stands with 503."""
        hanging, before = Hanging(), self.asked
        self.server.clear_all_handlers()
        self.server.expect_request(PATH).respond_with_handler(hanging.answer)
        try:
            yield hanging
        finally:
            hanging.let_go.set()
            give_up = time.monotonic() + 10
            # Else it would be counted to the next test.
            while hanging.asked.is_set() and self.asked == before and time.monotonic() < give_up:
                time.sleep(0.005)

    def token(self, kid: str, *, headers: dict[str, Any] | None = None, **changes: Any) -> str:
        """Return a token signed with the private half of this key."""
        key = private_key(self.algorithm, kid)
        return jwt.encode(claims(**changes), key, algorithm=self.algorithm, headers={"kid": kid, **(headers or {})})
