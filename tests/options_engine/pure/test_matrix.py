from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from market.pure.chain import Chain
from options_engine.pure import gex, matrix, reading
from options_engine.pure.reading import Reading
from tests.options_engine import made_up

NOON = datetime(2026, 2, 10, 17, 0, 5, tzinfo=UTC)
MONTHLY = np.datetime64("2026-02-20")  # SPX in the morning and SPXW in the evening


def read(chain: Chain) -> Reading:
    return reading.read(chain, {}, european=True, in_session=True)


@pytest.fixture(scope="module")
def whole() -> Reading:
    return read(made_up.chain("SPX", NOON))


def test_a_date_shows_so_many_strikes_on_each_side_of_the_one_nearest_to_the_spot(whole: Reading) -> None:
    shown = whole.take(matrix.chosen(whole, 10))

    for day in np.unique(shown.chain.expiry):
        strikes = np.unique(shown.chain.strike[shown.chain.expiry == day])
        assert len(strikes) == 21
        assert strikes[10] == strikes[np.argmin(np.abs(strikes - whole.spot))]


def test_of_a_date_with_two_roots_the_one_that_settles_at_the_close_is_shown(whole: Reading) -> None:
    on_day = matrix.chosen(whole, 10) & (whole.chain.expiry == MONTHLY)

    assert set(whole.chain.root[whole.chain.expiry == MONTHLY].tolist()) == {"SPX", "SPXW"}
    assert set(whole.chain.root[on_day].tolist()) == {"SPXW"}


def test_where_there_is_no_other_the_one_that_settles_at_the_open_is_shown(whole: Reading) -> None:
    alone = whole.take(whole.chain.root == "SPX")

    assert matrix.chosen(alone, 10).any()


def test_adjusted_contracts_and_roots_beside_the_usual_one_are_left_out(whole: Reading) -> None:
    day = whole.take(whole.chain.expiry == np.datetime64("2026-02-13"))
    near = np.isin(day.chain.strike, np.unique(day.chain.strike)[80:90])
    adjusted = replace(day.take(near).chain, shares_per_contract=np.full(near.sum(), 150.0))
    other = replace(day.take(near).chain, root=np.full(near.sum(), "SPXX"))
    names = ("root", "expiry", "strike", "is_call", "shares_per_contract", "bid", "ask", "last", "volume")
    names += ("open_interest", "iv", "delta", "gamma", "theta", "vega")
    columns = {name: np.concatenate([getattr(each, name) for each in (day.chain, adjusted, other)]) for name in names}
    mixed = read(replace(day.chain, **columns))

    shown = mixed.take(matrix.chosen(mixed, 10))

    assert set(shown.chain.root.tolist()) == {"SPXW"}
    assert set(shown.chain.shares_per_contract.tolist()) == {100.0}
    assert len(shown) == 42


def test_cells_stand_by_strike_then_date_and_know_their_contracts(whole: Reading) -> None:
    shown = whole.take(matrix.chosen(whole, 10))
    found = matrix.cells(shown)

    order = list(zip(found.strike.tolist(), found.expiry.tolist(), strict=True))
    assert order == sorted(set(order))
    for places, is_call in ((found.call, True), (found.put, False)):
        assert (shown.chain.strike[places] == found.strike).all()
        assert (shown.chain.expiry[places] == found.expiry).all()
        assert (shown.chain.is_call[places] == is_call).all()


def test_sums_agree_with_one_contract_after_the_other(whole: Reading) -> None:
    shown = whole.take(matrix.chosen(whole, 10))
    found = matrix.cells(shown)
    at = int(np.flatnonzero((found.expiry == np.datetime64("2026-02-13")) & (found.strike >= whole.spot))[0])
    call, put = found.call[at], found.put[at]
    chain, spot = shown.chain, whole.spot

    def exposed(greek: np.ndarray, dollars: float) -> float:
        sides = [greek[place] * chain.open_interest[place] * 100 * dollars for place in (call, put)]
        return sides[0] - sides[1]

    assert found.volume[at] == chain.volume[call] + chain.volume[put]
    assert found.open_interest[at] == chain.open_interest[call] + chain.open_interest[put]
    assert found.gex[at] == pytest.approx(exposed(shown.greeks.gamma, spot * spot * 0.01), rel=1e-12)
    assert found.gex[at] == pytest.approx(found.call_gex[at] - found.put_gex[at], rel=1e-12)
    assert found.vanna[at] == pytest.approx(exposed(shown.higher.vanna, spot), rel=1e-12)
    assert found.charm[at] == pytest.approx(exposed(shown.higher.charm, spot), rel=1e-12)


def test_the_cells_of_a_book_sum_to_its_profile(whole: Reading) -> None:
    one = whole.take(whole.chain.expiry == np.datetime64("2026-02-13"))
    found = matrix.cells(one)
    each = gex.exposure(one.greeks.gamma, one.chain.open_interest, one.spot)
    strikes, calls, puts = gex.by_strike(one.chain.strike, one.chain.is_call, each)

    held = np.isin(found.strike, strikes)
    assert found.gex[held] == pytest.approx(calls - puts, rel=1e-12)
    assert np.nansum(found.gex[~held]) == 0


def test_the_volatility_is_that_of_the_side_out_of_the_money(whole: Reading) -> None:
    shown = whole.take(matrix.chosen(whole, 10))
    # Were the other side taken, it would be told by its hundredfold.
    wrong = np.where(shown.chain.is_call == (shown.chain.strike >= shown.forward), shown.sigma, 100 * shown.sigma)
    found = matrix.cells(replace(shown, sigma=wrong))

    assert np.isfinite(found.sigma).all()
    assert found.sigma.max() < 5


def test_without_the_side_out_of_the_money_there_is_no_volatility(whole: Reading) -> None:
    above = whole.take((whole.chain.strike > whole.forward + 50) & ~whole.chain.is_call)
    found = matrix.cells(above.take(matrix.chosen(above, 10)))

    assert len(found)
    assert np.isnan(found.sigma).all()
    assert (found.call == matrix.NOBODY).all()
    assert np.isfinite(found.gex).any()


def test_unknown_is_not_0_and_what_is_known_of_one_side_stays(whole: Reading) -> None:
    shown = whole.take(matrix.chosen(whole, 10))
    chain = shown.chain
    blank = replace(chain, volume=np.full(len(chain), np.nan), open_interest=np.full(len(chain), np.nan))
    calls = replace(chain, open_interest=np.where(chain.is_call, chain.open_interest, np.nan))

    nothing = matrix.cells(replace(shown, chain=blank))
    half = matrix.cells(replace(shown, chain=calls))

    for numbers in (nothing.volume, nothing.open_interest, nothing.gex, nothing.vanna, nothing.charm):
        assert np.isnan(numbers).all()
    assert (half.open_interest == chain.open_interest[half.call]).all()
    assert half.gex == pytest.approx(half.call_gex)
    assert np.isnan(half.put_gex).all()


def test_what_nobody_holds_exposes_nobody_even_where_its_greeks_are_unknown(whole: Reading) -> None:
    shown = whole.take(matrix.chosen(whole, 10))
    chain = replace(shown.chain, open_interest=np.zeros(len(shown)))
    greeks = replace(shown.greeks, gamma=np.full(len(shown), np.nan))

    found = matrix.cells(replace(shown, chain=chain, greeks=greeks))

    assert set(found.gex.tolist()) == {0.0}


def test_a_contract_of_which_nothing_is_known_changes_no_other_cell(whole: Reading) -> None:
    shown = whole.take(matrix.chosen(whole, 10))
    chain, gone = shown.chain, 7
    lost = {
        name: np.where(np.arange(len(chain)) == gone, np.nan, getattr(chain, name))
        for name in ("volume", "open_interest")
    }
    without = np.arange(len(chain)) != gone

    found = matrix.cells(replace(shown, chain=replace(chain, **lost)))
    removed = matrix.cells(shown.take(without))

    for name in ("volume", "open_interest", "gex", "vanna", "charm"):
        assert np.array_equal(getattr(found, name), getattr(removed, name), equal_nan=True), name


def test_nothing_makes_no_cells(whole: Reading) -> None:
    nothing = whole.take(np.zeros(len(whole), dtype=bool))

    assert not matrix.chosen(nothing, 10).any()
    assert len(matrix.cells(nothing)) == 0


def test_the_days_are_new_york_dates(whole: Reading) -> None:
    found = matrix.cells(whole.take(matrix.chosen(whole, 10)))

    assert found.expiry.min().astype("datetime64[D]").item() == date(2026, 2, 10)
