from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from options_engine.pure import black_scholes
from options_engine.pure.book import Book, of_reading
from options_engine.pure.dealers import LONG_BOTH, MODELS, SHORT_BOTH, USUAL
from options_engine.pure.gex_profile import KeyLevel, Profile, by_strike, key_levels, profile
from options_engine.pure.reading import Reading, read
from tests.options_engine import made_up
from tests.options_engine.books import book, joined
from tests.options_engine.pure.test_zero_gamma import some_book

NAN = float("nan")
NOON = datetime(2026, 2, 10, 17, 0, 5, tzinfo=UTC)
THIRD_FRIDAY = np.datetime64("2026-02-20")
# Two expiries, read at 6,000 and at 6,002: strike, side, contracts open, gamma.
FIRST = [(6000, "C", 10_000), (6020, "C", 8_000), (6000, "P", 9_000), (5980, "P", 7_000)]
SECOND = [(6000, "C", 11_000), (6040, "C", 7_500), (6000, "P", 9_500), (5960, "P", 6_000)]
PINNED = joined(
    book(FIRST, gamma=[0.0050, 0.0040, 0.0045, 0.0042]),
    book(SECOND, gamma=[0.0051, 0.0038, 0.0044, 0.0040], expiry=np.datetime64("2026-02-13")),
)
PINNED_SPOT = np.repeat([6000.0, 6002.0], 4)


def at(whole: Book, spot: float) -> Book:
    """Return a book with its gamma at a spot."""
    gamma = black_scholes.gamma(spot, whole.strike, whole.t_years, whole.sigma, rate=0.045, dividend=0.013)
    return replace(whole, gamma=gamma)


def made(whole: Book, spot: float = 6000.0) -> Profile:
    found = profile(at(whole, spot), spot)
    assert found is not None
    return found


def test_the_pinned_vector_to_the_dollar() -> None:
    strikes = by_strike(PINNED, PINNED_SPOT)

    net = strikes.net()
    assert strikes.strike.tolist() == [5960, 5980, 6000, 6020, 6040]
    assert np.rint(net).tolist() == [-864_576_096, -1_058_400_000, 857_143_257, 1_152_000_000, 1_026_684_114]
    assert round(net.sum()) == 1_112_851_275
    assert key_levels(strikes.strike, net) == (KeyLevel(6020.0, pytest.approx(1_152_000_000), "magnet"),)
    threshold = np.abs(net).mean() + np.abs(net).std()
    assert int(threshold) == 1_106_333_686


def test_gamma_of_a_strike_is_weighed_by_contracts_and_unknown_without_any() -> None:
    strikes = by_strike(PINNED, PINNED_SPOT)

    assert strikes.call_gamma.tolist() == pytest.approx(
        [NAN, NAN, (10 * 0.0050 + 11 * 0.0051) / 21, 0.0040, 0.0038], nan_ok=True
    )
    assert strikes.put_gamma.tolist() == pytest.approx(
        [0.0040, 0.0042, (9 * 0.0045 + 9.5 * 0.0044) / 18.5, NAN, NAN], nan_ok=True
    )
    assert strikes.call_count.tolist() == pytest.approx([NAN, NAN, 21_000, 8_000, 7_500], nan_ok=True)
    assert strikes.put_count.tolist() == pytest.approx([6_000, 7_000, 18_500, NAN, NAN], nan_ok=True)


def test_what_is_known_to_be_none_is_counted_as_none() -> None:
    strikes = by_strike(book([(6000, "C", 0.0), (6000, "P", 5.0), (6000, "C", NAN)], gamma=[0.01] * 3), 6000.0)

    assert (strikes.call_count.tolist(), strikes.put_count.tolist()) == ([0], [5])
    assert np.isnan(strikes.call_gamma).all()


def test_key_levels_are_named_by_their_sign_and_the_largest_is_the_magnet() -> None:
    strike = np.arange(100.0, 130.0)
    net = np.zeros(30)
    net[[3, 7, 11]] = -50.0, 80.0, 90.0

    assert key_levels(strike, net) == (
        KeyLevel(111.0, 90.0, "magnet"),
        KeyLevel(107.0, 80.0, "support"),
        KeyLevel(103.0, -50.0, "resistance"),
    )
    assert key_levels(strike, -net)[0] == KeyLevel(111.0, -90.0, "magnet")


def test_there_are_ten_key_levels_at_most_and_equals_stand_in_the_order_of_strikes() -> None:
    net = np.zeros(200)
    net[10:25] = 5.0

    found = key_levels(np.arange(200.0), net)

    assert [each.strike for each in found] == [*np.arange(10.0, 20.0)]
    assert [each.kind for each in found] == ["magnet"] + ["support"] * 9


def test_strikes_that_are_all_alike_all_stand_out() -> None:
    assert len(key_levels(np.arange(3.0), np.full(3, 0.1))) == 3
    assert key_levels(np.arange(3.0), np.zeros(3)) == ()
    assert key_levels(np.empty(0), np.empty(0)) == ()


def test_calls_and_puts_add_up_to_the_net_in_every_view_and_over_every_date() -> None:
    whole = joined(some_book(), replace(some_book(4), expiry=np.full(400, np.datetime64("2026-02-13"))))
    found = made(whole)

    assert [view.model for view in found.views] == list(MODELS)
    for view in found.views:
        assert view.net == pytest.approx(found.strikes.net(view.model).sum(), rel=1e-12)
    assert sum(each.call_gex - each.put_gex for each in found.expiries) == pytest.approx(found.usual.net, rel=1e-9)
    assert [each.expiry for each in found.expiries] == [date(2026, 2, 10), date(2026, 2, 13)]
    assert sum(each.share for each in found.expiries) == pytest.approx(1.0)
    assert found.repriced == 1.0


def test_the_models_bracket_what_dealers_can_be_exposed_to() -> None:
    found = made(some_book())
    usual, short, long = found.views

    gross = found.strikes.gross.sum()
    assert (short.model, long.model) == (SHORT_BOTH, LONG_BOTH)
    assert (short.net, long.net) == (pytest.approx(-gross), pytest.approx(gross))
    assert short.net < usual.net < long.net
    assert (short.is_positive, long.is_positive) == (False, True)
    assert (short.zero_levels, short.flip, short.call_wall) == ((), None, None)
    assert (long.zero_levels, long.flip, long.put_wall) == ((), None, None)
    assert short.vanna == pytest.approx(-long.vanna)


def test_every_model_says_what_it_assumes_and_who_says_so() -> None:
    assert len({model.name for model in MODELS}) == len(MODELS) == 3
    assert MODELS[0] is USUAL
    for model in MODELS:
        assert "dealers are" in model.assumption
        assert "(20" in model.source or "A convention of the field" in model.source
    assert USUAL.sides(np.array([True, False])).tolist() == [1.0, -1.0]


@pytest.mark.parametrize("spot", [5900.0, 5950.0, 6000.0, 6050.0, 6090.0])
def test_the_flip_stays_where_it_is_while_the_spot_moves_and_its_side_is_the_regime(spot: float) -> None:
    at_home, found = made(some_book()), made(some_book(), spot)

    assert at_home.usual.flip is not None
    assert found.usual.flip == pytest.approx(at_home.usual.flip, rel=5e-4)
    assert found.usual.is_positive == (spot > at_home.usual.flip)


def test_the_grid_is_a_hundred_and_twenty_one_spots_and_agrees_with_the_strikes_in_its_middle() -> None:
    found = made(some_book())

    assert (len(found.spots), found.spots[0], found.spots[-1]) == (121, 5400, pytest.approx(6600))
    assert found.spots[60] == 6000
    assert found.net_at[60] == pytest.approx(found.usual.net, rel=1e-9)
    crossings = found.spots[1:][np.sign(found.net_at[1:]) != np.sign(found.net_at[:-1])]
    assert len(crossings) == len(found.usual.zero_levels)


def test_a_contract_without_a_volatility_counts_at_the_spot_and_is_told_not_to_be_re_priced() -> None:
    unknown = book([(6000, "P", 400)], sigma=NAN, gamma=[0.004])
    whole = joined(at(some_book(), 6000.0), unknown)

    found, without = profile(whole, 6000.0), profile(at(some_book(), 6000.0), 6000.0)

    assert found is not None
    assert without is not None
    assert found.usual.flip == without.usual.flip
    more = 0.004 * 400 * 100 * 6000**2 * 0.01
    assert found.usual.net == pytest.approx(without.usual.net - more)
    assert found.repriced == pytest.approx(1 - more / (found.usual.call_gex - found.usual.put_gex))


def test_what_has_expired_is_not_there() -> None:
    over = replace(at(some_book(4), 6000.0), t_years=np.zeros(400), expiry=np.full(400, np.datetime64("2026-02-09")))

    found, without = profile(joined(over, at(some_book(), 6000.0)), 6000.0), made(some_book())

    assert found is not None
    assert found.usual == without.usual
    assert [each.expiry for each in found.expiries] == [date(2026, 2, 10)]


@pytest.mark.parametrize("spot", [0.0, -1.0, NAN])
def test_without_a_price_there_is_no_profile(spot: float) -> None:
    assert profile(at(some_book(), 6000.0), spot) is None


def test_without_open_contracts_there_is_no_profile() -> None:
    assert profile(book([]), 6000.0) is None
    assert profile(at(book([(6000, "C", 0.0), (6000, "P", NAN)]), 6000.0), 6000.0) is None


@given(
    seed=st.integers(0, 1000),
    unknown=st.lists(st.tuples(st.sampled_from([5700.0, 6000.0, 6333.0]), st.sampled_from("CP")), max_size=4),
)
def test_contracts_of_which_nothing_is_known_change_nothing(seed: int, unknown: list[tuple[float, str]]) -> None:
    whole = at(some_book(seed, 60), 6000.0)
    silent = book([(strike, side, NAN) for strike, side in unknown], sigma=NAN)

    found, without = profile(joined(whole, silent), 6000.0), profile(whole, 6000.0)

    assert found is not None
    assert without is not None
    assert found.usual == without.usual
    assert found.views == without.views
    assert found.net_at.tolist() == without.net_at.tolist()
    for name in ("strike", "call_gex", "put_gex", "call_gamma", "put_gamma", "call_count", "put_count"):
        assert np.array_equal(getattr(found.strikes, name), getattr(without.strikes, name), equal_nan=True)


def third_friday() -> Reading:
    whole = read(made_up.chain("SPX", NOON), {}, european=True, in_session=True)
    return whole.take(whole.chain.expiry == THIRD_FRIDAY)


def test_morning_and_evening_contracts_of_one_date_add_up_each_with_its_own_end() -> None:
    both = third_friday()
    morning, evening = both.take(both.at_open), both.take(~both.at_open)
    assert min(len(morning), len(evening)) > 100
    assert set(morning.chain.strike) & set(evening.chain.strike)

    whole, *parts = (profile(of_reading(each), both.spot) for each in (both, morning, evening))

    assert whole is not None
    sums: dict[float, float] = {}
    for part in parts:
        assert part is not None
        for strike, net in zip(part.strikes.strike, part.strikes.net(), strict=True):
            sums[strike] = sums.get(strike, 0.0) + net
    assert sorted(sums) == whole.strikes.strike.tolist()
    assert [sums[strike] for strike in sorted(sums)] == pytest.approx(whole.strikes.net().tolist(), rel=1e-9)
    assert whole.usual.net == pytest.approx(sum(part.usual.net for part in parts if part), rel=1e-9)
    assert len(whole.expiries) == 1
    seconds = (evening.t_years[0] - morning.t_years[0]) * 365 * 86_400
    assert seconds == pytest.approx(6.5 * 3600)


def test_an_adjusted_contract_counts_with_its_own_shares() -> None:
    usual = at(book([(6000, "C", 10.0)]), 6000.0)
    adjusted = replace(usual, multiplier=np.array([150.0]))

    plain, bigger = profile(usual, 6000.0), profile(adjusted, 6000.0)

    assert plain is not None
    assert bigger is not None
    assert bigger.usual.net == pytest.approx(1.5 * plain.usual.net)
    assert bigger.net_at.tolist() == pytest.approx((1.5 * plain.net_at).tolist())
    assert math.isclose(bigger.usual.vanna, 1.5 * plain.usual.vanna)
