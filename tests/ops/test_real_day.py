"""A recorded day through feed, detectors, tracking and event log, twice: the same log to the letter."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from config.redis import client, key
from detectors.models import Attention, DetectedSetup, Hearing, SymbolCursor, TrackedSetup
from market import vendors, watchlists
from market.models import SessionBars
from market.vendors.replay import ReplayVendor
from ops import lockstep
from realtime.models import Event
from tests.factories.accounts import UserFactory

BARS = Path(__file__).resolve().parents[3] / "shared" / "data" / "bars_1min_2025_26"
DAY = date(2026, 2, 4)  # six setups of that day reach their target or stop
SYMBOLS = ["SPY", "QQQ", "NVDA", "META", "SMH", "XLF", "COIN", "NFLX"]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not BARS.is_dir(), reason="the recorded bars are not here"),
]


def play(settings: Any) -> list[str]:
    """Run the day from a clean store and return its events, by market time, symbol, type and user."""
    for model in (Event, TrackedSetup, DetectedSetup, SymbolCursor, Hearing, Attention, SessionBars):
        model.objects.all().delete()
    names = list(client().scan_iter(match=key("*"), count=1000))
    if names:
        client().delete(*names)
    settings.REPLAY_PATH, settings.REPLAY_STAMP = str(BARS), "start"
    with vendors.using(ReplayVendor()):
        lockstep.run(DAY)
    columns = "created_at::text, symbol, type, coalesce(user_id::text, ''), channel, payload, facts"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM realtime_event ORDER BY 1, 2, 3, 4, payload::text")  # noqa: S608 -- ours
        return [json.dumps(row, sort_keys=True) for row in cursor.fetchall()]


def test_two_lockstep_runs_of_a_real_day_write_identical_event_logs(settings: Any):
    for trader in UserFactory.create_batch(2):
        watchlists.change(trader, watchlists.default_list(trader).id, symbols=SYMBOLS)

    first = play(settings)
    detections = DetectedSetup.objects.count()
    open_setups = TrackedSetup.objects.active().count()
    unresolved = DetectedSetup.objects.unresolved().exclude(plan=None).count()
    second = play(settings)

    assert first == second
    assert detections > 0
    kinds = {json.loads(row)[2] for row in first}
    assert kinds >= {"setup_detected", "setup_update"}
    assert (open_setups, unresolved) == (0, 0)
