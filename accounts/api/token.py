"""POST /api/auth/token: a name and a password for a bearer token."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import tokens
from accounts.models import Membership, Tier, User
from config.http.errors import Unauthorized
from config.http.schema import refusal
from config.http.views import ApiView


class Credentials(serializers.Serializer[Any]):
    """What a client signs in with."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=4096, trim_whitespace=False)


class Holder(serializers.Serializer[Any]):
    """Whose token it is."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    tier = serializers.ChoiceField(choices=Tier.values, allow_null=True)


class IssuedToken(serializers.Serializer[Any]):
    """What a client sends from now on."""

    token = serializers.CharField()
    expiresAt = serializers.DateTimeField()  # noqa: N815 -- the wire's name
    user = Holder()


class TokenView(ApiView):
    """Sign-in for clients. After too many failures django-axes answers in our stead (accounts.lockout)."""

    authentication_classes = ()
    permission_classes = ()
    throttle_groups = ("general", "auth")
    failure_label = "Failed to sign in"

    @extend_schema(
        operation_id="signIn",
        request=Credentials,
        responses={200: IssuedToken, 401: refusal("The name or the password is wrong.")},
    )
    def post(self, request: Request) -> Response:
        """Answer with a token, when it expires, and whose it is."""
        credentials = Credentials(data=request.data)
        credentials.is_valid(raise_exception=True)
        user = authenticate(request._request, **credentials.validated_data)  # noqa: SLF001 -- axes marks Django's own
        if not isinstance(user, User):
            raise Unauthorized(reason="The name or the password is wrong")
        # Notes the sign-in, and lets axes forget the failures before it.
        user_logged_in.send(sender=User, request=request._request, user=user)  # noqa: SLF001 -- as above
        now = timezone.now()
        membership = Membership.objects.filter(pk=user.pk).first()
        return Response(
            {
                "token": tokens.issue(user, at=now),
                "expiresAt": now + tokens.LIFETIME,
                "user": {"id": user.pk, "username": user.username, "tier": membership.tier if membership else None},
            }
        )
