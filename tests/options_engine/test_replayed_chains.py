"""Every recorded chain through the whole product: the replayed market, the use cases, with the clock at its moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from market import clock, vendors
from market.errors import NoChains
from market.pure.sessions import NEW_YORK
from market.vendors.replay import ReplayVendor
from market.vendors.replay_chain_files import chain_files, open_file
from options_engine import chains, exposure, surfaces, volatility
from options_engine.errors import NoSpot, TooLittle
from tests.options_engine.real_chains import DATA, FOLDERS, TIMES, underlying_minutes

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not all((DATA / folder).is_dir() for folder in FOLDERS), reason="the recorded chains are not here"
    ),
]
CBOE, DESK, EVENINGS, MINUTES = FOLDERS
SECOND = timedelta(seconds=1)


@pytest.fixture
def vendor(settings: Settings, tmp_path: Path) -> Any:
    @contextmanager
    def standing(folder: str, at: datetime, bars: str = "") -> Iterator[ReplayVendor]:
        settings.MARKET_PROVIDER, settings.REPLAY_PATH = "replay", bars
        settings.REPLAY_CHAINS = str(DATA / folder)
        made = ReplayVendor()
        with vendors.using(made), clock.standing(at):
            yield made

    return standing


def downloads() -> list[tuple[str, str, Path]]:
    return [
        (folder, symbol, path)
        for folder in (CBOE, DESK)
        for symbol, paths in (chain_files(DATA / folder).items() if (DATA / folder).is_dir() else ())
        for path in paths
    ]


def adds_up(quality: dict[str, Any]) -> None:
    """Hold the counts of an answer against each other: each contract is over, quoted or refused for one reason."""
    live = quality["contracts"] - quality["expired"]
    assert quality["contracts"] > 0
    assert live == quality["quoted"] + sum(quality["filtered"].values())
    assert 0 <= quality["ivSolved"] + quality["ivVendor"] <= live


@pytest.mark.parametrize(("folder", "symbol", "path"), downloads(), ids=lambda each: getattr(each, "name", None))
def test_a_whole_chain_is_answered_at_its_moment(vendor: Any, folder: str, symbol: str, path: Path) -> None:
    [known_at] = open_file(symbol, path).known_at()

    with vendor(folder, known_at):
        chain = chains.chain(symbol)
        gex = exposure.gex(symbol)

    told = datetime.fromisoformat(chain["asOf"])
    assert told <= known_at
    assert known_at - told < timedelta(days=3)
    assert chain["delayed"]
    assert not chain["simulated"]
    adds_up(chain["dataQuality"])
    adds_up(gex["dataQuality"])
    assert 0.03 < chain["atmIV"] / 100 < 1.5
    listed = {row["strike"] for side in chain["options"].values() for row in side}
    assert len(listed) == 21  # some list one side alone
    assert chain["atmStrike"] in listed
    assert chain["dataQuality"]["ivSolved"] > 0.5 * len(chain["options"]["calls"])
    assert gex["netGex"] != 0
    assert gex["expirationsAnalyzed"][0] >= known_at.astimezone(NEW_YORK).date().isoformat()
    assert chain["currentPrice"] == gex["spotPrice"]


# A few of them: test_real_surfaces.py holds the fit of all.
@pytest.mark.parametrize(("folder", "symbol", "path"), downloads()[::5], ids=lambda each: getattr(each, "name", None))
def test_a_whole_chain_has_its_volatility_and_its_surface_told(
    vendor: Any, folder: str, symbol: str, path: Path
) -> None:
    [known_at] = open_file(symbol, path).known_at()

    with vendor(folder, known_at):
        analysis = volatility.answer(symbol, strikes=5)
        fitted = surfaces.fitted(symbol)

    report, slices = fitted["arbitrageReport"], fitted["slices"]
    assert {each["reason"] for each in report["leftOut"]} <= {"too_few_strikes"}
    assert len(slices) >= 4
    assert report["butterflyFree"]
    assert report["calendarFree"]
    assert [each["years"] for each in slices] == sorted(each["years"] for each in slices)
    told = {each["date"]: each["atmIV"] for each in analysis["termStructure"]["expirations"]}
    shared = [(each["atmIV"], told[each["date"]]) for each in slices if told.get(each["date"])]
    assert shared
    for surface_iv, smile_iv in shared:
        assert surface_iv == pytest.approx(smile_iv, abs=max(1.0, 0.05 * smile_iv))
    assert 6 <= len(analysis["skew"]["smile"]) <= 11


def test_spx_of_june_9_is_what_it_was(vendor: Any) -> None:
    with vendor(CBOE, datetime(2023, 6, 9, 13, 40, tzinfo=NEW_YORK)):
        chain = chains.chain("SPX")
        gex = exposure.gex("SPX")

    assert (chain["expiry"], chain["root"], chain["currentPrice"], chain["stale"]) == (
        "2023-06-09",
        "SPXW",
        4300.01,
        False,
    )
    quality = chain["dataQuality"]
    assert (quality["contracts"], quality["quoted"]) == (390, 372)
    # A straddle of 10.70 with two hours and twenty minutes to go: 10.70 / (0.8 x 4300 x sqrt(T)) is 19.1 %.
    assert chain["atmIV"] == pytest.approx(19.1, abs=0.2)
    assert chain["forward"] == pytest.approx(4300, abs=1.0)
    assert (gex["callWall"], gex["flipPoint"]) == (4300, pytest.approx(4256.6, abs=0.5))


def test_nothing_is_told_before_it_was_recorded_nor_long_after(vendor: Any) -> None:
    at = datetime(2023, 6, 9, 13, 40, tzinfo=NEW_YORK)

    for now in (at - SECOND, at + timedelta(minutes=15, seconds=1)):
        with vendor(CBOE, now), pytest.raises(NoChains):
            chains.chain("SPX")


@pytest.mark.parametrize("symbol", ["AAPL", "NWSA", "SPX"])
def test_evenings_are_answered_with_the_volatilities_they_have(vendor: Any, symbol: str) -> None:
    with_gex, without, known = 0, 0, 0
    [path] = chain_files(DATA / EVENINGS)[symbol]
    for known_at in open_file(symbol, path).known_at():
        with vendor(EVENINGS, known_at):
            chain = chains.chain(symbol)
            try:
                adds_up(exposure.gex(symbol)["dataQuality"])
                with_gex += 1
            except TooLittle:  # some evenings know no open interest
                without += 1
        adds_up(chain["dataQuality"])
        known += chain["dataQuality"]["ivVendor"] > 0
        assert chain["dataQuality"]["quoted"] == chain["dataQuality"]["ivSolved"] == 0
        assert {row["ivSource"] for side in chain["options"].values() for row in side} <= {"vendor", None}
    # On the eve of an expiry AAPL's file has no volatility of what expires next, on its last day none at all.
    assert (with_gex, without, known) == {"AAPL": (4, 1, 3), "NWSA": (4, 0, 4), "SPX": (7, 0, 7)}[symbol]


@pytest.mark.parametrize("symbol", ["SPX", "SPY", "TWX"])
def test_minute_quotes_are_answered_with_the_spot_of_the_bars(vendor: Any, tmp_path: Path, symbol: str) -> None:
    [day] = {path.name.split("_")[1] for path in chain_files(DATA / MINUTES)[symbol]}
    moments = [datetime.combine(datetime.fromisoformat(day), at, tzinfo=NEW_YORK) for at in TIMES]
    bars = underlying_minutes(symbol, moments[0])
    if bars is not None:
        bars.to_parquet(tmp_path / f"{symbol}.parquet")

    for at in moments:
        with vendor(MINUTES, at, str(tmp_path)):
            if bars is None:
                with pytest.raises(NoSpot):
                    chains.chain(symbol)
                continue
            chain = chains.chain(symbol)
            with pytest.raises(TooLittle):  # the quotes know no open interest
                exposure.gex(symbol)
        adds_up(chain["dataQuality"])
        assert datetime.fromisoformat(chain["asOf"]) == at
        assert chain["dataQuality"]["ivSolved"] > 0
