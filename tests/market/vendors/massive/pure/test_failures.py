from __future__ import annotations

import pytest

from market.vendors.massive.pure.failures import Meaning, explanation, meaning, retry_after_s


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, Meaning.FINE),
        (400, Meaning.BAD_QUESTION),
        (401, Meaning.KEY_REFUSED),
        (403, Meaning.NOT_ENTITLED),
        (404, Meaning.UNKNOWN),
        (408, Meaning.PASSING),
        (425, Meaning.PASSING),
        (429, Meaning.THROTTLED),
        (500, Meaning.PASSING),
        (502, Meaning.PASSING),
        (599, Meaning.PASSING),
        (301, Meaning.BROKEN),
        (418, Meaning.BROKEN),
        (299, Meaning.BROKEN),
    ],
)
def test_each_status_has_one_meaning(status: int, expected: Meaning) -> None:
    assert meaning(status) is expected


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"status":"ERROR","error":"Unknown API Key"}', "Unknown API Key"),
        (b'{"status":"NOT_AUTHORIZED","message":"not your plan"}', "not your plan"),
        (b"<html>Bad gateway</html>", ""),
        (b"", ""),
        (b'{"error":"' + b"x" * 500 + b'"}', "x" * 200),
    ],
)
def test_what_the_vendor_says_of_an_error_is_found_wherever_it_stands(body: bytes, said: str) -> None:
    assert explanation(body) == said


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        (None, None),
        ("", None),
        ("-1", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_only_seconds_are_a_wait(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header) == seconds
