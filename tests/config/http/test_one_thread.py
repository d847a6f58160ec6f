"""Under ASGI, how often a request goes from the event loop to its thread."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.test import AsyncClient

ONE_THREAD = "config.http.one_thread.one_thread"


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect what is handed from the event loop to a thread."""
    names: list[str] = []
    plain = SyncToAsync.__call__

    async def noted(self: Any, *args: Any, **named: Any) -> Any:
        names.append(getattr(self.func, "__qualname__", repr(self.func)))
        return await plain(self, *args, **named)

    monkeypatch.setattr(SyncToAsync, "__call__", noted)
    return names


async def test_no_middlewares_hook_is_handed_over_by_itself(handed: list[str]) -> None:
    response = await AsyncClient().get("/health")

    assert response.status_code == 200
    assert [name for name in handed if "process_re" in name] == []


async def test_without_it_every_hook_is(handed: list[str], settings: Any) -> None:
    # The control: were it not so, the middleware would be for nothing and should go.
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != ONE_THREAD]

    response = await AsyncClient().get("/health")

    assert response.status_code == 200
    assert len([name for name in handed if "process_re" in name]) > 10


def test_it_stands_innermost(settings: Any) -> None:
    assert settings.MIDDLEWARE[-1] == ONE_THREAD
