"""Changes without scripts: a form, a change, a redirect back."""

from __future__ import annotations

import uuid
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.models import User
from detectors.models import Status, TrackedSetup
from tests.coach.reading import read
from tests.factories.detectors import TrackedSetupFactory

BACK = "/coach/tracked/?status=all"


@pytest.fixture
def setup(user: User) -> TrackedSetup:
    return TrackedSetupFactory.create(user=user, source_opportunity_id="idea-1")


def said(browser: Client) -> list[str]:
    return [node.text() for node in read(browser.get(BACK).content).all("notice")]


@pytest.mark.parametrize("status", [Status.TRIGGERED, Status.INVALIDATED, Status.ARCHIVED])
def test_a_status_is_set_and_the_trader_is_led_back(browser: Client, setup: TrackedSetup, status: str) -> None:
    response = browser.post(f"/coach/tracked/{setup.id}/status", {"status": status, "next": BACK})

    setup.refresh_from_db()
    assert (response.status_code, response["Location"], setup.status) == (302, BACK, status)
    assert said(browser)[0].startswith("SPY is now in ")


def test_reopening_into_a_conflict_is_refused_in_words(browser: Client, user: User, setup: TrackedSetup) -> None:
    old = TrackedSetupFactory.create(user=user, source_opportunity_id="idea-1", status=Status.ARCHIVED)

    browser.post(f"/coach/tracked/{old.id}/status", {"status": "active", "next": BACK})

    old.refresh_from_db()
    assert old.status == Status.ARCHIVED
    assert said(browser)[0].startswith("SPY stays as it is: ")


def test_an_unknown_status_changes_nothing(browser: Client, setup: TrackedSetup) -> None:
    browser.post(f"/coach/tracked/{setup.id}/status", {"status": "won"})

    setup.refresh_from_db()
    assert setup.status == Status.ACTIVE


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_nobody_is_led_elsewhere(browser: Client, setup: TrackedSetup, target: str) -> None:
    response = browser.post(f"/coach/tracked/{setup.id}/status", {"status": "archived", "next": target})

    assert response["Location"] == "/coach/tracked/"


def test_notes_have_a_page_and_a_partial(browser: Client, setup: TrackedSetup) -> None:
    page = read(browser.get(f"/coach/tracked/{setup.id}/notes").content)
    part = read(browser.get(f"/coach/tracked/{setup.id}/notes", {"part": "form"}).content)

    assert page.one("notes-input").attributes["maxlength"] == "2000"
    assert [node.tag for node in part.children if not isinstance(node, str)] == ["form"]


@pytest.mark.parametrize(
    ("text", "kept"), [("hold above 101", "hold above 101"), ("  ", None), ("x" * 2000, "x" * 2000), ("a\r\nb", "a\nb")]
)
def test_notes_are_kept_as_they_are_and_blank_is_none(
    browser: Client, setup: TrackedSetup, text: str, kept: str | None
) -> None:
    response = browser.post(f"/coach/tracked/{setup.id}/notes", {"notes": text, "next": BACK})

    setup.refresh_from_db()
    assert (response.status_code, setup.notes) == (302, kept)


def test_notes_that_are_too_long_come_back_with_the_text(browser: Client, setup: TrackedSetup) -> None:
    response = browser.post(f"/coach/tracked/{setup.id}/notes", {"notes": "x" * 2001})

    page = read(response.content)
    assert response.status_code == 422
    assert page.one("notes-input").text() == "x" * 2001
    assert "at most 2000 characters" in page.one("panel-notes").text()


def test_deleting_asks_first(browser: Client, setup: TrackedSetup) -> None:
    page = read(browser.get(f"/coach/tracked/{setup.id}/delete").content)

    assert "gone for good" in page.one("panel-delete").text()
    assert TrackedSetup.objects.filter(pk=setup.pk).exists()


def test_deleting_removes_the_row(browser: Client, setup: TrackedSetup) -> None:
    browser.post(f"/coach/tracked/{setup.id}/delete", {"next": BACK})

    assert not TrackedSetup.objects.filter(pk=setup.pk).exists()
    assert said(browser) == ["SPY deleted."]


@pytest.mark.parametrize(
    ("action", "left"), [("archived", {Status.ARCHIVED: 2}), ("invalidated", {Status.INVALIDATED: 2}), ("delete", {})]
)
def test_several_rows_are_changed_at_once(
    browser: Client, user: User, setup: TrackedSetup, action: str, left: dict[str, int]
) -> None:
    other = TrackedSetupFactory.create(user=user)
    gone = uuid.uuid4()

    browser.post(
        "/coach/tracked/bulk", {"action": action, "ids": [str(setup.id), str(other.id), str(gone)], "next": BACK}
    )

    found = [row.status for row in TrackedSetup.objects.owned_by(user.pk)]
    assert {status: found.count(status) for status in set(found)} == left
    assert said(browser) == [f"2 {'deleted' if action == 'delete' else 'changed'}, 1 gone already."]


@pytest.mark.parametrize(("ids", "text"), [([], "Tick the setups first"), (["nonsense"], "That cannot be done.")])
def test_a_bulk_form_that_makes_no_sense_changes_nothing(
    browser: Client, setup: TrackedSetup, ids: list[str], text: str
) -> None:
    browser.post("/coach/tracked/bulk", {"action": "archived", "ids": ids})

    setup.refresh_from_db()
    assert setup.status == Status.ACTIVE
    assert said(browser)[0].startswith(text)


def test_forms_need_their_token(user: User, setup: TrackedSetup) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    response = strict.post(f"/coach/tracked/{setup.id}/status", {"status": "archived"})

    setup.refresh_from_db()
    assert (response.status_code, setup.status) == (403, Status.ACTIVE)
    assert "This form is no longer valid" in response.content.decode()


@pytest.mark.parametrize(
    ("sent_from", "led_back_to"), [(BACK, BACK), ("https://evil.example/", "/coach/"), ("", "/coach/")]
)
def test_a_form_sent_after_signing_out_leads_back_to_its_page(client: Client, sent_from: str, led_back_to: str) -> None:
    response = client.post(f"/coach/tracked/{uuid.uuid4()}/status", {"status": "archived", "next": sent_from})

    assert response["Location"] == f"/accounts/sign-in?next={quote(led_back_to)}"


def test_the_page_of_refused_notes_links_only_to_our_pages(browser: Client, setup: TrackedSetup) -> None:
    address = f"/coach/tracked/{setup.id}/notes"
    response = browser.post(address, {"notes": "x" * 2001, "next": "javascript:alert(1)"})

    assert b"javascript:alert" not in response.content
