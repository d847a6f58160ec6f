"""The list of what the existing front end asks for is complete, and the list of what is to come is true.

The screens themselves are played in tests/live/test_existing_front_end.py.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.contract.schemas import contract
from tests.contract.test_routes import METHODS, ROUTES
from tests.live.screens import KINDS, NO_SCREEN, READS, SCREENS, TO_COME, is_usable, screens_of, values

DOCS = Path(__file__).resolve().parents[2] / "docs"


def table(file: str, heading: str) -> list[list[str]]:
    """Return the rows of the table under a heading, without its head."""
    section = (DOCS / file).read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return rows[1:]


def in_the_contract() -> set[tuple[str, str]]:
    paths = {path: item for path, item in contract()["paths"].items() if path.startswith("/api/")}
    return {(path, method) for path, item in paths.items() for method in METHODS if method in item}


ASKED = frozenset(operation for asked in SCREENS.values() for operation in asked)


def test_the_screens_are_those_of_the_contracts_table() -> None:
    assert [screen for screen, *_ in table("contract/README.md", "What the front end reads")] == list(SCREENS)


def test_every_operation_of_the_contract_has_a_screen_or_is_known_to_have_none() -> None:
    assert in_the_contract() == ASKED | NO_SCREEN
    assert set() == ASKED & NO_SCREEN


def test_what_is_to_come_is_exactly_what_the_screens_ask_for_and_nobody_serves() -> None:
    # ROUTES is held against the addresses of the service in test_routes.py.
    assert ASKED - set(ROUTES) == TO_COME


def test_what_the_document_says_is_to_come_is_that_list() -> None:
    said = {
        screen: {(path, method.lower()) for method, path in re.findall(r"`([A-Z]+) (/api/[^`]+)`", asked)}
        for screen, asked in table("existing-front-end.md", "What is not there yet")
    }

    assert said == screens_of(TO_COME)


def test_what_is_read_belongs_to_the_screen_and_is_served() -> None:
    assert [key for key in READS if key[1] not in SCREENS[key[0]] or key[1] in TO_COME] == []


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        (1.5, {"number"}),
        (1_770_652_800, {"number", "seconds"}),
        (1_770_652_800_000, {"number"}),
        ("1.5", {"text"}),
        (float("nan"), set()),
        (True, {"flag"}),
        ("", set()),
        ("2026-02-09T14:31:00Z", {"text", "time"}),
        ("2026-02-09T14:31:00.25-05:00", {"text", "time"}),
        ("2026-02-09T14:31:00", {"text"}),
        ({}, {"object"}),
        ([], set()),
        (None, set()),
    ],
)
def test_what_a_screen_can_do_with_a_value(value: object, kinds: set[str]) -> None:
    usable = {kind for kind in KINDS if is_usable(value, kind)}

    assert usable == kinds
    assert is_usable(value, "number?") is (value is None or "number" in kinds)


def test_what_a_screen_finds_at_a_path() -> None:
    body = {"bars": [{"close": 1}, {"close": 2}], "list": {"id": "a"}}

    assert list(values(body, "bars[].close")) == [1, 2]
    assert list(values(body, "list.id")) == ["a"]
    for path in ("bars[].open", "list.name", "rows", "list[]", "list.id.more"):
        with pytest.raises(AssertionError):
            list(values(body, path))
