"""Who is asking a public address: staff read more, and nobody is refused."""

from __future__ import annotations

import logging
from typing import Any

import redis
from django.db import Error as DatabaseError
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from accounts.authentication import BearerAuthentication, CookieAuthentication
from config.http.errors import CoachError

logger = logging.getLogger(__name__)


class AnybodyAuthentication(BaseAuthentication):
    """Recognise a user by token or session; a bad token, or a database that is away, is a stranger."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return the user and the token, None for a stranger."""
        try:
            found = BearerAuthentication().authenticate(request) or CookieAuthentication().authenticate(request)
        except (CoachError, APIException, DatabaseError, redis.RedisError) as error:
            logger.info("ops.visitor.unknown", extra={"error": type(error).__name__})
            return None
        return found


def is_staff(request: Request) -> bool:
    """Say whether the visitor may read error texts."""
    return bool(getattr(request.user, "is_staff", False))
