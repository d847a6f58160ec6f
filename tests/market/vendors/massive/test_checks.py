from __future__ import annotations

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from config.settings.readers import env_int, env_url
from market.vendors.calls.bucket import RESERVE, Limit
from market.vendors.massive import checks


def found() -> list[str]:
    return [message.id for message in run_checks() if message.id.startswith("market.")]


def test_the_defaults_pass() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("name", "address", "ids"),
    [
        ("MARKET_PROVIDER_BASE_URL", "http://api.massive.com", ["market.E001"]),
        ("ALPHA_VANTAGE_BASE_URL", "http://www.alphavantage.co", ["market.E001"]),
        ("MARKET_PROVIDER_BASE_URL", "http://127.0.0.1:9000", []),
        ("MARKET_PROVIDER_BASE_URL", "http://localhost:9000", []),
        ("MARKET_PROVIDER_BASE_URL", "https://elsewhere.example", []),
    ],
)
def test_no_key_leaves_the_machine_in_the_clear(settings: Settings, name: str, address: str, ids: list[str]) -> None:
    setattr(settings, name, address)

    assert found() == ids


def test_nobody_records_a_recording(settings: Settings) -> None:
    settings.MARKET_PROVIDER_RECORD = settings.MARKET_PROVIDER_RECORDED = "var/recording"

    assert [message.id for message in checks.check()] == ["market.E002"]


@pytest.mark.parametrize(
    ("provider", "calls", "ids"),
    [
        ("massive", 5, ["market.W001"]),
        ("massive", 36, ["market.W001"]),
        ("massive", 37, []),
        ("massive", 0, []),  # no such limit
        ("simulated", 5, []),
    ],
)
def test_a_plan_too_small_for_prices_and_a_chain_is_said(
    settings: Settings, provider: str, calls: int, ids: list[str]
) -> None:
    settings.MARKET_PROVIDER, settings.MARKET_PROVIDER_RPM = provider, calls

    assert [message.id for message in checks.check()] == ids


def test_prices_fit_into_what_everything_else_leaves_of_the_smallest_plan() -> None:
    rounds = checks.least_a_minute() - checks.CALLS_A_CHAIN

    assert rounds == 24
    assert Limit(checks.least_a_minute(), 60.0).most(RESERVE) >= rounds


def test_nonsense_in_the_environment_stops_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKET_PROVIDER_RPS", "0")
    monkeypatch.setenv("MARKET_PROVIDER_BASE_URL", "api.massive.com")

    with pytest.raises(Exception, match="MARKET_PROVIDER_RPS='0': expected a number not below 1"):
        env_int("MARKET_PROVIDER_RPS", default=50, least=1)
    with pytest.raises(Exception, match="MARKET_PROVIDER_BASE_URL: expected an address that starts with https"):
        env_url("MARKET_PROVIDER_BASE_URL", "", schemes=("https", "http"))
