from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from options_engine.pure import black_scholes, forwards, gex, implied_volatility
from options_engine.pure.arbitrage import Market
from options_engine.pure.quotes import Judged, Verdict, judge, judge_volatility
from tests.options_engine.markets import Quoted, quoted, spoilt

NAN = float("nan")
CLEAN = {symbol: quoted(symbol) for symbol in ("SPX", "SPY")}


def of(found: Quoted) -> Judged:
    return judge(found.market, tick=found.tick, age_s=found.age_s)


def lone(bid: float, ask: float) -> Market:
    """Return the quote of one contract."""
    one = np.ones(1)
    return Market(
        series=np.zeros(1, dtype=np.int64), strike=100 * one, is_call=one > 0, bid=bid * one, ask=ask * one,
        t_years=0.1 * one, forward=100 * one, discount=one,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("bid", "ask", "age_s", "verdict"),
    [
        (2.0, 2.1, 0.0, Verdict.GOOD),
        (NAN, 2.1, 0.0, Verdict.NO_QUOTE),
        (2.0, NAN, 0.0, Verdict.NO_QUOTE),
        (0.0, 0.0, 0.0, Verdict.NO_QUOTE),
        (2.0, 2.0, 0.0, Verdict.CROSSED),
        (2.1, 2.0, 0.0, Verdict.CROSSED),
        (0.0, 0.05, 0.0, Verdict.GOOD),
        (0.0, 0.06, 0.0, Verdict.NO_BID),
        (0.95, 1.04, 0.0, Verdict.GOOD),
        (0.3, 1.2, 0.0, Verdict.GOOD),  # a middle below a dollar may be wide
        (3.5, 4.5, 0.0, Verdict.GOOD),
        (3.49, 4.51, 0.0, Verdict.WIDE),
        (0.9, 1.2, 0.0, Verdict.WIDE),
        (2.0, 2.1, 600.0, Verdict.GOOD),
        (2.0, 2.1, 601.0, Verdict.STALE),
        (2.0, 2.1, NAN, Verdict.GOOD),
        (2.1, 2.0, 601.0, Verdict.CROSSED),
    ],
)
def test_each_rule_by_itself(bid: float, ask: float, age_s: float, verdict: Verdict) -> None:
    found = judge(lone(bid, ask), tick=0.01, age_s=age_s)

    assert found.verdict.tolist() == [verdict]
    assert found.good.tolist() == [verdict is Verdict.GOOD]
    assert found.counts() == {verdict.name.lower(): 1}


def test_volatilities_out_of_range_are_judged_and_missing_ones_are_not() -> None:
    before = Judged(np.array([0, 0, 0, 0, 0, Verdict.WIDE], dtype=np.int8))
    found = judge_volatility(before, np.array([0.2, 0.0099, 5.01, NAN, 5.0, 9.0]))

    assert found.verdict.tolist() == [0, Verdict.IV_RANGE, Verdict.IV_RANGE, 0, 0, Verdict.WIDE]


@pytest.mark.parametrize("symbol", CLEAN)
def test_a_clean_chain_has_no_bad_quote(symbol: str) -> None:
    assert of(CLEAN[symbol]).counts() == {"good": len(CLEAN[symbol].tick)}


@pytest.mark.parametrize("symbol", CLEAN)
def test_bad_quotes_are_found_and_good_ones_kept(symbol: str) -> None:
    # Of eight draws together: two bad quotes side by side back each other up, and have a dozen good ones refused.
    caught, all_bad, wronged, all_good = 0, 0, 0, 0
    for seed in range(8):
        found, bad, _ = spoilt(CLEAN[symbol], 0.05, seed=seed)
        refused = ~of(found).good
        caught, all_bad = caught + (refused & bad).sum(), all_bad + bad.sum()
        wronged, all_good = wronged + (refused & ~bad).sum(), all_good + (~bad).sum()

    assert caught >= 0.95 * all_bad
    assert wronged <= 0.01 * all_good


def volatilities(found: Quoted, good: np.ndarray) -> np.ndarray:
    """Return what good quotes imply on their side out of the money, and between them what lies between."""
    market = found.market
    seen = forwards.of_quotes(market.series[good], market.strike[good], market.is_call[good], *(
        each[good] for each in (market.bid, market.ask)
    ), discount=market.discount[good])  # fmt: skip
    forward = seen.forward[market.series]
    solved = implied_volatility.solve(
        0.5 * (market.bid + market.ask), forward, market.strike, market.t_years, market.is_call,
        discount=market.discount, refused=~good,
    ).sigma  # fmt: skip
    out = good & np.isfinite(solved) & (market.is_call == (market.strike > forward)) & (market.bid > 0)
    sigma = np.empty(len(solved))
    for series in np.unique(market.series):
        here, known = market.series == series, out & (market.series == series)
        order = np.argsort(market.strike[known])
        sigma[here] = np.interp(market.strike[here], market.strike[known][order], solved[known][order])
    return sigma


@pytest.mark.parametrize("seed", range(4))
def test_what_is_left_gives_the_clean_chains_volatility_and_gamma_exposure(seed: int) -> None:
    clean = CLEAN["SPX"]
    found, _, _ = spoilt(clean, 0.05, seed=seed)
    market, chain = clean.market, clean.chain
    everything = np.ones(len(chain), dtype=bool)

    ours, right = volatilities(found, of(found).good), volatilities(clean, everything)

    near = np.abs(market.strike / market.forward - 1) < 0.005
    assert np.abs(ours - right)[near].max() <= 0.001
    total = [
        gex.exposure(
            black_scholes.gamma(
                chain.spot, chain.strike, market.t_years, sigma, rate=-np.log(market.discount) / market.t_years,
                dividend=0.014,
            ),
            chain.open_interest,
            chain.spot,
        ).sum()
        for sigma in (ours, right)
    ]  # fmt: skip
    assert total[0] == pytest.approx(total[1], rel=0.01)


def strip(**changes: tuple[int, float]) -> Market:
    """Return calls 90 to 110 on 100, of a month and of two, a dime wide, some bid and asked `by` more."""
    strikes = np.tile(np.arange(90.0, 111.0, 2.0), 2)
    years = np.repeat([1 / 12, 2 / 12], 11)
    price = black_scholes.price(100.0, strikes, years, 0.3, True, rate=0.0, dividend=0.0)
    for place, by in changes.values():
        price[place] += by
    return Market(
        series=np.repeat([0, 1], 11), strike=strikes, is_call=np.ones(22, dtype=bool), bid=price - 0.05,
        ask=price + 0.05, t_years=years, forward=np.full(22, 100.0), discount=np.ones(22),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("market", "guilty"),
    [
        (strip(), {}),
        (strip(one=(5, 0.05)), {}),  # inside of the spread
        (strip(one=(5, 1.5)), {5: Verdict.BUTTERFLY}),
        (strip(one=(5, -1.5)), {5: Verdict.BUTTERFLY}),
        (strip(one=(3, 6.0)), {3: Verdict.BUTTERFLY}),
        (strip(one=(10, 5.0)), {10: Verdict.VERTICAL}),  # the last strike is the body of nothing
        (strip(one=(0, -4.0)), {0: Verdict.BUTTERFLY}),
        (strip(one=(2, 1.5), two=(8, -0.9)), {2: Verdict.BUTTERFLY, 8: Verdict.BUTTERFLY}),
    ],
)
def test_the_quote_to_blame_is_found(market: Market, guilty: dict[int, Verdict]) -> None:
    found = judge(market, tick=0.01)

    assert {int(place): Verdict(found.verdict[place]) for place in np.flatnonzero(~found.good)} == guilty


def test_puts_are_held_to_the_same_rules() -> None:
    market = strip(one=(5, 1.5))
    # By parity, which moves a put as it does a call.
    mirrored = replace(
        market,
        is_call=~market.is_call,
        bid=market.bid - 100 + market.strike,
        ask=market.ask - 100 + market.strike,
    )

    assert np.flatnonzero(~judge(mirrored, tick=0.01).good).tolist() == [5]


def test_a_longer_option_that_costs_less_is_a_violation_of_the_calendar() -> None:
    market = strip()
    # All of the second month at 20 % where the first is at 30 %: no order of strikes is broken.
    later = market.series == 1
    price = black_scholes.price(100.0, market.strike, market.t_years, 0.2, True, rate=0.0, dividend=0.0)
    market = replace(
        market, bid=np.where(later, price - 0.05, market.bid), ask=np.where(later, price + 0.05, market.ask)
    )

    found = judge(market, tick=0.01)
    unknown = judge(replace(market, forward=np.full(22, NAN)), tick=0.01)

    assert set(found.counts()) == {"good", "calendar"}
    assert unknown.counts() == {"good": 22}


def test_the_order_of_contracts_does_not_matter() -> None:
    found, _, _ = spoilt(CLEAN["SPY"], 0.05, seed=3)
    order = np.random.default_rng(0).permutation(len(found.tick))

    shuffled = judge(found.market.take(order), tick=found.tick[order], age_s=found.age_s[order])

    assert shuffled.verdict.tolist() == of(found).verdict[order].tolist()


def test_no_quotes_have_no_verdicts() -> None:
    assert judge(lone(1.0, 1.1).take(np.zeros(1, dtype=bool)), tick=0.01).counts() == {}
