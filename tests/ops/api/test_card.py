"""GET /: the service card for machines, the pages for people."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from ops.service import ENDPOINTS
from tests.contract.schemas import assert_response, contract

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/json, text/plain, */*"])
def test_a_machine_gets_the_card(client: Client, accept: str | None) -> None:
    response = client.get("/", headers={"Accept": accept} if accept else None)

    body = assert_response(response, "/")
    assert body["name"] == "TITM AI Coach Backend"
    assert body["status"] == "running"


@pytest.mark.parametrize("accept", [BROWSER, "text/html"])
def test_a_browser_is_sent_to_the_pages(client: Client, accept: str) -> None:
    response = client.get("/", headers={"Accept": accept})

    assert (response.status_code, response["Location"]) == (302, "/coach/")


def test_every_key_of_the_contract_is_there() -> None:
    declared = contract()["components"]["schemas"]["ServiceInfo"]["properties"]["endpoints"]["properties"]

    assert set(declared) - set(ENDPOINTS) == set()


def test_every_path_is_one_of_the_contract() -> None:
    paths = {re.sub(r"\{(\w+)\}", r":\1", path) for path in contract()["paths"]} | {"/ws/prices"}

    assert set(ENDPOINTS.values()) - paths == set()
