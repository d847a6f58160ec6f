"""The user: a trader, an operator, or a made-up member of an end-to-end test."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac


class User(AbstractUser):
    """A person who signs in by name and password, or whom a token names.

    `token_version` stands in every token of ours and in every session's hash: raising it signs the user out everywhere.
    Tokens of an external issuer know no version: those issued before `signed_out_at` are void.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token_version = models.PositiveIntegerField(default=0, editable=False)
    is_e2e = models.BooleanField(
        "made up by a test", default=False, help_text="Came with a test token; removed a day after the last sign-in."
    )

    issuer = models.CharField(
        "external issuer",
        max_length=255,
        blank=True,
        default="",
        help_text="Whose tokens open this account; empty for accounts of our own.",
    )
    signed_out_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        db_table = "accounts_user"
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="accounts_user_email_once",
                violation_error_message="Another account has this e-mail address.",
            ),
            models.UniqueConstraint(
                Lower("username"),
                name="accounts_user_username_once",
                violation_error_message="Another account has this name.",
            ),
        ]

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save; a new password also signs the user out everywhere."""
        # Django leaves the raw password here only when a person set one, not when it renews the hash at sign-in.
        if self._password is not None and not self._state.adding:
            self.token_version += 1
            self.signed_out_at = timezone.now()
            if update_fields is not None:
                update_fields = {*update_fields, "token_version", "signed_out_at"}
        super().save(*args, update_fields=update_fields, **kwargs)

    def sign_out_everywhere(self) -> None:
        """End every session and void every token of this user."""
        User.objects.filter(pk=self.pk).update(
            token_version=models.F("token_version") + 1, signed_out_at=timezone.now()
        )
        self.refresh_from_db(fields=["token_version", "signed_out_at"])

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Django's own covers the password; ours ends sessions with the token version, too.
        material = f"{self.password}:{self.token_version}"
        return salted_hmac("accounts.User.session", material, secret=secret, algorithm="sha256").hexdigest()
