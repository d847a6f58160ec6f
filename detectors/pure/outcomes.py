"""What became of a plan: win, loss or expired, in units of its risk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from detectors.pure.lifecycle import REASON, TRACKING_DIRECTION, Move, first_move
from detectors.pure.rounding import cents
from market.pure.bars import Bars

Verdict = Literal["win", "loss", "expired"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a plan ended.

    Attributes
    ----------
    reason : str
        `target_reached`, `stop_loss_hit`, `time`, `no_plan`, or `no_bars` where no bar came before the idea was over.
    exit_price : float or None
        [USD, or index points]
    exit_bar_ts : int or None
        Left edge of the bar of the exit. [Unix seconds, UTC]
    realized_r, mfe_r, mae_r : float or None
        Result, best and worst point on the way, in units of the planned risk abs(entry - stop); mae_r is <= 0.
    bars_to_resolution : int
        Bars from the entry, which is bar 1, to the exit; 0 without an entry.
    """

    verdict: Verdict
    reason: str
    exit_price: float | None = None
    exit_bar_ts: int | None = None
    realized_r: float | None = None
    mfe_r: float | None = None
    mae_r: float | None = None
    bars_to_resolution: int = 0

    def as_wire(self) -> dict[str, object]:
        """Return `outcome_data` in the wire's names."""
        return {
            "exitPrice": self.exit_price,
            "exitBarTs": self.exit_bar_ts,
            "realizedR": self.realized_r,
            "mfeR": self.mfe_r,
            "maeR": self.mae_r,
            "barsToResolution": self.bars_to_resolution,
            "reason": self.reason,
        }


NO_PLAN = Outcome("expired", "no_plan")


def resolve(side: Literal["long", "short"], *, entry: float, stop: float, target: float, bars: Bars) -> Outcome:
    """Return how a plan ended in the bars after its trigger.

    Parameters
    ----------
    entry, stop, target : float
        The plan; `target` is its last. [USD, or index points]
    bars : Bars
        Completed bars from the one after the trigger to the one before the idea was over.

    Notes
    -----
    The trade enters at the open of the first bar and leaves at the first touched price, the stop where one bar
    touches both. A bar that opens beyond the price fills at its open. Nothing touched: out at the last close.
    mfe and mae count the bars before the exit in full and of the exit bar only its exit, because what came after it
    inside that bar is not known.
    """
    if not len(bars):
        return Outcome("expired", "no_bars")
    sign = 1.0 if side == "long" else -1.0
    bought = float(bars.open[0])
    move = first_move(TRACKING_DIRECTION[side], stop=stop, target=target, highs=bars.high, lows=bars.low)
    last = len(bars) - 1 if move is None else move[1]
    exit_price = float(bars.close[last]) if move is None else _fill(move[0], sign, float(bars.open[last]), stop, target)
    before = bars.take(slice(0, last if move is not None else last + 1))
    best, worst = (before.high, before.low) if sign > 0 else (before.low, before.high)
    risk = abs(entry - stop)
    seen = [sign * (price - bought) / risk for price in (bought, exit_price, *best.tolist(), *worst.tolist())]
    return Outcome(
        verdict="expired" if move is None else ("win" if move[0] is Move.TRIGGERED else "loss"),
        reason="time" if move is None else REASON[move[0]],
        exit_price=cents(exit_price),
        exit_bar_ts=int(bars.ts[last]),
        realized_r=cents(sign * (exit_price - bought) / risk),
        mfe_r=cents(max(seen)),
        mae_r=cents(min(seen)),
        bars_to_resolution=last + 1,
    )


def _fill(move: Move, sign: float, opened: float, stop: float, target: float) -> float:
    # A stop fills at the open where that is worse, a limit at the open where that is better.
    if move is Move.INVALIDATED:
        return min(stop, opened) if sign > 0 else max(stop, opened)
    return max(target, opened) if sign > 0 else min(target, opened)
