"""The gamma squeeze of SPX and NDX: a break out of the last bars, on volume, near the strike with most gamma."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from detectors.pure.detection import BAR_S, Abstention, Detection, Key, Sighting
from detectors.pure.level_lines import latest_profile
from detectors.pure.opening_range import SIDES, on_volume
from detectors.pure.plans import Idea, Side, build, sign_of, valid_until
from detectors.pure.rounding import cents, score
from detectors.pure.tape import Mask, Tape
from market.pure.bars import Floats, Ints
from options_engine.pure.gex import GammaProfile

SETUP_TYPE = "gamma_squeeze"
SYMBOLS = ("SPX", "NDX")
MOST_DAYS_TO_EXPIRY = 7
LEAST_STRIKES = 3
MOST_AGE_S = 900  # of a profile at a bar's right edge; the job writes one every 5 minutes
RANGE_BARS = 7  # before the trigger bar: what it breaks out of, and its volume's baseline
TREND_BARS = 12
LEAST_GAMMA_RATIO = 1.35
ONE_SIDED = 9.0  # the ratio where the other side has no gamma
NO_GAMMA = 1e-9  # of the larger side: less is no gamma, but what is left of rounding
LEAST_VOLUME_RATIO = 1.1
NEAR_ATR = 0.9
NEAR_OF_PRICE = 0.0035


@dataclass(frozen=True, slots=True, eq=False)
class _Breaks:
    # Closes beyond the extreme of the seven bars before them, for one side of one symbol. `extreme` is NaN and `broke`
    # False for the first seven bars.
    row: int
    side: Side
    extreme: Floats
    broke: Mask


@dataclass(frozen=True, slots=True)
class _Squeeze:
    # A break on volume at its wall, and how it measured. Trend: ATR, below 0 when falling.
    row: int
    bar: int
    side: Side
    profile: GammaProfile
    wall: float
    nearest: float
    gamma_ratio: float
    volume_ratio: float
    trend: float
    extreme: float


def find(tape: Tape) -> Iterator[Sighting | Abstention]:
    """Yield the gamma squeezes of SPX and NDX, and which of the two could not be judged.

    Notes
    -----
    A bar is judged by the last gamma profile known at its right edge, if that is at most 15 minutes old, expires within
    7 days and has 3 strikes. Bar t squeezes up when all of this holds; down is mirrored, with puts for calls:

    - C > high of the seven bars before t, V >= 1.1 times their mean volume, and C >= VWAP;
    - calls have 1.35 times the gamma of puts at the strike nearest to C, or all strikes together have negative gamma;
    - C is within max(0.9 ATR, 0.35 % of C) of the call wall, the strike with the largest positive net gamma.

    A second squeeze of a side at the same wall and expiry needs a close in between that broke out to the other side,
    on whatever volume. A symbol abstains for a profile that does not fit its newest bar, or an earlier break on volume;
    a bar before the first profile is passed over.

    score = 70 + min(10, 12 (gamma ratio - 1.35)) + min(8, 14 (volume ratio - 1.1)) + min(8, 4 |trend|), each at least
    0; trend = (C - close 12 bars ago) / ATR, 0 with fewer bars.
    """
    for row, symbol in enumerate(tape.panel.symbols):
        if symbol in SYMBOLS:
            reason = _blind(tape, row)
            if reason is None:
                yield from _judge(tape, row)
            else:
                yield Abstention(symbol, SETUP_TYPE, reason)


def _blind(tape: Tape, row: int) -> str | None:
    if not tape.has_volume[row]:
        return "no_volume"
    if not tape.panel.atr[row] > 0:
        return "no_atr"
    return None if tape.background.profiles.get(tape.panel.symbols[row]) else "no_profile"


def _judge(tape: Tape, row: int) -> Iterator[Sighting | Abstention]:
    count = int(tape.count[row])
    if count <= RANGE_BARS:
        return
    profiles = tape.background.profiles[tape.panel.symbols[row]]
    known = [profiles[at] if at >= 0 else None for at in latest_profile(tape, row, profiles)[:count].tolist()]
    yield from _why_unfit(tape, row, count - 1, known[-1])
    up, down = (_breaks(tape, row, side) for side in SIDES)
    yield from _fold(tape, up, np.cumsum(down.broke), known)
    yield from _fold(tape, down, np.cumsum(up.broke), known)


def _why_unfit(tape: Tape, row: int, bar: int, profile: GammaProfile | None) -> Iterator[Abstention]:
    """Yield why a profile says nothing of a bar; nothing where it does, and before the first one."""
    if profile is None:
        return
    symbol = tape.panel.symbols[row]
    if tape.ts(row, bar) + BAR_S - profile.as_of_ts > MOST_AGE_S:
        yield Abstention(symbol, SETUP_TYPE, "stale_profile")
    elif profile.days_to_expiry > MOST_DAYS_TO_EXPIRY:
        yield Abstention(symbol, SETUP_TYPE, "far_expiry")
    elif len(profile.strikes) < LEAST_STRIKES:
        yield Abstention(symbol, SETUP_TYPE, "thin_chain")


def _breaks(tape: Tape, row: int, side: Side) -> _Breaks:
    sign, count = sign_of(side), int(tape.count[row])
    heights = sign * (tape.high if side == "long" else tape.low)[row, : count - 1]
    top = np.full(count, np.nan)
    top[RANGE_BARS:] = sliding_window_view(heights, RANGE_BARS).max(axis=1)
    return _Breaks(row, side, extreme=sign * top, broke=sign * tape.close[row, :count] > top)


def _fold(
    tape: Tape, breaks: _Breaks, opposite: Ints, known: list[GammaProfile | None]
) -> Iterator[Sighting | Abstention]:
    """Yield the squeezes of one symbol and side, each wall's next one after an opposite break only.

    Parameters
    ----------
    opposite : int64, shape (count,)
        How many breaks to the other side there were up to each bar.
    known : list of GammaProfile or None, length count
    """
    row, sign = breaks.row, sign_of(breaks.side)
    bars = np.flatnonzero(breaks.broke)
    bars = bars[sign * tape.close[row, bars] >= sign * tape.vwap[row, bars]]
    ratios = _volume_ratios(tape, row, bars)
    if np.isnan(ratios).any():
        yield Abstention(tape.panel.symbols[row], SETUP_TYPE, "no_volume")
    loud = ratios >= LEAST_VOLUME_RATIO
    last: dict[str, tuple[int, int]] = {}  # fingerprint -> bar and number of its latest squeeze
    for bar, volume_ratio in zip(bars[loud].tolist(), ratios[loud].tolist(), strict=True):
        profile = known[bar]
        unfit = list(_why_unfit(tape, row, bar, profile))
        yield from unfit
        squeeze = None if unfit or profile is None else _squeeze(tape, breaks, bar, profile, volume_ratio)
        if squeeze is None:
            continue
        fingerprint = f"{squeeze.side}:{squeeze.profile.expiry}:{cents(squeeze.wall):.2f}"
        before, count = last.get(fingerprint, (0, 0))
        if count == 0 or opposite[bar] > opposite[before]:
            last[fingerprint] = (bar, count + 1)
            yield _sighting(tape, squeeze, fingerprint, count + 1)


def _volume_ratios(tape: Tape, row: int, bars: Ints) -> Floats:
    """Return each bar's volume over its baseline's mean: 0 where the mean is 0, NaN where either is unknown."""
    volume, mean = tape.volume[row, bars], tape.volumes.mean(np.full(len(bars), row), bars - RANGE_BARS, bars)
    ratio = np.divide(volume, mean, out=np.zeros(len(bars)), where=mean != 0)
    return np.where(np.isfinite(volume), ratio, np.nan)


def _squeeze(tape: Tape, breaks: _Breaks, bar: int, profile: GammaProfile, volume_ratio: float) -> _Squeeze | None:
    """Return the squeeze of a break on volume, None where gamma does not drive it or its wall is far."""
    close, atr = float(tape.close[breaks.row, bar]), float(tape.panel.atr[breaks.row])
    at = int(np.argmin(np.abs(profile.strikes - close)))
    ratio = _gamma_ratio(profile, at, breaks.side)
    wall = profile.call_wall if breaks.side == "long" else profile.put_wall
    if wall is None or abs(close - wall) > max(NEAR_ATR * atr, NEAR_OF_PRICE * close):
        return None
    if ratio < LEAST_GAMMA_RATIO and profile.is_positive:
        return None
    then = float(tape.close[breaks.row, bar - TREND_BARS]) if bar >= TREND_BARS else close
    return _Squeeze(
        row=breaks.row,
        bar=bar,
        side=breaks.side,
        profile=profile,
        wall=wall,
        nearest=float(profile.strikes[at]),
        gamma_ratio=ratio,
        volume_ratio=volume_ratio,
        trend=(close - then) / atr,
        extreme=float(breaks.extreme[bar]),
    )


def _gamma_ratio(profile: GammaProfile, at: int, side: Side) -> float:
    """Return calls over puts at a strike, or puts over calls: 9 where the other side has none, 0 where both have."""
    calls, puts = float(profile.call_gex[at]), float(profile.put_gex[at])
    with_it, against = (calls, puts) if side == "long" else (puts, calls)
    if against <= NO_GAMMA * with_it:
        return ONE_SIDED if with_it > 0 else 0.0
    return with_it / against


def _sighting(tape: Tape, squeeze: _Squeeze, fingerprint: str, occurrence: int) -> Sighting:
    key = Key(
        symbol=tape.panel.symbols[squeeze.row],
        setup_type=SETUP_TYPE,
        direction=squeeze.side,
        fingerprint=fingerprint,
        occurrence=occurrence,
    )
    return Sighting(key, tape.ts(squeeze.row, squeeze.bar), partial(_describe, tape, squeeze, key))


def _describe(tape: Tape, squeeze: _Squeeze, key: Key) -> Detection:
    row, bar, flip = squeeze.row, squeeze.bar, squeeze.profile.flip
    close, atr = float(tape.close[row, bar]), float(tape.panel.atr[row])
    bar_ts = tape.ts(row, bar)
    plan, rejected = build(
        Idea(
            setup_type=SETUP_TYPE,
            side=squeeze.side,
            trigger="gamma_breakout" if squeeze.side == "long" else "gamma_breakdown",
            price=close,
            reference=float(tape.vwap[row, bar]) if flip is None else flip,
            range_points=max(atr, abs(close - squeeze.wall)),
            atr=atr,
        )
    )
    return Detection(
        **key._asdict(),
        variant=None,
        bar_ts=bar_ts,
        score=score(_raw_score(squeeze)),
        price=cents(close),
        description=_sentence(key.symbol, squeeze, on_volume(tape, row, squeeze.volume_ratio)),
        signal=_signal(squeeze),
        plan=plan,
        plan_rejected=rejected,
        volume_source=tape.panel.volume_source[row],
        valid_until=valid_until(SETUP_TYPE, bar_ts + BAR_S, tape.close_ts),
    )


def _raw_score(squeeze: _Squeeze) -> float:
    # In negative gamma the ratio may lie below its threshold: it then adds nothing, and takes nothing away.
    return (
        70
        + max(0.0, min(10.0, 12 * (squeeze.gamma_ratio - LEAST_GAMMA_RATIO)))
        + min(8.0, 14 * (squeeze.volume_ratio - LEAST_VOLUME_RATIO))
        + min(8.0, 4 * abs(squeeze.trend))
    )


def _signal(squeeze: _Squeeze) -> dict[str, object]:
    profile = squeeze.profile
    nearest, wall = cents(squeeze.nearest), cents(squeeze.wall)
    ratio = "callPutGammaRatio" if squeeze.side == "long" else "putCallGammaRatio"
    return {
        "gammaRegime": "positive_gamma" if profile.is_positive else "negative_gamma",
        "flipPoint": _cents_if_any(profile.flip),
        "maxPositiveGexStrike": _cents_if_any(profile.call_wall),
        "maxNegativeGexStrike": _cents_if_any(profile.put_wall),
        "nearestStrike": nearest,
        ratio: cents(squeeze.gamma_ratio),
        "volumeRatio": cents(squeeze.volume_ratio),
        "daysToExpiry": profile.days_to_expiry,
        "dedupeKey": f"{SETUP_TYPE}:{squeeze.side}:{profile.expiry}:{nearest:.2f}:{wall:.2f}",
    }


def _cents_if_any(price: float | None) -> float | None:
    return None if price is None else cents(price)


def _sentence(symbol: str, squeeze: _Squeeze, volume: str) -> str:
    where, wall = ("above the high", "call wall") if squeeze.side == "long" else ("below the low", "put wall")
    return (
        f"{symbol} closed {where} of its last {RANGE_BARS} bars at {cents(squeeze.extreme):,.2f} {volume}, "
        f"near the {wall} at {cents(squeeze.wall):,.2f}"
    )
