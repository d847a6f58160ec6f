"""Filters: the dash that says why, and instants in the trader's zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone

from coach.templatetags import formats

AT = datetime(2026, 2, 9, 15, 32, 7, tzinfo=UTC)
# Clocks change in the United States two weeks before they do in Europe.
BETWEEN_THE_CHANGES = datetime(2026, 3, 16, 14, 0, tzinfo=UTC)


def printed(template: str, **facts: object) -> str:
    return Template("{% load formats %}" + template).render(Context(facts))


@pytest.mark.parametrize(
    "name",
    [
        "money",
        "pnl",
        "strike",
        "points",
        "change",
        "percent",
        "change_percent",
        "compact",
        "in_r",
        "or_dash",
        "eastern",
    ],
)
def test_a_missing_number_is_a_dash_with_its_reason(name: str) -> None:
    html = printed(f'{{{{ value|{name}:"no quote" }}}}', value=None)

    assert html == (
        '<span class="missing" title="Not available: no quote"><span aria-hidden="true">—</span>'
        '<span class="sr-only">not available: no quote</span></span>'
    )


def test_nan_is_missing_and_never_0() -> None:
    assert "—" in printed("{{ value|money }}", value=float("nan"))


def test_a_reason_is_escaped() -> None:
    assert "<script>" not in printed("{{ value|money:reason }}", value=None, reason="<script>")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("money", 5012.366, "$5,012.37"),
        ("whole", 81.4, "81"),
        ("ratio", 1.849, "1.85"),
        ("percent_whole", 81, "81%"),
        ("confidence", 0.81, "81%"),
        ("setup_name", "orb_breakout", "ORB breakout"),
        ("in_r", -0.5, "-0.50 R"),
        ("or_dash", "15 min", "15 min"),
        ("sign_token", -0.5, "neg"),
        ("eastern", AT, f'<time datetime="{AT.isoformat()}">10:32 ET</time>'),
        ("eastern_day", AT, f'<time datetime="{AT.isoformat()}">Feb 9, 2026, 10:32 ET</time>'),
    ],
)
def test_numbers_print_in_their_format(name: str, value: object, text: str) -> None:
    assert printed(f"{{{{ value|{name} }}}}", value=value) == text


def test_a_large_number_keeps_its_full_value_in_the_tooltip() -> None:
    assert printed("{{ value|compact }}", value=1_234_567) == '<span title="1,234,567">1.2M</span>'


@pytest.mark.parametrize(
    ("zone", "at", "text"),
    [
        ("America/New_York", AT, "10:32 ET"),
        ("Europe/Zurich", AT, "16:32 CET"),
        ("UTC", AT, "15:32 UTC"),
        ("America/New_York", BETWEEN_THE_CHANGES, "10:00 ET"),
        ("Europe/Zurich", BETWEEN_THE_CHANGES, "15:00 CET"),
    ],
)
def test_an_instant_is_shown_in_the_traders_zone_with_its_letters(zone: str, at: datetime, text: str) -> None:
    with timezone.override(ZoneInfo(zone)):
        html = formats.instant(at)

    assert f">{text}</time>" in html
    assert f'datetime="{at.isoformat()}"' in html


def test_the_age_of_a_price_is_plain_text() -> None:
    with timezone.override(ZoneInfo("America/New_York")):
        assert formats.as_of(AT) == "as of 10:32 ET"
    assert formats.as_of(None) == ""


def test_an_instant_that_never_came_is_a_dash() -> None:
    assert "—" in formats.instant(None, "nothing yet")


def test_instants_to_the_second_and_with_their_date() -> None:
    with timezone.override(ZoneInfo("America/New_York")):
        assert ">10:32:07 ET<" in formats.instant_seconds(AT)
        assert ">Feb 9, 10:32 ET<" in formats.day_and_time(AT)
