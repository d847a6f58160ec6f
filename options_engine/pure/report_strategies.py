"""Which option structures suit a report: the specification's table, by what options cost and what past reports say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from options_engine.pure.report_moves import OVERPRICED, UNDERPRICED, Bias

Kind = Literal[
    "iron_condor",
    "short_strangle",
    "long_straddle",
    "long_strangle",
    "bull_call_spread",
    "bear_put_spread",
    "wait_for_confirmation",
]

MOST_CARDS: Final = 4
DEAR_RANK: Final = 80.0
# The wings of a condor stand this many expected moves away.
WINGS: Final = 1.5


@dataclass(frozen=True, slots=True)
class Target:
    """A leg with the strike it should have; the nearest listed one is taken. [USD]."""

    is_call: bool
    quantity: int
    strike: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One structure.

    Attributes
    ----------
    strikes : dict
        What the wire's `setup` says beside its type. [USD]
    rule_pct : int
        Its probability by the table, for where no distribution is known. [percent]
    defined_risk : bool
        Whether its legs limit what can be lost.
    """

    name: str
    kind: Kind
    targets: tuple[Target, ...]
    strikes: dict[str, float]
    description: str
    best_when: str
    ratio: str
    rule_pct: int
    defined_risk: bool = True


@dataclass(frozen=True, slots=True)
class Situation:
    """What the table reads.

    Attributes
    ----------
    overpricing : float
        Of the implied move over past ones; NaN counts as fair. [percent]
    expected : float
        Implied move. [percent]
    iv_rank : float or None
        [percent]
    bias : Bias
    spot : float
        [USD]
    """

    overpricing: float
    expected: float
    iv_rank: float | None
    bias: Bias
    spot: float

    def at(self, moves: float) -> float:
        """Return the price so many expected moves away, to the cent."""
        return round(self.spot * (1.0 + moves * self.expected / 100.0), 2)


def suggest(now: Situation) -> list[Suggestion]:
    """Return up to four structures of different names, in the table's order; waiting where there is nothing else."""
    return list(_cards(now))[:MOST_CARDS] or [WAIT]


def _cards(now: Situation) -> Iterator[Suggestion]:
    dear, cheap = now.overpricing > OVERPRICED, now.overpricing < UNDERPRICED
    if dear:
        yield _condor(
            now, "Iron Condor (Premium Sell)", _between(58 + 0.4 * min(now.overpricing, 35), 55, 75), "0.4-0.7"
        )
        yield _short_strangle(now)
    if cheap:
        yield _long_straddle(now)
        yield _long_strangle(now)
    if not dear and now.iv_rank is not None and now.iv_rank > DEAR_RANK:
        card = _condor(now, "High-IV Iron Condor", 60, "0.4-0.6")
        card.strikes["center"] = round(now.spot, 2)
        yield card
    if now.bias == "bullish":
        yield _debit_spread(now, calls=True)
    if now.bias == "bearish":
        yield _debit_spread(now, calls=False)


def _condor(now: Situation, name: str, rule_pct: int, ratio: str) -> Suggestion:
    return Suggestion(
        name=name,
        kind="iron_condor",
        targets=(
            Target(is_call=False, quantity=1, strike=now.at(-WINGS)),
            Target(is_call=False, quantity=-1, strike=now.at(-1)),
            Target(is_call=True, quantity=-1, strike=now.at(1)),
            Target(is_call=True, quantity=1, strike=now.at(WINGS)),
        ),
        strikes={"shortPutAround": now.at(-1), "shortCallAround": now.at(1)},
        description="Sells a put and a call one expected move away and buys the wings behind them.",
        best_when="The report moves the share less than the options imply.",
        ratio=f"1 : {ratio}",
        rule_pct=rule_pct,
    )


def _short_strangle(now: Situation) -> Suggestion:
    return Suggestion(
        name="Short Strangle (Experienced Only)",
        kind="short_strangle",
        targets=(
            Target(is_call=False, quantity=-1, strike=now.at(-1)),
            Target(is_call=True, quantity=-1, strike=now.at(1)),
        ),
        strikes={"shortPutAround": now.at(-1), "shortCallAround": now.at(1)},
        description="Sells a put and a call one expected move away, with nothing behind them.",
        best_when="The share stays inside of the expected move; a hedge is at hand when it does not.",
        ratio="undefined without hedges",
        rule_pct=_between(56 + 0.3 * min(now.overpricing, 30), 52, 70),
        defined_risk=False,
    )


def _long_straddle(now: Situation) -> Suggestion:
    spot = round(now.spot, 2)
    return Suggestion(
        name="Long Straddle",
        kind="long_straddle",
        targets=(Target(is_call=False, quantity=1, strike=spot), Target(is_call=True, quantity=1, strike=spot)),
        strikes={"strike": spot},
        description="Buys the put and the call at the money.",
        best_when="The report moves the share further than the options imply, either way.",
        ratio="1 : 1.2-2.0+",
        rule_pct=_between(48 + 0.5 * min(abs(now.overpricing), 30), 45, 62),
    )


def _long_strangle(now: Situation) -> Suggestion:
    return Suggestion(
        name="Long Strangle",
        kind="long_strangle",
        targets=(
            Target(is_call=False, quantity=1, strike=now.at(-1)),
            Target(is_call=True, quantity=1, strike=now.at(1)),
        ),
        strikes={"longPutAround": now.at(-1), "longCallAround": now.at(1)},
        description="Buys a put and a call one expected move away.",
        best_when="The report moves the share far beyond what the options imply.",
        ratio="1 : 1.5-3.0+",
        rule_pct=_between(44 + 0.35 * min(abs(now.overpricing), 30), 40, 58),
    )


def _debit_spread(now: Situation, *, calls: bool) -> Suggestion:
    spot, far = round(now.spot, 2), now.at(1 if calls else -1)
    return Suggestion(
        name="Bull Call Spread" if calls else "Bear Put Spread",
        kind="bull_call_spread" if calls else "bear_put_spread",
        targets=(Target(calls, 1, spot), Target(calls, -1, far)),
        strikes={"buyStrike": spot, "sellStrike": far},
        description=f"Buys the {'call' if calls else 'put'} at the money and sells the one an expected move away.",
        best_when=f"The share moves {'up' if calls else 'down'}, as it did on most past reports.",
        ratio="1 : 1.0-2.0",
        rule_pct=52 if calls else 51,
    )


def _between(value: float, low: int, high: int) -> int:
    return min(max(round(value), low), high)


WAIT: Final = Suggestion(
    name="Wait for Post-Earnings Setup",
    kind="wait_for_confirmation",
    targets=(),
    strikes={},
    description="Stays out until the report is known and the first move has settled.",
    best_when="Options cost about what past moves were worth, and nothing favours a direction.",
    ratio="n/a",
    rule_pct=65,
)


def nearest(strikes: Sequence[float], wanted: float) -> float:
    """Return the listed strike nearest to a price, the lower of two."""
    return min(strikes, key=lambda strike: (abs(strike - wanted), strike))
