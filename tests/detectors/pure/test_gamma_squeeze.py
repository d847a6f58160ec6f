from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.pure import gamma_squeeze
from detectors.pure.background import Background
from detectors.pure.detection import Detection
from market.pure.panel import GRIDS, Panel
from options_engine.pure.gex import GammaProfile
from tests.detectors.pure.reading import said
from tests.detectors.sessions import CLOSE_TS, NAN, OPEN_TS, Row, panel, random_panel

DAY = dt.date(2026, 2, 9)
CALM: Row = (6017, 6035, 6010, 6017, 1000)
LAST = 23
EDGE_TS = OPEN_TS + 60 * (LAST + 1)
PRICES = ("open", "high", "low", "close")
STRIKES = (6020.0, 6030.0, 6040.0)
CALLS, PUTS = (1.0, 10.0, 5.61), (2.0, 1.0, 1.0)  # the nearest strike to 6037 is 6040, the call wall 6030


def gamma(
    calls: Sequence[float] = CALLS,
    puts: Sequence[float] = PUTS,
    strikes: Sequence[float] = STRIKES,
    *,
    at: int = EDGE_TS - 240,
    days: int = 0,
    flip: float | None = None,
) -> GammaProfile:
    return GammaProfile(
        as_of_ts=at,
        spot=6017.0,
        expiry=DAY + dt.timedelta(days=days),
        days_to_expiry=days,
        strikes=np.array(strikes, dtype=np.float64),
        call_gex=np.array(calls, dtype=np.float64),
        put_gex=np.array(puts, dtype=np.float64),
        flip=flip,
    )


def squeeze(
    close: float = 6037,
    *,
    volume: float = 3780,
    at: int = LAST,
    atr: float = 28.0,
    vwap: float = 6029.0,
    bars: dict[int, Row | None] | None = None,
    symbol: str = "SPX",
    source: str | None = "SPY",
) -> Panel:
    """Return calm bars between 6010 and 6035 and one that closes beyond them; some bars may be others."""
    rows: list[Row | None] = [*[CALM] * at, (6030, max(6038, close), min(6028, close), close, volume)]
    for minute, row in (bars or {}).items():
        rows[minute] = row
    session = panel({symbol: rows}, atr=atr, source=source)
    return dataclasses.replace(session, vwap=np.full(session.close.shape, vwap))


def judge(session: Panel, *profiles: GammaProfile) -> tuple[list[Detection], Counter[str]]:
    background = Background(profiles=dict.fromkeys(session.symbols, profiles))
    return said(gamma_squeeze.find, session, background=background)


def of(session: Panel, *profiles: GammaProfile) -> list[Detection]:
    return judge(session, *(profiles or [gamma()]))[0]


def falling(session: Panel) -> Panel:
    """Return the session reflected at 6017, so that it breaks down."""
    grids = {"open": session.open, "high": session.low, "low": session.high, "close": session.close}
    return dataclasses.replace(
        session, **{name: 2 * 6017 - grid for name, grid in grids.items()}, vwap=2 * 6017 - session.vwap
    )


def puts_below(**options: object) -> GammaProfile:
    """Return the profile reflected at 6017: puts where there were calls."""
    strikes = [2 * 6017 - strike for strike in reversed(STRIKES)]
    return gamma(PUTS[::-1], CALLS[::-1], strikes, **options)  # type: ignore[arg-type]


def test_the_golden_long_squeeze() -> None:
    (found,) = of(squeeze())

    assert found == Detection(
        symbol="SPX",
        setup_type="gamma_squeeze",
        direction="long",
        fingerprint="long:2026-02-09:6030.00",
        occurrence=1,
        variant=None,
        bar_ts=OPEN_TS + LAST * 60,
        score=91,
        price=6037.0,
        description=(
            "SPX closed above the high of its last 7 bars at 6,035.00 on 3.78x SPY's recent volume, "
            "near the call wall at 6,030.00"
        ),
        signal={
            "gammaRegime": "positive_gamma",
            "flipPoint": None,
            "maxPositiveGexStrike": 6030.0,
            "maxNegativeGexStrike": 6020.0,
            "nearestStrike": 6040.0,
            "callPutGammaRatio": 5.61,
            "volumeRatio": 3.78,
            "daysToExpiry": 0,
            "dedupeKey": "gamma_squeeze:long:2026-02-09:6040.00:6030.00",
        },
        plan=found.plan,
        plan_rejected=None,
        volume_source="SPY",
        valid_until=EDGE_TS + 3600,
    )
    assert found.plan is not None
    assert (found.plan.stop, found.plan.target, found.plan.trigger) == (6019.2, 6079.0, "gamma_breakout")
    assert found.plan.horizon_minutes == 60


def test_the_same_upside_down_is_a_short_squeeze() -> None:
    (found,) = of(falling(squeeze()), puts_below(days=1))

    assert (found.direction, found.score, found.price) == ("short", 91, 5997.0)
    assert found.fingerprint == "short:2026-02-10:6004.00"
    assert found.signal == {
        "gammaRegime": "negative_gamma",
        "flipPoint": None,
        "maxPositiveGexStrike": 6014.0,
        "maxNegativeGexStrike": 6004.0,
        "nearestStrike": 5994.0,
        "putCallGammaRatio": 5.61,
        "volumeRatio": 3.78,
        "daysToExpiry": 1,
        "dedupeKey": "gamma_squeeze:short:2026-02-10:5994.00:6004.00",
    }
    assert found.description == (
        "SPX closed below the low of its last 7 bars at 5,999.00 on 3.78x SPY's recent volume, "
        "near the put wall at 6,004.00"
    )
    assert found.plan is not None
    assert (found.plan.stop, found.plan.target, found.plan.trigger) == (6014.8, 5955.0, "gamma_breakdown")


def test_the_flip_is_what_must_hold_where_there_is_one() -> None:
    (found,) = of(squeeze(), gamma(flip=6032.5))

    assert found.signal["flipPoint"] == 6032.5
    assert found.plan is not None
    assert found.plan.stop == 6022.7  # 0.35 ATR below the flip


def test_a_far_wall_sets_the_target() -> None:
    (found,) = of(squeeze(atr=10), gamma(strikes=(6010, 6017, 6040)))

    # The wall is 20 points away, twice the ATR.
    assert found.plan is not None
    assert found.plan.target == 6067.0


@pytest.mark.parametrize(("close", "fires"), [(6034.99, False), (6035, False), (6035.01, True)])
def test_it_closes_above_the_bars_before(close: float, fires: bool) -> None:
    assert bool(of(squeeze(close))) is fires


@pytest.mark.parametrize(("close", "fires"), [(6034.99, False), (6035, False), (6035.01, True)])
def test_or_below_them(close: float, fires: bool) -> None:
    assert bool(of(falling(squeeze(close)), puts_below())) is fires


@pytest.mark.parametrize(("minute", "fires"), [(15, True), (16, False), (22, False)])
def test_seven_bars_before_count(minute: int, fires: bool) -> None:
    assert bool(of(squeeze(bars={minute: (6017, 6040, 6010, 6017, 1000)}))) is fires


@pytest.mark.parametrize(("volume", "fires"), [(1099, False), (1100, True), (1101, True)])
def test_its_volume_is_1_1_times_theirs(volume: float, fires: bool) -> None:
    assert bool(of(squeeze(volume=volume))) is fires


@pytest.mark.parametrize(("minute", "ratio"), [(15, 3.78), (16, 1.89), (22, 1.89)])
def test_the_same_seven_bars_are_the_baseline_of_the_volume(minute: int, ratio: float) -> None:
    (found,) = of(squeeze(bars={minute: (6017, 6035, 6010, 6017, 8000)}))

    assert found.signal["volumeRatio"] == ratio


def test_a_baseline_without_volume_never_fires() -> None:
    still: Row = (6017, 6035, 6010, 6017, 0)

    assert judge(squeeze(bars=dict.fromkeys(range(16, 23), still)), gamma()) == ([], Counter())


@pytest.mark.parametrize(("vwap", "fires"), [(6036.99, True), (6037, True), (6037.01, False)])
def test_a_long_one_closes_at_or_above_the_vwap(vwap: float, fires: bool) -> None:
    assert bool(of(squeeze(vwap=vwap))) is fires


@pytest.mark.parametrize(("vwap", "fires"), [(6036.99, True), (6037, True), (6037.01, False)])
def test_a_short_one_at_or_below_it(vwap: float, fires: bool) -> None:
    assert bool(of(falling(squeeze(vwap=vwap)), puts_below())) is fires


@pytest.mark.parametrize(("wall", "fires"), [(6010.01, True), (6010, True), (6009.99, False), (6064, True)])
def test_the_wall_is_within_nine_tenths_of_the_atr(wall: float, fires: bool) -> None:
    strikes, calls, puts = zip(*sorted([(6037, 5.61, 1.0), (wall, 100, 1), (6000, 1, 2)]), strict=True)

    assert bool(of(squeeze(atr=30), gamma(calls, puts, strikes))) is fires


@pytest.mark.parametrize(("wall", "fires"), [(5979.01, True), (5979, True), (5978.99, False)])
def test_or_within_0_35_percent_of_the_price(wall: float, fires: bool) -> None:
    lower: Row = (5980, 5999, 5970, 5980, 1000)
    session = squeeze(
        6000, vwap=5990, atr=10, bars={**dict.fromkeys(range(LAST), lower), LAST: (5990, 6001, 5989, 6000, 3780)}
    )

    assert bool(of(session, gamma((1, 100, 5), (2, 1, 1), (5950, wall, 6000)))) is fires


@pytest.mark.parametrize(("calls", "fires"), [(1.34, False), (1.35, True), (1.36, True)])
def test_calls_outweigh_puts_at_the_nearest_strike(calls: float, fires: bool) -> None:
    assert bool(of(squeeze(), gamma((1, 10, calls)))) is fires


@pytest.mark.parametrize(("puts", "fires"), [(1.34, False), (1.35, True), (1.36, True)])
def test_puts_outweigh_calls_before_a_short_one(puts: float, fires: bool) -> None:
    # Far calls keep the whole positive, so that the ratio alone decides.
    profile = gamma((1, 1, 50), (puts, 10, 1), (5994, 6004, 6040))

    assert bool(of(falling(squeeze()), profile)) is fires


@pytest.mark.parametrize(("far_puts", "regime"), [(8.0, None), (9.0, None), (9.5, "negative_gamma")])
def test_in_negative_gamma_the_ratio_does_not_matter(far_puts: float, regime: str | None) -> None:
    # Net: -far_puts at 6020, +9 at 6030, 0 at 6040. A sum of 0 is positive still.
    found = of(squeeze(), gamma((0, 10, 1), (far_puts, 1, 1)))

    assert [each.signal["gammaRegime"] for each in found] == ([regime] if regime else [])
    assert [each.signal["callPutGammaRatio"] for each in found] == ([1.0] if regime else [])


@pytest.mark.parametrize(
    ("calls", "puts", "ratio"),
    [(5.0, 0.0, 9.0), (12.0, 1.0, 12.0), (0.0, 0.0, None), (0.0, 3.0, None), (1e12, 1.0, 9.0), (1e300, 1e-300, 9.0)],
)
def test_a_strike_without_puts_counts_nine_times(calls: float, puts: float, ratio: float | None) -> None:
    wall = max(10.0, 2 * calls)

    found = of(squeeze(), gamma((1, wall, calls), (2, 1, puts)))

    assert [each.signal["callPutGammaRatio"] for each in found] == ([] if ratio is None else [ratio])


def test_a_strike_without_any_gamma_counts_nothing() -> None:
    (found,) = of(squeeze(), gamma((0, 10, 0), (50, 1, 0)))

    assert (found.signal["callPutGammaRatio"], found.score) == (0.0, 81)


@pytest.mark.parametrize(
    ("volume", "calls", "then", "score"),
    [
        (1100, 1.35, 6037, 70),
        (1100, 1.6, 6037, 73),  # 12 * 0.25
        (1100, 9.0, 6037, 80),
        (1500, 1.35, 6037, 76),  # 14 * 0.4
        (9000, 1.35, 6037, 78),
        (1100, 1.35, 6023, 72),  # 4 * 0.5
        (1100, 1.35, 6051, 72),  # the trend counts by its size
        (1100, 1.35, 5960, 78),
        (9000, 9.0, 5960, 96),
    ],
)
def test_the_score_adds_ratio_volume_and_trend_up_to_a_point(
    volume: float, calls: float, then: float, score: int
) -> None:
    (found,) = of(squeeze(volume=volume, bars={11: (6017, 6035, 6010, then, 1000)}), gamma((1, 20, calls)))

    assert found.score == score


def test_negative_gamma_takes_nothing_off_the_score() -> None:
    (found,) = of(squeeze(volume=1100, bars={11: (6017, 6035, 6010, 6037, 1000)}), gamma((0, 10, 1), (50, 1, 100)))

    assert (found.signal["callPutGammaRatio"], found.score) == (0.01, 70)


@pytest.mark.parametrize(("at", "score"), [(6, None), (7, 88), (11, 88), (12, 91), (13, 91)])
def test_the_8th_bar_may_squeeze_and_the_13th_has_a_trend(at: int, score: int | None) -> None:
    found = of(squeeze(at=at), gamma(at=OPEN_TS))

    assert [each.score for each in found] == ([] if score is None else [score])


def test_the_nearest_strike_is_the_lower_of_equals() -> None:
    (found,) = of(squeeze(), gamma((1, 10, 1), (2, 1, 1), (6020, 6036, 6038)))

    assert (found.signal["nearestStrike"], found.signal["callPutGammaRatio"]) == (6036.0, 10.0)


def test_without_a_call_wall_there_is_no_long_squeeze() -> None:
    profile = gamma((1, 2, 3), (2, 3, 4))

    assert judge(squeeze(), profile) == ([], Counter())


def test_the_last_profile_known_at_the_bars_end_judges_it() -> None:
    poor = (1.0, 10.0, 1.0)

    assert of(squeeze(), gamma(poor, at=EDGE_TS - 60), gamma(at=EDGE_TS)) != []
    assert of(squeeze(), gamma(poor, at=EDGE_TS - 60), gamma(at=EDGE_TS + 1)) == []


def breaking(*steps: str) -> Panel:
    """Return calm stretches of 8 bars, each ended by a break: "up" or "down"."""
    up, down = (6030, 6038, 6028, 6037, 3780), (6004, 6009, 5996, 5997, 3780)
    rows = [row for step in steps for row in [*[CALM] * 8, up if step == "up" else down]]
    session = panel({"SPX": rows}, atr=28, source="SPY")
    return dataclasses.replace(session, vwap=np.full(session.close.shape, 6017.0))


def wall_at(strike: float, *, minute: int) -> GammaProfile:
    """Return a profile without puts that matter, whose call wall is one of its strikes."""
    calls = [10.0 if each == strike else 5.0 for each in STRIKES]
    return gamma(calls, (1, 1, 1), at=OPEN_TS + 60 * minute)


@pytest.mark.parametrize(
    ("steps", "occurrences"),
    [
        (("up", "up"), [1]),
        (("up", "up", "up"), [1]),
        (("up", "down", "up"), [1, 2]),
        (("down", "up", "up"), [1]),
        (("up", "down", "down", "up", "up", "down", "up"), [1, 2, 3]),
    ],
)
def test_the_same_wall_needs_an_opposite_break_in_between(steps: Sequence[str], occurrences: list[int]) -> None:
    profiles = [wall_at(6030, minute=minute) for minute in range(0, 63, 5)]

    found = of(breaking(*steps), *profiles)

    assert [(each.direction, each.occurrence) for each in found] == [("long", number) for number in occurrences]


def test_an_opposite_break_needs_no_volume() -> None:
    session = breaking("up", "down", "up")
    session.volume[0, 17] = 10

    assert [each.occurrence for each in of(session, *[wall_at(6030, minute=m) for m in range(0, 27, 5)])] == [1, 2]


def test_another_wall_is_another_squeeze_and_the_old_one_stays_told() -> None:
    walls = {5: 6030.0, 14: 6040.0, 23: 6030.0}

    found = of(breaking("up", "up", "up"), *[wall_at(strike, minute=m) for m, strike in walls.items()])

    assert [(each.fingerprint, each.occurrence) for each in found] == [
        ("long:2026-02-09:6030.00", 1),
        ("long:2026-02-09:6040.00", 1),
    ]


def test_other_symbols_are_none_of_its_business() -> None:
    for other in ("SPY", "RUT", "AAPL"):
        assert judge(squeeze(symbol=other), gamma()) == ([], Counter())
    assert judge(squeeze(symbol="RUT", source=None), gamma()) == ([], Counter())
    assert said(gamma_squeeze.find, squeeze(symbol="VIX")) == ([], Counter())


def test_ndx_is_judged_as_spx() -> None:
    (found,) = of(squeeze(symbol="NDX", source="NDX"))

    assert (found.symbol, found.score, found.volume_source) == ("NDX", 91, "NDX")
    assert "on 3.78x its recent volume" in found.description


@pytest.mark.parametrize(("age_s", "fires"), [(0, True), (899, True), (900, True), (901, False)])
def test_a_profile_is_fresh_for_15_minutes(age_s: int, fires: bool) -> None:
    found, abstained = judge(squeeze(), gamma(at=EDGE_TS - age_s))

    assert (bool(found), abstained) == (fires, Counter() if fires else Counter(stale_profile=1))


@pytest.mark.parametrize(("days", "fires"), [(0, True), (7, True), (8, False)])
def test_an_expiry_is_near_for_7_days(days: int, fires: bool) -> None:
    found, abstained = judge(squeeze(), gamma(days=days))

    assert (bool(found), abstained) == (fires, Counter() if fires else Counter(far_expiry=1))


@pytest.mark.parametrize(("count", "fires"), [(0, False), (2, False), (3, True)])
def test_a_chain_has_three_strikes(count: int, fires: bool) -> None:
    found, abstained = judge(
        squeeze(),
        gamma(CALLS[-count:] if count else (), PUTS[-count:] if count else (), STRIKES[-count:] if count else ()),
    )

    assert (bool(found), abstained) == (fires, Counter() if fires else Counter(thin_chain=1))


@pytest.mark.parametrize(
    ("session", "reason"),
    [
        (squeeze(source=None), "no_volume"),
        (squeeze(volume=NAN), "no_volume"),
        (squeeze(volume=math.inf), "no_volume"),
        (squeeze(bars=dict.fromkeys(range(16, 23), (6017, 6035, 6010, 6017, NAN))), "no_volume"),
        (squeeze(atr=NAN), "no_atr"),
        (squeeze(atr=0.0), "no_atr"),
    ],
)
def test_what_cannot_be_judged_abstains(session: Panel, reason: str) -> None:
    assert judge(session, gamma()) == ([], Counter({reason: 1}))


def test_a_symbol_without_a_profile_abstains() -> None:
    assert said(gamma_squeeze.find, squeeze()) == ([], Counter(no_profile=1))
    assert judge(squeeze()) == ([], Counter(no_profile=1))


def test_a_bar_before_the_first_profile_is_passed_over() -> None:
    assert judge(squeeze(), gamma(at=EDGE_TS + 1)) == ([], Counter())


def test_a_quiet_newest_bar_with_a_stale_profile_abstains() -> None:
    calm = [*[CALM] * 30]

    assert judge(panel({"SPX": calm}, source="SPY"), gamma(at=OPEN_TS)) == ([], Counter(stale_profile=1))
    assert judge(panel({"SPX": calm}, source="SPY"), gamma(at=OPEN_TS + 1200)) == ([], Counter())


def test_a_break_in_a_gap_of_the_profiles_abstains_for_the_rest_of_the_session() -> None:
    session = breaking("up", "down", "up", "up")
    profiles = [gamma(at=OPEN_TS), gamma(at=OPEN_TS + 60 * 30)]

    # The first at minute 8 and the last at 35 are judged, the one at 26 is not; it re-arms nothing by itself.
    found, abstained = judge(session, *profiles)

    assert [(each.bar_ts - OPEN_TS) // 60 for each in found] == [8, 35]
    assert abstained == Counter(stale_profile=1)


@pytest.mark.parametrize("minutes", [0, 1, 7])
def test_a_young_session_says_nothing(minutes: int) -> None:
    assert judge(squeeze().until(minutes), gamma(at=OPEN_TS)) == ([], Counter())


def test_a_hole_in_the_session_is_stepped_over() -> None:
    (found,) = of(squeeze(bars=dict.fromkeys((12, 18, 20))))

    assert (found.score, found.signal["volumeRatio"]) == (91, 3.78)


def market(seed: int, *, missing: float = 0.0, puts_too: float = 1.0) -> tuple[Panel, Background]:
    """Return a session of SPX and NDX near 100, and gamma at four strikes that moves 78 times."""
    session = random_panel(seed, symbols=2, missing=missing)
    session = dataclasses.replace(
        session, symbols=("NDX", "SPX"), volume_source=("QQQ", "SPY"), atr=np.array([1.25, 1.5])
    )
    random = np.random.default_rng(seed)
    strikes = np.arange(98.0625, 102)
    # The puts are the calls in another order: gamma sums to exactly 0. Large numbers, so that no two strikes are equal.
    profiles: dict[str, list[GammaProfile]] = {symbol: [] for symbol in session.symbols}
    for symbol in session.symbols:
        for minute in sorted(random.choice(390, 78, replace=False).tolist()):
            calls = random.integers(1, 1_000_000, len(strikes)) * (random.random(len(strikes)) > 0.15)
            puts = random.permutation(calls) * puts_too
            flip = None if random.random() < 0.5 else float(random.choice(strikes))
            profiles[symbol].append(gamma(calls, puts, strikes, at=OPEN_TS + 60 * minute + 3, flip=flip))
    return session, Background(profiles=profiles)


def naive(session: Panel, background: Background) -> list[tuple[str, str, int, str, int]]:
    """Return (symbol, side, minute, fingerprint, occurrence) the slow way, straight from the rule's text."""
    told = []
    for row, symbol in enumerate(session.symbols):
        high, low, close, volume = (getattr(session, name)[row] for name in ("high", "low", "close", "volume"))
        bars = [m for m in range(session.minutes) if math.isfinite(close[m])]
        atr = session.atr[row]
        for side, sign, line, back in (("long", 1, high, low), ("short", -1, low, high)):
            since: dict[str, bool] = {}  # fingerprint -> whether the other side broke since
            number: Counter[str] = Counter()
            for i, m in enumerate(bars):
                if i < 7:
                    continue
                seven, so_far = bars[i - 7 : i], bars[: i + 1]
                if sign * close[m] < min(sign * back[seven]):
                    since = dict.fromkeys(since, True)
                fresh = [p for p in background.profiles[symbol] if p.as_of_ts <= session.ts(m) + 60]
                if not fresh or session.ts(m) + 60 - fresh[-1].as_of_ts > 900:
                    continue
                profile = fresh[-1]
                typical = (high[so_far] + low[so_far] + close[so_far]) / 3
                vwap = (typical * volume[so_far]).sum() / volume[so_far].sum()
                net = sign * (profile.call_gex - profile.put_gex)
                at = min(range(len(net)), key=lambda k: abs(profile.strikes[k] - close[m]))
                mine, theirs = (profile.call_gex[at], profile.put_gex[at])[::sign]
                ratio = mine / theirs if theirs else 9 * (mine > 0)
                wall = profile.strikes[list(net).index(max(net))]
                if (
                    max(net) > 0
                    and (ratio >= 1.35 or net.sum() * sign < 0)
                    and sign * close[m] > max(sign * line[seven])
                    and sign * close[m] >= sign * vwap
                    and volume[m] >= 1.1 * np.mean(volume[seven])
                    and abs(close[m] - wall) <= max(0.9 * atr, 0.0035 * close[m])
                ):
                    fingerprint = f"{side}:2026-02-09:{wall + 1e-9:.2f}"
                    if since.get(fingerprint, True):
                        since[fingerprint] = False
                        number[fingerprint] += 1
                        told.append((symbol, side, m, fingerprint, number[fingerprint]))
    return sorted(told)


@pytest.mark.parametrize("puts_too", [1.0, 1.25])
@pytest.mark.parametrize("missing", [0.0, 0.08])
def test_the_arrays_say_what_a_plain_loop_says(missing: float, puts_too: float) -> None:
    count = 0
    for seed in range(6):
        session, background = market(seed, missing=missing, puts_too=puts_too)
        found = said(gamma_squeeze.find, session, background=background)[0]
        told = [(d.symbol, d.direction, (d.bar_ts - OPEN_TS) // 60, d.fingerprint, d.occurrence) for d in found]
        assert sorted(told) == naive(session, background), seed
        count += len(told)
    assert count > 40


@pytest.mark.parametrize("missing", [0.0, 0.05])
@pytest.mark.parametrize("seed", range(2))
def test_no_minute_depends_on_a_later_one(seed: int, missing: float) -> None:
    session, background = market(seed, missing=missing)
    whole = said(gamma_squeeze.find, session, background=background)[0]

    for t in range(session.minutes + 1):
        so_far = said(gamma_squeeze.find, session.until(t), background=background)[0]
        assert so_far == [d for d in whole if d.bar_ts < session.ts(t)], t


def test_profiles_that_come_later_change_nothing_said_before() -> None:
    session, background = market(5)
    whole = said(gamma_squeeze.find, session, background=background)[0]

    for t in range(20, 390, 10):
        known = {
            symbol: [each for each in profiles if each.as_of_ts <= session.ts(t)]
            for symbol, profiles in background.profiles.items()
        }
        so_far = said(gamma_squeeze.find, session.until(t), background=Background(profiles=known))[0]
        assert so_far == [d for d in whole if d.bar_ts < session.ts(t)], t


@given(st.integers(0, 10_000), st.sampled_from([0.25, 2.0, 64.0]))
@settings(max_examples=15)
def test_prices_in_another_unit_change_no_verdict(seed: int, factor: float) -> None:
    # Powers of two: the multiplication itself must not round.
    session, background = market(seed)
    scaled = dataclasses.replace(
        session, **{name: getattr(session, name) * factor for name in PRICES}, atr=session.atr * factor
    )
    profiles = {
        symbol: [dataclasses.replace(p, strikes=p.strikes * factor, flip=p.flip and p.flip * factor) for p in each]
        for symbol, each in background.profiles.items()
    }

    facts = [
        (d.symbol, d.direction, d.bar_ts, d.occurrence, d.score)
        for d in said(gamma_squeeze.find, session, background=background)[0]
    ]

    again = said(gamma_squeeze.find, scaled, background=Background(profiles=profiles))[0]
    assert [(d.symbol, d.direction, d.bar_ts, d.occurrence, d.score) for d in again] == facts


@given(st.integers(0, 10_000), st.integers(-5_000, 5_000))
@settings(max_examples=10)
def test_another_day_changes_nothing_but_the_times(seed: int, days: int) -> None:
    (session, background), shift = market(seed), 86_400 * days
    other = dataclasses.replace(session, open_ts=session.open_ts + shift)
    profiles = {
        symbol: [dataclasses.replace(p, as_of_ts=p.as_of_ts + shift) for p in each]
        for symbol, each in background.profiles.items()
    }

    found = said(gamma_squeeze.find, session, background=background)[0]

    moved = [dataclasses.replace(d, bar_ts=d.bar_ts + shift, valid_until=d.valid_until + shift) for d in found]
    background = Background(profiles=profiles)
    assert said(gamma_squeeze.find, other, background=background, close_ts=CLOSE_TS + shift)[0] == moved


@given(st.integers(0, 10_000))
@settings(max_examples=15)
def test_a_market_upside_down_squeezes_the_other_way(seed: int) -> None:
    # Prices in eighths around 128, strikes between them, calls for puts; gamma sums to 0, so its regime is the same.
    session, background = market(seed)
    session = dataclasses.replace(session, **{name: np.round(getattr(session, name) * 8) / 8 for name in PRICES})
    down = dataclasses.replace(
        session, open=256 - session.open, high=256 - session.low, low=256 - session.high, close=256 - session.close
    )
    profiles = {
        symbol: [
            dataclasses.replace(
                p,
                strikes=256 - p.strikes[::-1],
                call_gex=p.put_gex[::-1],
                put_gex=p.call_gex[::-1],
                flip=p.flip and 256 - p.flip,
            )
            for p in each
        ]
        for symbol, each in background.profiles.items()
    }
    other = {"long": "short", "short": "long"}

    straight = said(gamma_squeeze.find, session, background=background)[0]

    mirrored = said(gamma_squeeze.find, down, background=Background(profiles=profiles))[0]
    assert sorted((d.symbol, other[d.direction], d.bar_ts, d.score) for d in mirrored) == sorted(
        (d.symbol, d.direction, d.bar_ts, d.score) for d in straight
    )


@pytest.mark.parametrize("seed", range(12))
def test_odd_sessions_neither_fail_nor_say_what_is_no_number(seed: int) -> None:
    session, background = market(seed, missing=0.02)
    random = np.random.default_rng(seed)
    grids = {name: getattr(session, name).copy() for name in GRIDS}
    grids["volume"][:, random.integers(0, 390, 60)] = NAN
    for name in PRICES:
        grids[name][0, random.integers(16, 390)] /= 4  # a split that nobody adjusted
        grids[name][1, 100:145] = NAN  # a halt

    found, _ = said(gamma_squeeze.find, dataclasses.replace(session, **grids), background=background)

    assert found
    for each in found:
        numbers = [value for value in each.signal.values() if isinstance(value, float)]
        assert all(map(math.isfinite, numbers))
        assert len(each.description) <= 200
        if each.plan is not None:
            order = [each.plan.stop, each.plan.entry, *(target.price for target in each.plan.targets)]
            assert order == sorted(order, reverse=each.direction == "short")
