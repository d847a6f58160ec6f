"""The plays around the session VWAP: a cross on volume, a bounce off it, and a stretch that should snap back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from detectors.pure.detection import BAR_S, Abstention, Detection, Key, Sighting
from detectors.pure.plans import Idea, Side, build, usable_atr, valid_until
from detectors.pure.rounding import cents, score
from detectors.pure.tape import Mask, Tape
from market.pure.bars import Floats, Ints

NAME = "vwap"
CROSS, BOUNCE, DEVIATION = "vwap_cross", "vwap_bounce", "vwap_deviation"
SETUP_TYPES = (CROSS, BOUNCE, DEVIATION)

LEAST_BARS = 20
BASELINE_BARS = 20
LEAST_VOLUME_RATIO = 1.1
REARM_MINUTES = 15
REARM_ATR_5M = 0.3  # of the five-minute ATR: a close that far on the other side arms a cross anew
TOUCH_BARS = 8  # the touch lies in the last so many bars, the trigger bar among them
TOUCH_ATR = 0.1
AWAY_ATR = 0.3
STRETCHED_SIGMAS = 2.0
STRETCHED_ATR = 1.2  # stretched whatever sigma says
FLOOR_ATR = 0.5  # nearer than this no number of sigmas means anything: after a flat open sigma is tiny
CALM_SIGMAS = 1.0
HAIR = 1e-9  # of the price: means and sums round, and what differs by that little is equal
SIDES: tuple[tuple[Side, int], ...] = (("long", 1), ("short", -1))


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    # Each bar's close as seen from the VWAP at its end, shape (s, n): the side (+1, -1, or 0 on it), how far away, a
    # hair more so that a threshold is met by what equals it, sigma (infinite where it is 0, so that z is 0), and
    # whether it is too far away for a bounce. The daily ATR has shape (s, 1), NaN where it is unknown.
    side: npt.NDArray[np.int8]
    away: Floats
    hair: Floats
    sigma: Floats
    overdone: Mask
    atr: Floats


@dataclass(frozen=True, slots=True)
class _Play:
    # One play: where on the tape, and the number of its own that its description needs.
    setup_type: str
    side: Side
    row: int
    bar: int
    volume_ratio: float = 0.0
    touch: int = 0


@dataclass(frozen=True, slots=True)
class _Facts:
    # A play's bar in numbers; the ATR is the fallback where it is unknown.
    close: float
    vwap: float
    sigma: float
    atr: float
    whose: str  # volume: "its" or "SPY's"
    touched_at: str

    @property
    def away(self) -> float:
        return abs(self.close - self.vwap)

    @property
    def z(self) -> float:
        return 0.0 if self.sigma <= HAIR * self.close else (self.close - self.vwap) / self.sigma


@dataclass(frozen=True, slots=True)
class _Words:
    # What one type of play says of its facts.
    raw_score: float
    range_points: float
    trigger: str
    sentence: str
    signal: Mapping[str, object]
    mean: float | None = None


def find(tape: Tape) -> Iterator[Sighting | Abstention]:
    """Yield every VWAP cross, bounce and deviation of a session, and who could not be judged.

    Notes
    -----
    Each bar t is compared with the VWAP, and sigma around it, as they stood at its own end; z = (C - VWAP) / sigma, 0
    where sigma is 0. Nothing is judged before the 20th bar.

    Cross, to the side of C: C lies strictly on it, the close before did not, and the volume is at least 1.1 times the
    mean of the <= 20 bars before. Again on a side at least 15 minutes later, after a close on the other that was 0.3
    five-minute ATR or more away.

    Bounce, to the side of C: the first close at least 0.3 ATR away since an extreme of that side (low for long) came
    within 0.1 ATR of the VWAP, in the last 8 bars. Since price last closed that far away on the side, or since the
    open, no bar closed on the other: else the VWAP did not hold. A touch gives at most one bounce.

    Deviation, back toward the VWAP: abs(C - VWAP) >= 1.2 ATR, or >= 0.5 ATR with abs(z) >= 2. While that lasts it is
    one; the next on a side needs a bar with abs(z) < 1 in between.

    A bar gives one play at most, in that order; what is 0.5 ATR and two sigmas away is no bounce. A play that comes
    second on its bar is spent: told a minute later, it would contradict the first.

    Scores: cross 63 + 25 (ratio - 1.1) + min(10, 4 abs(z)); bounce 66 + min(18, 12 abs(C - VWAP) / ATR); deviation
    62 + min(25, 8 abs(z)). Where the ATR is unknown there are crosses alone, planned with the fallback.
    """
    reading = _read(tape)
    yield from _abstentions(tape, reading)
    taken: set[tuple[int, int]] = set()
    told: Counter[tuple[str, Side, int, int]] = Counter()
    for plays in (_crosses, _bounces, _deviations):
        for play in plays(tape, reading):
            if isinstance(play, Abstention):
                yield play
            elif (play.row, play.bar) not in taken:
                taken.add((play.row, play.bar))
                same = (play.setup_type, play.side, play.row, play.touch)
                told[same] += 1
                yield _sighting(tape, play, told[same])


def _read(tape: Tape) -> _Reading:
    distance, hair = tape.close - tape.vwap, HAIR * tape.close
    side = (distance > hair).astype(np.int8) - (distance < -hair).astype(np.int8)
    away = np.abs(distance) + hair
    sigma = np.where(tape.sigma > hair, tape.sigma, np.inf)
    atr = np.where(tape.panel.atr > 0, tape.panel.atr, np.nan)[:, None]
    overdone = (away >= STRETCHED_SIGMAS * sigma) & (away >= FLOOR_ATR * atr)
    return _Reading(side, away, hair, sigma, overdone, atr)


def _abstentions(tape: Tape, reading: _Reading) -> Iterator[Abstention]:
    for row, symbol in enumerate(tape.panel.symbols):
        last = int(tape.count[row]) - 1
        if not tape.has_volume[row] or (last + 1 >= LEAST_BARS and np.isnan(tape.vwap[row, last])):
            yield Abstention(symbol, NAME, "no_volume")
        elif np.isnan(reading.atr[row, 0]):
            yield Abstention(symbol, NAME, "no_atr")


def _crosses(tape: Tape, reading: _Reading) -> Iterator[_Play | Abstention]:
    """Yield the crosses on volume, by side."""
    far = REARM_ATR_5M * tape.five_minute_atr
    for side, sign in SIDES:
        rows, bars = _judged(_starts(reading.side == sign))
        ratios = _volume_ratios(tape, rows, bars)
        for row in set(rows[~np.isfinite(ratios)].tolist()):
            yield Abstention(tape.panel.symbols[row], NAME, "no_volume")
        loud = np.isfinite(ratios) & (ratios >= LEAST_VOLUME_RATIO)
        rows, bars = rows[loud], bars[loud]
        away = _latest((reading.side == -sign) & (reading.away >= far))[rows, bars]
        minutes = tape.minute[rows, bars]
        last: dict[int, tuple[int, int]] = {}  # row -> bar and minute of its latest cross
        columns = (rows, bars, minutes, away, ratios[loud])
        for row, bar, minute, armed, ratio in zip(*(column.tolist() for column in columns), strict=True):
            before = last.get(row)
            if before is None or (minute - before[1] >= REARM_MINUTES and armed > before[0]):
                last[row] = (bar, minute)
                yield _Play(CROSS, side, row, bar, volume_ratio=ratio)


def _bounces(tape: Tape, reading: _Reading) -> Iterator[_Play]:
    """Yield the first closes away from the VWAP after a touch that held, by side."""
    for side, sign in SIDES:
        extreme = tape.low if side == "long" else tape.high
        away = (reading.side == sign) & (reading.away >= AWAY_ATR * reading.atr)
        touched = np.abs(extreme - tape.vwap) <= TOUCH_ATR * reading.atr + reading.hair
        rows, bars = _judged(away & (_starts(away) | touched))
        before = _latest(away)[rows, bars - 1]
        touch = _latest(touched)[rows, bars]
        lost = _latest(reading.side == -sign)[rows, bars]
        held = (touch > np.maximum(before, bars - TOUCH_BARS)) & (lost <= before)
        held &= ~reading.overdone[rows, bars]
        for row, bar, at in zip(rows[held].tolist(), bars[held].tolist(), touch[held].tolist(), strict=True):
            yield _Play(BOUNCE, side, row, bar, touch=at)


def _deviations(_tape: Tape, reading: _Reading) -> Iterator[_Play]:
    """Yield the stretches that follow calm ones by their first bars, by the side that leads back."""
    stretched = reading.overdone | (reading.away >= STRETCHED_ATR * reading.atr)
    stretched[:, : LEAST_BARS - 1] = False  # what began before is told at the first bar that may be judged
    calms = np.cumsum(reading.away < CALM_SIGMAS * reading.sigma, axis=1, dtype=np.int32)
    for side, sign in SIDES:
        rows, bars = _judged(_starts(stretched & (reading.side == -sign)))
        calm_so_far = calms[rows, bars]
        first = np.ones(len(rows), dtype=np.bool_)
        first[1:] = (rows[1:] != rows[:-1]) | (calm_so_far[1:] != calm_so_far[:-1])
        for row, bar in zip(rows[first].tolist(), bars[first].tolist(), strict=True):
            yield _Play(DEVIATION, side, row, bar)


def _starts(mask: Mask) -> Mask:
    """Return where a mask becomes true."""
    starts = mask.copy()
    starts[:, 1:] &= ~mask[:, :-1]
    return starts


def _judged(mask: Mask) -> tuple[Ints, Ints]:
    """Return rows and bars of a mask, in the order of time within a row, without those too early to judge."""
    rows, bars = np.nonzero(mask[:, LEAST_BARS - 1 :])
    return rows, bars + LEAST_BARS - 1


def _latest(mask: Mask) -> npt.NDArray[np.int32]:
    """Return the last bar up to each at which a mask is true, -1 where there was none."""
    index = np.arange(mask.shape[1], dtype=np.int32)
    return np.maximum.accumulate(np.where(mask, index, np.int32(-1)), axis=1)


def _volume_ratios(tape: Tape, rows: Ints, bars: Ints) -> Floats:
    """Return each bar's volume over its baseline's mean: 0 where the mean is 0, not finite where one is unknown."""
    mean = tape.volumes.mean(rows, np.maximum(bars - BASELINE_BARS, 0), bars)
    return np.divide(tape.volume[rows, bars], mean, out=np.zeros(len(rows)), where=mean != 0)


def _sighting(tape: Tape, play: _Play, occurrence: int) -> Sighting:
    touch = f":{tape.minute[play.row, play.touch]}" if play.setup_type == BOUNCE else ""
    key = Key(tape.panel.symbols[play.row], play.setup_type, play.side, f"{play.side}{touch}", occurrence)
    return Sighting(key, tape.ts(play.row, play.bar), partial(_describe, tape, play, key))


def _describe(tape: Tape, play: _Play, key: Key) -> Detection:
    facts = _facts(tape, play)
    words = WORDS[play.setup_type](facts, play)
    bar_ts = tape.ts(play.row, play.bar)
    plan, rejected = build(
        Idea(
            setup_type=play.setup_type,
            side=play.side,
            trigger=words.trigger,
            price=facts.close,
            reference=facts.vwap,
            range_points=words.range_points,
            atr=facts.atr,
            mean=words.mean,
        )
    )
    return Detection(
        **key._asdict(),
        variant=None,
        bar_ts=bar_ts,
        score=score(words.raw_score),
        price=cents(facts.close),
        description=f"{key.symbol} {words.sentence}",
        signal={
            "vwapPrice": cents(facts.vwap),
            "currentPrice": cents(facts.close),
            **words.signal,
            "deviationBand": cents(facts.z),
            "dedupeKey": f"{key.setup_type}:{key.fingerprint}",
        },
        plan=plan,
        plan_rejected=rejected,
        volume_source=tape.panel.volume_source[play.row],
        valid_until=valid_until(key.setup_type, bar_ts + BAR_S, tape.close_ts),
    )


def _facts(tape: Tape, play: _Play) -> _Facts:
    row, bar = play.row, play.bar
    close, source = float(tape.close[row, bar]), tape.panel.volume_source[row]
    return _Facts(
        close=close,
        vwap=float(tape.vwap[row, bar]),
        sigma=float(tape.sigma[row, bar]),
        atr=usable_atr(float(tape.panel.atr[row]), close),
        whose="its" if source == tape.panel.symbols[row] else f"{source}'s",
        touched_at=tape.instant(row, play.touch),
    )


def _cross_words(facts: _Facts, play: _Play) -> _Words:
    up, ratio = play.side == "long", cents(play.volume_ratio)
    return _Words(
        raw_score=63 + 25 * (play.volume_ratio - LEAST_VOLUME_RATIO) + min(10.0, 4 * abs(facts.z)),
        range_points=max(0.8 * facts.atr, facts.away + 0.25 * facts.atr),
        trigger="vwap_reclaim" if up else "vwap_loss",
        sentence=f"crossed {'above' if up else 'below'} its VWAP at {cents(facts.vwap):,.2f} "
        f"on {ratio:.2f}x {facts.whose} recent volume",
        signal={"volumeRatio": ratio},
    )


def _bounce_words(facts: _Facts, play: _Play) -> _Words:
    up, vwap, away = play.side == "long", f"{cents(facts.vwap):,.2f}", f"{cents(facts.away):,.2f}"
    return _Words(
        raw_score=66 + min(18.0, 12 * facts.away / facts.atr),
        range_points=max(0.7 * facts.atr, facts.away),
        trigger="vwap_hold" if up else "vwap_reject",
        sentence=f"bounced off its VWAP at {vwap} and closed {away} above it"
        if up
        else f"was turned away at its VWAP of {vwap} and closed {away} below it",
        signal={"touchedAt": facts.touched_at},
    )


def _deviation_words(facts: _Facts, play: _Play) -> _Words:
    z = abs(facts.z)
    how_far = f"{cents(z):,.2f} sigma" if cents(z) >= STRETCHED_SIGMAS else f"{cents(facts.away / facts.atr):,.2f} ATR"
    return _Words(
        raw_score=62 + min(25.0, 8 * z),
        range_points=max(facts.atr, facts.away),
        trigger="revert_to_vwap",
        sentence=f"closed {cents(facts.away):,.2f} {'above' if play.side == 'short' else 'below'} its VWAP "
        f"at {cents(facts.vwap):,.2f}, {how_far} away",
        signal={},
        mean=facts.vwap,
    )


WORDS: Mapping[str, Callable[[_Facts, _Play], _Words]] = {
    CROSS: _cross_words,
    BOUNCE: _bounce_words,
    DEVIATION: _deviation_words,
}
