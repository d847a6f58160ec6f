from datetime import date

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.settings.readers import (
    env_choice,
    env_date,
    env_flag,
    env_host,
    env_int,
    env_list,
    env_name,
    env_number,
    env_numbers,
    env_text,
    env_url,
)


@pytest.fixture
def given(monkeypatch):
    return lambda value: monkeypatch.setenv("COACH_X", value)


@pytest.mark.parametrize(("text", "value"), [("true", True), (" TRUE ", True), ("False", False), ("", True)])
def test_flags_are_true_or_false_in_any_case(given, text, value):
    given(text)

    assert env_flag("COACH_X", default=True) is value


@pytest.mark.parametrize("text", ["1", "yes", "on", "truee"])
def test_another_word_for_a_flag_stops_the_process_with_a_sentence(given, text):
    given(text)

    with pytest.raises(ImproperlyConfigured, match=f"COACH_X='{text}': expected true or false"):
        env_flag("COACH_X")


@pytest.mark.parametrize("text", ["5s", "five", "nan", "-1"])
def test_a_bad_number_stops_the_process(given, text):
    given(text)

    with pytest.raises(ImproperlyConfigured, match="COACH_X="):
        env_number("COACH_X", default=5.0)


def test_a_number_at_its_least_is_accepted_and_below_it_is_not(given):
    given("1")
    assert env_int("COACH_X", default=5, least=1) == 1

    given("0")
    with pytest.raises(ImproperlyConfigured, match="expected a number not below 1"):
        env_int("COACH_X", default=5, least=1)


def test_a_fraction_is_no_whole_number(given):
    given("1.5")

    with pytest.raises(ImproperlyConfigured, match="expected a whole number"):
        env_int("COACH_X", default=5)


def test_lists_are_trimmed_and_empty_parts_dropped(given):
    given(" a, ,b ,")

    assert env_list("COACH_X") == ["a", "b"]


def test_an_empty_text_counts_as_absent(given):
    given("  ")

    assert env_text("COACH_X", "default") == "default"


def test_a_choice_outside_the_list_names_the_list(given):
    given("prod")

    with pytest.raises(ImproperlyConfigured, match="expected one of development, production"):
        env_choice("COACH_X", ("development", "production"), "development")


def test_a_date_is_read_and_another_text_is_not(given):
    assert env_date("COACH_X") is None

    given("2026-02-09")
    assert env_date("COACH_X") == date(2026, 2, 9)

    given("9.2.2026")
    with pytest.raises(ImproperlyConfigured, match=r"COACH_X='9\.2\.2026': expected a date such as 2026-02-09"):
        env_date("COACH_X")


@pytest.mark.parametrize("text", ["..", "../x", "a/b", ".hidden", "-x", "with space", "static"])
def test_a_name_that_leads_elsewhere_or_is_taken_is_refused(given, text):
    given(text)

    with pytest.raises(ImproperlyConfigured, match="expected letters, digits, - and _, and not static"):
        env_name("COACH_X", "default", taken=("static",))


def test_an_address_needs_its_scheme_and_is_not_repeated(given):
    given("unix:///run/redis.sock")
    assert env_url("COACH_X", "", schemes=("redis", "unix")) == "unix:///run/redis.sock"

    given("user:secret@host")
    with pytest.raises(
        ImproperlyConfigured, match=r"^COACH_X: expected an address that starts with redis://, unix://$"
    ):
        env_url("COACH_X", "", schemes=("redis", "unix"))


@pytest.mark.parametrize("text", ["web-1", "web_1", "web-1.example.com"])
def test_a_machine_may_be_called_as_hosts_are(given, text):
    given(text)

    assert env_host("COACH_X", "other") == text


@pytest.mark.parametrize("text", ["a b", "-a", "a;b", "$(id)"])
def test_a_machine_is_called_by_nothing_that_a_shell_would_read(given, text):
    given(text)

    with pytest.raises(ImproperlyConfigured, match=r"expected letters, digits, \., - and _"):
        env_host("COACH_X", "other")


@pytest.mark.parametrize(
    ("text", "found"),
    [("", {}), ("a=1", {"a": 1.0}), (" a = 1.5 , b=-2 ", {"a": 1.5, "b": -2.0})],
)
def test_numbers_have_names(given, text, found):
    given(text)

    assert env_numbers("COACH_X") == found


@pytest.mark.parametrize("text", ["a", "a=", "a=b", "=1,=2", "a=1,a=2"])
def test_numbers_without_names_stop_the_process(given, text):
    given(text)

    with pytest.raises(ImproperlyConfigured, match="COACH_X="):
        env_numbers("COACH_X")
