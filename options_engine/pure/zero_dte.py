"""What is left of today's options: the move they still expect, how they decay, how fast their delta turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from market.pure.bars import Floats
from options_engine.pure import black_scholes
from options_engine.pure.contracts import Bools
from options_engine.pure.reading import Reading
from options_engine.pure.session_clock import MARK_S, marks, minutes_left, share_left, years_then

HOUR_S: Final = 3600.0
# Half the delta change of one standard deviation that counts as all the risk there is.
FULL_RISK: Final = 0.5
BANDS: Final = ((10.0, "low"), (25.0, "moderate"), (50.0, "high"))

Source = Literal["captured", "inferred", "premarket"]


@dataclass(frozen=True, slots=True)
class Hours:
    """The session and where in it the clock stands. [Unix seconds]"""

    open_ts: int
    close_ts: int
    now_ts: float

    @property
    def left(self) -> float:
        """The share of the session's variance that is still to come."""
        return float(share_left(self.now_ts, self.open_ts, self.close_ts))

    @property
    def minutes_left(self) -> int:
        """Whole minutes of the session that are left."""
        return minutes_left(self.now_ts, self.open_ts, self.close_ts)

    def left_in(self, seconds: Floats | float) -> Floats:
        """Return the share that will be left after some more seconds of the session, the first of them its open's."""
        return share_left(max(self.now_ts, float(self.open_ts)) + np.asarray(seconds), self.open_ts, self.close_ts)


@dataclass(frozen=True, slots=True)
class ExpectedMove:
    """The move that the market expected at the open, what of it was used and what is left. [USD, or index points]

    Attributes
    ----------
    total : float
        The straddle at the money at the open, or what it must have been; NaN where nobody knows.
    source : 'captured', 'inferred' or 'premarket'
        Read at the open; the straddle of now over the root of the variance left; the straddle before the open.
    used : float
        Between the open and now; NaN without an open.
    remaining : float
        The straddle of now, which is the market's own view; 0 once the session is over.
    theoretical : float
        What would be left of `total` if variance were used up evenly.
    """

    total: float
    source: Source
    used: float
    remaining: float
    theoretical: float


@dataclass(frozen=True, slots=True, eq=False)
class ThetaClock:
    """One contract re-priced to the close, spot and total implied variance held.

    Attributes
    ----------
    at : float64, shape (k,)
        Now, or the open before it, each quarter of an hour, and the close. [Unix seconds]
    value : float64, shape (k,)
        The last one is what exercise is worth. [USD]
    per_hour : float
        Decay within the next hour, or until the close if that is sooner, scaled to an hour. [USD]
    acceleration : float
        Decay from 15 to 30 minutes ahead over that of the next 15; NaN within half an hour of the close.
    """

    at: Floats
    value: Floats
    per_hour: float
    acceleration: float


def straddle(reading: Reading, strike: float) -> float:
    """Return what call and put of a strike cost together, NaN unless both have a price. [USD]"""
    here = reading.chain.strike == strike
    call, put = (reading.mark[here & (reading.chain.is_call == side)] for side in (True, False))
    return float(call[0] + put[0]) if len(call) and len(put) else float("nan")


def expected_move(now: float, hours: Hours, *, opening: float, spot: float, open_price: float) -> ExpectedMove:
    """Return the move of the day.

    Parameters
    ----------
    now : float
        The straddle at the money; NaN where it is not known. [USD]
    hours : Hours
    opening : float
        The straddle that was captured at the open, NaN if it was not. [USD]
    spot, open_price : float
        The second is NaN before the open. [USD, or index points]
    """
    left = hours.left
    if hours.now_ts < hours.open_ts:
        total, source = now, "premarket"
    elif np.isfinite(opening):
        total, source = opening, "captured"
    else:
        total, source = (now / np.sqrt(left) if left > 0 else np.nan), "inferred"
    return ExpectedMove(
        total=float(total),
        source=source,  # type: ignore[arg-type]  # one of the three above
        used=abs(spot - open_price),
        remaining=now if left > 0 else 0.0,
        theoretical=float(total * np.sqrt(left)),
    )


def theta_clock(reading: Reading, at: int, hours: Hours) -> ThetaClock:
    """Return how the contract at this place decays."""
    instants = marks(hours.now_ts, hours.open_ts, hours.close_ts)
    value = _worth(reading, at, share_left(instants, hours.open_ts, hours.close_ts), hours.left)
    # The last point is exercise, whatever a minute of time would still be worth.
    value[-1] = _intrinsic(reading)[at]
    ahead = hours.left_in(np.array([0.0, MARK_S, 2 * MARK_S, HOUR_S]))
    soon = _worth(reading, at, ahead, hours.left)
    seconds = min(HOUR_S, max(0.0, hours.close_ts - max(hours.now_ts, hours.open_ts)))
    first, second = soon[0] - soon[1], soon[1] - soon[2]
    known = seconds >= 2 * MARK_S and first > 0
    return ThetaClock(
        at=instants,
        value=value,
        per_hour=float((soon[0] - soon[3]) * HOUR_S / seconds) if seconds else float("nan"),
        acceleration=float(second / first) if known else float("nan"),
    )


def acceleration(reading: Reading, hours: Hours) -> Floats:
    """Return for each contract its decay from 15 to 30 minutes ahead over that of the next 15, or NaN."""
    ahead = hours.left_in(np.array([0.0, MARK_S, 2 * MARK_S]))
    now, soon, later = (_worth_of_all(reading, share, hours.left) for share in ahead.tolist())
    first, second = now - soon, soon - later
    whole = hours.close_ts - max(hours.now_ts, float(hours.open_ts)) >= 2 * MARK_S
    return np.asarray(np.divide(second, first, out=np.full(len(reading), np.nan), where=whole & (first > 0)))


def gamma_risk(reading: Reading, hours: Hours) -> Floats:
    """Return how much of each contract's delta the usual move of the next quarter of an hour turns, 0 to 100.

    Half the change of delta between one standard deviation below and above, in shares of `FULL_RISK`: the same for an
    index and a fund of a tenth of it. NaN without a volatility or time.
    """
    chain, left = reading.chain, hours.left
    if not left > 0:
        return np.full(len(reading), np.nan)
    used = 1.0 - float(hours.left_in(float(MARK_S))) / left
    move = reading.spot * reading.sigma * np.sqrt(reading.t_years * used)
    below, above = (
        black_scholes.value(
            np.maximum(reading.spot + side * move, 1e-9),
            chain.strike,
            reading.t_years,
            reading.sigma,
            chain.is_call,
            rate=reading.rate,
            dividend=reading.dividend,
        ).delta
        for side in (-1.0, 1.0)
    )
    return np.asarray(100.0 * np.minimum(1.0, 0.5 * np.abs(above - below) / FULL_RISK))


def band(risk: float) -> str:
    """Return the word for a gamma risk."""
    return next((word for most, word in BANDS if risk < most), "extreme")


def value_at_close(reading: Reading) -> Floats:
    """Return what each contract pays at its end on average, by its own volatility. [USD]"""
    return np.asarray(reading.greeks.price * np.exp(reading.rate * reading.t_years))


def _worth(reading: Reading, at: int, left: Floats, left_now: float) -> Floats:
    """Return what one contract is worth when these shares of the session are left."""
    chain = reading.chain
    return black_scholes.price(
        reading.spot,
        chain.strike[at],
        years_then(reading.t_years[at], left_now, left),
        reading.sigma[at],
        chain.is_call[at],
        rate=reading.rate[at],
        dividend=reading.dividend[at],
    )


def _worth_of_all(reading: Reading, left: float, left_now: float) -> Floats:
    chain = reading.chain
    return black_scholes.price(
        reading.spot,
        chain.strike,
        years_then(reading.t_years, left_now, left),
        reading.sigma,
        chain.is_call,
        rate=reading.rate,
        dividend=reading.dividend,
    )


def _intrinsic(reading: Reading) -> Floats:
    sign = np.where(reading.chain.is_call, 1.0, -1.0)
    return np.asarray(np.maximum(sign * (reading.spot - reading.chain.strike), 0.0))


def live_today(reading: Reading, day: np.datetime64) -> Bools:
    """Say which contracts expire at the close of a date: those that settle at its open are over by then."""
    return np.asarray((reading.chain.expiry == day) & ~reading.at_open)
