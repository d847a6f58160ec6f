from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from accounts.models import User
from market import calendar, clock
from market.models import ClockState, SessionOverride
from tests.factories.accounts import UserFactory
from tests.factories.market import (
    EconomicEventFactory,
    SessionBarsFactory,
    SessionOverrideFactory,
    SymbolReferenceFactory,
    WatchlistFactory,
)
from tests.market.past import minutes

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 2, 10, 17, tzinfo=UTC)
READ_ONLY = ["watchlist", "following", "symbolreference", "sessionbars"]


@pytest.fixture
def operator() -> User:
    return UserFactory.create(is_staff=True, is_superuser=True)


@pytest.fixture
def pages(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


@pytest.fixture
def simulated() -> Iterator[None]:
    """A simulated clock that is paused at noon, so that only what a test does moves it."""
    clock.set_state(mode="simulated", market_at=NOON, speed=30.0, paused=True)
    yield
    clock.forget()


def act(pages: Client, action: str) -> str:
    """Run an action on the one clock and return what the page says."""
    body = {"action": action, "_selected_action": [ClockState.THE_ONE]}
    response = pages.post(reverse("admin:market_clockstate_changelist"), body, follow=True)
    return " ".join(str(message) for message in response.context["messages"])


def some_rows() -> None:
    SymbolReferenceFactory.create()
    SessionBarsFactory.create(packed=minutes("2026-02-09T09:30", [(11.0, 9.0, 10.0)] * 7).pack())
    SessionOverrideFactory.create()
    EconomicEventFactory.create()


@pytest.mark.usefixtures("simulated")
@pytest.mark.parametrize("name", [*READ_ONLY, "sessionoverride", "economicevent", "clockstate"])
def test_every_table_can_be_looked_through_and_searched(pages: Client, name: str) -> None:
    some_rows()

    assert pages.get(reverse(f"admin:market_{name}_changelist")).status_code == 200
    assert pages.get(reverse(f"admin:market_{name}_changelist"), {"q": "SP"}).status_code == 200


def test_kept_sessions_say_how_many_minutes_they_have(pages: Client) -> None:
    some_rows()

    page = pages.get(reverse("admin:market_sessionbars_changelist"))

    assert '<td class="field-minutes">7</td>' in page.content.decode()


@pytest.mark.parametrize("name", READ_ONLY)
def test_what_only_the_code_writes_cannot_be_added(pages: Client, name: str) -> None:
    assert pages.get(reverse(f"admin:market_{name}_add")).status_code == 403


def test_a_traders_list_can_be_read_and_not_changed(pages: Client, operator: User) -> None:
    row = WatchlistFactory.create(user=operator)
    page = reverse("admin:market_watchlist_change", args=[row.pk])

    assert pages.get(page).status_code == 200
    assert pages.post(page, {"name": "taken"}).status_code == 403
    assert pages.post(reverse("admin:market_watchlist_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_an_unscheduled_closure_takes_effect(pages: Client) -> None:
    page = reverse("admin:market_sessionoverride_add")

    pages.post(page, {"date": "2026-02-11", "kind": "closed", "reason": "a storm"})

    assert SessionOverride.objects.get().kind == "closed"
    assert not calendar.is_trading_day(date(2026, 2, 11))


def test_an_early_close_needs_its_time(pages: Client) -> None:
    page = reverse("admin:market_sessionoverride_add")
    body = {"date": "2026-02-11", "kind": "early_close", "reason": "a storm"}

    refused = pages.post(page, body)
    pages.post(page, body | {"close_time": "13:00"})

    assert refused.status_code == 200
    assert SessionOverride.objects.get().close_time == time(13)


@pytest.mark.usefixtures("simulated")
def test_the_clock_is_paused_and_goes_on(pages: Client) -> None:
    assert "going on" in act(pages, "go_on")
    assert not clock.paused()
    assert "paused" in act(pages, "pause")
    assert clock.paused()


@pytest.mark.usefixtures("simulated")
def test_the_clock_runs_at_another_speed(pages: Client) -> None:
    assert "running at 120x" in act(pages, "run_at_120")

    assert clock.speed() == 120


@pytest.mark.usefixtures("simulated")
@pytest.mark.parametrize(
    ("action", "at"),
    [
        ("jump_to_open", datetime(2026, 2, 11, 14, 30, tzinfo=UTC)),
        ("jump_to_close", datetime(2026, 2, 10, 21, tzinfo=UTC)),
    ],
)
def test_the_clock_jumps(pages: Client, operator: User, action: str, at: datetime) -> None:
    act(pages, action)

    assert clock.now() == at
    assert LogEntry.objects.get(user=operator).object_id == "1"


@pytest.mark.usefixtures("simulated")
def test_the_clock_is_set_on_its_own_page(pages: Client) -> None:
    page = reverse("admin:market_clockstate_change", args=[ClockState.THE_ONE])
    assert pages.get(page).status_code == 200

    pages.post(page, {"speed": "5", "paused": "on", "jump_to_0": "2026-02-12", "jump_to_1": "15:00:00"})

    assert (clock.speed(), clock.paused(), clock.now()) == (5, True, datetime(2026, 2, 12, 15, tzinfo=UTC))


def test_the_live_clock_cannot_be_set(pages: Client) -> None:
    clock.set_state(mode="live")

    assert "wall clock" in act(pages, "pause")
    page = reverse("admin:market_clockstate_change", args=[ClockState.THE_ONE])
    assert "wall clock" in pages.post(page, {"speed": "5"}).content.decode()
    assert LogEntry.objects.count() == 0


@pytest.mark.usefixtures("simulated")
def test_the_clock_can_be_neither_added_nor_deleted(pages: Client) -> None:
    assert pages.get(reverse("admin:market_clockstate_add")).status_code == 403
    assert pages.post(reverse("admin:market_clockstate_delete", args=[1]), {"post": "yes"}).status_code == 403
