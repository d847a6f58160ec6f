from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from config.redis import client
from detectors import backgrounds
from detectors.models import DetectedSetup
from market import calendar, clock, panels, session_store
from market.openings import LABELS
from tests.detectors.conftest import MONDAY, Floor, after_minute
from tests.detectors.sessions import OPEN_TS, QUIET, as_bars
from tests.factories.options_engine import GammaSnapshotFactory

pytestmark = pytest.mark.django_db
EARLY = (100, 103, 97, 100, 50)


def trade_early(floor: Floor, symbol: str) -> None:
    """Have a symbol trade two minutes before the open and twenty after it."""
    floor.trade(symbol, [QUIET] * 20)
    pipe = client().pipeline()
    bars = as_bars([EARLY, EARLY, *[QUIET] * 20], open_ts=OPEN_TS - 120)
    session_store.write(pipe, MONDAY, symbol, bars)
    pipe.execute()


def test_a_session_knows_its_levels_its_gaps_and_its_gamma(floor: Floor) -> None:
    trade_early(floor, "SPX")
    GammaSnapshotFactory.create(symbol="SPX", session_date=MONDAY, as_of=after_minute(3), spot=100.0)
    with clock.standing(after_minute(19)):
        session = calendar.session(MONDAY)
        found = backgrounds.of(panels.panel(["SPX"], session), session)

    assert set(found.levels["SPX"]) == {*LABELS, "PMH", "PML"}
    assert (found.levels["SPX"]["PMH"], found.levels["SPX"]["PML"]) == (103, 97)
    assert (found.levels["SPX"]["PDH"], found.levels["SPX"]["PDL"]) == (102, 98)
    assert len(found.gaps["SPX"].pct) > 30
    assert [profile.as_of_ts for profile in found.profiles["SPX"]] == [int(after_minute(3).timestamp())]


def test_who_has_no_past_has_no_background(floor: Floor) -> None:
    trade_early(floor, "NEW")
    del floor.vendor.daily["NEW"]
    with clock.standing(after_minute(19)):
        session = calendar.session(MONDAY)
        found = backgrounds.of(panels.panel(["NEW"], session), session)

    assert (found.levels, found.gaps, found.profiles) == ({}, {}, {})


def test_a_scan_reads_levels_gaps_and_names_what_triggered_together(floor: Floor) -> None:
    # A gap down from 100 to 98 that is half filled by a close at 99.2 in the second minute.
    floor.trade("SPY", [(98, 98.1, 97.9, 98, 900), (98, 99.3, 98, 99.2, 900)])

    floor.scan(minute=1)

    found = DetectedSetup.objects.get(setup_type="gap_fill")
    assert (found.direction, found.confidence, found.stop, found.target) == ("long", 70, 98.5, 100)
    assert found.signal_data["sampleSize"] == 0
    assert "confluence" not in found.signal_data
    assert found.detected_at == datetime.fromtimestamp(OPEN_TS, UTC) + timedelta(minutes=2)
    assert np.isclose(found.signal_data["gapPct"], -2.0)
