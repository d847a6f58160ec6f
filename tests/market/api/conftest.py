"""What the tests of the market's HTTP answers share."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import User
from market import watchlists
from tests.factories.accounts import UserFactory


@pytest.fixture
def user(db: None) -> User:
    """A trader with the standard list."""
    user = UserFactory.create()
    watchlists.lists(user)
    return user


@pytest.fixture
def api(user: User) -> APIClient:
    """A client that sends the user's bearer token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(user)}")
    return client
