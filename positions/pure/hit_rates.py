"""How often advice was right, by rule: what was made when it was told against what was made later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist
from typing import Final

from positions.pure.advice import AdviceType

# What these suggest is to get out: they were right where staying in has not made more.
EXITS: Final = (AdviceType.TAKE_PROFIT, AdviceType.STOP_LOSS, AdviceType.TIME_DECAY)
_Z: Final = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One advice and what came later; what nobody knows is None. [USD]"""

    rule: str
    type: AdviceType
    told: Decimal
    later: Decimal | None


@dataclass(frozen=True, slots=True)
class HitRate:
    """How one rule did.

    Attributes
    ----------
    rule : str
    told, judged : int
        How many were told, and of how many it is known what came later.
    right : int or None
        After how many staying in made nothing more; None for what does not suggest to get out.
    share, low, high : float or None
        Of those that are judged, with its interval of 95 %; None where nothing can be said.
    mean_change : Decimal or None
        What staying in made on average. [USD]
    """

    rule: str
    told: int
    judged: int
    right: int | None
    share: float | None
    low: float | None
    high: float | None
    mean_change: Decimal | None


def hit_rates(outcomes: Iterable[Outcome]) -> list[HitRate]:
    """Return how each rule did, by name.

    Notes
    -----
    Interval: Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (JASA, 1927).
    """
    by_rule: dict[str, list[Outcome]] = {}
    for each in outcomes:
        by_rule.setdefault(each.rule, []).append(each)
    return [_hit_rate(rule, found) for rule, found in sorted(by_rule.items())]


def _hit_rate(rule: str, found: list[Outcome]) -> HitRate:
    changes = [each.later - each.told for each in found if each.later is not None]
    mean = sum(changes, Decimal(0)) / len(changes) if changes else None
    if found[0].type not in EXITS:
        return HitRate(rule, len(found), len(changes), None, None, None, None, mean)
    right = sum(change <= 0 for change in changes)
    share, low, high = _wilson(right, len(changes))
    return HitRate(rule, len(found), len(changes), right, share, low, high, mean)


def _wilson(right: int, of: int) -> tuple[float | None, float | None, float | None]:
    if not of:
        return None, None, None
    share, z2 = right / of, _Z * _Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z / (1 + z2 / of) * (share * (1 - share) / of + z2 / (4 * of * of)) ** 0.5
    return share, max(0.0, middle - half), min(1.0, middle + half)
