"""The volatility surface of every recorded chain: what is kept, how near to its quotes, and free of free money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pytest
from scipy.special import ndtr

from market.pure.sessions import new_york_date
from options_engine import surfaces, term_readings
from options_engine.pure import ladder, surface
from options_engine.pure.own_volatilities import Source
from options_engine.pure.reading import read
from options_engine.pure.surface import Absence, Slice
from options_engine.pure.svi import Svi
from options_engine.term_readings import Rung
from tests.options_engine.real_chains import DATA, FOLDERS, Recorded, whole_chains

pytestmark = [
    pytest.mark.skipif(
        not all((DATA / folder).is_dir() for folder in FOLDERS), reason="the recorded chains are not here"
    ),
    # Read once: two processes would each read all of them.
    pytest.mark.xdist_group("real surfaces"),
]
POINT = 0.01
DENSE = 1000
# Of whole prices on a forward of 1: what doubles round.
ROUNDING = 1e-13
# Forty dates, the strikes of the longer ones from a fiftieth of the price on: any slice that rises steeply beyond its
# own quotes takes the later ones away.
HARDEST = "SPX_2022-02-05"


@dataclass(frozen=True)
class Case:
    """A recorded chain and the surface of its dates."""

    recorded: Recorded
    rungs: tuple[Rung, ...]
    made: tuple[Slice | Absence, ...]

    @property
    def slices(self) -> list[Slice]:
        return [each for each in self.made if isinstance(each, Slice)]


def _cases() -> Iterator[Case]:
    for recorded in whole_chains():
        chain = recorded.chain
        term = term_readings.of_reading(read(chain, {}, european=recorded.european, in_session=False), chain.as_of)
        days = [rung.day for rung in term.rungs]
        # The most that the product fits at once; of the hardest every date.
        count = len(days) if recorded.name == HARDEST else surfaces.MOST_EXPIRIES
        shown = term.of(ladder.pick(days, new_york_date(chain.as_of), count) if days else [])
        made = surface.fit([surface.Quotes.of_reading(rung.reading) for rung in shown.rungs])
        yield Case(recorded, shown.rungs, tuple(made))


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    """Warnings are errors here as everywhere: the fit has none for any of these chains."""
    return {case.recorded.name: case for case in _cases()}


def variance(svi: Svi, k: np.ndarray) -> np.ndarray:
    """Return total variance, the formula written out again."""
    return svi.level + svi.slope * (svi.lean * (k - svi.centre) + np.sqrt((k - svi.centre) ** 2 + svi.bend**2))


def calls(svi: Svi, k: np.ndarray) -> np.ndarray:
    """Return what calls on a forward of 1 cost at strikes e^k."""
    root = np.sqrt(variance(svi, k))
    d1 = -k / root + 0.5 * root
    return ndtr(d1) - np.exp(k) * ndtr(d1 - root)


def reach(made: Slice) -> tuple[float, float]:
    """Return how far a slice has to be free of arbitrage: a quarter further from the money than its quotes."""
    low, high = made.quotes.k[[0, -1]].tolist()
    return low + 0.25 * min(low, 0.0), high + 0.25 * max(high, 0.0)


def misses(made: Slice) -> tuple[float, float]:
    """Return the root mean square miss within a standard deviation of the money, and that in half spreads."""
    quotes = made.quotes
    off = np.sqrt(variance(made.svi, quotes.k) / quotes.t_years) - quotes.sigma
    inner = np.abs(quotes.k) <= quotes.sigma * np.sqrt(quotes.t_years)
    if not inner.any():
        inner = np.abs(quotes.k) == np.abs(quotes.k).min()
    return float(np.sqrt(np.mean(off[inner] ** 2))), float(np.sqrt(np.mean((off / quotes.tolerance)[inner] ** 2)))


def test_what_is_left_out_is_named_and_has_hardly_any_quotes(cases: dict[str, Case]) -> None:
    assert len(cases) == 50
    fitted, quoted = 0, 0
    for name, case in cases.items():
        assert len(case.made) == len(case.rungs), name
        for rung, made in zip(case.rungs, case.made, strict=True):
            strikes = len(np.unique(rung.reading.chain.strike[rung.reading.source == Source.QUOTE]))
            if not rung.reading.spot > 0:  # nothing is answered then, the product has no vega to weigh quotes by
                strikes = 0
            assert (made == "too_few_strikes") == (strikes < 6), f"{name} {rung.day}: {made} of {strikes} strikes"
            fitted += isinstance(made, Slice)
            quoted += strikes >= 6

    # Every date that quotes speak of is kept: none is left out for arbitrage or a poor fit.
    assert fitted == quoted
    assert fitted > 200


def test_whole_chains_have_a_slice_for_nearly_every_date(cases: dict[str, Case]) -> None:
    whole = [case for case in cases.values() if case.recorded.has_quotes and len(case.rungs) > 5]

    assert len(whole) == 18
    for case in whole:
        # Indexes are listed years ahead, and what is furthest is quoted too wide to say anything.
        assert len(case.slices) >= 0.75 * len(case.rungs), case.recorded.name
    assert sum(len(case.slices) for case in whole) >= 0.95 * sum(len(case.rungs) for case in whole)


def test_chains_without_quotes_have_no_surface(cases: dict[str, Case]) -> None:
    for name, case in cases.items():
        if not case.recorded.has_quotes:
            assert case.made == ("too_few_strikes",) * len(case.rungs), name


def test_slices_are_near_to_their_quotes(cases: dict[str, Case]) -> None:
    told = {name: np.array([misses(made) for made in case.slices]) for name, case in cases.items() if case.slices}

    assert len(told) >= 18
    for name, each in told.items():
        miss, share = np.median(each, axis=0)
        # An index is quoted to a tenth of a point: five numbers cannot pass between all of its bids and asks.
        assert miss <= 0.7 * POINT or share <= 1.0, name
        assert share <= 6.0, name
        # One by one: to two half spreads, or to what five numbers miss of a smile that bends twice. TSLA's weeks do.
        assert ((each[:, 0] <= 1.6 * POINT) | (each[:, 1] <= 2.0)).all(), f"{name}: {each}"
    every = np.concatenate(list(told.values()))
    assert np.median(every[:, 0]) <= 0.4 * POINT
    assert np.median(every[:, 1]) <= 2.0


def test_no_butterfly_costs_less_than_nothing(cases: dict[str, Case]) -> None:
    looked = 0
    for name, case in cases.items():
        for made in case.slices:
            low, high = reach(made)
            strikes = np.linspace(np.exp(low), np.exp(high), DENSE)
            assert variance(made.svi, np.log(strikes)).min() > 0, name
            prices = calls(made.svi, np.log(strikes))
            assert np.diff(prices, 2).min() >= -ROUNDING, f"{name}: {made.quotes.t_years} years"
            assert np.diff(prices).max() <= ROUNDING, name
            looked += 1
    assert looked > 200


def test_no_calendar_spread_costs_less_than_nothing(cases: dict[str, Case]) -> None:
    looked = 0
    for name, case in cases.items():
        for at, later in enumerate(case.slices):
            for earlier in case.slices[:at]:
                (low, high), (from_, to) = reach(earlier), reach(later)
                k = np.linspace(max(low, from_), min(high, to), DENSE)
                gap = calls(later.svi, k) - calls(earlier.svi, k)
                assert gap.min() >= -ROUNDING, f"{name}: {earlier.quotes.t_years} to {later.quotes.t_years} years"
                looked += 1
    assert looked > 1000


def test_the_longest_ladder_is_kept_date_by_date(cases: dict[str, Case]) -> None:
    case = cases[HARDEST]

    assert len(case.slices) == 37
    # Beyond two years every quote is wider than a quarter of its price.
    out = [rung.day for rung, made in zip(case.rungs, case.made, strict=True) if not isinstance(made, Slice)]
    assert out == [date(2024, 12, 20), date(2025, 12, 19), date(2026, 12, 18)]
    assert all(day - new_york_date(case.recorded.known_at) > timedelta(days=730) for day in out)
