"""Gamma levels of every recorded chain against one loop over its contracts, written as one would first write it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from options_engine.pure import gex_profile
from options_engine.pure.book import Weight, of_reading
from options_engine.pure.gex_profile import Profile
from options_engine.pure.reading import Reading, read
from tests.options_engine.real_chains import DATA, FOLDERS, whole_chains

pytestmark = [
    pytest.mark.skipif(
        not all((DATA / folder).is_dir() for folder in FOLDERS), reason="the recorded chains are not here"
    ),
    # Read once: two processes would each read all of them.
    pytest.mark.xdist_group("real gex"),
]
STEPS = 60  # of the loop's own grid, on each side
Net = Callable[[float], float]


@dataclass(frozen=True)
class Case:
    name: str
    reading: Reading
    profile: Profile | None
    weight: Weight


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """Warnings are errors here as everywhere: the engine has none for any of these chains."""
    return list(_cases())


def _cases() -> Iterator[Case]:
    for recorded in whole_chains():
        reading = read(recorded.chain, {}, european=recorded.european, in_session=False)
        for weight in ("open_interest", "volume"):
            profile = gex_profile.profile(of_reading(reading, weight=weight), reading.spot)
            yield Case(f"{recorded.name} by {weight}", reading, profile, weight)


def contracts(case: Case) -> Iterator[tuple[float, float, float, float, float, float]]:
    """Return strike, side, weight in shares, volatility, years and discounted growth of what is live and counts."""
    reading, chain = case.reading, case.reading.chain
    columns = (
        *(chain.strike, chain.is_call, getattr(chain, case.weight), chain.shares_per_contract),
        *(reading.sigma, reading.t_years, reading.forward, reading.rate),
    )
    for strike, call, count, shares, sigma, years, forward, rate in zip(
        *(each.tolist() for each in columns), strict=True
    ):
        if years > 0 and count > 0 and sigma > 0:
            growth = forward / reading.spot
            yield (
                strike,
                1.0 if call else -1.0,
                count * shares,
                sigma * math.sqrt(years),
                growth,
                math.exp(-rate * years),
            )


def dollars(spot: float, strike: float, shares: float, root: float, growth: float, discount: float) -> float:
    """Return one contract's exposure: gamma on a forward that moves with the spot, shares, spot, a percent."""
    d1 = math.log(spot * growth / strike) / root + root / 2
    gamma = growth * discount * math.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi) / (spot * root)
    return gamma * shares * spot * spot * 0.01


def unsolved(case: Case) -> dict[tuple[float, float], float]:
    """Return what contracts without any volatility add at the spot, by strike and side, with the vendor's gamma."""
    reading, chain = case.reading, case.reading.chain
    found: dict[tuple[float, float], float] = {}
    counts = getattr(chain, case.weight)
    for at in range(len(chain)):
        if reading.t_years[at] > 0 and counts[at] > 0 and not reading.sigma[at] > 0 and chain.gamma[at] > 0:
            key = (float(chain.strike[at]), 1.0 if chain.is_call[at] else -1.0)
            amount = chain.gamma[at] * counts[at] * chain.shares_per_contract[at] * reading.spot**2 * 0.01
            found[key] = found.get(key, 0.0) + float(amount)
    return found


def by_hand(case: Case) -> tuple[dict[float, float], Net]:
    """Return the net exposure of each strike, and the net of all as a function of the spot."""
    spot, held = case.reading.spot, list(contracts(case))
    strikes: dict[float, float] = {}
    for strike, side, *terms in held:
        amount = dollars(spot, strike, *terms)
        if amount > 0:  # so far away that a double cannot tell it from nothing
            strikes[strike] = strikes.get(strike, 0.0) + side * amount
    for (strike, side), amount in unsolved(case).items():
        strikes[strike] = strikes.get(strike, 0.0) + side * amount
    return dict(sorted(strikes.items())), lambda where: sum(
        side * dollars(where, strike, *terms) for strike, side, *terms in held
    )


def turns(net: Net, spot: float, reach: float, steps: int) -> list[float]:
    """Return where a function changes its sign, by walking over a grid and halving."""
    found = []
    low = spot * (1 - reach)
    below = net(low)
    for step in range(1, 2 * steps + 1):
        high = spot * (1 - reach + reach * step / steps)
        above = net(high)
        if below * above < 0:
            left, right, sign = low, high, below
            while right - left > 1e-7 * spot:
                middle = (left + right) / 2
                left, right = (middle, right) if net(middle) * sign > 0 else (left, middle)
            found.append((left + right) / 2)
        low, below = high, above
    return found


def test_every_chain_that_knows_its_open_interest_has_a_profile(cases: list[Case]) -> None:
    with_profile = [case.name for case in cases if case.profile]
    without = [case for case in cases if not case.profile]

    assert len(cases) == 100
    assert len([name for name in with_profile if name.endswith("by open_interest")]) == 33
    assert len([name for name in with_profile if name.endswith("by volume")]) == 33
    for case in without:
        counts = getattr(case.reading.chain, case.weight)
        assert not (counts > 0).any(), case.name


def test_levels_are_those_of_a_loop_over_the_contracts(cases: list[Case]) -> None:
    for case in cases:
        if not case.profile:
            continue
        strikes, _ = by_hand(case)
        usual, sizes = case.profile.usual, {strike: abs(net) for strike, net in strikes.items()}
        assert usual.net == pytest.approx(sum(strikes.values()), rel=1e-8, abs=1e-8 * sum(sizes.values())), case.name
        shown = dict(zip(case.profile.strikes.strike.tolist(), case.profile.strikes.net().tolist(), strict=True))
        assert shown == pytest.approx(strikes, rel=1e-8, abs=1e-9 * max(sizes.values())), case.name
        positive, negative = max(strikes.values()), min(strikes.values())
        assert usual.max_strike == max(sizes, key=sizes.__getitem__), case.name
        assert usual.call_wall == (max(strikes, key=strikes.__getitem__) if positive > 0 else None), case.name
        assert usual.put_wall == (min(strikes, key=strikes.__getitem__) if negative < 0 else None), case.name
        threshold = statistics.fmean(sizes.values()) + statistics.pstdev(sizes.values())
        ranked = sorted((strike for strike in sizes if sizes[strike] >= threshold), key=lambda each: -sizes[each])
        kinds = ["support" if strikes[strike] >= 0 else "resistance" for strike in ranked[:10]]
        kinds[:1] = ["magnet"]
        assert [(each.strike, each.kind) for each in usual.key_levels] == list(zip(ranked[:10], kinds, strict=True)), (
            case.name
        )


def test_flips_are_those_of_a_walk_over_spots(cases: list[Case]) -> None:
    flips, none = 0, 0
    for case in cases:
        if not case.profile or case.weight == "volume":
            continue
        spot, (_, net) = case.reading.spot, by_hand(case)
        found = turns(net, spot, 0.10, STEPS) or turns(net, spot, 0.30, 3 * STEPS)
        assert [each.level for each in case.profile.usual.zero_levels] == pytest.approx(found, rel=2e-6), case.name
        flip = min(found, key=lambda level: abs(level - spot), default=None)
        assert case.profile.usual.flip == (flip and pytest.approx(flip, rel=2e-6)), case.name
        flips, none = flips + (flip is not None), none + (flip is None)
    assert flips >= 20
    assert flips + none == 33
