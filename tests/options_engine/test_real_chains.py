from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from tests.options_engine.chain_reading import Reading, read
from tests.options_engine.real_chains import DATA, FOLDERS, Recorded, whole_chains

pytestmark = [
    pytest.mark.skipif(
        not all((DATA / folder).is_dir() for folder in FOLDERS), reason="the recorded chains are not here"
    ),
    # Read once: two processes would each read all of them.
    pytest.mark.xdist_group("real chains"),
]
POINT = 0.01
# Read by their source on the Saturday after, with a rate of 0 and as European options; many of the quotes are a dollar
# wide. Calls and puts of one strike and two years differ by ten points there.
LOOSE = "_2026-08-21"
# Middles of quotes that are older than the price beside them: calls below their intrinsic value.
UNTIMELY = ("AAPL_2014", "NWSA_2013")


@pytest.fixture(scope="module")
def readings() -> dict[str, tuple[Recorded, Reading]]:
    """Warnings are errors here as everywhere: the engine has none for any of these chains."""
    return {recorded.name: (recorded, read(recorded)) for recorded in whole_chains()}


def test_every_file_is_read_and_every_contract_accounted_for(readings: dict[str, tuple[Recorded, Reading]]) -> None:
    assert len(readings) == 50
    for name, (_, reading) in readings.items():
        assert reading.used + sum(reading.dropped.values()) == reading.contracts, name
        assert np.isfinite(reading.sigma).sum() == reading.used, name


def test_a_whole_chain_of_an_index_has_a_forward_for_every_date(readings: dict[str, tuple[Recorded, Reading]]) -> None:
    whole = [reading for recorded, reading in readings.values() if recorded.european and reading.contracts > 1000]

    assert len(whole) == 7
    for reading in whole:
        assert reading.forwards >= reading.expiries - 2
        # Half is in the money; of the rest a twentieth may be refused, in wide markets a third.
        assert reading.used >= 0.35 * reading.contracts


def test_our_volatility_near_the_money_is_the_exchanges(readings: dict[str, tuple[Recorded, Reading]]) -> None:
    cboe = {
        name: reading
        for name, (recorded, reading) in readings.items()
        if recorded.has_quotes and recorded.has_iv and LOOSE not in name
    }

    assert len(cboe) == 11
    for name, reading in cboe.items():
        assert len(reading.gaps) >= 50, name
        assert np.median(reading.gaps) <= 0.5 * POINT, name
        assert np.quantile(reading.gaps, 0.95) <= 2 * POINT, name


def test_our_volatility_of_spx_in_the_session_is_the_exchanges_to_a_twentieth_of_a_point(
    readings: dict[str, tuple[Recorded, Reading]],
) -> None:
    for name in ("SPX_2022-07-12_intraday", "SPX_2023-06-09_intraday"):
        assert np.median(readings[name][1].gaps) <= 0.05 * POINT


def test_our_volatility_of_stocks_is_near_what_another_source_says(
    readings: dict[str, tuple[Recorded, Reading]],
) -> None:
    loose = {name: reading for name, (_, reading) in readings.items() if LOOSE in name}

    assert len(loose) == 7
    for name, reading in loose.items():
        assert len(reading.gaps) >= 20, name
        assert np.median(reading.gaps) <= 2.5 * POINT, name


def test_untimely_quotes_are_told_by_their_arbitrage(readings: dict[str, tuple[Recorded, Reading]]) -> None:
    for name, (_, reading) in readings.items():
        if name.startswith(UNTIMELY) and reading.contracts > reading.dropped.get("no_quote", 0):
            assert reading.dropped["butterfly"] > 0.2 * (reading.contracts - reading.dropped.get("no_quote", 0)), name


def test_minutes_of_a_day_are_read_as_they_were_known(readings: dict[str, tuple[Recorded, Reading]]) -> None:
    chain = readings["SPXW_2021-01-04_12:00"][0].chain

    assert chain.as_of == datetime(2021, 1, 4, 17, tzinfo=UTC)
    assert len(chain) == 12
    # The index fell by more than a percent that morning and had two thirds of it back at 15:45.
    assert 3660 < chain.spot < 3720
    assert readings["SPXW_2021-01-04_15:45"][1].used > 0
