"""The sign-in and sign-up forms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, UserCreationForm
from django.db import transaction
from django.utils import timezone

from accounts.models import TIER_OF_NEW_MEMBERS, Membership, User

KEPT_NAMES = ("external-", "e2e-")


class FirstErrorFocus(forms.BaseForm):
    """A form that comes back with the cursor in the first field that needs another look."""

    def focus(self) -> None:
        """Move the autofocus to the first bad field, or to the first of all when none is to blame alone."""
        wrong = next((name for name in self.fields if name in self.errors), next(iter(self.fields)))
        for name, field in self.fields.items():
            field.widget.attrs.pop("autofocus", None)
            if name == wrong:
                field.widget.attrs["autofocus"] = True


class SignInForm(FirstErrorFocus, AuthenticationForm):
    """Name and password."""

    error_messages = {
        "invalid_login": "The name or the password is wrong. Both are case-sensitive.",
        "inactive": "This account is switched off.",
    }


class SignUpForm(FirstErrorFocus, UserCreationForm):
    """A new account: name, optional e-mail address, password twice."""

    class Meta:
        model = User
        fields = ("username", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = "Letters, digits and @ . + - _"
        self.fields["email"].label = "E-mail address (optional)"
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.fields["password1"].help_text = "Eight characters or more; nothing common, not digits alone."
        self.fields["password2"].label = "Password again"
        self.fields["password2"].help_text = ""

    def clean_username(self) -> str:
        """Refuse a name that is kept for an account of another issuer, or of a test: its owner could not come in."""
        name = str(super().clean_username())
        if name.lower().startswith(KEPT_NAMES):
            raise forms.ValidationError("Names do not start with external- or e2e-.")
        return name

    def clean_email(self) -> str:
        """Refuse an address that another account has, in any case."""
        email = str(self.cleaned_data["email"])
        if email and User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError("Another account has this e-mail address.")
        return email

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002 -- Django's signature
        """Create the user and his membership together."""
        with transaction.atomic():
            user = super().save(commit=commit)
            if commit:
                Membership.starting(user.pk, tier=TIER_OF_NEW_MEMBERS, at=timezone.now()).save()
        return user
