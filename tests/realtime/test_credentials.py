import time
from datetime import timedelta

import jwt
import pytest
from django.utils import timezone

from accounts import tokens
from config.http.errors import Unauthorized
from realtime.credentials import RECHECK_S, Member, SessionKey, Token, given_session, given_token
from tests.factories.accounts import UserFactory


@pytest.mark.parametrize(
    ("headers", "query", "given"),
    [
        ({}, b"", None),
        ({}, b"token=", None),
        ({}, b"token=abc", Token("abc")),
        ({}, b"a=1&token=a%20b", Token("a b")),
        ({b"authorization": b"Bearer abc"}, b"", Token("abc")),
        ({b"authorization": b"bearer  abc "}, b"token=other", Token("abc")),
        ({b"authorization": b"Basic abc"}, b"token=other", Token("other")),
        ({b"authorization": b"Basic abc"}, b"", None),
        ({b"authorization": b"Bearer"}, b"", Token("")),
        ({b"authorization": b"Bearer a b"}, b"", Token("")),
    ],
)
def test_the_header_goes_before_the_query(headers, query, given):
    assert given_token(headers, query) == given


@pytest.mark.parametrize("host", ["coach.test", "coach.test:8000", ""])
def test_without_a_cookie_there_is_no_session(host):
    assert given_session({}, None, host) is None
    assert given_session({b"cookie": b"other=1"}, None, host) is None


@pytest.mark.django_db
def test_a_token_is_good_until_it_runs_out():
    user = UserFactory()
    token = tokens.issue(user)

    member = Token(token).check()

    assert member.user_id == user.pk
    exp = jwt.decode(token, options={"verify_signature": False})["exp"]
    # The moment from which on checking it again fails, the leeway between clocks included.
    assert member.expires_at == exp + tokens.CLOCKS_APART.total_seconds()


@pytest.mark.django_db
@pytest.mark.parametrize("issued_ago", [tokens.LIFETIME + timedelta(minutes=1), timedelta(days=30)])
def test_a_token_that_has_run_out_is_bad(issued_ago):
    token = tokens.issue(UserFactory(), at=timezone.now() - issued_ago)

    with pytest.raises(Unauthorized):
        Token(token).check()


@pytest.mark.django_db
def test_an_unknown_session_is_nobodys():
    with pytest.raises(Unauthorized):
        SessionKey("unknown").check()


@pytest.mark.parametrize(
    ("expires_in", "expected"), [(None, RECHECK_S), (10, 10), (-5, 0), (RECHECK_S + 500, RECHECK_S)]
)
def test_credentials_are_trusted_until_they_run_out_and_never_for_long(expires_in, expected):
    member = Member(UserFactory.build().pk, None if expires_in is None else time.time() + expires_in)

    assert member.good_for_s() == pytest.approx(expected, abs=1)
