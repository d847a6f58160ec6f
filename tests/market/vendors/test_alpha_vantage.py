from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import stamina
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from market.errors import ProviderUnavailable, RateLimited
from market.vendors.alpha_vantage import LIMITS, AlphaVantage
from market.vendors.calls.bucket import Bucket

KEY = "AVKEY-7712"
NOW = datetime(2026, 2, 9, 15, tzinfo=UTC)
CALENDAR = (
    b"\xef\xbb\xbfsymbol,name,reportDate,fiscalDateEnding,estimate,currency\r\n"
    b"AAPL,Apple Inc.,2026-04-30,2026-03-31,1.62,USD\r\n"
)
QUARTER = b'{"fiscalDateEnding": "2025-12-31", "reportedDate": "2026-01-29", "reportedEPS": "1.62"}'
HISTORY = b'{"symbol": "AAPL", "quarterlyEarnings": [' + QUARTER + b"]}"
NOTE = b'{"Information": "We have detected your API key as AVKEY-7712 and our rate limit is 25 requests per day."}'


class Host:
    """Answers /query with what it was given, in turn and the last for ever."""

    def __init__(self, server: HTTPServer) -> None:
        self.answers: list[Response] = [Response(CALENDAR)]
        self.asked: list[Request] = []
        server.expect_request("/query").respond_with_handler(self.handle)

    def handle(self, request: Request) -> Response:
        self.asked.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Hand:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
def host(httpserver: HTTPServer, settings: Settings) -> Host:
    settings.ALPHA_VANTAGE_API_KEY = KEY
    settings.ALPHA_VANTAGE_BASE_URL = httpserver.url_for("").rstrip("/")
    return Host(httpserver)


@pytest.fixture
def source(host: Host) -> AlphaVantage:
    hand = Hand()
    return AlphaVantage(bucket=Bucket("alpha_vantage", LIMITS, sleep=hand.sleep, now_s=hand))


def test_the_whole_calendar_is_asked_for_once_a_day(host: Host, source: AlphaVantage) -> None:
    found = source.earnings_calendar(now=NOW)
    again = source.earnings_calendar(now=NOW + timedelta(hours=8))

    assert [(row.symbol, row.reports_on) for row in found.rows] == [("AAPL", date(2026, 4, 30))]
    assert (again.rows, found.source, found.partial) == (found.rows, "alpha_vantage", False)
    assert [request.args.to_dict() for request in host.asked] == [
        {"function": "EARNINGS_CALENDAR", "horizon": "3month", "apikey": KEY}
    ]
    source.earnings_calendar(now=NOW + timedelta(days=1))
    assert len(host.asked) == 2


def test_a_history_is_read(host: Host, source: AlphaVantage) -> None:
    host.answers = [Response(HISTORY)]

    (row,) = source.earnings_history("AAPL", now=NOW).rows

    assert (row.symbol, row.eps) == ("AAPL", 1.62)


def test_rows_that_were_dropped_make_it_partial(host: Host, source: AlphaVantage) -> None:
    host.answers = [Response(CALENDAR + b"half a row\r\n")]

    found = source.earnings_calendar(now=NOW)

    assert (len(found.rows), found.partial) == (1, True)


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        (NOTE, RateLimited),
        (b'{"Note": "call frequency"}', RateLimited),
        (b'{"Error Message": "Invalid API call"}', ProviderUnavailable),
        (b'{"Information": "the parameter apikey is invalid"}', ProviderUnavailable),
        (b"<html>", ProviderUnavailable),
        (b"", ProviderUnavailable),
    ],
)
def test_an_error_with_status_200_is_an_error_and_is_not_kept(
    host: Host, source: AlphaVantage, body: bytes, trouble: type[Exception]
) -> None:
    host.answers = [Response(body), Response(CALENDAR)]

    with pytest.raises(trouble):
        source.earnings_calendar(now=NOW)
    assert len(source.earnings_calendar(now=NOW).rows) == 1


def test_a_host_that_fails_is_asked_twice(host: Host, source: AlphaVantage) -> None:
    host.answers = [Response("", 500)]

    with pytest.raises(ProviderUnavailable, match=r"no answer \(HTTP 500\)"):
        source.earnings_history("AAPL", now=NOW)
    assert len(host.asked) == 2


def test_the_budget_of_the_day_is_kept(host: Host, source: AlphaVantage) -> None:
    host.answers = [Response(HISTORY)]
    for _ in range(25):
        source.earnings_history("AAPL", now=NOW)

    with pytest.raises(RateLimited) as refused:
        source.earnings_history("AAPL", now=NOW)
    assert len(host.asked) == 25
    assert 86_000 < refused.value.retry_after <= 86_400


def test_without_a_key_nothing_is_asked(host: Host, source: AlphaVantage, settings: Settings) -> None:
    settings.ALPHA_VANTAGE_API_KEY = ""

    with pytest.raises(ProviderUnavailable, match="not configured: ALPHA_VANTAGE_API_KEY is not set"):
        source.earnings_calendar(now=NOW)
    assert host.asked == []


@pytest.mark.parametrize("answer", [Response(CALENDAR), Response(NOTE), Response("", 500), Response("{")])
def test_the_key_is_in_no_log_and_no_error(
    host: Host, source: AlphaVantage, answer: Response, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    host.answers = [answer]
    said = ""
    try:
        source.earnings_calendar(now=NOW)
    except (ProviderUnavailable, RateLimited) as trouble:
        said = f"{trouble} {trouble.facts} {trouble.__cause__}"

    ours = [record for record in caplog.records if record.name != "werkzeug"]
    assert ours
    assert KEY not in said + "".join(f"{record.getMessage()}{vars(record)}" for record in ours)
