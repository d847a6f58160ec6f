"""What the tests of accounts share."""

from __future__ import annotations

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import User
from tests.factories.accounts import UserFactory


@pytest.fixture(autouse=True)
def _fast_hashing(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def user(db: None) -> User:
    return UserFactory.create()


@pytest.fixture
def api() -> APIClient:
    """A client without credentials."""
    return APIClient()


@pytest.fixture
def signed_in(api: APIClient, user: User) -> APIClient:
    """A client that sends the user's bearer token."""
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(user)}")
    return api
