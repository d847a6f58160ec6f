"""The user's row."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError
from pytest_django import Settings

from accounts.models import User
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("first", "second"),
    [({"email": "A@example.com"}, {"email": "a@EXAMPLE.com"}), ({"username": "Ada"}, {"username": "ada"})],
    ids=["e-mail", "name"],
)
def test_names_and_addresses_are_unique_in_any_case(first: dict[str, str], second: dict[str, str]) -> None:
    UserFactory.create(**first)

    with pytest.raises(IntegrityError):
        UserFactory.create(**second)


def test_many_users_may_have_no_address() -> None:
    UserFactory.create_batch(2, email="")

    assert User.objects.filter(email="").count() == 2


@pytest.mark.parametrize("fields", [None, ["password"]], ids=["all fields", "password only"])
def test_a_new_password_raises_the_token_version(user: User, fields: list[str] | None) -> None:
    user.set_password("something new")
    user.save(update_fields=fields)

    assert User.objects.get(pk=user.pk).token_version == 1


def test_other_changes_do_not(user: User) -> None:
    user.first_name = "Ada"
    user.save()

    assert User.objects.get(pk=user.pk).token_version == 0


def test_a_renewed_hash_does_not_either(user: User, settings: Settings) -> None:
    User.objects.filter(pk=user.pk).update(password=make_password("secret"))
    user.refresh_from_db()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher", *settings.PASSWORD_HASHERS]

    assert user.check_password("secret")

    stored = User.objects.get(pk=user.pk)
    assert stored.password.startswith("scrypt$")
    assert check_password("secret", stored.password)
    assert stored.token_version == 0


def test_signing_out_everywhere_counts_up_in_the_database(user: User) -> None:
    User.objects.filter(pk=user.pk).update(token_version=5)  # by another process, since this row was read

    user.sign_out_everywhere()

    assert user.token_version == User.objects.get(pk=user.pk).token_version == 6
