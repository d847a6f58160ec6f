import sentry_sdk

from config import sentry


def test_without_a_dsn_nothing_is_started(settings):
    settings.SENTRY_DSN = ""

    sentry.start()

    assert not sentry_sdk.get_client().is_active()


def test_query_strings_leave_no_trace_because_sockets_carry_tokens_there():
    event = {"request": {"url": "http://x/ws/prices?token=abc", "query_string": "token=abc"}}

    assert sentry.without_tokens(event, {}) == {"request": {"url": "http://x/ws/prices"}}


def test_events_without_a_request_pass():
    assert sentry.without_tokens({"message": "m"}, {}) == {"message": "m"}


def test_addresses_we_ask_leave_no_trace_because_one_key_travels_there(settings, monkeypatch):
    given = {}
    # Starting it for real would hook into this process for good.
    monkeypatch.setattr(sentry_sdk, "init", lambda **options: given.update(options))
    settings.SENTRY_DSN = "http://public@127.0.0.1:9/1"

    sentry.start()

    assert [integration.identifier for integration in given["disabled_integrations"]] == ["httpx"]
