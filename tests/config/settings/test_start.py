"""Settings that stop a process before it can do harm, seen as a process of its own."""

import os
import subprocess
import sys

import pytest

from config.store import BASE_DIR

PRODUCTION = {"COACH_ENV": "production", "SECRET_KEY": "k" * 60, "ALLOWED_HOSTS": "coach.example"}


def start(code="import config.settings", **environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("E2E_", "COACH_"))}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=BASE_DIR,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_with_what_it_needs():
    assert start(**PRODUCTION).returncode == 0


def test_production_without_a_secret_key_does_not_start():
    done = start(**{**PRODUCTION, "SECRET_KEY": ""})

    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr


def test_production_without_names_for_its_pages_does_not_start():
    done = start(**{**PRODUCTION, "ALLOWED_HOSTS": ""})

    assert done.returncode != 0
    assert "ALLOWED_HOSTS is not set" in done.stderr


def test_production_passes_djangos_own_list():
    code = """
import warnings; warnings.simplefilter("ignore")
import django; django.setup()
from django.core.management import call_command
call_command("check", deploy=True, fail_level="WARNING")
"""
    key = "".join(f"{number:x}-" for number in range(60))
    done = start(code, **PRODUCTION | {"DJANGO_SETTINGS_MODULE": "config.settings", "SECRET_KEY": key})

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("settings", "header"),
    [
        ({}, "('HTTP_X_FORWARDED_PROTO', 'https')"),
        ({"TRUSTED_PROXIES": "0"}, "None"),
        ({"COACH_ENV": "staging", "TRUSTED_PROXIES": "2"}, "('HTTP_X_FORWARDED_PROTO', 'https')"),
        ({"COACH_ENV": "staging"}, "None"),
    ],
)
def test_a_proxy_is_believed_only_where_there_is_one(settings, header):
    said = start("import config.settings as s; print(s.SECURE_PROXY_SSL_HEADER)", **{**PRODUCTION, **settings})

    assert said.stdout.strip() == header


@pytest.mark.parametrize(
    "variable",
    [
        {"E2E_BYPASS_AUTH": "true"},
        {"E2E_BYPASS_SHARED_SECRET": "s" * 40},
        {"E2E_BYPASS_AUTH": "true", "E2E_BYPASS_ALLOW_IN_PRODUCTION": "true"},
    ],
)
def test_production_with_any_bypass_variable_does_not_start(variable):
    done = start(**PRODUCTION, **variable)

    assert done.returncode != 0
    assert "E2E_BYPASS" in done.stderr


@pytest.mark.parametrize("secret", ["", "short", "x" * 31, "with:colon" + "x" * 40])
def test_the_bypass_needs_a_long_secret_without_a_colon(secret):
    done = start(COACH_ENV="staging", E2E_BYPASS_AUTH="true", E2E_BYPASS_SHARED_SECRET=secret, SECRET_KEY="k" * 60)

    assert done.returncode != 0
    assert "at least 32 characters and no colon" in done.stderr


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("postgres://me:pw@db.example:5433/coach?sslmode=require", "db.example require None"),
        ("postgres://me@%2Frun%2Fpostgres/coach", "/run/postgres None None"),
        ("postgresql://me@/coach?host=/run/postgres", " None /run/postgres"),
    ],
)
def test_a_database_address_may_carry_its_own_options(address, says):
    code = (
        "from config.settings import DATABASES; it = DATABASES['default']; options = it['OPTIONS'];"
        "print(it['HOST'], options.get('sslmode'), options.get('host'))"
    )

    assert start(code, DATABASE_URL=address).stdout.removesuffix("\n") == says


@pytest.mark.parametrize(
    ("address", "broker"),
    [
        ("redis://:pw@cache:6379/3", "redis://:pw@cache:6379/3"),
        ("rediss://:pw@cache:6380/3", "rediss://:pw@cache:6380/3?ssl_cert_reqs=required"),
        ("rediss://cache?ssl_ca_certs=/ca.pem", "rediss://cache?ssl_ca_certs=/ca.pem"),
        ("rediss://cache?ssl_cert_reqs=none", "rediss://cache?ssl_cert_reqs=none"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock"),
        ("unix:///run/redis.sock?db=2", "redis+socket:///run/redis.sock?virtual_host=2"),
    ],
)
def test_celery_gets_the_redis_address_in_its_own_spelling(address, broker):
    done = start("from config.settings import CELERY_BROKER_URL; print(CELERY_BROKER_URL)", REDIS_URL=address)

    assert done.stdout.strip() == broker


def test_a_provider_that_does_not_exist_is_named():
    done = start(MARKET_PROVIDER="polygon")

    assert "MARKET_PROVIDER='polygon': expected one of massive, replay, simulated" in done.stderr
