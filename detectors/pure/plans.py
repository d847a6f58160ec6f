"""From a trigger to a plan: entry, stop, targets, and whether the plan is worth following."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from detectors.pure.rounding import cents

Side = Literal["long", "short"]

SHARES = 100  # what the risk in dollars is counted for while no option is suggested
RISK_BUDGETS = (100, 250, 500)  # USD
LEAST_REWARD_TO_RISK = 1.0
SESSION_MINUTES = 390
MOST_MOVES_AWAY = 4.0  # a target further than this many typical moves of the time left is not reached

# Minutes from the trigger bar's right edge; types that are not named last until the session closes.
HORIZON_MINUTES = {
    "volume_climax": 15,
    "vwap_cross": 60,
    "vwap_bounce": 60,
    "vwap_deviation": 60,
    "gamma_squeeze": 60,
}
HORIZON_TEXT = {15: "15 minutes", 60: "1 hour", None: "end of day"}


@dataclass(frozen=True, slots=True)
class Idea:
    """What the plan of a trigger is built from.

    Attributes
    ----------
    trigger : str
        The rule that fired, such as `close_above_range`.
    price : float
        Close of the trigger bar. [USD, or index points]
    reference : float
        The price that must hold; the stop lies beyond it.
    range_points : float
        How far such a move usually travels.
    atr : float
        Daily ATR(14); NaN where it is unknown.
    mean : float or None
        The only target of a plan that bets on a return to it.
    stop : float or None
        The stop where the setup names it itself.
    """

    setup_type: str
    side: Side
    trigger: str
    price: float
    reference: float
    range_points: float
    atr: float
    mean: float | None = None
    stop: float | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """One price to take profit at."""

    price: float
    reward_points: float
    reward_to_risk: float

    def as_wire(self) -> dict[str, float]:
        """Return the members of a target in the wire's names."""
        return {
            "price": self.price,
            "rewardPoints": self.reward_points,
            "riskRewardRatio": self.reward_to_risk,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan whose prices stand in order: stop, entry, targets from near to far (mirrored for a short).

    Attributes
    ----------
    entry, stop : float
        Rounded to cents. [USD, or index points]
    targets : tuple of Target
        One or two; the last one decides whether the plan has reached its target.
    risk_points : float
        abs(entry - stop).
    risk_dollars : float
        `risk_points` for 100 shares. [USD]
    horizon_minutes : int or None
        Life of the idea from the trigger bar's right edge; None lasts until the session closes.
    """

    setup_type: str
    side: Side
    trigger: str
    entry: float
    stop: float
    targets: tuple[Target, ...]
    risk_points: float
    risk_dollars: float
    horizon_minutes: int | None

    @property
    def target(self) -> float:
        """The price of the last target."""
        return self.targets[-1].price

    def suggested_trade(self) -> dict[str, object]:
        """Return the flat numbers that existing clients and the lifecycle read."""
        return {
            "strategy": self.setup_type.replace("_", " "),
            "entry": self.entry,
            "stopLoss": self.stop,
            "target": self.target,
        }

    def as_wire(self) -> dict[str, object]:
        """Return the whole plan in the wire's names.

        No option is suggested yet, so the sizes count lots of 100 shares.
        """
        return {
            "entry": {"price": self.entry, "trigger": self.trigger},
            "stopLoss": {
                "price": self.stop,
                "riskPoints": self.risk_points,
                "riskDollars": self.risk_dollars,
            },
            "targets": [target.as_wire() for target in self.targets],
            "optionSuggestion": None,
            "optionSuggestionReason": "no_chain",
            "positionSize": {
                f"contractsFor{budget}Risk": contracts_for(self.risk_dollars, budget) for budget in RISK_BUDGETS
            },
            "timeHorizon": HORIZON_TEXT[self.horizon_minutes],
        }


def sign_of(side: Side) -> float:
    """Return 1 for a long and -1 for a short, so that a rule is written once."""
    return 1.0 if side == "long" else -1.0


def build(idea: Idea) -> tuple[Plan | None, str | None]:
    """Return the plan of an idea, and why it must not be followed.

    Returns
    -------
    plan : Plan or None
        None where the prices do not stand in order.
    rejected : str or None
        `price_not_positive`, `stop_not_beyond_entry`, `target_not_beyond_entry`; or, with a plan, `reward_below_risk`.

    Notes
    -----
    buffer = max(0.35 ATR, 0.2 range); stop = the worse of reference and price, moved by the buffer; the far target lies
    max(1.5 range, 0.9 ATR) from the price, the near one 1 risk, if that is nearer.
    """
    sign = sign_of(idea.side)
    entry, stop, far = cents(idea.price), cents(_stop(idea, sign)), cents(_far_target(idea, sign))
    if min(entry, stop, far) <= 0:
        return None, "price_not_positive"
    risk, reward = cents(sign * (entry - stop)), cents(sign * (far - entry))
    if risk <= 0:
        return None, "stop_not_beyond_entry"
    if reward <= 0:
        return None, "target_not_beyond_entry"
    prices = [far] if idea.mean is not None or risk >= reward else [cents(entry + sign * risk), far]
    plan = Plan(
        setup_type=idea.setup_type,
        side=idea.side,
        trigger=idea.trigger,
        entry=entry,
        stop=stop,
        targets=tuple(_target(price, entry, sign, risk) for price in prices),
        risk_points=risk,
        risk_dollars=cents(risk * SHARES),
        horizon_minutes=HORIZON_MINUTES.get(idea.setup_type),
    )
    return plan, "reward_below_risk" if reward < LEAST_REWARD_TO_RISK * risk else None


def is_out_of_reach(plan: Plan, *, atr: float, minutes: float) -> bool:
    """Say whether the last target is more than four typical moves away in the time the plan has.

    Parameters
    ----------
    atr : float
        Daily ATR(14); NaN or not positive, nothing can be said. [USD, or index points]
    minutes : float
        From the entry until the plan is over.

    Notes
    -----
    A typical move is ATR sqrt(minutes / 390): the range of a session, shrunk as a random walk shrinks.
    """
    typical = atr * math.sqrt(max(minutes, 0.0) / SESSION_MINUTES)
    return atr > 0 and plan.targets[-1].reward_points > MOST_MOVES_AWAY * typical


def usable_atr(atr: float, price: float) -> float:
    """Return the ATR, or where it is unknown max(0.4 % of price, 1.0). [USD, or index points]."""
    return atr if math.isfinite(atr) and atr > 0 else max(0.004 * price, 1.0)


def valid_until(setup_type: str, detected_ts: int, close_ts: int) -> int:
    """Return when a setup of this type is over: after its horizon, at the latest at the close. [Unix seconds]."""
    minutes = HORIZON_MINUTES.get(setup_type)
    return close_ts if minutes is None else min(close_ts, detected_ts + 60 * minutes)


def contracts_for(risk_dollars: float, budget: int) -> int:
    """Return how many units of `risk_dollars` a budget in USD pays for; never rounded up, may be 0."""
    # Counted in whole cents: 100 // 0.1 is 999 in floats.
    return 100 * budget // round(100 * risk_dollars)


def _stop(idea: Idea, sign: float) -> float:
    if idea.stop is not None:
        return idea.stop
    buffer = max(0.35 * usable_atr(idea.atr, idea.price), 0.2 * idea.range_points)
    worse = min(idea.reference, idea.price) if sign > 0 else max(idea.reference, idea.price)
    return worse - sign * buffer


def _far_target(idea: Idea, sign: float) -> float:
    if idea.mean is not None:
        return idea.mean
    return idea.price + sign * max(1.5 * idea.range_points, 0.9 * usable_atr(idea.atr, idea.price))


def _target(price: float, entry: float, sign: float, risk: float) -> Target:
    reward = cents(sign * (price - entry))
    return Target(price=price, reward_points=reward, reward_to_risk=cents(reward / risk))
